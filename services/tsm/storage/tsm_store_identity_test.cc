// Rows of the TSM's own keys.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/tsm/testing/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kRsa = crypto::KeyType::kRsa;
constexpr auto kEc = crypto::KeyType::kEcP256;

class TsmStoreIdentityTest : public TsmStoreTest {
 protected:
  void Ensure(crypto::KeyType type, const std::string& id) {
    OTRP_ASSERT_OK(store_.EnsureIdentityKey(
        type,
        [&]() -> absl::StatusOr<NewIdentity> {
          ++made_;
          return NewIdentity{id, type, std::string("sealed\0key", 10)};
        },
        Audit("key")));
  }

  static IdentityProof Proof(const std::string& pem) {
    return {pem, At(100), {std::string("\0a", 2), "b"}, At(50)};
  }

  std::vector<StoredIdentity> All() { return store_.LoadIdentities().value(); }

  int made_ = 0;
};

TEST_F(TsmStoreIdentityTest, MakesAnIdentityKeyOnce) {
  Ensure(kRsa, "RSA");
  Ensure(kRsa, "RSA again");
  Ensure(kEc, "EC");
  EXPECT_EQ(made_, 2);
  const auto all = All();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].key_type, kEc);
  EXPECT_EQ(all[1].id, "RSA");
  EXPECT_EQ(all[1].sealed_key, std::string("sealed\0key", 10));
  EXPECT_EQ(all[1].chain_pem, "");
  EXPECT_FALSE(all[1].not_after.has_value());
  EXPECT_EQ(all[1].state, IdentityState::kCurrent);
  EXPECT_THAT(actions(), ElementsAre("key", "key"));
}

TEST_F(TsmStoreIdentityTest, AFailedKeyLeavesNothing) {
  EXPECT_THAT(
      store_.EnsureIdentityKey(
          kRsa,
          [] { return absl::StatusOr<NewIdentity>(absl::InternalError("no")); },
          Audit("key")),
      StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(All(), IsEmpty());
}

TEST_F(TsmStoreIdentityTest, KeepsAChainWithItsStaplesForTheChainThatItSaw) {
  Ensure(kEc, "EC");
  EXPECT_THAT(
      store_.SaveIdentityProof("EC", "", Proof("PEM"), At(1), Audit("cert")),
      IsOkAndHolds(true));
  auto all = All();
  EXPECT_EQ(all[0].chain_pem, "PEM");
  EXPECT_EQ(all[0].not_after, At(100));
  EXPECT_THAT(all[0].staples, ElementsAre(std::string("\0a", 2), "b"));
  EXPECT_EQ(all[0].staples_until, At(50));
  EXPECT_EQ(all[0].complete_at, At(1));
  // Staples alone are no news for the log, and it was whole before.
  EXPECT_THAT(
      store_.SaveIdentityProof("EC", "PEM", Proof("PEM"), At(2), absl::nullopt),
      IsOkAndHolds(true));
  EXPECT_EQ(All()[0].complete_at, At(1));
  // Of another replica, which was slower.
  EXPECT_THAT(
      store_.SaveIdentityProof("EC", "", Proof("OLD"), At(3), Audit("cert")),
      IsOkAndHolds(false));
  EXPECT_EQ(All()[0].chain_pem, "PEM");
  EXPECT_THAT(actions(), ElementsAre("key", "cert"));
}

TEST_F(TsmStoreIdentityTest, OneNextKeyOfATypeAtATime) {
  Ensure(kEc, "EC");
  EXPECT_THAT(store_.AddNextIdentities(
                  {{"EC-2", kEc, "k"}, {"RSA-2", kRsa, "k"}}, Audit("next")),
              IsOkAndHolds(ElementsAre("EC-2", "RSA-2")));
  EXPECT_THAT(store_.AddNextIdentities({{"EC-3", kEc, "k"}}, Audit("next")),
              IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(actions(), ElementsAre("key", "next"));
}

TEST_F(TsmStoreIdentityTest, ANextKeyTakesTheCurrentOnesPlaceOnce) {
  Ensure(kEc, "EC");
  OTRP_ASSERT_OK(store_.AddNextIdentities({{"EC-2", kEc, "k"}}, Audit("next")));
  EXPECT_THAT(store_.PromoteIdentity("EC-2", At(5), Audit("promote")),
              IsOkAndHolds(true));
  EXPECT_THAT(store_.PromoteIdentity("EC-2", At(6), Audit("promote")),
              IsOkAndHolds(false));
  const auto all = All();
  EXPECT_EQ(all[0].state, IdentityState::kRetired);
  EXPECT_EQ(all[0].retired_at, At(5));
  EXPECT_EQ(all[1].state, IdentityState::kCurrent);
  // The next one can follow.
  EXPECT_THAT(store_.AddNextIdentities({{"EC-3", kEc, "k"}}, Audit("next")),
              IsOkAndHolds(SizeIs(1)));
}

TEST_F(TsmStoreIdentityTest, RetiredKeysGoAndOthersStay) {
  Ensure(kEc, "EC");
  OTRP_ASSERT_OK(store_.AddNextIdentities({{"EC-2", kEc, "k"}}, Audit("next")));
  OTRP_ASSERT_OK(store_.PromoteIdentity("EC-2", At(5), Audit("promote")));
  EXPECT_THAT(store_.RemoveRetiredIdentities(At(5), Audit("remove")),
              IsOkAndHolds(0));
  EXPECT_THAT(store_.RemoveRetiredIdentities(At(6), Audit("remove")),
              IsOkAndHolds(1));
  ASSERT_THAT(All(), SizeIs(1));
  EXPECT_EQ(All()[0].id, "EC-2");
  EXPECT_THAT(actions(), ElementsAre("key", "next", "promote", "remove"));
}

TEST_F(TsmStoreIdentityTest, ARevocationIsForEver) {
  Ensure(kEc, "EC");
  EXPECT_THAT(store_.RevokeIdentity("EC", At(7), 1, Audit("revoked")),
              IsOkAndHolds(true));
  EXPECT_THAT(store_.RevokeIdentity("EC", At(8), 4, Audit("revoked")),
              IsOkAndHolds(false));
  EXPECT_EQ(All()[0].revoked_at, At(7));
  EXPECT_EQ(All()[0].revocation_reason, 1);
  EXPECT_THAT(actions(), ElementsAre("key", "revoked"));
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

// Intents and keys on a real PostgreSQL, as the run-time role.

#include "services/ca/storage/intent_store.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/ca/storage/ca_store.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(seconds); }

class IntentStoreTest : public ::testing::Test {
 protected:
  void Intend(const std::string& serial, int64_t not_before) {
    CertificateRecord row;
    row.serial = serial;
    row.profile = pki::Role::kTee;
    row.authority = "tee-ca";
    row.not_before = At(not_before);
    row.not_after = At(not_before + 1000);
    row.request_sha256 = std::string(32, 'r');
    OTRP_ASSERT_OK(ca_.RecordIntent(row, {}));
  }

  absl::StatusOr<int> Revoke(int64_t before, int limit) {
    return store_.RevokeIntents(
        At(before), {RevocationReason::kCessationOfOperation, At(5000)}, limit,
        [](const std::string& serial, const std::string& authority) {
          store::AuditEvent event;
          event.actor = "ca";
          event.action = absl::StrCat("abandon ", serial, " of ", authority);
          return event;
        });
  }

  testing::ServiceDatabase database_{{"ca", "services/ca/storage/migrations"}};
  CaStore ca_{database_.pool()};
  IntentStore store_{database_.pool()};
};

TEST_F(IntentStoreTest, TheOldestAreRevokedAndAuditedYoungerOnesAndOthersNot) {
  Intend("c3", 300);
  Intend("a1", 100);
  Intend("b2", 200);
  Intend("d4", 150);
  OTRP_ASSERT_OK(ca_.RecordIssued("d4", "der", {}));
  EXPECT_THAT(store_.CountIntents(), IsOkAndHolds(3));
  EXPECT_THAT(Revoke(300, 1), IsOkAndHolds(1));
  EXPECT_THAT(Revoke(300, 10), IsOkAndHolds(1));
  EXPECT_THAT(Revoke(300, 10), IsOkAndHolds(0));
  EXPECT_THAT(store_.CountIntents(), IsOkAndHolds(1));
  EXPECT_THAT(database_.AuditActions(),
              ElementsAre("", "abandon a1 of tee-ca", "abandon b2 of tee-ca"));
  OTRP_ASSERT_OK_AND_ASSIGN(const CertificateRecord gone,
                            ca_.GetCertificate("a1"));
  EXPECT_EQ(gone.state, CertificateState::kRevoked);
  EXPECT_EQ(gone.revoked->reason, RevocationReason::kCessationOfOperation);
  EXPECT_EQ(gone.revoked->at, At(5000));
  EXPECT_EQ(ca_.GetCertificate("d4")->state, CertificateState::kIssued);
}

TEST_F(IntentStoreTest, KeysAreNotedOnceAndKeepTheirFirstOwner) {
  Intend("a1", 100);
  EXPECT_THAT(store_.ListWithoutKey(10), IsOkAndHolds(IsEmpty()))
      << "nothing is signed yet";
  OTRP_ASSERT_OK(ca_.RecordIssued("a1", "der", {}));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto rows, store_.ListWithoutKey(10));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].serial, "a1");
  EXPECT_EQ(rows[0].der, "der");
  EXPECT_EQ(rows[0].profile, pki::Role::kTee);
  const std::string key(32, 'k');
  OTRP_ASSERT_OK(store_.NoteKeys(
      {{"a1", "tee", key, "first"}, {"a1", "tee", key, "second"}}));
  EXPECT_THAT(store_.ListWithoutKey(10), IsOkAndHolds(IsEmpty()));
  OTRP_ASSERT_OK_AND_ASSIGN(
      const store::Rows owners,
      database_.pool().Query(
          "SELECT owner FROM key_owner WHERE spki_sha256 = $1",
          store::Bytes(key)));
  ASSERT_EQ(owners.size(), 1u);
  std::string owner;
  OTRP_ASSERT_OK(owners[0].Scan(&owner));
  EXPECT_EQ(owner, "first");
}

}  // namespace
}  // namespace ca
}  // namespace otrp

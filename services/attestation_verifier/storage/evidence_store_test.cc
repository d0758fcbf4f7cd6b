#include "services/attestation_verifier/storage/evidence_store.h"

#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "services/attestation_verifier/storage/verifier_store.h"
#include "services/attestation_verifier/storage/withdrawals.h"
#include "tests/support/lock_waiters.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace verifier {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class EvidenceStoreTest : public ::testing::Test {
 protected:
  EvidenceKey Key(char id, const std::string& anchor = "acme") {
    return {std::string(3, id),  anchor, std::string(10, id),
            std::string(32, id), kNow,   "alice"};
  }

  // Of evidence that is to be kept, `minutes` after kNow.
  AppraisalRecord Record(char did, int minutes, const std::string& scheme) {
    AppraisalRecord record;
    record.did = std::string(32, did);
    record.at = kNow + absl::Minutes(minutes);
    record.accepted = true;
    record.proved = true;
    record.claims.scheme = scheme;
    record.claims.tee_anchor = "acme";
    record.evidence = {"type", std::string("o\0ctets", 7), "challenge"};
    return record;
  }

  testing::ServiceDatabase database_{
      {"verifier", "services/attestation_verifier/storage/migrations"}};
  VerifierStore verifier_{database_.pool()};
  EvidenceStore store_{database_.pool()};
};

TEST_F(EvidenceStoreTest, AnchorsAreOnesThatChangeTheirVersion) {
  OTRP_ASSERT_OK_AND_ASSIGN(const int64_t before, store_.AnchorsVersion());
  OTRP_ASSERT_OK(
      store_.PutAnchor({"acme", {"psa"}, kNow, "alice"}, store::AuditEvent()));
  OTRP_ASSERT_OK(store_.PutAnchor({"acme", {"psa", "eat-cwt"}, kNow, "bob"},
                                  store::AuditEvent()));
  OTRP_ASSERT_OK_AND_ASSIGN(const EvidenceAnchorList list,
                            store_.LoadAnchors());
  EXPECT_EQ(list.version, before + 2);
  ASSERT_EQ(list.anchors.size(), 1u);
  EXPECT_THAT(list.anchors[0].schemes, ElementsAre("psa", "eat-cwt"));
  EXPECT_EQ(list.anchors[0].changed_by, "bob");
}

TEST_F(EvidenceStoreTest, KeysAreAddedAllOrNone) {
  EXPECT_THAT(store_.AddKeys({Key('a')}, store::AuditEvent()),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("anchor: ")));
  OTRP_ASSERT_OK(
      store_.PutAnchor({"acme", {"psa"}, kNow, "alice"}, store::AuditEvent()));
  OTRP_ASSERT_OK(store_.AddKeys({Key('a')}, store::AuditEvent()));
  EvidenceKey other = Key('a');
  other.spki = "another";
  EXPECT_THAT(store_.AddKeys({Key('b'), other}, store::AuditEvent()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto b, store_.FindKey("bbb"));
  EXPECT_FALSE(b.has_value());
  OTRP_ASSERT_OK(store_.AddKeys({Key('a'), Key('b')}, store::AuditEvent()));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto a, store_.FindKey("aaa"));
  ASSERT_TRUE(a.has_value());
  EXPECT_EQ(a->did, std::string(32, 'a'));
  OTRP_ASSERT_OK_AND_ASSIGN(const std::vector<EvidenceKey> behind,
                            store_.ListKeys("aaa", 10, "acme"));
  ASSERT_EQ(behind.size(), 1u);
  EXPECT_EQ(behind[0].key_id, "bbb");
  EXPECT_THAT(store_.DeleteAnchor("acme", store::AuditEvent()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  OTRP_ASSERT_OK(store_.RemoveKey("aaa", store::AuditEvent()));
  OTRP_ASSERT_OK(store_.RemoveKey("bbb", store::AuditEvent()));
  EXPECT_THAT(store_.RemoveKey("bbb", store::AuditEvent()),
              StatusIs(absl::StatusCode::kNotFound));
  OTRP_ASSERT_OK(store_.DeleteAnchor("acme", store::AuditEvent()));
}

TEST_F(EvidenceStoreTest, EvidenceStandsWithItsAppraisalUntilItsTimeIsOver) {
  AppraisalRecord bare = Record('b', 1, "psa");
  bare.evidence.reset();
  OTRP_ASSERT_OK(verifier_.AddAppraisals(
      {Record('a', 0, "psa"), bare, Record('c', 2, "psa")}));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto appraisals,
                            verifier_.ListAppraisals(0, 10, ""));
  ASSERT_EQ(appraisals.size(), 3u);
  EXPECT_EQ(appraisals[0].did, std::string(32, 'c'));
  EXPECT_TRUE(appraisals[0].evidence_kept);
  EXPECT_FALSE(appraisals[1].evidence_kept);
  OTRP_ASSERT_OK_AND_ASSIGN(const KeptEvidence kept,
                            store_.GetKept(appraisals[0].id));
  EXPECT_EQ(kept.did, std::string(32, 'c'));
  EXPECT_EQ(kept.at, kNow + absl::Minutes(2));
  EXPECT_TRUE(kept.accepted);
  EXPECT_EQ(kept.evidence.media_type, "type");
  EXPECT_EQ(kept.evidence.octets, std::string("o\0ctets", 7));
  EXPECT_EQ(kept.evidence.challenge, "challenge");
  EXPECT_THAT(store_.GetKept(appraisals[1].id),
              StatusIs(absl::StatusCode::kNotFound));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto behind,
                            store_.ListKept(appraisals[2].id, 10));
  EXPECT_EQ(behind.size(), 1u);
  EXPECT_THAT(store_.PurgeKept(kNow + absl::Minutes(2), absl::Seconds(5)),
              IsOkAndHolds(1));
}

// The tsm takes withdrawals by their numbers: a number that is committed after
// a higher one is never taken.
TEST_F(EvidenceStoreTest, WhoRefusesWaitsForWhoRefusesOtherDevices) {
  OTRP_ASSERT_OK(
      verifier_.AddAppraisals({Record('a', 0, "psa"), Record('b', 0, "psa")}));
  const std::vector<attest::Reason> why = {{"tee-denied", "detail"}};
  absl::Status refused;
  std::thread other;
  OTRP_ASSERT_OK(database_.superuser().Run([&](store::Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(LockWithdrawals(tx));
    other = std::thread([&] {
      refused = store_
                    .RefuseDevices({std::string(32, 'a')},
                                   absl::InfiniteFuture(), why, 3, kNow)
                    .status();
    });
    return testing::AwaitLockWaiters(database_.pool(), 1);
  }));
  other.join();
  OTRP_EXPECT_OK(refused);
  EXPECT_FALSE((*verifier_.GetDevice(std::string(32, 'a')))->accepted);
}

TEST_F(EvidenceStoreTest, DevicesAreRefusedByWhatTheyProvedAndOnce) {
  OTRP_ASSERT_OK(verifier_.AddAppraisals(
      {Record('a', 0, "psa"), Record('b', 5, "eat-cwt")}));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto others,
                            store_.DevicesByOtherSchemes("acme", {"psa"}, 10));
  EXPECT_THAT(others, ElementsAre(std::string(32, 'b')));
  const std::vector<attest::Reason> why = {{"tee-denied", "detail"}};
  const auto refuse = [&](int minutes) {
    return store_.RefuseDevices({std::string(32, 'a'), std::string(32, 'b')},
                                kNow + absl::Minutes(minutes), why, 3,
                                kNow + absl::Hours(1));
  };
  EXPECT_THAT(refuse(1), IsOkAndHolds(1));
  EXPECT_THAT(refuse(1), IsOkAndHolds(0));
  EXPECT_THAT(refuse(5), IsOkAndHolds(1));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto device,
                            verifier_.GetDevice(std::string(32, 'a')));
  ASSERT_TRUE(device.has_value());
  EXPECT_FALSE(device->accepted);
  EXPECT_EQ(device->reasons[0].code, "tee-denied");
}

}  // namespace
}  // namespace verifier
}  // namespace otrp

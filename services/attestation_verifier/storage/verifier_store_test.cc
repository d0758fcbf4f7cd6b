#include "services/attestation_verifier/storage/verifier_store.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/service/usage_ledger.h"
#include "services/attestation_verifier/storage/json_columns.h"
#include "tests/support/postgres_proxy.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace verifier {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::PostgresProxy;
using ::otrp::testing::ServiceDatabase;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kMigrations[] =
    "services/attestation_verifier/storage/migrations";

class VerifierStoreTest : public ::testing::Test {
 protected:
  VerifierStore& store() { return store_; }

  ServiceDatabase database_{{"verifier", kMigrations}};
  VerifierStore store_{database_.pool()};
};

store::AuditEvent Audit() {
  store::AuditEvent event;
  event.actor = "otrp://operator/alice";
  event.action = "policy.set";
  event.subject = "policy";
  return event;
}

TrustCopy SomeTrust() {
  TrustCopy copy;
  copy.version = 7;
  copy.anchors = {{AnchorRole::kTee,
                   "oem",
                   std::string("\0cert\xff", 6),
                   {"1.2.3", "2.5.29.37.0"}},
                  {AnchorRole::kTfw, "oem", "firmware"}};
  copy.crls = {{"tee-ca", std::string("\0crl", 4)}, {"tee-root", "x"}};
  return copy;
}

TEST_F(VerifierStoreTest, HasNoTrustBeforeTheFirstPull) {
  OTRP_ASSERT_OK_AND_ASSIGN(auto loaded, store().LoadTrust());
  EXPECT_FALSE(loaded.has_value());
}

TEST_F(VerifierStoreTest, KeepsTheLastTrustAndNothingOfTheOneBefore) {
  OTRP_ASSERT_OK(store().SaveTrust(SomeTrust(), absl::FromUnixSeconds(1)));
  OTRP_ASSERT_OK_AND_ASSIGN(auto loaded, store().LoadTrust());
  ASSERT_TRUE(loaded.has_value());
  EXPECT_TRUE(*loaded == SomeTrust());
  TrustCopy empty;
  empty.version = 8;
  OTRP_ASSERT_OK(store().SaveTrust(empty, absl::FromUnixSeconds(2)));
  OTRP_ASSERT_OK_AND_ASSIGN(loaded, store().LoadTrust());
  ASSERT_TRUE(loaded.has_value());
  EXPECT_TRUE(*loaded == empty);
}

TEST_F(VerifierStoreTest, PoliciesAreVersioned) {
  OTRP_ASSERT_OK_AND_ASSIGN(VersionedPolicy none, store().LoadPolicy());
  EXPECT_EQ(none.version, 0);
  EXPECT_TRUE(none.policy.tee_rules.empty());

  attest::Policy policy;
  policy.tee_rules = {{"Alpha*", "1.2", false}, {"Beta \"2\"", "", true}};
  policy.firmware_evidence_required = true;
  policy.undated_crl_days = 30;
  EXPECT_THAT(store().SetPolicy(policy, 0, Audit()), IsOkAndHolds(1));
  OTRP_ASSERT_OK_AND_ASSIGN(VersionedPolicy one, store().LoadPolicy());
  EXPECT_EQ(one.version, 1);
  ASSERT_EQ(one.policy.tee_rules.size(), 2u);
  EXPECT_EQ(one.policy.tee_rules[0].name, "Alpha*");
  EXPECT_EQ(one.policy.tee_rules[0].min_version, "1.2");
  EXPECT_EQ(one.policy.tee_rules[1].name, "Beta \"2\"");
  EXPECT_TRUE(one.policy.tee_rules[1].deny);
  EXPECT_TRUE(one.policy.firmware_evidence_required);
  EXPECT_FALSE(one.policy.refuse_unknown_revocation);
  EXPECT_EQ(one.policy.undated_crl_days, 30);

  EXPECT_THAT(store().SetPolicy(policy, 1, Audit()), IsOkAndHolds(2));
  EXPECT_THAT(store().SetPolicy(policy, 1, Audit()),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("version 2")));
  EXPECT_THAT(store().SetPolicy(policy, 0, Audit()), IsOkAndHolds(3));
  // The refused one left no record.
  EXPECT_EQ(database_.AuditEvents().size(), 3u);
}

TEST_F(VerifierStoreTest, RevocationDataIsKeptByNameAndHasAnEnd) {
  OTRP_ASSERT_OK_AND_ASSIGN(const RevocationList none,
                            store().LoadRevocation());
  EXPECT_THAT(none.data, IsEmpty());
  RevocationData data = {"oem", RevocationKind::kCrl, std::string("\0crl", 4),
                         absl::FromUnixSeconds(1)};
  OTRP_ASSERT_OK(store().PutRevocation(data, Audit()));
  data.kind = RevocationKind::kOcsp;
  data.der = "ocsp";
  OTRP_ASSERT_OK(store().PutRevocation(data, Audit()));
  OTRP_ASSERT_OK_AND_ASSIGN(const RevocationList one, store().LoadRevocation());
  EXPECT_EQ(one.version, none.version + 2);
  EXPECT_THAT(store().RevocationVersion(), IsOkAndHolds(one.version));
  ASSERT_EQ(one.data.size(), 1u);
  EXPECT_EQ(one.data[0].kind, RevocationKind::kOcsp);
  EXPECT_EQ(one.data[0].der, "ocsp");
  EXPECT_EQ(one.data[0].added_at, data.added_at);
  EXPECT_THAT(store().GetRevocation("other").status(),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("other")));
  for (int i = 1; i < 200; ++i) {
    data.name = absl::StrCat("n", i);
    OTRP_ASSERT_OK(store().PutRevocation(data, Audit()));
  }
  data.name = "one too many";
  EXPECT_THAT(store().PutRevocation(data, Audit()),
              StatusIs(absl::StatusCode::kResourceExhausted));
  const size_t audited = database_.AuditEvents().size();
  OTRP_ASSERT_OK(store().RemoveRevocation("oem", Audit()));
  EXPECT_THAT(store().RemoveRevocation("oem", Audit()),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("oem")));
  EXPECT_EQ(database_.AuditEvents().size(), audited + 1);
  OTRP_ASSERT_OK_AND_ASSIGN(const RevocationList left,
                            store().LoadRevocation());
  EXPECT_EQ(left.data.size(), 199u);
}

TEST_F(VerifierStoreTest, OfADeviceTheNewestCountsThatItHasSigned) {
  AppraisalRecord record;
  record.did = std::string(32, 'd');
  record.at = absl::FromUnixSeconds(100);
  record.accepted = true;
  record.proved = true;
  record.policy_version = 3;
  record.reasons = {{"tfw-absent", "none", "tfwdata", "v", "r"}};
  record.claims.scheme = "otrp-dsi";
  record.claims.tee_name = "Alpha \"1\"";
  record.claims.tee_version = "1.2";
  record.claims.tee_anchor = "oem";
  record.claims.vector.Worsen(attest::TrustClaim::kHardware, 97);
  AppraisalRecord forged = record;
  forged.at = absl::FromUnixSeconds(200);
  forged.accepted = false;
  forged.proved = false;
  AppraisalRecord older = record;
  older.at = absl::FromUnixSeconds(50);
  older.accepted = false;
  OTRP_ASSERT_OK_AND_ASSIGN(auto none, store().GetDevice(record.did));
  EXPECT_FALSE(none.has_value());
  OTRP_ASSERT_OK(store().AddAppraisals({older, record, forged}));
  OTRP_ASSERT_OK(store().AddAppraisals({older}));
  OTRP_ASSERT_OK_AND_ASSIGN(auto device, store().GetDevice(record.did));
  ASSERT_TRUE(device.has_value());
  EXPECT_TRUE(device->accepted);
  EXPECT_EQ(device->at, record.at);
  EXPECT_EQ(device->policy_version, 3);
  ASSERT_EQ(device->reasons.size(), 1u);
  EXPECT_EQ(device->reasons[0].rule, "r");
  EXPECT_EQ(device->claims.tee_name, record.claims.tee_name);
  EXPECT_EQ(device->claims.tee_anchor, "oem");
  EXPECT_TRUE(device->claims.vector == record.claims.vector);
}

AppraisalRecord Record(int n, char did, bool accepted) {
  AppraisalRecord record;
  record.at = absl::FromUnixMicros(1700000000123456 + n);
  record.tid = absl::StrCat("tid \"", n, "\", {x}");
  record.did = did == 0 ? "" : std::string(32, did);
  record.accepted = accepted;
  record.reasons = {{"tee-cert-revoked", "serial \"1\" of {CN=\\x}, it's"}};
  record.policy_version = n;
  return record;
}

std::vector<int64_t> Numbers(const std::vector<AppraisalRecord>& records) {
  std::vector<int64_t> numbers;
  for (const AppraisalRecord& record : records) {
    numbers.push_back(record.policy_version);
  }
  return numbers;
}

std::string UsageOf(ServiceDatabase& database) {
  service::UsageLedger ledger(database.pool());
  const auto events = ledger.List({absl::UnixEpoch(), absl::Now(), "", {}},
                                  {absl::UnixEpoch(), 0}, 100);
  EXPECT_TRUE(events.ok()) << events.status();
  if (!events.ok()) return "";
  std::string seen;
  for (const service::UsageEvent& e : *events) {
    absl::StrAppend(&seen, e.kind, " ", e.tee_vendor, " ", e.tsm_id, " ",
                    e.quantity, "\n");
  }
  return seen;
}

TEST_F(VerifierStoreTest, EachAppraisalIsCountedAndAForgeryIsNoVendorsCost) {
  AppraisalRecord good = Record(1, 'a', true);
  good.proved = true;
  good.claims.tee_anchor = "acme";
  good.tsm_id = "https://tsm.example/otrp";
  good.key = "k1";
  AppraisalRecord bad = good;
  bad.at += absl::Seconds(1);
  bad.accepted = false;
  bad.key = "k2";
  // Anybody can send a device's certificate.
  AppraisalRecord forged = bad;
  forged.at += absl::Seconds(1);
  forged.proved = false;
  forged.key = "k3";
  OTRP_ASSERT_OK(store().AddAppraisals({good, bad}));
  OTRP_ASSERT_OK(store().AddAppraisals({forged}));
  EXPECT_EQ(UsageOf(database_),
            "appraisal-accepted acme https://tsm.example/otrp 1\n"
            "appraisal-refused acme https://tsm.example/otrp 1\n"
            "appraisal-refused  https://tsm.example/otrp 1\n");
}

TEST_F(VerifierStoreTest, ABatchThatIsWrittenAgainIsCountedOnce) {
  AppraisalRecord one = Record(1, 'a', true);
  one.key = "k1";
  AppraisalRecord two = Record(2, 'a', true);
  two.key = "k2";
  OTRP_ASSERT_OK(store().AddAppraisals({one}));
  OTRP_ASSERT_OK(store().AddAppraisals({one, two}));
  EXPECT_EQ(UsageOf(database_),
            "appraisal-accepted   1\nappraisal-accepted   1\n");
}

TEST_F(VerifierStoreTest, AppraisalsComeBackAsTheyWereNewestFirst) {
  OTRP_ASSERT_OK(store().AddAppraisals({}));
  OTRP_ASSERT_OK(store().AddAppraisals(
      {Record(1, 'a', true), Record(2, '\0', false), Record(3, 'b', true)}));
  OTRP_ASSERT_OK(store().AddAppraisals({Record(4, 'a', false)}));
  OTRP_ASSERT_OK_AND_ASSIGN(auto all, store().ListAppraisals(0, 100, ""));
  EXPECT_THAT(Numbers(all), ElementsAre(4, 3, 2, 1));
  const AppraisalRecord want = Record(4, 'a', false);
  EXPECT_EQ(all[0].at, want.at);
  EXPECT_EQ(all[0].tid, want.tid);
  EXPECT_EQ(all[0].did, want.did);
  EXPECT_FALSE(all[0].accepted);
  ASSERT_EQ(all[0].reasons.size(), 1u);
  EXPECT_EQ(all[0].reasons[0].code, want.reasons[0].code);
  EXPECT_EQ(all[0].reasons[0].detail, want.reasons[0].detail);
  EXPECT_EQ(all[2].did, "");

  OTRP_ASSERT_OK_AND_ASSIGN(auto page, store().ListAppraisals(0, 2, ""));
  EXPECT_THAT(Numbers(page), ElementsAre(4, 3));
  OTRP_ASSERT_OK_AND_ASSIGN(page,
                            store().ListAppraisals(page.back().id, 2, ""));
  EXPECT_THAT(Numbers(page), ElementsAre(2, 1));
  OTRP_ASSERT_OK_AND_ASSIGN(
      page, store().ListAppraisals(0, 10, std::string(32, 'a')));
  EXPECT_THAT(Numbers(page), ElementsAre(4, 1));
  OTRP_ASSERT_OK_AND_ASSIGN(
      page, store().ListAppraisals(0, 10, std::string(32, 'z')));
  EXPECT_THAT(page, IsEmpty());
}

TEST_F(VerifierStoreTest, AnAuditEventIsKept) {
  OTRP_ASSERT_OK(store().Audit(Audit()));
  EXPECT_EQ(database_.AuditEvents().size(), 1u);
}

TEST_F(VerifierStoreTest, AnotherSetterAtTheSameTimeIsTold) {
  OTRP_ASSERT_OK(store().SetPolicy(attest::Policy(), 0, Audit()));
  // As if another replica had committed between our reading and writing.
  OTRP_ASSERT_OK(database_.superuser().ExecOnce(R"sql(
      CREATE FUNCTION overtake() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE unique_violation;
      END $$
      )sql"));
  OTRP_ASSERT_OK(database_.superuser().ExecOnce(R"sql(
      CREATE TRIGGER overtake BEFORE INSERT ON policy_version
      FOR EACH ROW EXECUTE FUNCTION overtake()
      )sql"));
  EXPECT_THAT(store().SetPolicy(attest::Policy(), 1, Audit()),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("version 2")));
  EXPECT_EQ(database_.AuditEvents().size(), 1u);
}

TEST_F(VerifierStoreTest, ALostCommitOfAPolicyIsSeenWhenItIsReadAgain) {
  attest::Policy strict;
  strict.refuse_unknown_revocation = true;
  for (const PostgresProxy::Loss loss :
       {PostgresProxy::Loss::kRequest, PostgresProxy::Loss::kAnswer}) {
    OTRP_ASSERT_OK_AND_ASSIGN(const VersionedPolicy before,
                              store().LoadPolicy());
    database_.proxy().LoseNextCommit(loss);
    EXPECT_THAT(store().SetPolicy(strict, 0, Audit()),
                StatusIs(absl::StatusCode::kUnknown));
    OTRP_ASSERT_OK_AND_ASSIGN(const VersionedPolicy after,
                              store().LoadPolicy());
    const bool written = loss == PostgresProxy::Loss::kAnswer;
    EXPECT_EQ(after.version, before.version + (written ? 1 : 0));
    EXPECT_EQ(after.policy.refuse_unknown_revocation, written);
  }
  EXPECT_EQ(database_.AuditEvents().size(), 1u);
}

TEST_F(VerifierStoreTest, TrustThatWasLostIsSavedAgain) {
  for (const PostgresProxy::Loss loss :
       {PostgresProxy::Loss::kRequest, PostgresProxy::Loss::kAnswer}) {
    database_.proxy().LoseNextCommit(loss);
    EXPECT_THAT(store().SaveTrust(SomeTrust(), absl::FromUnixSeconds(1)),
                StatusIs(absl::StatusCode::kUnknown));
    OTRP_ASSERT_OK(store().SaveTrust(SomeTrust(), absl::FromUnixSeconds(1)));
    OTRP_ASSERT_OK_AND_ASSIGN(auto loaded, store().LoadTrust());
    ASSERT_TRUE(loaded.has_value());
    EXPECT_TRUE(*loaded == SomeTrust());
  }
}

TEST(JsonColumnsTest, WhatWeDidNotWriteIsNoticed) {
  for (const char* text :
       {"", "[]", R"({"tee_rules":1})", R"({"tee_rules":[1]})"}) {
    EXPECT_THAT(PolicyFromJson(text), StatusIs(absl::StatusCode::kDataLoss));
  }
  for (const char* text : {"", "{}", "[1]"}) {
    EXPECT_THAT(ReasonsFromJson(text), StatusIs(absl::StatusCode::kDataLoss));
  }
  // An older version lacks what was added since.
  OTRP_ASSERT_OK_AND_ASSIGN(attest::Policy policy, PolicyFromJson("{}"));
  EXPECT_FALSE(policy.refuse_unknown_revocation);
}

TEST_F(VerifierStoreTest, OldAppraisalsGoTheOthersStay) {
  OTRP_ASSERT_OK(store().AddAppraisals(
      {Record(1, 'a', true), Record(2, 'a', false), Record(3, 'b', true)}));
  EXPECT_THAT(
      store().PurgeAppraisals(Record(3, 'b', true).at, absl::Seconds(5)),
      IsOkAndHolds(2));
  OTRP_ASSERT_OK_AND_ASSIGN(auto left, store().ListAppraisals(0, 100, ""));
  EXPECT_THAT(Numbers(left), ::testing::ElementsAre(3));
}

}  // namespace
}  // namespace verifier
}  // namespace otrp

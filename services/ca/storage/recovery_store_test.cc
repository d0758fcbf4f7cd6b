// Learning from lists on a real PostgreSQL, as the run-time role.

#include "services/ca/storage/recovery_store.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/ca/storage/ca_store.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(seconds); }

class RecoveryStoreTest : public ::testing::Test {
 protected:
  void Intend(const std::string& serial) {
    CertificateRecord row;
    row.serial = serial;
    row.profile = pki::Role::kTee;
    row.authority = "tee-ca";
    row.not_before = At(0);
    row.not_after = At(1000);
    row.request_sha256 = std::string(32, 'r');
    OTRP_ASSERT_OK(ca_.RecordIntent(row, {}));
  }

  absl::StatusOr<RecoveryStore::Learnt> Learn(const RecoveryStore::Told& told) {
    return store_.Learn(told, [](const RecoveryStore::Learnt&) {
      store::AuditEvent event;
      event.actor = "alice";
      event.action = "reconcile";
      return event;
    });
  }

  testing::ServiceDatabase database_{{"ca", "services/ca/storage/migrations"}};
  CaStore ca_{database_.pool()};
  RecoveryStore store_{database_.pool()};
};

TEST_F(RecoveryStoreTest, WhatIsListedIsRevokedKnownOrNotAndTheRestStays) {
  for (const char* serial : {"a1", "b2", "c3"}) Intend(serial);
  OTRP_ASSERT_OK(
      ca_.Revoke("b2", {RevocationReason::kSuperseded, At(5)}, {}).status());
  RecoveryStore::Told told;
  told.authority = "tee-ca";
  told.crl_number = 70;
  told.revoked = {{"a1", At(7), 1}, {"b2", At(8), 1}, {"d4", At(9), -1}};
  told.not_after = At(9000);
  OTRP_ASSERT_OK_AND_ASSIGN(RecoveryStore::Learnt learnt, store_.Compare(told));
  EXPECT_THAT(learnt.revoked, ElementsAre("a1"));
  EXPECT_THAT(learnt.unknown, ElementsAre("d4"));
  EXPECT_EQ(ca_.GetCertificate("a1")->state, CertificateState::kIntended);
  OTRP_ASSERT_OK_AND_ASSIGN(learnt, Learn(told));
  EXPECT_THAT(learnt.revoked, ElementsAre("a1"));
  EXPECT_THAT(learnt.unknown, ElementsAre("d4"));
  OTRP_ASSERT_OK_AND_ASSIGN(const CertificateRecord known,
                            ca_.GetCertificate("a1"));
  EXPECT_EQ(known.state, CertificateState::kRevoked);
  EXPECT_EQ(known.revoked->reason, RevocationReason::kKeyCompromise);
  EXPECT_EQ(known.revoked->at, At(7));
  EXPECT_EQ(ca_.GetCertificate("b2")->revoked->at, At(5))
      << "the first revocation stays";
  OTRP_ASSERT_OK_AND_ASSIGN(const CertificateRecord unknown,
                            ca_.GetCertificate("d4"));
  EXPECT_EQ(unknown.state, CertificateState::kRevoked);
  EXPECT_EQ(unknown.authority, "tee-ca");
  EXPECT_EQ(unknown.not_after, At(9000));
  EXPECT_EQ(unknown.revoked->at, At(9));
  EXPECT_EQ(ca_.GetCertificate("c3")->state, CertificateState::kIntended);
  OTRP_ASSERT_OK_AND_ASSIGN(learnt, Learn(told));
  EXPECT_THAT(learnt.revoked, IsEmpty());
  EXPECT_THAT(learnt.unknown, IsEmpty());
  EXPECT_THAT(database_.AuditActions(), ElementsAre("", "reconcile"));
}

}  // namespace
}  // namespace ca
}  // namespace otrp

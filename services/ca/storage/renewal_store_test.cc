// What renewals of one certificate have in common, on a real PostgreSQL, as the
// run-time role.

#include "services/ca/storage/renewal_store.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;

absl::Time At(int64_t seconds) {
  return absl::FromUnixSeconds(1700000000 + seconds);
}

store::AuditEvent Audit() {
  store::AuditEvent event;
  event.actor = "ca";
  event.action = "test";
  event.subject = "1";
  return event;
}

class RenewalStoreTest : public ::testing::Test {
 protected:
  void Add(const std::string& serial, const std::string& first,
           bool is_signed = true) {
    CertificateRecord row;
    row.serial = serial;
    row.profile = pki::Role::kClient;
    row.authority = "service-ca";
    row.subject = "alice";
    row.not_before = At(std::stoi(serial, nullptr, 16));
    row.not_after = At(100'000);
    row.request_sha256 = "x";
    row.first_serial = first;
    ASSERT_THAT(store_.RecordIntent(row, {}), IsOk());
    if (!is_signed) return;
    ASSERT_THAT(store_.RecordIssued(serial, "der", Audit()), IsOk());
  }

  testing::ServiceDatabase database_{{"ca", "services/ca/storage/migrations"}};
  CaStore store_{database_.pool()};
  RenewalStore renewals_{database_.pool(), store_};
};

TEST_F(RenewalStoreTest, AllGoBackToTheFirstAndStopWithAnyThatWasRevoked) {
  Add("a1", "");
  Add("a2", "a1");
  Add("a3", "a1");
  Add("b1", "");
  OTRP_ASSERT_OK_AND_ASSIGN(const Renewable first, renewals_.Find("a1"));
  EXPECT_EQ(first.first_serial, "a1");
  OTRP_ASSERT_OK_AND_ASSIGN(Renewable third, renewals_.Find("a3"));
  EXPECT_EQ(third.certificate.serial, "a3");
  EXPECT_EQ(third.first_serial, "a1");
  EXPECT_EQ(third.given_at, At(0xa1));
  EXPECT_FALSE(third.is_stopped);
  // A newer one is no reason to stop.
  ASSERT_THAT(
      store_.Revoke("a2", {RevocationReason::kSuperseded, At(1)}, Audit())
          .status(),
      IsOk());
  EXPECT_FALSE(renewals_.Find("a3")->is_stopped);
  Add("a4", "a1");
  ASSERT_THAT(
      store_.Revoke("a4", {RevocationReason::kUnspecified, At(1)}, Audit())
          .status(),
      IsOk());
  EXPECT_TRUE(renewals_.Find("a3")->is_stopped);
  EXPECT_TRUE(renewals_.Find("a1")->is_stopped);
  EXPECT_FALSE(renewals_.Find("b1")->is_stopped);
  EXPECT_THAT(renewals_.Find("c0").status(),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(RenewalStoreTest, WhatWasNeverSignedStopsNothingWhenItIsRevoked) {
  Add("e1", "");
  Add("e2", "e1", /*is_signed=*/false);
  ASSERT_THAT(
      store_.Revoke("e2", {RevocationReason::kUnspecified, At(1)}, Audit())
          .status(),
      IsOk());
  EXPECT_FALSE(renewals_.Find("e1")->is_stopped);
}

TEST_F(RenewalStoreTest, ThatTheFirstWasRevokedStopsAll) {
  Add("d1", "");
  Add("d2", "d1");
  ASSERT_THAT(
      store_.Revoke("d1", {RevocationReason::kKeyCompromise, At(1)}, Audit())
          .status(),
      IsOk());
  EXPECT_TRUE(renewals_.Find("d2")->is_stopped);
}

}  // namespace
}  // namespace ca
}  // namespace otrp

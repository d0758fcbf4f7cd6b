#include "clients/otrpctl/audit_export.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp::ctl {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

constexpr char kIssue[] =
    R"({"at":"2026-01-02T03:04:05Z","service":"ca",)"
    R"("action":"certificate.issue",)"
    R"("subject":"a1","outcome":"ok","details":{"authority":"tee-ca"}})";
constexpr char kRevoke[] =
    R"({"at":"2026-02-02T03:04:05Z","service":"ca",)"
    R"("action":"certificate.revoke",)"
    R"("subject":"a1","outcome":"ok",)"
    R"("details":{"reason":"REVOCATION_REASON_KEY_COMPROMISE"}})";
constexpr char kOthers[] =
    R"({"at":"2026-02-02T03:04:05Z","service":"tsm","action":)"
    R"("certificate.revoke","subject":"b2","outcome":"ok","details":{}})"
    "\n"
    R"({"at":"2026-02-02T03:04:05Z","service":"ca","action":)"
    R"("certificate.revoke","subject":"c3","outcome":"refused","details":{}})";
constexpr char kReconciled[] =
    R"({"at":"2026-02-03T03:04:05Z","service":"ca","action":)"
    R"("certificate.reconcile","subject":"sp-ca","outcome":"ok",)"
    R"("details":{"revoked":["a1"],"unknown":["d4"]}})";

TEST(AuditExportTest, WhatWasRevokedComesWithWhereItWasIssuedAndWhy) {
  // Newest first, as it is listed; and in one document.
  for (const std::string& text : {std::string(kReconciled) + "\n" + kRevoke +
                                      "\n" + kOthers + "\n\n" + kIssue + "\n",
                                  std::string(R"({"events":[)") + kReconciled +
                                      "," + kRevoke + "," + kIssue + "]}"}) {
    OTRP_ASSERT_OK_AND_ASSIGN(const auto revoked, LoggedRevocations(text));
    ASSERT_EQ(revoked.size(), 2u);
    EXPECT_EQ(revoked[0].serial(), "a1");
    EXPECT_EQ(revoked[0].reason(), ca::v1::REVOCATION_REASON_KEY_COMPROMISE);
    EXPECT_EQ(revoked[0].revoked_at().seconds(), 1770001445);
    EXPECT_EQ(revoked[1].serial(), "d4");
    EXPECT_EQ(revoked[1].authority(), "sp-ca");
  }
  OTRP_ASSERT_OK_AND_ASSIGN(
      const auto one, LoggedRevocations(std::string(kIssue) + "\n" + kRevoke));
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].authority(), "tee-ca");
}

TEST(AuditExportTest, WhatIsNoExportIsRefusedByItsLine) {
  for (const char* bad : {"hello", "[1]", "{", "-----BEGIN X509 CRL-----"}) {
    EXPECT_THAT(
        LoggedRevocations(std::string(kRevoke) + "\n" + bad).status(),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("line 2")))
        << bad;
  }
}

}  // namespace
}  // namespace otrp::ctl

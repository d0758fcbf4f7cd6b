#include "services/sp_portal/authz.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/rpc/authz_test_util.h"
#include "otrp/common/v1/common.pb.h"
#include "otrp/common/v1/outbox.pb.h"
#include "otrp/portal/v1/access.pb.h"
#include "otrp/portal/v1/console_sessions.pb.h"
#include "otrp/portal/v1/entitlements.pb.h"
#include "otrp/portal/v1/personalizations.pb.h"
#include "otrp/portal/v1/pipeline.pb.h"
#include "otrp/portal/v1/portal.pb.h"
#include "otrp/portal/v1/publishers.pb.h"
#include "otrp/portal/v1/pull.pb.h"
#include "otrp/portal/v1/rollouts.pb.h"
#include "otrp/portal/v1/uploads.pb.h"
#include "otrp/portal/v1/webhooks.pb.h"

namespace otrp {
namespace portal {
namespace {

using ::testing::IsEmpty;

TEST(PortalAuthzTest, EveryMethodHasItsRowAndNoRowIsStale) {
  EXPECT_THAT(rpc::AuthzProblems(
                  Authz(), rpc::ServicesOf(
                               {v1::Principal::descriptor()->file(),
                                v1::Publisher::descriptor()->file(),
                                v1::Entitlement::descriptor()->file(),
                                v1::ConsoleSession::descriptor()->file(),
                                v1::ServiceProvider::descriptor()->file(),
                                v1::Upload::descriptor()->file(),
                                v1::PullEndpoint::descriptor()->file(),
                                v1::Personalization::descriptor()->file(),
                                v1::Review::descriptor()->file(),
                                v1::Rollout::descriptor()->file(),
                                v1::Webhook::descriptor()->file(),
                                common::v1::OutboxMessage::descriptor()->file(),
                                common::v1::AuditEvent::descriptor()->file()})),
              IsEmpty());
}

TEST(PortalAuthzTest, NoProcessOfTheSuiteCallsThePortal) {
  for (const rpc::AuthzRule& rule : Authz().rules()) {
    for (const char* name : {"ca", "tsm", "gateway", "attestation_verifier"}) {
      EXPECT_FALSE(
          Authz().Check(rule.method, {rpc::CallerKind::kService, name}).ok())
          << rule.method << " " << name;
    }
  }
}

TEST(PortalAuthzTest, OnlyOperatorsMakeAccountsReviewAndReadTheAuditLog) {
  for (const char* method :
       {"otrp.portal.v1.ServiceProviders.CreateServiceProvider",
        "otrp.portal.v1.Reviews.ApproveVersion",
        "otrp.portal.v1.Reviews.RejectVersion",
        "otrp.common.v1.AuditLog.ListAuditEvents",
        "otrp.common.v1.Outbox.ListOutboxMessages",
        "otrp.common.v1.Outbox.RetryOutboxMessage",
        "otrp.common.v1.Outbox.SkipOutboxMessage"}) {
    EXPECT_TRUE(Authz().Check(method, {rpc::CallerKind::kOperator, "a"}).ok());
    EXPECT_FALSE(Authz().Check(method, {rpc::CallerKind::kSp, "bank"}).ok());
  }
}

rpc::Identity Of(rpc::CallerKind kind, rpc::Role role) {
  rpc::Identity caller{kind, "acme"};
  caller.role = role;
  return caller;
}

// Who runs the suite and who judges are two, unless it's a certificate's
// holder.
TEST(PortalAuthzTest, OnlyApproversJudgeVersions) {
  for (const char* method : {"otrp.portal.v1.Reviews.ApproveVersion",
                             "otrp.portal.v1.Reviews.RejectVersion"}) {
    EXPECT_TRUE(
        Authz()
            .Check(method, Of(rpc::CallerKind::kOperator, rpc::Role::kApprover))
            .ok());
    EXPECT_FALSE(
        Authz()
            .Check(method, Of(rpc::CallerKind::kOperator, rpc::Role::kOperator))
            .ok());
  }
}

TEST(PortalAuthzTest, ADeveloperPushesAReleaserReleasesAnOwnerManages) {
  using rpc::Role;
  const std::vector<std::pair<std::string, Role>> least = {
      {"Applications.ListApplications", Role::kAuditor},
      {"Members.ListMembers", Role::kAuditor},
      {"Applications.PushImage", Role::kDeveloper},
      {"Tokens.CreateToken", Role::kDeveloper},
      {"Applications.ReleaseVersion", Role::kReleaser},
      {"Applications.WithdrawApplication", Role::kReleaser},
      {"Uploads.CreateUpload", Role::kDeveloper},
      {"Reviews.SubmitVersion", Role::kDeveloper},
      {"Versions.DeprecateVersion", Role::kReleaser},
      {"Versions.YankVersion", Role::kReleaser},
      {"Versions.DeleteVersion", Role::kReleaser},
      {"Versions.DeleteApplication", Role::kReleaser},
      {"Assignments.Assign", Role::kReleaser},
      {"Assignments.Unassign", Role::kReleaser},
      {"ServiceProviders.EnrollCertificate", Role::kOwner},
      {"ServiceProviders.RevokeSigningCertificate", Role::kOwner},
      {"Members.CreateInvitation", Role::kOwner},
      {"Members.SetMemberRole", Role::kOwner},
      {"Members.RemoveMember", Role::kOwner},
      {"Accounts.CloseServiceProvider", Role::kOwner},
  };
  for (const auto& [method, role] : least) {
    for (const Role has :
         {Role::kAuditor, Role::kDeveloper, Role::kReleaser, Role::kOwner}) {
      EXPECT_EQ(
          Authz()
              .Check("otrp.portal.v1." + method, Of(rpc::CallerKind::kSp, has))
              .ok(),
          has >= role)
          << method << " " << rpc::RoleName(has);
    }
  }
}

TEST(PortalAuthzTest, NoSpAndNoAuditorDecidesOnAccounts) {
  for (const char* method : {"otrp.portal.v1.Accounts.ApproveRegistration",
                             "otrp.portal.v1.Accounts.RejectRegistration",
                             "otrp.portal.v1.Accounts.SuspendServiceProvider",
                             "otrp.portal.v1.Accounts.ResumeServiceProvider"}) {
    for (const rpc::CallerKind kind :
         {rpc::CallerKind::kSp, rpc::CallerKind::kAuditor}) {
      EXPECT_FALSE(Authz().Check(method, Of(kind, rpc::Role::kFull)).ok());
    }
    EXPECT_FALSE(
        Authz()
            .Check(method, Of(rpc::CallerKind::kOperator, rpc::Role::kApprover))
            .ok());
  }
}

TEST(PortalAuthzTest, TheFrontAloneAsksWhomATokenStandsFor) {
  const std::string method = "otrp.portal.v1.Authentication.Authenticate";
  EXPECT_TRUE(Authz().Check(method, {rpc::CallerKind::kService, "api"}).ok());
  for (const rpc::CallerKind kind :
       {rpc::CallerKind::kOperator, rpc::CallerKind::kAuditor,
        rpc::CallerKind::kSp}) {
    EXPECT_FALSE(Authz().Check(method, Of(kind, rpc::Role::kFull)).ok());
  }
}

TEST(PortalAuthzTest, OnlyOwnersOfAnSpAndOperatorsChangeWebhooks) {
  const rpc::Identity releaser = Of(rpc::CallerKind::kSp, rpc::Role::kReleaser);
  const rpc::Identity owner = Of(rpc::CallerKind::kSp, rpc::Role::kOwner);
  int changing = 0;
  for (const rpc::AuthzRule& rule : Authz().rules()) {
    if (!absl::StartsWith(rule.method, "otrp.portal.v1.Webhooks.")) continue;
    const bool reads = rule.effect == rpc::Effect::kReads;
    EXPECT_EQ(Authz().Check(rule.method, releaser).ok(), reads) << rule.method;
    EXPECT_TRUE(Authz().Check(rule.method, owner).ok()) << rule.method;
    EXPECT_EQ(
        Authz().Check(rule.method, {rpc::CallerKind::kAuditor, "eve"}).ok(),
        reads)
        << rule.method;
    changing += reads ? 0 : 1;
  }
  EXPECT_EQ(changing, 6);
}

}  // namespace
}  // namespace portal
}  // namespace otrp

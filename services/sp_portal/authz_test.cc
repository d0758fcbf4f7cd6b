#include "services/sp_portal/authz.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/rpc/authz_test_util.h"
#include "otrp/common/v1/common.pb.h"
#include "otrp/portal/v1/pipeline.pb.h"
#include "otrp/portal/v1/portal.pb.h"
#include "otrp/portal/v1/uploads.pb.h"

namespace otrp {
namespace portal {
namespace {

using ::testing::IsEmpty;

TEST(PortalAuthzTest, EveryMethodHasItsRowAndNoRowIsStale) {
  EXPECT_THAT(rpc::AuthzProblems(
                  Authz(), rpc::ServicesOf(
                               {v1::ServiceProvider::descriptor()->file(),
                                v1::Upload::descriptor()->file(),
                                v1::Review::descriptor()->file(),
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
        "otrp.common.v1.AuditLog.ListAuditEvents"}) {
    EXPECT_TRUE(Authz().Check(method, {rpc::CallerKind::kOperator, "a"}).ok());
    EXPECT_FALSE(Authz().Check(method, {rpc::CallerKind::kSp, "bank"}).ok());
  }
}

}  // namespace
}  // namespace portal
}  // namespace otrp

#include "services/tsm/authz.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/rpc/authz_test_util.h"
#include "otrp/common/v1/common.grpc.pb.h"
#include "otrp/common/v1/usage.pb.h"
#include "otrp/tsm/v1/fleet.grpc.pb.h"
#include "otrp/tsm/v1/identities.grpc.pb.h"
#include "otrp/tsm/v1/outcomes.grpc.pb.h"
#include "otrp/tsm/v1/tsm.grpc.pb.h"

namespace otrp {
namespace tsm {
namespace {

TEST(AuthzTest, EveryMethodHasExactlyOneRow) {
  EXPECT_THAT(rpc::AuthzProblems(
                  Authz(), rpc::ServicesOf(
                               {v1::AdvanceRequest::descriptor()->file(),
                                v1::RemovalBrake::descriptor()->file(),
                                v1::Outcome::descriptor()->file(),
                                v1::TsmIdentity::descriptor()->file(),
                                common::v1::AuditEvent::descriptor()->file(),
                                common::v1::UsageEvent::descriptor()->file()})),
              ::testing::IsEmpty());
}

TEST(AuthzTest, OnlyTheGatewaySpeaksForDevicesAndOnlyThePortalForSps) {
  struct Case {
    const char* method;
    const char* caller;
    bool allowed;
  };
  const char kAdvance[] = "otrp.tsm.v1.DeviceMessaging.Advance";
  const char kApply[] = "otrp.tsm.v1.Catalog.Apply";
  const char kTake[] = "otrp.tsm.v1.Outcomes.TakeOutcomes";
  const char kPullLog[] = "otrp.tsm.v1.Catalog.GetPullLog";
  const char kRetry[] = "otrp.tsm.v1.Devices.RetryDevice";
  const char kLabel[] = "otrp.tsm.v1.Devices.SetDeviceLabels";
  const char kRotate[] = "otrp.tsm.v1.Identities.RotateIdentities";
  const char kList[] = "otrp.tsm.v1.Devices.ListDevices";
  for (const Case& c : std::initializer_list<Case>{
           {kAdvance, "otrp://service/gateway", true},
           {kAdvance, "otrp://service/sp_portal", false},
           {kAdvance, "otrp://operator/gateway", false},
           {kApply, "otrp://service/sp_portal", true},
           {kApply, "otrp://service/gateway", false},
           {kApply, "otrp://sp/sp_portal", false},
           {kTake, "otrp://service/sp_portal", true},
           {kTake, "otrp://service/api", false},
           {kTake, "otrp://operator/alice", false},
           {kTake, "otrp://sp/bank", false},
           {kPullLog, "otrp://service/sp_portal", true},
           {kPullLog, "otrp://operator/alice", false},
           {kPullLog, "otrp://sp/bank", false},
           {kRetry, "otrp://operator/alice", true},
           {kRetry, "otrp://auditor/bob", false},
           {kLabel, "otrp://operator/alice", true},
           {kLabel, "otrp://auditor/bob", false},
           {kLabel, "otrp://sp/bank", false},
           {kLabel, "otrp://service/gateway", false},
           {kRotate, "otrp://operator/alice", true},
           {kRotate, "otrp://auditor/bob", false},
           {kRotate, "otrp://sp/bank", false},
           {kRotate, "otrp://service/gateway", false},
           {kList, "otrp://auditor/bob", true},
           {kList, "otrp://service/gateway", false},
           {kList, "otrp://sp/bank", false}}) {
    auto caller = rpc::ParseIdentity(c.caller);
    ASSERT_TRUE(caller.ok());
    EXPECT_EQ(Authz().Check(c.method, *caller).ok(), c.allowed)
        << c.method << " by " << c.caller;
    EXPECT_FALSE(Authz().Check(c.method, rpc::Identity()).ok());
  }
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

#include "services/tsm/domain/refused_sps.h"

#include "gtest/gtest.h"
#include "services/tsm/domain/plan.h"

namespace otrp {
namespace tsm {
namespace {

TEST(RefusedSpsTest, WhoRefusesBringsNothingNewAndMayClearUp) {
  Device device;
  device.refused_spids = {"bank", "shop"};
  struct Case {
    const char* action;
    bool refused;
  };
  for (const Case& c :
       {Case{"InstallTA bank/wallet@1.0.0", true},
        Case{"UpdateTA shop/till@2.0.0", true}, Case{"CreateSD bank", true},
        Case{"UpdateSD bank +aaaa", true},
        Case{"UpdateSD bank +aaaa -bbbb", true},
        Case{"UpdateSD bank -bbbb", false}, Case{"DeleteTA bank/wallet", false},
        Case{"DeleteSD bank.sd", false},
        // Others, whatever they are called.
        Case{"InstallTA banker/wallet@1.0.0", false},
        Case{"InstallTA ban/bank@1.0.0", false},
        Case{"CreateSD bank2", false}}) {
    EXPECT_EQ(IsRefusedBySp(device, c.action), c.refused) << c.action;
  }
  EXPECT_FALSE(IsRefusedBySp(Device(), "InstallTA bank/wallet@1.0.0"));
}

TEST(RefusedSpsTest, APlanStepsOverWhatItsProviderRefuses) {
  DeviceContext device;
  for (const char* spid : {"bank", "shop"}) {
    DesiredTa wish;
    wish.spid = spid;
    wish.taid = "app";
    wish.version = "1.0.0";
    wish.signer_fingerprint = "f";
    wish.current_fingerprint = "f";
    device.goals.desired.push_back(wish);
  }
  device.device.refused_spids = {"bank"};
  PlanResult plan = Plan(device, absl::UnixEpoch());
  ASSERT_TRUE(plan.request.has_value());
  EXPECT_EQ(plan.request->spid, "shop");
  device.device.refused_spids = {"bank", "shop"};
  plan = Plan(device, absl::UnixEpoch());
  EXPECT_FALSE(plan.request.has_value());
  EXPECT_EQ(plan.reason, PlanResult::Reason::kBlocked);
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

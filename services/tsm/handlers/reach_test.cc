// Whom applications reach by what holds of devices: in sessions, from the
// evidence to the installed TA.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/tsm/handlers/catalog.h"
#include "services/tsm/handlers/devices.h"
#include "services/tsm/testing/mini_tee.h"
#include "services/tsm/testing/tsm_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MiniTee;
using testing::TsmFixture;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

class TsmReachTest : public ::testing::Test {
 protected:
  TsmReachTest() : tee_("Primus", crypto::KeyType::kEcP256) {
    tsm_.verifier.Trust(tee_);
    tsm_.Release("1.0.0", "cert 1");
  }

  void Assign(const std::string& conditions) {
    tsm_.Assign(true,
                DevicesThat{*service::DeviceConditions::FromText(conditions)});
  }

  bool HasWallet() {
    tsm_.Drive(&tee_);
    const auto sd = tee_.sds.find("bank.sd");
    return sd != tee_.sds.end() && sd->second.tas.count("wallet") == 1;
  }

  absl::StatusOr<std::vector<std::string>> Label(
      const std::vector<std::string>& update,
      const std::vector<std::string>& remove = {}) {
    v1::SetDeviceLabelsRequest request;
    request.set_did(tee_.did());
    for (const std::string& label : update) request.add_update(label);
    for (const std::string& key : remove) request.add_remove(key);
    v1::SetDeviceLabelsResponse response;
    const absl::Status status = handlers::SetDeviceLabels(
        tsm_.Call("otrp.tsm.v1.Devices.SetDeviceLabels"), *tsm_.env, request,
        response);
    if (!status.ok()) return status;
    return std::vector<std::string>(response.labels().begin(),
                                    response.labels().end());
  }

  v1::Device Shown() {
    v1::GetDeviceRequest request;
    request.set_did(tee_.did());
    v1::GetDeviceResponse response;
    OTRP_EXPECT_OK(
        handlers::GetDevice(tsm_.Call("m"), *tsm_.env, request, response));
    return response.device();
  }

  TsmFixture tsm_;
  MiniTee tee_;
};

// In the very session in which it is known for the first time.
TEST_F(TsmReachTest, AFirstContactIsJudgedByTheEvidenceThatItBrings) {
  Assign("vendor:maker tier:firmware-verified");
  EXPECT_FALSE(HasWallet());
  EXPECT_EQ(Shown().attestation_tier(), "tee-authenticated");
  tsm_.verifier.firmware = true;
  EXPECT_TRUE(HasWallet());
  EXPECT_EQ(Shown().attestation_tier(), "firmware-verified");
  EXPECT_EQ(Shown().tee_vendor(), "maker");
}

// What it proved once is worth nothing when it doesn't prove it again.
TEST_F(TsmReachTest, ADeviceThatProvesLessThanBeforeLosesWhatDemandsMore) {
  tsm_.verifier.firmware = true;
  Assign("tier:firmware-verified");
  EXPECT_TRUE(HasWallet());
  tsm_.verifier.firmware = false;
  EXPECT_FALSE(HasWallet());
  EXPECT_EQ(Shown().attestation_tier(), "tee-authenticated");
}

TEST_F(TsmReachTest, ARefusedDevicesEvidenceIsWorthNothing) {
  tsm_.verifier.firmware = true;
  tsm_.Drive(&tee_);
  tsm_.verifier.Distrust(tee_);
  tsm_.Drive(&tee_);
  EXPECT_EQ(Shown().attestation_tier(), "none");
}

// A device's own name of its TEE is its own claim.
TEST_F(TsmReachTest, AVendorIsTheAnchorsNameAndNotWhatTheTeeSays) {
  Assign("vendor:Primus");
  EXPECT_FALSE(HasWallet());
  EXPECT_EQ(Shown().tee_name(), "Primus");
  EXPECT_NE(Shown().tee_vendor(), "Primus");
  tsm_.verifier.anchor = "Primus";
  EXPECT_TRUE(HasWallet());
  EXPECT_EQ(Shown().tee_vendor(), "Primus");
}

TEST_F(TsmReachTest, ALabelBringsAnApplicationAndTakesItAway) {
  Assign("label:pilot=yes");
  EXPECT_FALSE(HasWallet());
  OTRP_ASSERT_OK_AND_ASSIGN(auto labels, Label({"pilot=yes", "site=b"}));
  EXPECT_THAT(labels, ElementsAre("pilot=yes", "site=b"));
  EXPECT_TRUE(HasWallet());
  EXPECT_THAT(Shown().labels(), ElementsAre("pilot=yes", "site=b"));
  OTRP_ASSERT_OK_AND_ASSIGN(labels, Label({"site=c"}, {"pilot"}));
  EXPECT_THAT(labels, ElementsAre("site=c"));
  EXPECT_FALSE(HasWallet());
}

TEST_F(TsmReachTest, LabelsAreCheckedAndTheFieldIsNamed) {
  struct Case {
    std::vector<std::string> update;
    std::vector<std::string> remove;
    const char* error;
  };
  for (const Case& c : std::vector<Case>{
           {{}, {}, "update: give it, or remove"},
           {{"a=b", "pilot"}, {}, "update[1]: must"},
           {{"a b=c"}, {}, "update[0]: must"},
           {{"a=b=c"}, {}, "update[0]: must"},
           {{"a=b", "a=c"}, {}, "update[1]: its key is named"},
           {{"a=b"}, {"a"}, "remove[0]: its key is named"},
           {{}, {"a=b"}, "remove[0]: must"},
           {std::vector<std::string>(33, "a=b"), {}, "update: give 1 to 32"},
           {{}, std::vector<std::string>(33, "a"), "remove: give 1 to 32"}}) {
    EXPECT_THAT(Label(c.update, c.remove),
                StatusIs(kInvalid, HasSubstr(c.error)));
  }
  v1::SetDeviceLabelsRequest request;
  request.add_update("a=b");
  v1::SetDeviceLabelsResponse response;
  EXPECT_THAT(
      handlers::SetDeviceLabels(tsm_.Call("m"), *tsm_.env, request, response),
      StatusIs(kInvalid, HasSubstr("did:")));
  v1::ListDevicesRequest list;
  list.set_label("pilot");
  v1::ListDevicesResponse devices;
  EXPECT_THAT(handlers::ListDevices(tsm_.Call("m"), *tsm_.env, list, devices),
              StatusIs(kInvalid, HasSubstr("label: must be key=value")));
  EXPECT_THAT(tsm_.AuditActions(),
              ::testing::Not(::testing::Contains("device.label")));
}

// The portal has checked them; what it doesn't send is refused all the same.
TEST_F(TsmReachTest, ConditionsOfAnEventAreCheckedAndTheFieldIsNamed) {
  v1::ApplyRequest event;
  event.set_event_id("7C2D5A0E-93E1-4B6A-8F0D-1E2A3B4C5D6E");
  v1::AssignmentChanged* changed = event.mutable_assignment_changed();
  changed->set_spid("bank");
  changed->set_taid("wallet");
  changed->set_assigned(true);
  const auto apply = [&] {
    v1::ApplyResponse response;
    return handlers::Apply(tsm_.Call("otrp.tsm.v1.Catalog.Apply"), *tsm_.env,
                           event, response);
  };
  changed->mutable_devices();
  EXPECT_THAT(apply(), StatusIs(kInvalid,
                                HasSubstr("assignment_changed.devices: must")));
  changed->mutable_devices()->set_min_attestation("gold");
  EXPECT_THAT(apply(), StatusIs(kInvalid, HasSubstr("min_attestation: must")));
  changed->mutable_devices()->set_min_attestation("tee-authenticated");
  OTRP_EXPECT_OK(apply());
  EXPECT_TRUE(HasWallet());
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

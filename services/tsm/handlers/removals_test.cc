// What is taken from devices, and what isn't: in sessions, from the decision to
// the emptied TEE; what operators see of it; the brake.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/tsm/domain/words.h"
#include "services/tsm/handlers/catalog.h"
#include "services/tsm/handlers/devices.h"
#include "services/tsm/handlers/fleet.h"
#include "services/tsm/limits.h"
#include "services/tsm/testing/mini_tee.h"
#include "services/tsm/testing/tsm_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MiniTee;
using testing::NameOf;
using testing::TsmFixture;

constexpr auto kEc = crypto::KeyType::kEcP256;

store::AuditEvent GroupAudit() {
  store::AuditEvent event;
  event.actor = "otrp://operator/ann";
  event.action = "group.add";
  return event;
}

class RemovalsTest : public ::testing::Test {
 protected:
  RemovalsTest() : tee_("Primus", kEc) {
    tsm_.verifier.Trust(tee_);
    tsm_.Release("1.0.0", "cert 1");
  }

  std::vector<std::string> Drive(MiniTee* tee) {
    std::vector<std::string> names;
    for (const std::string& request : tsm_.Drive(tee)) {
      names.push_back(NameOf(request));
    }
    return names;
  }

  static bool Has(const MiniTee& tee, const std::string& taid = "wallet") {
    const auto sd = tee.sds.find("bank.sd");
    return sd != tee.sds.end() && sd->second.tas.count(taid) == 1;
  }

  v1::GetDevicePlanResponse PlanOf(const MiniTee& tee) {
    v1::GetDevicePlanRequest request;
    request.set_did(tee.did());
    v1::GetDevicePlanResponse response;
    OTRP_EXPECT_OK(
        handlers::GetDevicePlan(tsm_.Call("m"), *tsm_.env, request, response));
    return response;
  }

  // "next DeleteTA bank/wallet: withdrawn bank/wallet".
  std::vector<std::string> StepsOf(const MiniTee& tee) {
    std::vector<std::string> lines;
    const v1::GetDevicePlanResponse plan = PlanOf(tee);
    for (const v1::PlanStep& step : plan.steps()) {
      std::string line = absl::StrCat(step.state(), " ", step.action(), ":");
      for (const v1::PlanReason& reason : step.reasons()) {
        absl::StrAppend(&line, " ", reason.rule());
      }
      lines.push_back(line);
    }
    return lines;
  }

  // "undecided bank.sd/wallet".
  std::vector<std::string> KeptOf(const MiniTee& tee) {
    std::vector<std::string> lines;
    const v1::GetDevicePlanResponse plan = PlanOf(tee);
    for (const v1::KeptContent& kept : plan.kept()) {
      lines.push_back(
          absl::StrCat(kept.kind(), " ", kept.sdname(), "/", kept.taid()));
    }
    return lines;
  }

  std::string ShownStateOf(const MiniTee& tee) {
    v1::GetDeviceRequest request;
    request.set_did(tee.did());
    v1::GetDeviceResponse response;
    OTRP_EXPECT_OK(
        handlers::GetDevice(tsm_.Call("m"), *tsm_.env, request, response));
    for (const auto& domain : response.device().security_domains()) {
      for (const auto& ta : domain.tas()) return ta.state();
    }
    return "";
  }

  v1::RemovalBrake Brake() {
    v1::GetRemovalBrakeResponse response;
    OTRP_EXPECT_OK(handlers::GetRemovalBrake(
        tsm_.Call("m"), *tsm_.env, v1::GetRemovalBrakeRequest(), response));
    return response.brake();
  }
  void SetBrake(int percent, int64_t min_devices) {
    v1::SetRemovalBrakeRequest request;
    request.set_percent(percent);
    request.set_min_devices(min_devices);
    v1::SetRemovalBrakeResponse response;
    OTRP_EXPECT_OK(handlers::SetRemovalBrake(
        tsm_.Call("otrp.tsm.v1.Fleet.SetRemovalBrake"), *tsm_.env, request,
        response));
  }
  v1::RemovalBrake Release(int minutes = 0) {
    v1::ReleaseRemovalsRequest request;
    request.set_reason("the bank has asked for it");
    request.set_minutes(minutes);
    v1::ReleaseRemovalsResponse response;
    OTRP_EXPECT_OK(handlers::ReleaseRemovals(
        tsm_.Call("otrp.tsm.v1.Fleet.ReleaseRemovals"), *tsm_.env, request,
        response));
    return response.brake();
  }

  TsmFixture tsm_;
  MiniTee tee_;
};

TEST_F(RemovalsTest, AnUnassignedApplicationLeavesWithItsDomain) {
  tsm_.Assign(true);
  Drive(&tee_);
  ASSERT_TRUE(Has(tee_));
  EXPECT_EQ(ShownStateOf(tee_), "installed");
  tsm_.Assign(false);
  EXPECT_EQ(ShownStateOf(tee_), "leaving");
  EXPECT_THAT(StepsOf(tee_),
              ElementsAre("next DeleteTA bank/wallet: unassigned bank/wallet "
                          "all",
                          "planned DeleteSD bank.sd: unassigned bank/wallet "
                          "all"));
  EXPECT_EQ(PlanOf(tee_).steps(0).reasons(0).actor(), "otrp://service/test");
  EXPECT_THAT(Drive(&tee_), ElementsAre("GetDeviceStateRequest",
                                        "DeleteTARequest", "DeleteSDRequest"));
  EXPECT_THAT(StepsOf(tee_), IsEmpty());
}

// In the middle of a session that is about to install it.
TEST_F(RemovalsTest, WhatIsUnassignedWhileItIsBeingInstalledLeavesToo) {
  tsm_.Assign(true);
  OTRP_ASSERT_OK_AND_ASSIGN(std::string request, tsm_.Advance(""));
  while (NameOf(request) != "InstallTARequest") {
    OTRP_ASSERT_OK_AND_ASSIGN(request, tsm_.Advance(tee_.Answer(request)));
  }
  const std::string answer = tee_.Answer(request);
  tsm_.Assign(false);
  OTRP_ASSERT_OK_AND_ASSIGN(request, tsm_.Advance(answer));
  EXPECT_EQ(NameOf(request), "DeleteTARequest");
}

// A renewed TEE certificate is another device id, of which nothing is known.
TEST_F(RemovalsTest, ADeviceWithAnotherIdKeepsWhatItHas) {
  tsm_.Assign(true, OneDevice{tee_.did()});
  tsm_.Assign(true, OneDevice{tee_.did()}, "card");
  Drive(&tee_);
  ASSERT_TRUE(Has(tee_));
  MiniTee renewed("Primus", kEc);
  tsm_.verifier.Trust(renewed);
  renewed.sds = tee_.sds;
  // Also where something was decided before that would be about it.
  tsm_.Assign(true, AllDevices(), "card");
  tsm_.Assign(false, AllDevices(), "card");
  EXPECT_THAT(Drive(&renewed), ElementsAre("GetDeviceStateRequest"));
  EXPECT_TRUE(Has(renewed));
  EXPECT_EQ(ShownStateOf(renewed), "foreign");
  EXPECT_THAT(KeptOf(renewed), Contains("foreign bank.sd/wallet"));
  EXPECT_THAT(StepsOf(renewed), IsEmpty());
  // Once somebody says so, it goes.
  tsm_.Assign(false);
  EXPECT_THAT(Drive(&renewed), Contains("DeleteTARequest"));
  EXPECT_FALSE(Has(renewed));
}

// It was restored from a backup, or somebody put old flash back.
TEST_F(RemovalsTest, WhatATeeBringsBackIsRemovedAgain) {
  tsm_.Assign(true);
  Drive(&tee_);
  const auto backup = tee_.sds;
  tsm_.Withdraw();
  Drive(&tee_);
  EXPECT_FALSE(Has(tee_));
  tee_.sds = backup;
  EXPECT_THAT(Drive(&tee_), ElementsAre("GetDeviceStateRequest",
                                        "DeleteTARequest", "DeleteSDRequest"));
  EXPECT_FALSE(Has(tee_));
}

// The operator gave the maker's root another name.
TEST_F(RemovalsTest, AMakerWithAnotherNameTakesNothingAway) {
  tsm_.Assign(
      true, DevicesThat{*service::DeviceConditions::FromText("vendor:maker")});
  Drive(&tee_);
  ASSERT_TRUE(Has(tee_));
  tsm_.verifier.anchor = "maker-2";
  EXPECT_THAT(Drive(&tee_), ElementsAre("GetDeviceStateRequest"));
  EXPECT_TRUE(Has(tee_));
  EXPECT_EQ(ShownStateOf(tee_), "undecided");
  EXPECT_THAT(KeptOf(tee_), ElementsAre("undecided bank.sd/wallet"));
}

TEST_F(RemovalsTest, ADomainThatIsntOursIsNeverTouched) {
  tee_.sds["old.sd"].spid = "bank";
  tee_.sds["old.sd"].tas["wallet"];
  tsm_.Assign(true);
  EXPECT_THAT(Drive(&tee_), ElementsAre("GetDeviceStateRequest",
                                        "CreateSDRequest", "InstallTARequest"));
  tsm_.Withdraw();
  Drive(&tee_);
  EXPECT_EQ(tee_.sds.count("bank.sd"), 0u);
  ASSERT_EQ(tee_.sds.count("old.sd"), 1u);
  EXPECT_EQ(tee_.sds["old.sd"].tas.count("wallet"), 1u);
  EXPECT_THAT(KeptOf(tee_),
              ElementsAre("foreign old.sd/", "foreign old.sd/wallet"));
}

// A backup of before: the rows of the assignment and of what was installed by
// it are gone.
TEST_F(RemovalsTest, ARestoredDatabaseTakesNothingAway) {
  tsm_.Assign(true);
  Drive(&tee_);
  OTRP_ASSERT_OK(tsm_.database.superuser().Run([](store::Tx& tx) {
    return tx.ExecScript(
        "SET LOCAL session_replication_role = replica; "
        "DELETE FROM desired_ta; DELETE FROM installed_ta; "
        "DELETE FROM security_domain;"
        "UPDATE catalogue SET version = 2, rules_version = 2");
  }));
  OTRP_ASSERT_OK(tsm_.store.catalogue().Refresh());
  EXPECT_THAT(Drive(&tee_), ElementsAre("GetDeviceStateRequest"));
  EXPECT_TRUE(Has(tee_));
}

TEST_F(RemovalsTest, APlanSaysWhatComesAndByWhichRule) {
  tsm_.Assign(true, OneDevice{tee_.did()});
  tsm_.verifier.Distrust(tee_);
  Drive(&tee_);
  EXPECT_THAT(StepsOf(tee_), IsEmpty()) << "it isn't served";
  tsm_.verifier.Trust(tee_);
  tee_.failures["CreateSD"] = "ERR_TEE_FAIL";
  Drive(&tee_);
  const std::string rule = absl::StrCat(" assignment bank/wallet ",
                                        WordOfTarget(OneDevice{tee_.did()}));
  EXPECT_THAT(StepsOf(tee_),
              ElementsAre("waiting CreateSD bank: certificate bank",
                          "blocked InstallTA bank/wallet@1.0.0:" + rule));
  EXPECT_EQ(PlanOf(tee_).steps(0).message(), "CreateSDRequest");
  EXPECT_GT(PlanOf(tee_).catalogue_version(), 0);
  tee_.failures.clear();
  tsm_.clock.Advance(absl::Hours(2));
  EXPECT_THAT(StepsOf(tee_),
              ElementsAre("next CreateSD bank: certificate bank",
                          "planned InstallTA bank/wallet@1.0.0:" + rule));
  Drive(&tee_);
  EXPECT_THAT(StepsOf(tee_), IsEmpty());
  v1::GetDevicePlanRequest unknown;
  unknown.set_did(std::string(32, 'x'));
  v1::GetDevicePlanResponse response;
  EXPECT_THAT(
      handlers::GetDevicePlan(tsm_.Call("m"), *tsm_.env, unknown, response),
      StatusIs(absl::StatusCode::kNotFound, HasSubstr("did:")));
}

constexpr absl::Time kNever = absl::UnixEpoch();

// --- The brake ---------------------------------------------------------------

class BrakeTest : public RemovalsTest {
 protected:
  BrakeTest() {
    tsm_.Assign(true);
    for (int i = 0; i < 5; ++i) {
      fleet_.emplace_back(absl::StrCat("TEE", i), kEc);
      tsm_.verifier.Trust(fleet_.back());
      Drive(&fleet_.back());
    }
    SetBrake(1, 2);
  }

  int Left() const {
    int left = 0;
    for (const MiniTee& tee : fleet_) left += Has(tee) ? 1 : 0;
    return left;
  }
  void DriveAll() {
    for (MiniTee& tee : fleet_) Drive(&tee);
  }

  std::vector<MiniTee> fleet_;
};

TEST_F(BrakeTest, TooManyWhoLoseSomethingPauseRemovalsUntilTheyAreReleased) {
  tsm_.Withdraw();
  DriveAll();
  EXPECT_EQ(Left(), 3);
  v1::RemovalBrake brake = Brake();
  EXPECT_TRUE(brake.paused());
  EXPECT_EQ(brake.paused_by(), "otrp://service/tsm");
  EXPECT_THAT(brake.reason(), HasSubstr("more than 2 devices"));
  EXPECT_EQ(brake.limit(), 2);
  EXPECT_THAT(tsm_.AuditActions(), Contains("fleet.pause-removals"));
  EXPECT_THAT(StepsOf(fleet_[4]),
              ElementsAre("paused DeleteTA bank/wallet: withdrawn bank/wallet",
                          "blocked DeleteSD bank.sd: withdrawn bank/wallet"));
  EXPECT_TRUE(PlanOf(fleet_[4]).removals_paused());
  // All began at the same moment, so that none of them is the last.
  int blocked = 0;
  int done = 0;
  for (const Session& session : tsm_.Sessions()) {
    blocked += session.state == SessionState::kBlocked ? 1 : 0;
    done += session.state == SessionState::kDone ? 1 : 0;
  }
  EXPECT_EQ(blocked, 3);
  EXPECT_EQ(done, 5 + 2) << "those that installed, and those that removed";
  // An hour later nobody has looked.
  tsm_.clock.Advance(absl::Hours(2));
  DriveAll();
  EXPECT_EQ(Left(), 3);

  EXPECT_FALSE(Release().paused());
  DriveAll();
  EXPECT_EQ(Left(), 0);
  EXPECT_FALSE(Brake().paused());
  EXPECT_THAT(tsm_.AuditActions(), Contains("fleet.release-removals"));
}

TEST_F(BrakeTest, WhatIsPausedHoldsUpNoInstallation) {
  v1::PauseRemovalsRequest request;
  request.set_reason("restored a backup");
  v1::PauseRemovalsResponse response;
  OTRP_ASSERT_OK(
      handlers::PauseRemovals(tsm_.Call("otrp.tsm.v1.Fleet.PauseRemovals"),
                              *tsm_.env, request, response));
  EXPECT_EQ(response.brake().reason(), "restored a backup");
  tsm_.Assign(false);
  tsm_.Release("1.0.0", "cert 1", "card");
  tsm_.Assign(true, AllDevices(), "card");
  DriveAll();
  EXPECT_EQ(Left(), 5);
  EXPECT_TRUE(Has(fleet_[0], "card"));
}

TEST_F(BrakeTest, FewWhoLoseSomethingAndOthersWhoGetSomethingPauseNothing) {
  tsm_.Assign(true, DeviceGroup{"eu"});
  OTRP_ASSERT_OK(tsm_.store.AddGroupMembers(
      "eu", {fleet_[0].did(), fleet_[1].did(), fleet_[2].did()}, GroupAudit()));
  tsm_.Assign(false);
  tsm_.Release("2.0.0", "cert 1");
  DriveAll();
  EXPECT_EQ(Left(), 3);
  EXPECT_FALSE(Brake().paused());
  EXPECT_EQ(Brake().devices_last_hour(), 2);
}

TEST_F(BrakeTest, AProcessThatHearsNothingOfTheBrakeRemovesNothing) {
  RemovalBrake unread(tsm_.brakes, tsm_.clock);
  EXPECT_FALSE(unread.MayRemove("a", kNever));
  OTRP_ASSERT_OK(unread.Refresh());
  EXPECT_TRUE(unread.MayRemove("a", kNever));
  tsm_.clock.Advance(kBrakeMaxAge + absl::Seconds(1));
  EXPECT_FALSE(unread.MayRemove("a", kNever));
  tsm_.database.proxy().SetReachable(false);
  EXPECT_FALSE(unread.Refresh().ok());
  EXPECT_FALSE(unread.MayRemove("a", kNever));
}

// Between two readings a process goes by what it has done itself.
TEST_F(BrakeTest, WhatAProcessDoesCountsAtOnce) {
  RemovalBrake brake(tsm_.brakes, tsm_.clock);
  OTRP_ASSERT_OK(brake.Refresh());
  for (const char* did : {"a", "b"}) {
    EXPECT_TRUE(brake.MayRemove(did, kNever));
    brake.Note(did);
  }
  EXPECT_TRUE(brake.MayRemove("a", kNever)) << "it is counted already";
  EXPECT_FALSE(brake.MayRemove("c", kNever));
  EXPECT_TRUE(brake.MayRemove("c", tsm_.clock.Now() - absl::Minutes(59)));
  EXPECT_FALSE(brake.MayRemove("c", tsm_.clock.Now() - absl::Minutes(61)));
}

TEST_F(BrakeTest, ItsNumbersAreCheckedAndTheFieldIsNamed) {
  const auto set = [&](int percent, int64_t min_devices) {
    v1::SetRemovalBrakeRequest request;
    request.set_percent(percent);
    request.set_min_devices(min_devices);
    v1::SetRemovalBrakeResponse response;
    return handlers::SetRemovalBrake(tsm_.Call("m"), *tsm_.env, request,
                                     response);
  };
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(set(0, 1), StatusIs(kInvalid, HasSubstr("percent:")));
  EXPECT_THAT(set(101, 1), StatusIs(kInvalid, HasSubstr("percent:")));
  EXPECT_THAT(set(5, 0), StatusIs(kInvalid, HasSubstr("min_devices:")));
  v1::ReleaseRemovalsRequest release;
  v1::ReleaseRemovalsResponse released;
  EXPECT_THAT(
      handlers::ReleaseRemovals(tsm_.Call("m"), *tsm_.env, release, released),
      StatusIs(kInvalid, HasSubstr("reason:")));
  release.set_reason("why");
  release.set_minutes(kMaxReleaseMinutes + 1);
  EXPECT_THAT(
      handlers::ReleaseRemovals(tsm_.Call("m"), *tsm_.env, release, released),
      StatusIs(kInvalid, HasSubstr("minutes:")));
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

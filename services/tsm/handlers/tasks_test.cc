// What a device could not do: how it is tried again, given up and forgotten,
// and what an operator learns of it.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/json/json.h"
#include "services/tsm/testing/mini_tee.h"
#include "services/tsm/testing/tsm_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::testing::ElementsAre;
using testing::IdsOf;
using ::testing::IsEmpty;
using testing::MiniTee;
using testing::NameOf;
using ::testing::SizeIs;
using testing::TsmFixture;

std::vector<std::string> Names(const std::vector<std::string>& messages) {
  std::vector<std::string> names;
  for (const std::string& message : messages) names.push_back(NameOf(message));
  return names;
}

class TasksTest : public ::testing::Test {
 protected:
  TasksTest() : tee_("Primus", crypto::KeyType::kEcP256) {
    tsm_.verifier.Trust(tee_);
    tsm_.Certificate("cert 1");
    tsm_.Release("1.0.0", "cert 1");
    tsm_.Assign(true);
  }

  // A contact later than all before, so that Sessions()[0] is its session.
  std::vector<std::string> Drive(MiniTee* tee) {
    tsm_.clock.Advance(absl::Milliseconds(1));
    return tsm_.Drive(tee);
  }

  TsmFixture tsm_;
  MiniTee tee_;
};

TEST_F(TasksTest, WhatFailedWaitsAndIsTriedAgainAfterThePause) {
  tee_.failures["InstallTA"] = "ERR_TEE_RESOURCE_FULL";
  Drive(&tee_);
  ASSERT_THAT(tsm_.DeviceOf(tee_).tasks, SizeIs(1));
  const Task task = tsm_.DeviceOf(tee_).tasks[0];
  EXPECT_EQ(task.action, "InstallTA bank/wallet@1.0.0");
  EXPECT_EQ(task.state, TaskState::kWaiting);
  EXPECT_EQ(task.attempts, 1);
  EXPECT_EQ(task.last_error, "ERR_TEE_RESOURCE_FULL");
  EXPECT_EQ(tsm_.Sessions()[0].state, SessionState::kFailed);

  tee_.failures.clear();
  EXPECT_THAT(Drive(&tee_), SizeIs(1)) << "it waits";
  tsm_.clock.Advance(absl::Seconds(31));
  EXPECT_THAT(Names(Drive(&tee_)),
              ElementsAre("GetDeviceStateRequest", "InstallTARequest"));
  EXPECT_THAT(tsm_.DeviceOf(tee_).tasks, IsEmpty());
}

// "ERR_TA_INVALID" alone doesn't tell an SP what to build anew.
TEST_F(TasksTest, TheTeesOwnWordsReachTheOperator) {
  tee_.failures["InstallTA"] = "ERR_TA_INVALID";
  tee_.error_message = "built for \xe2\x80\xaeTEE 2" + std::string(300, '.');
  const std::vector<std::string> requests = Drive(&tee_);
  // 256 octets.
  const std::string words = "built for \\u202eTEE 2" + std::string(235, '.');
  ASSERT_THAT(tsm_.DeviceOf(tee_).tasks, SizeIs(1));
  EXPECT_EQ(tsm_.DeviceOf(tee_).tasks[0].last_error, "ERR_TA_INVALID");
  EXPECT_EQ(tsm_.DeviceOf(tee_).tasks[0].detail, words);
  const auto log = tsm_.SessionOf(IdsOf(requests[0]).first).second;
  EXPECT_EQ(log.back().error_code, "ERR_TA_INVALID");
  EXPECT_EQ(log.back().detail, words);
  const json::Value details =
      json::Parse(tsm_.AuditEvents().back().details_json, json::kStrangers)
          .value();
  EXPECT_EQ(details.Find("error")->as_string(), "ERR_TA_INVALID");
  EXPECT_EQ(details.Find("detail")->as_string(), words);
}

TEST_F(TasksTest, WhatOfAnAnswerCannotBeReadIsNamed) {
  struct Case {
    const char* member;
    json::Value value;
    const char* says;
  };
  const Case cases[] = {
      {"did", json::Value::String("the hash of the device id"),
       "content: member \"did\" must be base64"},
      {"dsi", json::Value::Array(),
       "content: member \"dsi\" must be an object, not an array"},
      {"dsi", json::Parse(R"({"tee":{"name":null}})", json::kStrangers).value(),
       "dsi.tee: member \"name\" must be a string, not null"},
  };
  for (const Case& c : cases) {
    MiniTee tee("Secundus", crypto::KeyType::kEcP256);
    tsm_.verifier.Trust(tee);
    tee.replace_content[c.member] = c.value;
    const std::vector<std::string> requests = Drive(&tee);
    ASSERT_THAT(tsm_.DeviceOf(tee).tasks, SizeIs(1));
    EXPECT_EQ(tsm_.DeviceOf(tee).tasks[0].last_error,
              "TSM_RESPONSE_UNREADABLE");
    EXPECT_EQ(tsm_.DeviceOf(tee).tasks[0].detail, c.says);
    const auto log = tsm_.SessionOf(IdsOf(requests[0]).first).second;
    EXPECT_EQ(log.back().detail, c.says);
  }
}

TEST_F(TasksTest, WhatIsGivenUpIsTriedAgainOnlyWhenAnOperatorSaysSo) {
  tee_.failures["InstallTA"] = "ERR_TA_INVALID";
  Drive(&tee_);
  ASSERT_THAT(tsm_.DeviceOf(tee_).tasks, SizeIs(1));
  EXPECT_EQ(tsm_.DeviceOf(tee_).tasks[0].state, TaskState::kGivenUp);
  tee_.failures.clear();
  tsm_.clock.Advance(absl::Hours(24 * 365));
  EXPECT_THAT(Drive(&tee_), SizeIs(1));
  OTRP_ASSERT_OK(tsm_.store.ForgetTasks(tee_.did(), {}));
  EXPECT_THAT(Drive(&tee_), SizeIs(2));
  EXPECT_EQ(tee_.sds["bank.sd"].tas.count("wallet"), 1u);
}

// After one bad release a whole fleet would show false alarms for ever.
TEST_F(TasksTest, ATaskThatNoPlanOffersAnyMoreDisappears) {
  tee_.failures["InstallTA"] = "ERR_TA_INVALID";
  Drive(&tee_);
  ASSERT_THAT(tsm_.DeviceOf(tee_).tasks, SizeIs(1));
  // A better release takes its place.
  tsm_.Release("1.0.1", "cert 1");
  Drive(&tee_);
  ASSERT_THAT(tsm_.DeviceOf(tee_).tasks, SizeIs(1));
  EXPECT_EQ(tsm_.DeviceOf(tee_).tasks[0].action, "InstallTA bank/wallet@1.0.1");
  // Nobody wants it any more.
  tsm_.Assign(false);
  Drive(&tee_);
  EXPECT_THAT(tsm_.DeviceOf(tee_).tasks, IsEmpty());
  EXPECT_EQ(tsm_.Sessions()[0].state, SessionState::kDone);
}

TEST_F(TasksTest, ATaskThatWaitsForAnotherOneStays) {
  tee_.failures["InstallTA"] = "ERR_TA_INVALID";
  Drive(&tee_);
  // The TEE has lost the domain, and can't make it anew.
  tee_.sds.clear();
  tee_.failures["CreateSD"] = "ERR_TEE_FAIL";
  Drive(&tee_);
  std::vector<std::string> tasks;
  for (const Task& task : tsm_.DeviceOf(tee_).tasks) {
    tasks.push_back(task.action);
  }
  EXPECT_THAT(tasks,
              ElementsAre("CreateSD bank", "InstallTA bank/wallet@1.0.0"));
}

TEST_F(TasksTest, ASessionWhoseDeviceStillLacksSomethingIsNotDone) {
  tee_.failures["InstallTA"] = "ERR_TA_INVALID";
  Drive(&tee_);
  EXPECT_EQ(tsm_.Sessions()[0].state, SessionState::kFailed);
  Drive(&tee_);
  EXPECT_EQ(tsm_.Sessions()[0].state, SessionState::kBlocked);
  // Another TEE of the same device has all; the session isn't done all the
  // same.
  MiniTee second("Secundus", crypto::KeyType::kEcP256);
  tsm_.verifier.Trust(second);
  tsm_.clock.Advance(absl::Milliseconds(1));
  OTRP_ASSERT_OK_AND_ASSIGN(std::string request, tsm_.Advance(""));
  OTRP_ASSERT_OK_AND_ASSIGN(
      request, tsm_.Advance(MiniTee::WrapEntries(
                   {tee_.StateEntry(request), second.StateEntry(request)})));
  while (!request.empty()) {
    OTRP_ASSERT_OK_AND_ASSIGN(request, tsm_.Advance(second.Answer(request)));
  }
  EXPECT_EQ(second.sds["bank.sd"].tas.count("wallet"), 1u);
  EXPECT_EQ(tsm_.Sessions()[0].state, SessionState::kBlocked);
}

// Else every contact would ship the image again, and all would look well.
TEST_F(TasksTest, WhatPassedWithoutEffectIsGivenUpWithAndWithoutADsi) {
  for (const bool hides : {true, false}) {
    MiniTee tee("Secundus", crypto::KeyType::kEcP256);
    tsm_.verifier.Trust(tee);
    tee.hide_dsi = hides;
    tee.lazy.insert("InstallTA");
    int shipped = 0;
    // A contact to ship it and, without the DSI, one that shows.
    for (int contact = 0; contact < 20; ++contact) {
      for (const std::string& name : Names(Drive(&tee))) {
        if (name == "InstallTARequest") ++shipped;
      }
      tsm_.clock.Advance(absl::Hours(2));
    }
    EXPECT_EQ(shipped, 5) << hides;
    ASSERT_THAT(tsm_.DeviceOf(tee).tasks, SizeIs(1));
    const Task task = tsm_.DeviceOf(tee).tasks[0];
    EXPECT_EQ(task.action, "InstallTA bank/wallet@1.0.0");
    EXPECT_EQ(task.state, TaskState::kGivenUp);
    EXPECT_EQ(task.last_error, "TSM_NO_EFFECT");
    EXPECT_EQ(tsm_.Sessions()[0].state, SessionState::kBlocked);
  }
}

TEST_F(TasksTest, WhatPassedIsProvenByTheNextStateWhateverComesFirst) {
  tee_.hide_dsi = true;
  tee_.lazy.insert("InstallTA");
  Drive(&tee_);
  EXPECT_THAT(tsm_.DeviceOf(tee_).tasks, IsEmpty());
  // Something else is first in the plan now.
  tsm_.Certificate("cert 2");
  tee_.hide_dsi = false;
  EXPECT_THAT(Names(Drive(&tee_)),
              ElementsAre("GetDeviceStateRequest", "UpdateSDRequest"));
  ASSERT_THAT(tsm_.DeviceOf(tee_).tasks, SizeIs(1));
  EXPECT_EQ(tsm_.DeviceOf(tee_).tasks[0].last_error, "TSM_NO_EFFECT");
  // It did do it in the end: the task goes with the state that shows it.
  tee_.lazy.clear();
  tee_.hide_dsi = true;
  tsm_.clock.Advance(absl::Seconds(31));
  Drive(&tee_);
  EXPECT_THAT(tsm_.DeviceOf(tee_).tasks, SizeIs(1));
  Drive(&tee_);
  EXPECT_THAT(tsm_.DeviceOf(tee_).tasks, IsEmpty());
  EXPECT_EQ(tsm_.Sessions()[0].state, SessionState::kDone);
}

TEST_F(TasksTest, AFailedTaDoesNotHoldUpAnother) {
  tsm_.Release("1.0.0", "cert 1", "card");
  tsm_.Assign(true, AllDevices(), "card");
  tee_.lazy.insert("CreateSD");
  Drive(&tee_);
  // It said pass and did nothing: once is enough.
  ASSERT_THAT(tsm_.DeviceOf(tee_).tasks, SizeIs(1));
  EXPECT_EQ(tsm_.DeviceOf(tee_).tasks[0].last_error, "TSM_NO_EFFECT");
  tee_.lazy.clear();
  tsm_.clock.Advance(absl::Seconds(31));
  Drive(&tee_);
  EXPECT_THAT(tee_.sds["bank.sd"].tas, SizeIs(2));
}

TEST_F(TasksTest, AKeyThatCannotBeUsedIsNamedAsSuch) {
  OTRP_ASSERT_OK_AND_ASSIGN(
      tee_.replace_tee["teeaiklist"],
      json::Parse(R"([{"spid":"bank","spaik":{"kty":"EC","crv":"P-256",)"
                  R"("x":"AAAA","y":"AAAA"}}])",
                  json::kStrangers));
  Drive(&tee_);
  ASSERT_THAT(tsm_.DeviceOf(tee_).tasks, SizeIs(1));
  EXPECT_EQ(tsm_.DeviceOf(tee_).tasks[0].last_error,
            "TSM_REQUEST_NOT_POSSIBLE: the TEE's key (spaik) for SP bank can't "
            "be used: unusable key: a coordinate of P-256 has 32 octets");
}

TEST_F(TasksTest, AChangedReleaseIsANewTry) {
  tee_.failures["InstallTA"] = "ERR_TA_INVALID";
  Drive(&tee_);
  tee_.failures.clear();
  tsm_.Release("1.0.1", "cert 1");
  EXPECT_THAT(Names(Drive(&tee_)),
              ElementsAre("GetDeviceStateRequest", "InstallTARequest"));
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

#include "libs/protocol/session.h"

#include <random>
#include <string>

#include "gtest/gtest.h"
#include "libs/base/limits.h"
#include "libs/protocol/errors.h"

namespace otrp {
namespace protocol {
namespace {

using Kind = Event::Kind;
using Next = Step::Next;
using End = Step::End;

struct Case {
  const char* name;
  Kind kind;
  const char* code;
  Next next;
  TaskEffect task;
  End end;
};

TEST(AdvanceTest, TheTableOfEvents) {
  const Case cases[] = {
      {"accepted evidence is planned for", Kind::kDeviceStateAccepted, "",
       Next::kPlan, TaskEffect::kNone, End::kNone},
      {"refused evidence ends it", Kind::kEvidenceRefused, "", Next::kFinish,
       TaskEffect::kNone, End::kRefused},
      {"a pass does the task", Kind::kPassed, "", Next::kPlan,
       TaskEffect::kDone, End::kNone},
      {"a changed device is asked again", Kind::kFailed,
       "ERR_DEV_STATE_MISMATCH", Next::kRestart, TaskEffect::kNone, End::kNone},
      {"a lacking algorithm is switched", Kind::kFailed,
       "ERR_UNSUPPORTED_CRYPTO_ALG", Next::kRestart, TaskEffect::kNone,
       End::kNone},
      {"a passing failure waits", Kind::kFailed, "ERR_TEE_FAIL", Next::kPlan,
       TaskEffect::kRetryLater, End::kNone},
      {"a lasting failure is given up", Kind::kFailed, "ERR_TA_INVALID",
       Next::kPlan, TaskEffect::kGiveUp, End::kNone},
      {"a busy TEE ends it", Kind::kFailed, "ERR_TEE_BUSY", Next::kFinish,
       TaskEffect::kRetryLater, End::kFailed},
      {"a distrusting TEE ends it", Kind::kFailed, "ERR_TAM_NOT_TRUSTED",
       Next::kFinish, TaskEffect::kGiveUp, End::kFailed},
      {"an invented code gives the task up", Kind::kFailed, "ERR_WHATEVER",
       Next::kPlan, TaskEffect::kGiveUp, End::kNone},
      {"an agent can't give a task up", Kind::kAgentError,
       "ERR_AGENT_TEE_UNKNOWN", Next::kFinish, TaskEffect::kRetryLater,
       End::kFailed},
      {"nor restart anything", Kind::kAgentError, "ERR_DEV_STATE_MISMATCH",
       Next::kFinish, TaskEffect::kRetryLater, End::kFailed},
      {"nor make us sign otherwise", Kind::kAgentError,
       "ERR_UNSUPPORTED_CRYPTO_ALG", Next::kFinish, TaskEffect::kRetryLater,
       End::kFailed},
      {"a first request's algorithm is switched", Kind::kDeviceStateFailed,
       "ERR_UNSUPPORTED_CRYPTO_ALG", Next::kRestart, TaskEffect::kNone,
       End::kNone},
      {"without a state there is nothing to plan", Kind::kDeviceStateFailed,
       "ERR_REQUEST_INVALID", Next::kFinish, TaskEffect::kNone, End::kFailed},
      {"a first request isn't asked again", Kind::kDeviceStateFailed,
       "ERR_DEV_STATE_MISMATCH", Next::kFinish, TaskEffect::kNone,
       End::kFailed},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Step step = Advance(Progress(), {c.kind, c.code});
    EXPECT_EQ(step.next, c.next);
    EXPECT_EQ(step.task, c.task);
    EXPECT_EQ(step.end, c.end);
    EXPECT_EQ(step.error != nullptr, *c.code != '\0');
  }
}

TEST(AdvanceTest, EveryErrorOfTheTableDoesWhatItsRowSays) {
  for (const ErrorRow& row : AllErrors()) {
    SCOPED_TRACE(std::string(row.code));
    const Step step = Advance(Progress(), {Kind::kFailed, row.code});
    EXPECT_EQ(step.error, &row);
    switch (row.action) {
      case ErrorAction::kResync:
        EXPECT_EQ(step.next, Next::kRestart);
        EXPECT_EQ(step.progress.es256, false);
        EXPECT_EQ(step.progress.restarts, 1);
        EXPECT_EQ(step.progress.requests, 2);
        break;
      case ErrorAction::kSwitchAlgorithm:
        EXPECT_EQ(step.next, Next::kRestart);
        EXPECT_EQ(step.progress.es256, true);
        break;
      case ErrorAction::kRetryLater:
        EXPECT_EQ(step.next, Next::kPlan);
        EXPECT_EQ(step.task, TaskEffect::kRetryLater);
        break;
      case ErrorAction::kGiveUpTask:
        EXPECT_EQ(step.next, Next::kPlan);
        EXPECT_EQ(step.task, TaskEffect::kGiveUp);
        break;
      case ErrorAction::kEndSessionRetryLater:
        EXPECT_EQ(step.next, Next::kFinish);
        EXPECT_EQ(step.task, TaskEffect::kRetryLater);
        break;
      case ErrorAction::kEndSessionGiveUp:
        EXPECT_EQ(step.next, Next::kFinish);
        EXPECT_EQ(step.task, TaskEffect::kGiveUp);
        break;
    }
  }
}

TEST(AdvanceTest, TheFourthRestartEndsTheSession) {
  Progress progress;
  for (int i = 0; i < kMaxRestartsPerSession; ++i) {
    const Step step =
        Advance(progress, {Kind::kFailed, "ERR_DEV_STATE_MISMATCH"});
    ASSERT_EQ(step.next, Next::kRestart) << i;
    progress = step.progress;
  }
  const Step step =
      Advance(progress, {Kind::kFailed, "ERR_DEV_STATE_MISMATCH"});
  EXPECT_EQ(step.next, Next::kFinish);
  EXPECT_EQ(step.end, End::kFailed);
  EXPECT_EQ(step.task, TaskEffect::kRetryLater);
}

TEST(AdvanceTest, TheAlgorithmIsSwitchedOnce) {
  const Step first =
      Advance(Progress(), {Kind::kFailed, "ERR_UNSUPPORTED_CRYPTO_ALG"});
  ASSERT_EQ(first.next, Next::kRestart);
  const Step second =
      Advance(first.progress, {Kind::kFailed, "ERR_UNSUPPORTED_CRYPTO_ALG"});
  EXPECT_EQ(second.next, Next::kFinish);
  EXPECT_EQ(second.task, TaskEffect::kGiveUp);
}

TEST(AdvanceTest, EverySessionEnds) {
  std::mt19937 dice(3);
  for (int round = 0; round < 500; ++round) {
    Progress progress;
    int sent = 1;
    for (;;) {
      ASSERT_LE(sent, kMaxRequestsPerSession);
      Event event;
      event.kind = static_cast<Kind>(dice() % 6);
      // Mostly passes, so that sessions get long.
      if (dice() % 4 != 0) event.kind = Kind::kPassed;
      event.error_code = AllErrors()[dice() % AllErrors().size()].code;
      const Step step = Advance(progress, event);
      progress = step.progress;
      if (step.next == Next::kFinish) break;
      if (step.next == Next::kPlan && !CountRequest(&progress)) break;
      ++sent;
      ASSERT_EQ(progress.requests, sent);
    }
  }
}

}  // namespace
}  // namespace protocol
}  // namespace otrp

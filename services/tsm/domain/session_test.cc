#include "services/tsm/domain/session.h"

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/base/limits.h"
#include "libs/protocol/errors.h"
#include "libs/protocol/test_tee.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using protocol::AllErrors;
using protocol::ErrorAction;
using protocol::ErrorRow;
using protocol::Incoming;
using protocol::MessageKind;
using Kind = SessionEvent::Kind;
using Next = Transition::Next;
using End = SessionState;

TEST(AdmitTest, TakesTheOutstandingAnswerOnceAndInTime) {
  json::Value tbs = protocol::test::Tbs();
  tbs.Set("content", protocol::test::Encrypted(
                         "{}", protocol::test::RsaKey().public_key()));
  OTRP_ASSERT_OK_AND_ASSIGN(
      const Incoming create,
      Incoming::Parse(protocol::test::SignedResponse(
          MessageKind::kCreateSd, tbs, protocol::test::EcKey())));
  OTRP_ASSERT_OK_AND_ASSIGN(
      const Incoming busy,
      Incoming::Parse(absl::StrCat(
          R"({"OTrPBrokerError":{"errcode":"ERR_AGENT_TEE_BUSY","rid":")",
          protocol::test::kRid, R"(","tid":")", protocol::test::kTid, "\"}}")));
  const absl::Time now = absl::FromUnixSeconds(1000);
  SessionView open;
  open.expires_at = now + absl::Seconds(1);
  open.expected_rid = protocol::test::kRid;
  open.expected_kind = MessageKind::kCreateSd;
  EXPECT_EQ(Admit(open, create, now), Admission::kTake);
  EXPECT_EQ(Admit(open, busy, now), Admission::kTake);
  EXPECT_EQ(Admit(open, create, open.expires_at), Admission::kExpired);

  SessionView other_kind = open;
  other_kind.expected_kind = MessageKind::kUpdateSd;
  EXPECT_EQ(Admit(other_kind, create, now), Admission::kWrongMessage);
  EXPECT_EQ(Admit(other_kind, busy, now), Admission::kTake);

  SessionView other_rid = open;
  other_rid.expected_rid = "another";
  EXPECT_EQ(Admit(other_rid, create, now), Admission::kLookUpReply);
  EXPECT_EQ(Admit(other_rid, create, open.expires_at), Admission::kLookUpReply);

  SessionView none = open;
  none.expected_rid = "";
  EXPECT_EQ(Admit(none, create, now), Admission::kLookUpReply);
  SessionView closed = open;
  closed.open = false;
  EXPECT_EQ(Admit(closed, create, now), Admission::kLookUpReply);
}

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
       Next::kPlan, TaskEffect::kNone, End::kFailed},
      {"refused evidence ends it", Kind::kEvidenceRefused, "", Next::kFinish,
       TaskEffect::kNone, End::kRefused},
      {"a pass does the task", Kind::kPassed, "", Next::kPlan,
       TaskEffect::kDone, End::kFailed},
      {"what can't be read waits", Kind::kUnreadable, "", Next::kFinish,
       TaskEffect::kRetryLater, End::kFailed},
      {"a hidden state is asked for", Kind::kNotFresh, "", Next::kRestart,
       TaskEffect::kNone, End::kFailed},
      {"a changed device is asked again", Kind::kFailed,
       "ERR_DEV_STATE_MISMATCH", Next::kRestart, TaskEffect::kNone,
       End::kFailed},
      {"a lacking algorithm is switched", Kind::kFailed,
       "ERR_UNSUPPORTED_CRYPTO_ALG", Next::kRestart, TaskEffect::kNone,
       End::kFailed},
      {"a passing failure waits", Kind::kFailed, "ERR_TEE_FAIL", Next::kPlan,
       TaskEffect::kRetryLater, End::kFailed},
      {"a lasting failure is given up", Kind::kFailed, "ERR_TA_INVALID",
       Next::kPlan, TaskEffect::kGiveUp, End::kFailed},
      {"a busy TEE ends it", Kind::kFailed, "ERR_TEE_BUSY", Next::kFinish,
       TaskEffect::kRetryLater, End::kFailed},
      {"a distrusting TEE ends it", Kind::kFailed, "ERR_TAM_NOT_TRUSTED",
       Next::kFinish, TaskEffect::kGiveUp, End::kFailed},
      {"an invented code gives the task up", Kind::kFailed, "ERR_WHATEVER",
       Next::kPlan, TaskEffect::kGiveUp, End::kFailed},
      {"an agent can't touch a task", Kind::kAgentError,
       "ERR_AGENT_TEE_UNKNOWN", Next::kFinish, TaskEffect::kNone, End::kFailed},
      {"nor restart anything", Kind::kAgentError, "ERR_DEV_STATE_MISMATCH",
       Next::kFinish, TaskEffect::kNone, End::kFailed},
      {"nor make us sign otherwise", Kind::kAgentError,
       "ERR_UNSUPPORTED_CRYPTO_ALG", Next::kFinish, TaskEffect::kNone,
       End::kFailed},
      {"a first request's algorithm is switched", Kind::kDeviceStateFailed,
       "ERR_UNSUPPORTED_CRYPTO_ALG", Next::kRestart, TaskEffect::kNone,
       End::kFailed},
      {"without a state there is nothing to plan", Kind::kDeviceStateFailed,
       "ERR_REQUEST_INVALID", Next::kFinish, TaskEffect::kNone, End::kFailed},
      {"a first request isn't asked again", Kind::kDeviceStateFailed,
       "ERR_DEV_STATE_MISMATCH", Next::kFinish, TaskEffect::kNone,
       End::kFailed},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Transition step = Advance(Progress(), {c.kind, c.code});
    EXPECT_EQ(step.next, c.next);
    EXPECT_EQ(step.task, c.task);
    EXPECT_EQ(step.end, c.end);
  }
}

TEST(AdvanceTest, EveryErrorOfTheTableDoesWhatItsRowSays) {
  for (const ErrorRow& row : AllErrors()) {
    SCOPED_TRACE(std::string(row.code));
    const Transition step = Advance(Progress(), {Kind::kFailed, row.code});
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
    const Transition step =
        Advance(progress, {Kind::kFailed, "ERR_DEV_STATE_MISMATCH"});
    ASSERT_EQ(step.next, Next::kRestart) << i;
    progress = step.progress;
  }
  const Transition step =
      Advance(progress, {Kind::kFailed, "ERR_DEV_STATE_MISMATCH"});
  EXPECT_EQ(step.next, Next::kFinish);
  EXPECT_EQ(step.end, End::kFailed);
  EXPECT_EQ(step.task, TaskEffect::kRetryLater);
}

TEST(AdvanceTest, ATeeThatAlwaysHidesItsStateIsNotAskedForEver) {
  Progress progress;
  progress.restarts = kMaxRestartsPerSession;
  const Transition step = Advance(progress, {Kind::kNotFresh, ""});
  EXPECT_EQ(step.next, Next::kFinish);
  EXPECT_EQ(step.task, TaskEffect::kNone);
}

TEST(AdvanceTest, TheAlgorithmIsSwitchedOnce) {
  const Transition first =
      Advance(Progress(), {Kind::kFailed, "ERR_UNSUPPORTED_CRYPTO_ALG"});
  ASSERT_EQ(first.next, Next::kRestart);
  const Transition second =
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
      SessionEvent event;
      event.kind = static_cast<Kind>(dice() % 8);
      // Mostly passes, so that sessions get long.
      if (dice() % 4 != 0) event.kind = Kind::kPassed;
      event.error_code = AllErrors()[dice() % AllErrors().size()].code;
      const Transition step = Advance(progress, event);
      progress = step.progress;
      if (step.next == Next::kFinish) break;
      if (step.next == Next::kPlan && !CountRequest(&progress)) break;
      ++sent;
      ASSERT_EQ(progress.requests, sent);
    }
  }
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

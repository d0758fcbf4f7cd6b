#include "services/tsm/domain/session.h"

#include "libs/base/limits.h"
#include "libs/protocol/errors.h"

namespace otrp {
namespace tsm {
namespace {

using protocol::ErrorAction;
using protocol::Incoming;
using protocol::MessageKind;

MessageKind KindOf(const Incoming& incoming, MessageKind expected) {
  switch (incoming.kind()) {
    case Incoming::Kind::kDeviceState: return MessageKind::kGetDeviceState;
    case Incoming::Kind::kResponse: return incoming.response().kind();
    case Incoming::Kind::kAgentError:
      // An agent answers for whatever was asked.
    case Incoming::Kind::kStarter: return expected;
  }
  return expected;
}

Transition Plan(Transition step, TaskEffect task) {
  step.next = Transition::Next::kPlan;
  step.task = task;
  return step;
}

Transition Finish(Transition step, TaskEffect task) {
  step.next = Transition::Next::kFinish;
  step.task = task;
  return step;
}

// `otherwise`: becomes of the task where the session may not restart any more,
// since the two sides can't agree.
Transition Restart(Transition step, TaskEffect otherwise) {
  if (step.progress.restarts >= kMaxRestartsPerSession ||
      !CountRequest(&step.progress)) {
    return Finish(step, otherwise);
  }
  ++step.progress.restarts;
  step.next = Transition::Next::kRestart;
  return step;
}

Transition SwitchAlgorithm(Transition step) {
  if (step.progress.switched) return Finish(step, TaskEffect::kGiveUp);
  step.progress.switched = true;
  step.progress.es256 = !step.progress.es256;
  return Restart(step, TaskEffect::kRetryLater);
}

Transition OnError(Transition step, ErrorAction action) {
  switch (action) {
    case ErrorAction::kResync: return Restart(step, TaskEffect::kRetryLater);
    case ErrorAction::kSwitchAlgorithm: return SwitchAlgorithm(step);
    case ErrorAction::kRetryLater: return Plan(step, TaskEffect::kRetryLater);
    case ErrorAction::kGiveUpTask: return Plan(step, TaskEffect::kGiveUp);
    case ErrorAction::kEndSessionRetryLater:
      return Finish(step, TaskEffect::kRetryLater);
    case ErrorAction::kEndSessionGiveUp:
      return Finish(step, TaskEffect::kGiveUp);
  }
  return Finish(step, TaskEffect::kNone);
}

}  // namespace

Admission Admit(const SessionView& session, const Incoming& incoming,
                absl::Time now) {
  // Before the expiry: a reply that was given once is given again, whatever
  // has become of the session.
  if (!session.open || session.expected_rid.empty() ||
      incoming.rid() != session.expected_rid) {
    return Admission::kLookUpReply;
  }
  if (now >= session.expires_at) return Admission::kExpired;
  if (incoming.kind() == Incoming::Kind::kStarter ||
      KindOf(incoming, session.expected_kind) != session.expected_kind) {
    return Admission::kWrongMessage;
  }
  return Admission::kTake;
}

Transition Advance(const Progress& progress, const SessionEvent& event) {
  Transition step;
  step.progress = progress;
  switch (event.kind) {
    case SessionEvent::Kind::kDeviceStateAccepted:
      return Plan(step, TaskEffect::kNone);
    case SessionEvent::Kind::kEvidenceRefused:
      step.end = SessionState::kRefused;
      return Finish(step, TaskEffect::kNone);
    case SessionEvent::Kind::kDeviceStateFailed:
      // There is no state to plan with, and no task that could be blamed.
      if (protocol::RowOfError(event.error_code).action ==
          ErrorAction::kSwitchAlgorithm) {
        step = SwitchAlgorithm(step);
        step.task = TaskEffect::kNone;
        return step;
      }
      return Finish(step, TaskEffect::kNone);
    case SessionEvent::Kind::kPassed: return Plan(step, TaskEffect::kDone);
    case SessionEvent::Kind::kFailed:
      return OnError(step, protocol::RowOfError(event.error_code).action);
    case SessionEvent::Kind::kUnreadable:
      return Finish(step, TaskEffect::kRetryLater);
    case SessionEvent::Kind::kNotFresh: return Restart(step, TaskEffect::kNone);
    case SessionEvent::Kind::kAgentError:
      return Finish(step, TaskEffect::kNone);
  }
  return Finish(step, TaskEffect::kNone);
}

bool CountRequest(Progress* progress) {
  if (progress->requests >= kMaxRequestsPerSession) return false;
  ++progress->requests;
  return true;
}

}  // namespace tsm
}  // namespace otrp

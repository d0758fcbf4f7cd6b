#include "libs/protocol/session.h"

#include "libs/base/limits.h"

namespace otrp {
namespace protocol {
namespace {

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

Step Finish(Step step, Step::End end) {
  step.next = Step::Next::kFinish;
  step.end = end;
  return step;
}

Step Restart(Step step) {
  if (step.progress.restarts >= kMaxRestartsPerSession ||
      !CountRequest(&step.progress)) {
    // The two sides can't agree; the task waits for another session.
    if (step.task == TaskEffect::kNone) step.task = TaskEffect::kRetryLater;
    return Finish(step, Step::End::kFailed);
  }
  ++step.progress.restarts;
  step.next = Step::Next::kRestart;
  return step;
}

Step OnError(Step step, absl::string_view code) {
  step.error = &RowOfError(code);
  switch (step.error->action) {
    case ErrorAction::kResync: return Restart(step);
    case ErrorAction::kSwitchAlgorithm:
      if (step.progress.switched) {
        step.task = TaskEffect::kGiveUp;
        return Finish(step, Step::End::kFailed);
      }
      step.progress.switched = true;
      step.progress.es256 = !step.progress.es256;
      return Restart(step);
    case ErrorAction::kRetryLater:
      step.task = TaskEffect::kRetryLater;
      step.next = Step::Next::kPlan;
      return step;
    case ErrorAction::kGiveUpTask:
      step.task = TaskEffect::kGiveUp;
      step.next = Step::Next::kPlan;
      return step;
    case ErrorAction::kEndSessionRetryLater:
      step.task = TaskEffect::kRetryLater;
      return Finish(step, Step::End::kFailed);
    case ErrorAction::kEndSessionGiveUp:
      step.task = TaskEffect::kGiveUp;
      return Finish(step, Step::End::kFailed);
  }
  return Finish(step, Step::End::kFailed);
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

absl::string_view AdmissionName(Admission admission) {
  switch (admission) {
    case Admission::kTake: return "take";
    case Admission::kLookUpReply: return "look-up-reply";
    case Admission::kExpired: return "expired";
    case Admission::kWrongMessage: return "wrong-message";
  }
  return "wrong-message";
}

Step Advance(const Progress& progress, const Event& event) {
  Step step;
  step.progress = progress;
  switch (event.kind) {
    case Event::Kind::kDeviceStateAccepted:
      step.next = Step::Next::kPlan;
      return step;
    case Event::Kind::kEvidenceRefused:
      return Finish(step, Step::End::kRefused);
    case Event::Kind::kPassed:
      step.task = TaskEffect::kDone;
      step.next = Step::Next::kPlan;
      return step;
    case Event::Kind::kDeviceStateFailed:
      step.error = &RowOfError(event.error_code);
      if (step.error->action == ErrorAction::kSwitchAlgorithm) {
        return OnError(step, event.error_code);
      }
      // There is no state to plan with, and no task that could be blamed.
      return Finish(step, Step::End::kFailed);
    case Event::Kind::kFailed: return OnError(step, event.error_code);
    case Event::Kind::kAgentError:
      step.error = &RowOfError(event.error_code);
      step.task = TaskEffect::kRetryLater;
      return Finish(step, Step::End::kFailed);
  }
  return Finish(step, Step::End::kFailed);
}

bool CountRequest(Progress* progress) {
  if (progress->requests >= kMaxRequestsPerSession) return false;
  ++progress->requests;
  return true;
}

}  // namespace protocol
}  // namespace otrp

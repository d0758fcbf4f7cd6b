#include "services/tsm/messaging/response.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/keys.h"
#include "libs/json/json.h"
#include "libs/protocol/responses.h"
#include "libs/protocol/session.h"
#include "services/tsm/domain/plan_device.h"
#include "services/tsm/messaging/admission.h"
#include "services/tsm/messaging/next_request.h"
#include "services/tsm/messaging/refusals.h"
#include "services/tsm/messaging/request_builder.h"

namespace otrp {
namespace tsm {
namespace {

// Our own reasons for a failed action, beside the TEE's error codes. The TEE
// signed something that we can't read.
constexpr char kUnreadable[] = "TSM_RESPONSE_UNREADABLE";
// The TEE says that it did it, and its state says that it didn't.
constexpr char kNoEffect[] = "TSM_NO_EFFECT";

// What the TEE said, in the terms of the session machine.
struct Outcome {
  bool passed = false;
  // The TEE's code, or ours.
  std::string error_code;
  // Set when passed.
  protocol::ResponseContent content;
};

void LogIncoming(Exchange& exchange, const Outcome& outcome,
                 SessionStep* step) {
  SessionMessage log = exchange.Log(++step->logged, kFromDevice, exchange.name,
                                    step->commit.consumed_rid);
  log.status = outcome.passed ? "pass" : "fail";
  log.error_code = outcome.error_code;
  step->commit.messages.push_back(std::move(log));
}

std::string DetailsOf(const SessionStep& step, const std::string& action,
                      const Outcome& outcome) {
  json::Value details = json::Value::Object();
  details.Set("action", json::Value::String(action));
  if (!outcome.error_code.empty()) {
    details.Set("error", json::Value::String(outcome.error_code));
  }
  details.Set("session", json::Value::String(step.commit.session.state));
  return details.Serialize();
}

// The TEE did what it was asked for.
void ApplyPass(Exchange& exchange, const Outstanding& outstanding,
               const protocol::ResponseContent& content, DeviceContext* context,
               SessionStep* step) {
  ApplyEffect(outstanding, &context->domains);
  if (content.dsi.has_value()) {
    context->state = TeeState{content.dsi->octets, content.dsi->hash, true};
    context->domains = Reconcile(context->domains, DomainsOf(content.dsi->dsi));
  } else {
    context->state->fresh = false;
  }
  DeviceUpdate& update = step->UpdateOf(context->device.did, exchange.now);
  update.state = context->state;
  update.domains = context->domains;
  auto known = std::find_if(
      context->tasks.begin(), context->tasks.end(),
      [&](const Task& task) { return task.action == outstanding.action; });
  if (known != context->tasks.end()) {
    context->tasks.erase(known);
    update.cleared_tasks.push_back(outstanding.action);
  }
  // Planning the same again would never end.
  const protocol::PlanResult plan = PlanDevice(*context, exchange.now);
  if (plan.request.has_value() && plan.request->action == outstanding.action) {
    step->Fail(context, outstanding.action, kNoEffect, Retry::kLater,
               exchange.now);
  }
}

void ApplyTaskEffect(Exchange& exchange, protocol::TaskEffect effect,
                     const std::string& action, absl::string_view error,
                     DeviceContext* context, SessionStep* step) {
  switch (effect) {
    case protocol::TaskEffect::kNone:
    case protocol::TaskEffect::kDone: return;
    case protocol::TaskEffect::kRetryLater:
      step->Fail(context, action, error, Retry::kLater, exchange.now);
      return;
    case protocol::TaskEffect::kGiveUp:
      step->Fail(context, action, error, Retry::kNever, exchange.now);
      return;
  }
}

// Where the machine says that nothing more can be done with this TEE, the next
// one has its turn.
absl::Status EndTurn(Exchange& exchange, protocol::Step::End end,
                     SessionStep* step) {
  step->memory.failed =
      step->memory.failed || end != protocol::Step::End::kDone;
  if (!step->memory.queue.empty()) {
    step->memory.queue.erase(step->memory.queue.begin());
  }
  return PlanNext(exchange, step);
}

absl::Status Proceed(Exchange& exchange, const protocol::Step& next,
                     SessionStep* step) {
  switch (next.next) {
    case protocol::Step::Next::kPlan: return PlanNext(exchange, step);
    case protocol::Step::Next::kRestart: return Restart(exchange, step);
    case protocol::Step::Next::kFinish: break;
  }
  return EndTurn(exchange, next.end, step);
}

}  // namespace

absl::StatusOr<std::string> TakeResponse(Exchange& exchange,
                                         protocol::Incoming incoming) {
  OTRP_ASSIGN_OR_RETURN(
      Admitted admitted,
      AdmitMessage(exchange, incoming, /*may_be_first=*/false));
  if (admitted.reply.has_value()) return *std::move(admitted.reply);
  SessionStep step = std::move(admitted.step);
  const std::string tid = step.commit.session.tid;
  const std::string did = step.commit.session.current_did;
  DeviceContext* context = step.ContextOf(did);
  if (context == nullptr || !context->state.has_value()) {
    return absl::InternalError("a session's device has no state");
  }

  OTRP_ASSIGN_OR_RETURN(crypto::PublicKey tee_key,
                        crypto::PublicKey::FromSpki(context->device.tee_spki));
  absl::StatusOr<protocol::VerifiedMessage> message =
      protocol::Verify(std::move(incoming).TakeResponse(), tee_key);
  if (!message.ok()) {
    // A message of the TEE's own that lacks something isn't a forgery.
    return exchange.Refuse(
        absl::StrContains(message.status().message(), "signature")
            ? refusal::kSignature
            : refusal::kMalformed,
        tid, message.status().message());
  }
  // The signature covers the ids, too.
  if (message->tid() != tid || message->rid() != step.commit.consumed_rid) {
    return exchange.Refuse(refusal::kUnknownRid, tid, "the signed ids differ");
  }

  const Outstanding outstanding = step.memory.outstanding;
  OTRP_ASSIGN_OR_RETURN(std::string key_sha256,
                        HexDecode(outstanding.encrypted_key_sha256));
  // Gone where it was replaced without being kept for open sessions: then the
  // content can't be read, which a session survives.
  const std::shared_ptr<const SessionSecret> secret =
      exchange.env.session_secrets.ById(outstanding.secret_id);
  const OwnKeys own(exchange.env);
  absl::StatusOr<protocol::ResponseContent> content = protocol::OpenContent(
      *message, {secret != nullptr ? secret->bytes.view() : absl::string_view(),
                 key_sha256, own.keys()});
  Outcome outcome;
  if (!content.ok()) {
    outcome.error_code = kUnreadable;
  } else if (content->did != did &&
             !(message->failed() && content->did.empty())) {
    return exchange.Refuse(refusal::kWrongDevice, tid,
                           "the content names another device");
  } else if (message->failed()) {
    outcome.error_code =
        content->reason.has_value() ? content->reason->code : "ERR_UNSPECIFIED";
  } else {
    outcome.passed = true;
    outcome.content = *std::move(content);
  }

  exchange.verdict = outcome.passed ? "ok" : "fail";
  LogIncoming(exchange, outcome, &step);
  step.UpdateOf(did, exchange.now);
  if (outcome.error_code == kUnreadable) {
    step.Fail(context, outstanding.action, kUnreadable, Retry::kLater,
              exchange.now);
    OTRP_RETURN_IF_ERROR(
        EndTurn(exchange, protocol::Step::End::kFailed, &step));
  } else {
    const protocol::Step next = protocol::Advance(
        step.memory.progress, {outcome.passed ? protocol::Event::Kind::kPassed
                                              : protocol::Event::Kind::kFailed,
                               outcome.error_code});
    step.memory.progress = next.progress;
    if (outcome.passed) {
      ApplyPass(exchange, outstanding, outcome.content, context, &step);
    }
    ApplyTaskEffect(exchange, next.task, outstanding.action, outcome.error_code,
                    context, &step);
    OTRP_RETURN_IF_ERROR(Proceed(exchange, next, &step));
  }
  step.commit.audit =
      exchange.AuditStep("session.response", did, tid,
                         outcome.passed ? store::kAuditOk : store::kAuditFailed,
                         DetailsOf(step, outstanding.action, outcome));
  return exchange.Commit(std::move(step.commit));
}

absl::StatusOr<std::string> TakeAgentError(Exchange& exchange,
                                           const protocol::Incoming& incoming) {
  OTRP_ASSIGN_OR_RETURN(Admitted admitted, AdmitMessage(exchange, incoming,
                                                        /*may_be_first=*/true));
  if (admitted.reply.has_value()) return *std::move(admitted.reply);
  SessionStep step = std::move(admitted.step);
  exchange.verdict = refusal::kAgentError;
  Outcome outcome;
  outcome.error_code = incoming.agent_error().code;
  LogIncoming(exchange, outcome, &step);
  const std::string action = step.memory.outstanding.action;
  Finish(exchange, kSessionFailed, &step);
  step.commit.audit =
      exchange.AuditStep("session.agent-error", "", step.commit.session.tid,
                         store::kAuditFailed, DetailsOf(step, action, outcome));
  return exchange.Commit(std::move(step.commit));
}

}  // namespace tsm
}  // namespace otrp

#include "services/tsm/messaging/response.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "libs/advice/advice.h"
#include "libs/base/hex.h"
#include "libs/base/printable.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "libs/protocol/errors.h"
#include "libs/protocol/responses.h"
#include "services/tsm/domain/reconcile.h"
#include "services/tsm/domain/session.h"
#include "services/tsm/domain/usage.h"
#include "services/tsm/domain/words.h"
#include "services/tsm/messaging/admission.h"
#include "services/tsm/messaging/own_keys.h"
#include "services/tsm/messaging/refusals.h"
#include "services/tsm/messaging/step.h"

namespace otrp {
namespace tsm {
namespace {

// What was answered, in the terms of the session machine.
struct Answer {
  SessionEvent::Kind kind = SessionEvent::Kind::kPassed;
  // The TEE's code, the agent's, or ours.
  std::string error_code;
  // What the TEE says beside it, or what couldn't be read; printable.
  std::string detail;
  // Of what passed.
  protocol::ResponseContent content;

  bool passed() const { return kind == SessionEvent::Kind::kPassed; }
};

void LogIncoming(Exchange& exchange, const Answer& answer, SessionStep* step) {
  SessionMessage log = exchange.Log(++step->logged, Direction::kFromDevice,
                                    exchange.name, step->commit.consumed_rid);
  log.status = answer.passed() ? MessageStatus::kPass : MessageStatus::kFail;
  log.error_code = answer.error_code;
  log.detail = answer.detail;
  step->commit.messages.push_back(std::move(log));
}

json::Value DetailsOf(const SessionStep& step, const std::string& action,
                      const Answer& answer) {
  json::Value details = json::Value::Object();
  details.Set("action", json::Value::String(action));
  if (!answer.error_code.empty()) {
    details.Set("error", json::Value::String(answer.error_code));
  }
  if (!answer.detail.empty()) {
    details.Set("detail", json::Value::String(answer.detail));
  }
  details.Set("session",
              json::Value::String(WordOf(step.commit.session.state)));
  return details;
}

// --- Verify ------------------------------------------------------------------

// What the asked TEE has signed under the ids that it was asked with. Nothing
// where it was refused.
absl::StatusOr<absl::optional<protocol::VerifiedMessage>> VerifyMessage(
    Exchange& exchange, protocol::UnverifiedMessage unverified,
    const SessionStep& step, DeviceContext* context) {
  const std::string& tid = step.commit.session.tid;
  OTRP_ASSIGN_OR_RETURN(const crypto::PublicKey* tee_key, TeeKeyOf(*context));
  absl::StatusOr<protocol::VerifiedMessage> message =
      protocol::Verify(std::move(unverified), *tee_key);
  if (!message.ok()) {
    // A message of the TEE's own that lacks something isn't a forgery.
    exchange.Refuse(absl::IsUnauthenticated(message.status())
                        ? MessageVerdict::kSignature
                        : MessageVerdict::kMalformed,
                    tid, message.status().message());
    return absl::nullopt;
  }
  // The signature covers the ids, too.
  if (message->tid() != tid || message->rid() != step.commit.consumed_rid) {
    exchange.Refuse(MessageVerdict::kUnknownRid, tid, "the signed ids differ");
    return absl::nullopt;
  }
  return absl::make_optional(*std::move(message));
}

// --- Read --------------------------------------------------------------------

// What the message says. Nothing where it was refused.
absl::StatusOr<absl::optional<Answer>> ReadMessage(
    Exchange& exchange, const protocol::VerifiedMessage& message,
    const SessionStep& step) {
  const Outstanding& outstanding = step.memory.outstanding;
  OTRP_ASSIGN_OR_RETURN(std::string key_sha256,
                        HexDecode(outstanding.encrypted_key_sha256));
  // Gone where it was replaced without being kept for open sessions: then the
  // content can't be read, which a session survives.
  const std::shared_ptr<const SessionSecret> secret =
      exchange.tools.secrets.ById(outstanding.secret_id);
  OTRP_ASSIGN_OR_RETURN(const OwnKeys own,
                        OwnKeys::Of(exchange.tools.identity));
  const auto open = [&](size_t n) {
    return protocol::OpenContent(
        message,
        {secret != nullptr ? secret->bytes.view() : absl::string_view(),
         key_sha256, own.Try(n)});
  };
  absl::StatusOr<protocol::ResponseContent> content = open(0);
  for (size_t n = 1; !content.ok() && n < own.tries(); ++n) content = open(n);
  Answer answer;
  if (!content.ok()) {
    answer.kind = SessionEvent::Kind::kUnreadable;
    answer.error_code = advice::code::kResponseUnreadable;
    answer.detail = Printable(content.status().message(), kMaxDetailBytes);
    return absl::make_optional(std::move(answer));
  }
  if (content->did != step.commit.session.current_did &&
      !(message.failed() && content->did.empty())) {
    exchange.Refuse(MessageVerdict::kWrongDevice, step.commit.session.tid,
                    "the content names another device");
    return absl::nullopt;
  }
  if (message.failed()) {
    answer.kind = SessionEvent::Kind::kFailed;
    answer.error_code = protocol::kUnspecifiedError;
    if (content->reason.has_value()) {
      answer.error_code = content->reason->code;
      answer.detail = content->reason->message;
    }
  } else {
    answer.content = *std::move(content);
  }
  return absl::make_optional(std::move(answer));
}

// --- Conclude ----------------------------------------------------------------

// The TEE says that it did what it was asked for. Its task stays until a state
// proves it: the next plan tells.
void ApplyPass(Exchange& exchange, protocol::ResponseContent content,
               DeviceContext* context, SessionStep* step) {
  const PlannedRequest& asked = step->memory.outstanding.request;
  const std::vector<SecurityDomain> before = context->domains;
  ApplyEffect(asked, step->memory.outstanding.catalogue_version,
              &context->domains);
  context->state->claimed.push_back(asked.action);
  if (content.dsi.has_value()) {
    context->domains = Reconcile(context->domains, context->former,
                                 content.dsi->dsi, context->catalogue_version);
    context->SetState(std::move(content.dsi->octets),
                      std::move(content.dsi->hash),
                      std::move(content.dsi->dsi));
  } else {
    context->state->fresh = false;
  }
  absl::optional<Usage> usage =
      UsageOf(asked, context->device.tee_vendor, exchange.tools.tsm_id);
  if (usage.has_value()) step->commit.usage.push_back(*std::move(usage));
  context->Decide();
  step->UpdateOf(context->device.did, exchange.now).state = context->state;
  step->Changed(*context, before, exchange.now);
}

void ApplyTaskEffect(Exchange& exchange, TaskEffect effect,
                     const Answer& answer, DeviceContext* context,
                     SessionStep* step) {
  const std::string& action = step->memory.outstanding.request.action;
  switch (effect) {
    case TaskEffect::kNone:
    case TaskEffect::kDone: return;
    case TaskEffect::kRetryLater:
      step->Fail(context, action,
                 {answer.error_code, answer.detail, Retry::kLater},
                 exchange.now);
      return;
    case TaskEffect::kGiveUp:
      step->Fail(context, action,
                 {answer.error_code, answer.detail, Retry::kNever},
                 exchange.now);
      return;
  }
}

absl::StatusOr<std::string> Conclude(Exchange& exchange, Answer answer,
                                     DeviceContext* context, SessionStep step) {
  const std::string did = context->device.did;
  const std::string action = step.memory.outstanding.request.action;
  exchange.verdict =
      answer.passed() ? MessageVerdict::kOk : MessageVerdict::kFail;
  LogIncoming(exchange, answer, &step);
  step.UpdateOf(did, exchange.now);
  const Transition next =
      Advance(step.memory.progress, {answer.kind, answer.error_code});
  if (answer.passed()) {
    ApplyPass(exchange, std::move(answer.content), context, &step);
  }
  ApplyTaskEffect(exchange, next.task, answer, context, &step);
  OTRP_RETURN_IF_ERROR(Follow(exchange, next, &step));
  step.commit.audit = exchange.AuditStep(
      "session.response", did, /*proven=*/true,
      answer.passed() ? store::kAuditOk : store::kAuditFailed,
      step.commit.session, DetailsOf(step, action, answer));
  return exchange.Commit(std::move(step.commit));
}

}  // namespace

absl::StatusOr<std::string> TakeResponse(Exchange& exchange,
                                         protocol::Incoming incoming) {
  OTRP_ASSIGN_OR_RETURN(
      Admitted admitted,
      AdmitMessage(exchange, incoming, /*may_be_first=*/false));
  if (admitted.reply.has_value()) return *std::move(admitted.reply);
  SessionStep step = std::move(admitted.step);
  DeviceContext* context = step.ContextOf(step.commit.session.current_did);
  if (context == nullptr || !context->state.has_value()) {
    return absl::InternalError("a session's device has no state");
  }
  OTRP_ASSIGN_OR_RETURN(
      absl::optional<protocol::VerifiedMessage> message,
      VerifyMessage(exchange, std::move(incoming).TakeResponse(), step,
                    context));
  if (!message.has_value()) return std::string();
  OTRP_ASSIGN_OR_RETURN(absl::optional<Answer> answer,
                        ReadMessage(exchange, *message, step));
  if (!answer.has_value()) return std::string();
  return Conclude(exchange, *std::move(answer), context, std::move(step));
}

absl::StatusOr<std::string> TakeAgentError(Exchange& exchange,
                                           const protocol::Incoming& incoming) {
  exchange.agent_error = incoming.agent_error().code;
  OTRP_ASSIGN_OR_RETURN(Admitted admitted, AdmitMessage(exchange, incoming,
                                                        /*may_be_first=*/true));
  if (admitted.reply.has_value()) return *std::move(admitted.reply);
  SessionStep step = std::move(admitted.step);
  // Of the TEE that was asked; empty for the first state of a session.
  const std::string did = step.commit.session.current_did;
  exchange.verdict = MessageVerdict::kAgentError;
  Answer answer;
  answer.kind = SessionEvent::Kind::kAgentError;
  answer.error_code = incoming.agent_error().code;
  answer.detail = incoming.agent_error().message;
  LogIncoming(exchange, answer, &step);
  const std::string action = step.memory.outstanding.request.action;
  // It speaks for all TEEs of the device.
  step.memory.queue.clear();
  OTRP_RETURN_IF_ERROR(Follow(
      exchange, Advance(step.memory.progress, {answer.kind, answer.error_code}),
      &step));
  step.commit.audit = exchange.AuditStep(
      "session.agent-error", did, /*proven=*/false, store::kAuditFailed,
      step.commit.session, DetailsOf(step, action, answer));
  return exchange.Commit(std::move(step.commit));
}

}  // namespace tsm
}  // namespace otrp

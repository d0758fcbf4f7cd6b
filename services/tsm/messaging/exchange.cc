#include "services/tsm/messaging/exchange.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/protocol/errors.h"
#include "libs/service/audit.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"
#include "services/tsm/domain/words.h"
#include "services/tsm/errors.h"
#include "services/tsm/messaging/refusals.h"

namespace otrp {
namespace tsm {

absl::Status ToDeviceError(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kAborted: return errors::StoreUnavailable();
    default: return status;
  }
}

Exchange::Exchange(const rpc::CallContext& call_context, Tools& with,
                   absl::string_view bytes, DevicePath called)
    : call(call_context),
      tools(with),
      message(bytes),
      sha256(crypto::Sha256(bytes)),
      path(called),
      now(with.clock.Now()),
      start_(std::chrono::steady_clock::now()) {}

int64_t Exchange::elapsed_us() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now() - start_)
      .count();
}

std::string Exchange::Refuse(MessageVerdict reason, absl::string_view tid,
                             absl::string_view detail) {
  verdict = reason;
  tools.refusals.Record(call, {reason, tid, detail, agent_error});
  return "";
}

absl::optional<std::string> Exchange::Consumed(const LoadedMessage& loaded,
                                               absl::string_view tid) {
  if (!loaded.reply.has_value()) return absl::nullopt;
  if (loaded.reply->message_sha256 == sha256) {
    verdict = MessageVerdict::kRepeated;
    not_trusted = loaded.reply->reply.empty() && loaded.session.has_value() &&
                  loaded.session->state == SessionState::kRefused;
    call.Changed(false);
    return loaded.reply->reply;
  }
  return Refuse(MessageVerdict::kReplay, tid,
                "another message was taken for this tid and rid");
}

namespace {

// A code is the device's word: what the protocol doesn't know is "other", so
// that no device can make time series.
void CountDeviceError(const SessionMessage& message) {
  const protocol::ErrorRow& row = protocol::RowOfError(message.error_code);
  const bool known = &row != &protocol::UnknownErrorRow();
  telemetry::kDeviceErrors
      .With(message.name, known ? absl::string_view(row.code) : "other")
      .Increment();
}

}  // namespace

absl::StatusOr<std::string> Exchange::Commit(SessionCommit commit) {
  tid = commit.session.tid;
  commit.message_sha256 = sha256;
  commit.session.last_message_at = now;
  absl::StatusOr<bool> first = tools.store.Commit(commit);
  if (!first.ok()) {
    OTRP_LOG(
        WARNING, "a session step could not be committed",
        {{"tid", commit.session.tid}, {"error", first.status().ToString()}});
    return ToDeviceError(first.status());
  }
  if (*first) {
    for (const SessionMessage& message : commit.messages) {
      if (message.status == MessageStatus::kFail) CountDeviceError(message);
    }
    if (commit.session.state != SessionState::kOpen) {
      telemetry::kSessions.With(WordOf(commit.session.state)).Increment();
    }
    return std::move(commit.reply);
  }
  // Somebody else took this message, or ended the session, at this moment.
  absl::StatusOr<LoadedMessage> loaded =
      tools.store.LoadMessage(commit.session.tid, commit.consumed_rid);
  if (!loaded.ok()) return ToDeviceError(loaded.status());
  absl::optional<std::string> stored = Consumed(*loaded, commit.session.tid);
  if (stored.has_value()) return *std::move(stored);
  return Refuse(MessageVerdict::kExpired, commit.session.tid,
                "the session has moved on");
}

store::AuditEvent Exchange::AuditStep(absl::string_view action,
                                      absl::string_view did, bool proven,
                                      absl::string_view outcome,
                                      const Session& session,
                                      json::Value details) const {
  call.ResetAuditRecords();
  details.Set("tid", json::Value::String(session.tid));
  store::AuditEvent event =
      service::AuditOf(call, action, did.empty() ? session.tid : HexEncode(did),
                       outcome, details.Serialize());
  // The gateway only carries what the device says.
  if (proven) event.actor = absl::StrCat("device:", HexEncode(did));
  return event;
}

SessionMessage Exchange::Log(int32_t n, Direction direction,
                             absl::string_view message_name,
                             absl::string_view rid) const {
  SessionMessage log;
  log.n = n;
  log.direction = direction;
  log.name = std::string(message_name);
  log.rid = std::string(rid);
  log.at = now;
  log.server_us = elapsed_us();
  log.trace_id = call.trace_id();
  return log;
}

}  // namespace tsm
}  // namespace otrp

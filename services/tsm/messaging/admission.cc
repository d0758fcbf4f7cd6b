#include "services/tsm/messaging/admission.h"

#include <utility>

#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/protocol/tid.h"
#include "services/tsm/domain/session.h"
#include "services/tsm/errors.h"
#include "services/tsm/messaging/refusals.h"

namespace otrp {
namespace tsm {
namespace {

// The first message of a session, for which there is no row.
void AdmitFirst(Exchange& exchange, const protocol::Incoming& incoming,
                Admitted* admitted) {
  const absl::StatusOr<SessionSecrets::TidOwner> tid =
      exchange.tools.secrets.CheckTid(incoming.tid(), exchange.now);
  if (!tid.ok()) {
    admitted->reply = exchange.Refuse(MessageVerdict::kUnknownTid,
                                      incoming.tid(), tid.status().message());
    return;
  }
  const std::string rid =
      protocol::FirstRid(tid->secret->bytes.view(), incoming.tid());
  if (incoming.rid() != rid) {
    admitted->reply =
        exchange.Refuse(MessageVerdict::kUnknownRid, incoming.tid(),
                        "not the rid of the first request");
    return;
  }
  admitted->first = true;
  SessionStep& step = admitted->step;
  step.memory.progress.es256 = tid->info.es256;
  step.commit.session.tid = incoming.tid();
  step.commit.session.dialect = exchange.path.dialect;
  step.commit.consumed_rid = rid;
  // The request itself went out without a trace.
  step.commit.messages.push_back(exchange.Log(
      ++step.logged, Direction::kToDevice,
      protocol::RowOf(protocol::MessageKind::kGetDeviceState).request, rid));
  step.commit.messages.back().server_us = 0;
}

absl::Status AdmitNext(Exchange& exchange, const protocol::Incoming& incoming,
                       LoadedMessage loaded, Admitted* admitted) {
  const Session& session = *loaded.session;
  OTRP_ASSIGN_OR_RETURN(SessionMemory memory,
                        SessionMemory::Parse(session.memory));
  const SessionView view = {session.state == SessionState::kOpen,
                            session.expires_at, session.expected_rid,
                            memory.outstanding.request.kind};
  absl::optional<MessageVerdict> reason;
  switch (Admit(view, incoming, exchange.now)) {
    case Admission::kTake: break;
    case Admission::kLookUpReply:
      // It was looked up already, and isn't there.
      reason = session.state == SessionState::kOpen
                   ? MessageVerdict::kUnknownRid
                   : MessageVerdict::kExpired;
      break;
    case Admission::kExpired: reason = MessageVerdict::kExpired; break;
    case Admission::kWrongMessage:
      reason = MessageVerdict::kWrongMessage;
      break;
  }
  if (reason.has_value()) {
    admitted->reply =
        exchange.Refuse(*reason, incoming.tid(),
                        session.state == SessionState::kSuperseded
                            ? "the device has begun a newer session"
                            : "not the outstanding request's answer");
    return absl::OkStatus();
  }
  SessionStep& step = admitted->step;
  step.memory = std::move(memory);
  step.commit.expected_version = session.version;
  step.commit.consumed_rid = session.expected_rid;
  step.commit.session = session;
  step.logged = loaded.messages;
  if (loaded.device.has_value()) {
    step.contexts.push_back(*std::move(loaded.device));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Admitted> AdmitMessage(Exchange& exchange,
                                      const protocol::Incoming& incoming,
                                      bool may_be_first) {
  Admitted admitted;
  const std::string& tid = incoming.tid();
  if (tid.empty() || tid.size() > kMaxIdBytes || incoming.rid().empty() ||
      incoming.rid().size() > kMaxIdBytes) {
    admitted.reply = exchange.Refuse(MessageVerdict::kUnknownTid, tid,
                                     "no tid or rid of ours");
    return admitted;
  }
  absl::StatusOr<LoadedMessage> loaded =
      exchange.tools.store.LoadMessage(tid, incoming.rid());
  if (!loaded.ok()) return ToDeviceError(loaded.status());
  admitted.reply = exchange.Consumed(*loaded, tid);
  if (admitted.reply.has_value()) return admitted;
  if (loaded->session.has_value()) {
    OTRP_RETURN_IF_ERROR(
        AdmitNext(exchange, incoming, *std::move(loaded), &admitted));
  } else if (may_be_first) {
    AdmitFirst(exchange, incoming, &admitted);
  } else {
    admitted.reply = exchange.Refuse(MessageVerdict::kUnknownTid, tid,
                                     "there is no such session");
  }
  return admitted;
}

}  // namespace tsm
}  // namespace otrp

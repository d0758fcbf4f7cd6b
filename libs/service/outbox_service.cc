#include "libs/service/outbox_service.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/field_error.h"
#include "libs/rpc/run.h"
#include "libs/rpc/service.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/paging.h"
#include "libs/store/outbox_admin.h"
#include "otrp/common/v1/outbox.grpc.pb.h"

namespace otrp {
namespace service {
namespace {

namespace pb = ::otrp::common::v1;

// It stands in the audit log, for people.
constexpr size_t kMaxReasonBytes = 500;

struct Env {
  const rpc::Guard& guard;
  store::Pool& pool;
};

pb::OutboxMessageState StateOf(const store::StoredOutboxMessage& stored) {
  if (stored.skipped) return pb::OUTBOX_MESSAGE_STATE_SKIPPED;
  if (stored.delivered_at.has_value()) {
    return pb::OUTBOX_MESSAGE_STATE_DELIVERED;
  }
  if (stored.parked_at.has_value()) return pb::OUTBOX_MESSAGE_STATE_PARKED;
  return stored.next_try_at.has_value() ? pb::OUTBOX_MESSAGE_STATE_RETRYING
                                        : pb::OUTBOX_MESSAGE_STATE_WAITING;
}

void ToProto(const store::StoredOutboxMessage& stored, pb::OutboxMessage& out) {
  const store::OutboxMessage& message = stored.message;
  out.set_id(message.id);
  out.set_event_id(message.event_id);
  out.set_lane(message.lane);
  out.set_topic(message.topic);
  out.set_type(message.type);
  out.set_content_type(message.content_type);
  out.set_key(message.key);
  out.set_state(StateOf(stored));
  out.set_attempts(message.attempts);
  out.set_failures(message.failures);
  out.set_last_error(stored.last_error);
  *out.mutable_created_at() = rpc::ToProto(stored.created_at);
  if (stored.next_try_at.has_value()) {
    *out.mutable_next_try_at() = rpc::ToProto(*stored.next_try_at);
  }
  if (stored.parked_at.has_value()) {
    *out.mutable_parked_at() = rpc::ToProto(*stored.parked_at);
  }
  if (stored.delivered_at.has_value()) {
    *out.mutable_delivered_at() = rpc::ToProto(*stored.delivered_at);
  }
  out.set_payload_bytes(stored.payload_bytes);
  out.set_payload_sha256(stored.payload_sha256);
}

absl::Status Show(Env& env, int64_t id, pb::OutboxMessage& out) {
  OTRP_ASSIGN_OR_RETURN(const store::StoredOutboxMessage stored,
                        store::GetOutboxMessage(env.pool, id));
  ToProto(stored, out);
  return absl::OkStatus();
}

// What an operator does to a message, and what it was like.
absl::StatusOr<store::AuditEvent> AuditOfMessage(const rpc::CallContext& call,
                                                 Env& env,
                                                 absl::string_view action,
                                                 int64_t id,
                                                 const std::string& reason) {
  OTRP_ASSIGN_OR_RETURN(const store::StoredOutboxMessage stored,
                        store::GetOutboxMessage(env.pool, id));
  AuditDetails details;
  details.Set("id", id)
      .Set("event_id", stored.message.event_id)
      .Set("type", stored.message.type)
      .Set("error", stored.last_error);
  if (!reason.empty()) details.Set("reason", reason);
  return AuditOf(call, action, stored.message.key, store::kAuditOk, details);
}

namespace handlers {

absl::Status ListOutboxMessages(const rpc::CallContext&, Env& env,
                                const pb::ListOutboxMessagesRequest& request,
                                pb::ListOutboxMessagesResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const Page page, Page::Of(request));
  store::OutboxFilter filter;
  OTRP_ASSIGN_OR_RETURN(filter.after_id, page.AfterNumber(0));
  filter.include_waiting = request.include_waiting();
  filter.limit = page.limit();
  OTRP_ASSIGN_OR_RETURN(auto messages, store::ListOutbox(env.pool, filter));
  page.Finish(messages, response, [](const store::StoredOutboxMessage& stored) {
    return absl::StrCat(stored.message.id);
  });
  for (const store::StoredOutboxMessage& stored : messages) {
    ToProto(stored, *response.add_messages());
  }
  return absl::OkStatus();
}

absl::Status GetOutboxMessage(const rpc::CallContext&, Env& env,
                              const pb::GetOutboxMessageRequest& request,
                              pb::GetOutboxMessageResponse& response) {
  return Show(env, request.id(), *response.mutable_message());
}

absl::Status RetryOutboxMessage(const rpc::CallContext& call, Env& env,
                                const pb::RetryOutboxMessageRequest& request,
                                pb::RetryOutboxMessageResponse& response) {
  OTRP_ASSIGN_OR_RETURN(
      const store::AuditEvent audit,
      AuditOfMessage(call, env, "outbox.retry", request.id(), ""));
  OTRP_RETURN_IF_ERROR(
      store::RetryOutboxMessage(env.pool, request.id(), audit));
  return Show(env, request.id(), *response.mutable_message());
}

absl::Status SkipOutboxMessage(const rpc::CallContext& call, Env& env,
                               const pb::SkipOutboxMessageRequest& request,
                               pb::SkipOutboxMessageResponse& response) {
  if (request.reason().empty() || request.reason().size() > kMaxReasonBytes) {
    return rpc::FieldMust("reason",
                          absl::StrCat("be 1 to ", kMaxReasonBytes, " octets"));
  }
  OTRP_ASSIGN_OR_RETURN(
      const store::AuditEvent audit,
      AuditOfMessage(call, env, "outbox.skip", request.id(), request.reason()));
  OTRP_RETURN_IF_ERROR(store::SkipOutboxMessage(env.pool, request.id(), audit));
  return Show(env, request.id(), *response.mutable_message());
}

}  // namespace handlers

namespace v1 = ::otrp::common::v1;

class OutboxService final : public rpc::ServiceOf<v1::Outbox, Env> {
 public:
  OutboxService(const rpc::Guard& guard, store::Pool& pool)
      : ServiceOf(own_env_), own_env_{guard, pool} {}

  OTRP_FIRST_RPC();
  OTRP_RPC(ListOutboxMessages);
  OTRP_RPC(GetOutboxMessage);
  OTRP_RPC(RetryOutboxMessage);
  OTRP_RPC(SkipOutboxMessage);
  OTRP_LAST_RPC();

 private:
  Env own_env_;
};

}  // namespace

std::vector<rpc::AuthzRule> OutboxRules() {
  return {
      {"otrp.common.v1.Outbox.ListOutboxMessages",
       rpc::Effect::kReads,
       {rpc::Allow::Operators(), rpc::Allow::Auditors()}},
      {"otrp.common.v1.Outbox.GetOutboxMessage",
       rpc::Effect::kReads,
       {rpc::Allow::Operators(), rpc::Allow::Auditors()}},
      {"otrp.common.v1.Outbox.RetryOutboxMessage",
       rpc::Effect::kMutates,
       {rpc::Allow::Operators()}},
      {"otrp.common.v1.Outbox.SkipOutboxMessage",
       rpc::Effect::kMutates,
       {rpc::Allow::Operators()}},
  };
}

std::unique_ptr<grpc::Service> NewOutboxService(const rpc::Guard& guard,
                                                store::Pool& pool) {
  return std::make_unique<OutboxService>(guard, pool);
}

}  // namespace service
}  // namespace otrp

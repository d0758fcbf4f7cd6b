#include "services/sp_portal/handlers/common.h"

#include <utility>

#include "libs/base/ids.h"
#include "libs/rpc/time.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {

absl::Status CheckTenant(const rpc::CallContext& call, absl::string_view spid) {
  if (call.caller().kind == rpc::CallerKind::kSp &&
      call.caller().name != spid) {
    return errors::SpNotFound(spid);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> VisibleSpid(const rpc::CallContext& call,
                                        const std::string& asked) {
  if (call.caller().kind != rpc::CallerKind::kSp) return asked;
  if (!asked.empty() && asked != call.caller().name) {
    return errors::SpNotFound(asked);
  }
  return call.caller().name;
}

store::OutboxMessage NewMessage(const rpc::CallContext& call, Env& env,
                                const std::string& key,
                                tsm::v1::ApplyRequest event) {
  store::OutboxMessage message;
  message.event_id = NewUuid(env.random);
  event.set_event_id(message.event_id);
  message.topic = "tsm.catalog";
  message.key = key;
  message.payload = event.SerializeAsString();
  message.traceparent = call.traceparent();
  return message;
}

bool Finish(const rpc::CallContext& call, Env& env, const Change& change) {
  call.Changed(change.changed);
  return change.message == 0 ||
         env.delivery.WaitDelivered(change.message, kDeliveryWait);
}

void FillTimestamp(absl::Time time, google::protobuf::Timestamp* out) {
  *out = rpc::ToProto(time);
}

}  // namespace portal
}  // namespace otrp

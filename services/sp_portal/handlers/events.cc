#include "services/sp_portal/handlers/events.h"

#include <utility>

#include "libs/base/ids.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace handlers {

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

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

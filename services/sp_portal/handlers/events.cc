#include "services/sp_portal/handlers/events.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace handlers {
namespace {

// The name of what happened, as the proto has it.
std::string TypeOf(const tsm::v1::ApplyRequest& event) {
  const google::protobuf::OneofDescriptor* events =
      event.GetDescriptor()->FindOneofByName("event");
  const google::protobuf::FieldDescriptor* set =
      event.GetReflection()->GetOneofFieldDescriptor(event, events);
  return absl::StrCat("otrp.catalog.",
                      set == nullptr ? "" : set->name());
}

}  // namespace

store::OutboxMessage NewMessage(const rpc::CallContext& call, Env& env,
                                const std::string& key,
                                tsm::v1::ApplyRequest event) {
  store::OutboxMessage message;
  message.event_id = NewUuid(env.random);
  event.set_event_id(message.event_id);
  message.lane = key.substr(0, key.find('/'));
  message.topic = "tsm.catalog";
  message.type = TypeOf(event);
  message.content_type = "application/protobuf";
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

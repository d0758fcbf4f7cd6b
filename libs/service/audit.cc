#include "libs/service/audit.h"

namespace otrp {
namespace service {

AuditDetails& AuditDetails::SetList(absl::string_view name,
                                    const std::vector<std::string>& values) {
  json::Value array = json::Value::Array();
  for (const std::string& value : values) {
    array.Append(json::Value::String(value));
  }
  return Set(name, std::move(array));
}

store::AuditEvent AuditOf(const rpc::CallContext& call,
                          absl::string_view action, absl::string_view subject,
                          absl::string_view outcome, std::string details_json) {
  call.NoteAuditRecord();
  store::AuditEvent event;
  event.actor = call.caller().ToString();
  event.action = std::string(action);
  event.subject = std::string(subject);
  event.outcome = std::string(outcome);
  event.details_json = std::move(details_json);
  event.trace_id = call.trace_id();
  event.attempt = call.attempt();
  return event;
}

store::AuditEvent AuditOf(const rpc::CallContext& call,
                          absl::string_view action, absl::string_view subject,
                          absl::string_view outcome,
                          const AuditDetails& details) {
  return AuditOf(call, action, subject, outcome, details.ToJson());
}

}  // namespace service
}  // namespace otrp

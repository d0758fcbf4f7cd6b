#include "libs/service/audit.h"

#include <utility>

namespace otrp {
namespace service {

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
  return event;
}

}  // namespace service
}  // namespace otrp

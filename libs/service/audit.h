// Joins a call (libs/rpc) to the audit log (libs/store): the record of a
// mutating RPC, with actor and trace id taken from the call.
//
//   OTRP_RETURN_IF_ERROR(pool.Run([&](store::Tx& tx) -> absl::Status {
//     call.ResetAuditRecords();  // The transaction may be tried again.
//     ...
//     return store::AppendAudit(tx, service::AuditOf(
//         call, "certificate.revoke", serial));
//   }));

#ifndef OTRP_LIBS_SERVICE_AUDIT_H_
#define OTRP_LIBS_SERVICE_AUDIT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "libs/rpc/run.h"
#include "libs/store/audit.h"

namespace otrp {
namespace service {

// Counts on the call (rpc::CallContext::NoteAuditRecord).
store::AuditEvent AuditOf(const rpc::CallContext& call,
                          absl::string_view action, absl::string_view subject,
                          absl::string_view outcome = store::kAuditOk,
                          std::string details_json = "");

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_AUDIT_H_

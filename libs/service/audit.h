// Joins a call (libs/rpc) to the audit log (libs/store): the record of a
// mutating RPC, with actor and trace id taken from the call.
//
//   OTRP_ASSIGN_OR_RETURN(
//       const bool changed,
//       env.store.Revoke(serial, service::AuditOf(
//           call, "certificate.revoke", serial, store::kAuditOk,
//           service::AuditDetails().Set("reason", reason))));
//   call.Changed(changed);

#ifndef OTRP_LIBS_SERVICE_AUDIT_H_
#define OTRP_LIBS_SERVICE_AUDIT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "libs/json/json.h"
#include "libs/rpc/run.h"
#include "libs/store/audit.h"

namespace otrp {
namespace service {

// What an audit record says beside who, what and on what: an object of JSON.
//
// Thread-safety: value.
class AuditDetails {
 public:
  // The names must differ. UTF-8.
  AuditDetails& Set(absl::string_view name, absl::string_view value) {
    return Set(name, json::Value::String(value));
  }
  AuditDetails& Set(absl::string_view name, const char* value) {
    return Set(name, absl::string_view(value));
  }
  AuditDetails& Set(absl::string_view name, const std::string& value) {
    return Set(name, absl::string_view(value));
  }
  AuditDetails& Set(absl::string_view name, int64_t value) {
    return Set(name, json::Value::Integer(value));
  }
  AuditDetails& SetList(absl::string_view name,
                        const std::vector<std::string>& values);
  AuditDetails& Set(absl::string_view name, json::Value value) {
    object_.Set(name, std::move(value));
    return *this;
  }

  std::string ToJson() const { return object_.Serialize(); }

 private:
  json::Value object_ = json::Value::Object();
};

// Counts on the call (rpc::CallContext::NoteAuditRecord).
store::AuditEvent AuditOf(const rpc::CallContext& call,
                          absl::string_view action, absl::string_view subject,
                          absl::string_view outcome = store::kAuditOk,
                          std::string details_json = "");
store::AuditEvent AuditOf(const rpc::CallContext& call,
                          absl::string_view action, absl::string_view subject,
                          absl::string_view outcome,
                          const AuditDetails& details);

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_AUDIT_H_

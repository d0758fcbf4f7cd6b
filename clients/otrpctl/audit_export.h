// What an exported audit log of the ca says was revoked: what `otrpctl audit
// list -o json` printed, or its events one a line.
//
// Thread-safety: a function without state.
// Errors: INVALID_ARGUMENT that says which line isn't an event.

#ifndef CLIENTS_OTRPCTL_AUDIT_EXPORT_H_
#define CLIENTS_OTRPCTL_AUDIT_EXPORT_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "otrp/ca/v1/audit_recovery.pb.h"

namespace otrp::ctl {

// Each serial once, by serial. Other services' events, and other things that
// were done, are passed over. The authority is told where the issuance is in
// the export too.
absl::StatusOr<std::vector<ca::v1::LoggedRevocation>> LoggedRevocations(
    absl::string_view text);

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_AUDIT_EXPORT_H_

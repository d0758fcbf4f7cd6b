// What the portal answers about sessions of the console when it says no, beside
// errors.h.

#ifndef OTRP_SERVICES_SP_PORTAL_SESSION_ERRORS_H_
#define OTRP_SERVICES_SP_PORTAL_SESSION_ERRORS_H_

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace portal {
namespace errors {

inline absl::Status BothSecrets() {
  return absl::InvalidArgumentError(
      "session: must not be there beside a token");
}

inline absl::Status NoSessionForPrograms() {
  return absl::PermissionDeniedError(
      "token: must be a member's; one of a pipeline, or made with a "
      "certificate, is for programs");
}

inline absl::Status SessionNotFound(absl::string_view id) {
  return absl::NotFoundError(
      absl::StrCat("session_id: no session \"", id, "\" that is good"));
}

}  // namespace errors
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_SESSION_ERRORS_H_

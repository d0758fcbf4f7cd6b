// Those of errors.h that are about revoked signing certificates.

#ifndef OTRP_SERVICES_SP_PORTAL_CERTIFICATE_ERRORS_H_
#define OTRP_SERVICES_SP_PORTAL_CERTIFICATE_ERRORS_H_

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace otrp {
namespace portal {
namespace errors {

inline absl::Status CertificateNotFound(absl::string_view serial) {
  return absl::NotFoundError(absl::StrCat(
      "serial: is of no signing certificate of the service provider: ",
      serial));
}

inline absl::Status BadRevocationReason() {
  return absl::InvalidArgumentError("reason: must be one of RevocationReason");
}

// `field`: what was signed, "image" or "version".
inline absl::Status SignerRevoked(absl::string_view field,
                                  absl::string_view serial, absl::Time at,
                                  absl::string_view reason) {
  return absl::FailedPreconditionError(absl::StrCat(
      field, ": was signed with certificate ", serial, ", which was revoked ",
      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", at, absl::UTCTimeZone()), " (",
      reason, "); sign it with another one and push that as a new version"));
}

}  // namespace errors
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_CERTIFICATE_ERRORS_H_

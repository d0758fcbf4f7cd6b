// Checks of request fields, shared by the handlers. Errors name the field.

#ifndef OTRP_SERVICES_TSM_HANDLERS_VALIDATE_H_
#define OTRP_SERVICES_TSM_HANDLERS_VALIDATE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace tsm {

absl::Status CheckSize(absl::string_view field, absl::string_view value,
                       size_t min, size_t max);
// A certificate in DER; its fingerprint in lower-case hex.
absl::StatusOr<std::string> CheckCertificate(absl::string_view field,
                                             absl::string_view der);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_HANDLERS_VALIDATE_H_

// What is wrong with an application's pull endpoint, or with data of single
// devices: a part of errors.h.
//
// Thread-safety: functions without state.

#ifndef OTRP_SERVICES_SP_PORTAL_DOMAIN_PULL_ERRORS_H_
#define OTRP_SERVICES_SP_PORTAL_DOMAIN_PULL_ERRORS_H_

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace portal {
namespace errors {

inline absl::Status TooManyPersonalizations() {
  return absl::ResourceExhaustedError(
      "data: the service provider has data of 20,000 devices, or 256 MiB of "
      "it; delete what isn't needed, or use pull mode");
}

inline absl::Status NoPullEndpoint(absl::string_view taid) {
  return absl::NotFoundError(
      absl::StrCat("taid: \"", taid, "\" has no pull endpoint"));
}

inline absl::Status NeedsPullEndpoint(absl::string_view taid) {
  return absl::FailedPreconditionError(
      absl::StrCat("taid: \"", taid, "\" has no pull endpoint; set it first"));
}

inline absl::Status PullEndpointNeeded(absl::string_view taid) {
  return absl::FailedPreconditionError(
      absl::StrCat("taid: the released version of \"", taid,
                   "\" is pulled from there; withdraw the application first"));
}

}  // namespace errors
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_DOMAIN_PULL_ERRORS_H_

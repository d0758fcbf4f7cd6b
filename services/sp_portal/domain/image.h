// The check of a pushed TA image: is it what it says, and did the SP sign it?
//
// Pure: time is a parameter, no I/O.
// Errors: INVALID_ARGUMENT (errors::BadImage) says what is wrong.

#ifndef OTRP_SERVICES_SP_PORTAL_DOMAIN_IMAGE_H_
#define OTRP_SERVICES_SP_PORTAL_DOMAIN_IMAGE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/protocol/ta_image.h"
#include "services/sp_portal/domain/model.h"

namespace otrp {
namespace portal {

// `certificates`: the SP's, those that may sign now. The fingerprint of the
// one that did.
absl::StatusOr<std::string> CheckImageSignature(
    protocol::TaImageFormat format, absl::string_view image,
    absl::string_view taid, absl::string_view version,
    const std::vector<SpCertificate>& certificates);

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_DOMAIN_IMAGE_H_

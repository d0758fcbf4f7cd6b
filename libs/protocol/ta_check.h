// What is asked of a TA image before anybody ships it: that it is of its
// format, that its SP signed it, and that the signer named it as the uploader
// does. The portal asks it of every upload; otrpctl ta check asks the same.
//
// Not here: whose certificates they are, and whether they are valid now.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT, in words that follow "image: ".
// Source: docs/ta-image.md.

#ifndef OTRP_LIBS_PROTOCOL_TA_CHECK_H_
#define OTRP_LIBS_PROTOCOL_TA_CHECK_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/protocol/ta_image.h"

namespace otrp {
namespace protocol {

// The image as its format has it; nothing of it is verified.
absl::StatusOr<UnverifiedTaImage> ParseForCheck(TaImageFormat format,
                                                absl::string_view image);

struct SignedTaImage {
  VerifiedTaImage image;
  // Index into the certificates of the one that signed it.
  size_t signer;
};

// `certificates`: DER, those that may sign now.
absl::StatusOr<SignedTaImage> CheckTaSignature(
    const UnverifiedTaImage& image,
    const std::vector<std::string>& certificates);

// What the signer says must be what the uploader says. A legacy image of OP-TEE
// says neither; one with version 0, which OP-TEE's tool writes where it is
// given none, says no version.
absl::Status CheckTaNames(const VerifiedTaImage& image, TaImageFormat format,
                          absl::string_view taid, absl::string_view version);

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_TA_CHECK_H_

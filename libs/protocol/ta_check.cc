#include "libs/protocol/ta_check.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/pki/certificate.h"

namespace otrp {
namespace protocol {
namespace {

absl::Status CheckOpteeNames(const VerifiedTaImage& image,
                             absl::string_view taid,
                             absl::string_view version) {
  if (!image.taid().empty() && !absl::EqualsIgnoreCase(image.taid(), taid)) {
    return absl::InvalidArgumentError(
        absl::StrCat("is signed for UUID ", image.taid(), ", not for ", taid));
  }
  // OP-TEE counts versions by one number, the portal's first.
  if (image.version().empty() || image.version() == "0" ||
      image.version() == version.substr(0, version.find('.'))) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "is signed as version ", image.version(), ", not ", version));
}

}  // namespace

absl::StatusOr<UnverifiedTaImage> ParseForCheck(TaImageFormat format,
                                                absl::string_view image) {
  if (!image.empty() && GuessTaImageFormat(image) != format) {
    return absl::InvalidArgumentError(
        absl::StrCat("isn't of format \"", TaImageFormatName(format), "\""));
  }
  absl::StatusOr<UnverifiedTaImage> parsed =
      UnverifiedTaImage::Parse(format, image);
  if (parsed.ok()) return parsed;
  return absl::InvalidArgumentError(parsed.status().message());
}

absl::StatusOr<SignedTaImage> CheckTaSignature(
    const UnverifiedTaImage& image,
    const std::vector<std::string>& certificates) {
  bool named = image.x5c().empty();
  for (size_t i = 0; i < certificates.size(); ++i) {
    // A jws image says by its x5c who signed it.
    if (!image.x5c().empty()) {
      if (certificates[i] != image.x5c()[0]) continue;
      named = true;
    }
    OTRP_ASSIGN_OR_RETURN(const pki::Certificate certificate,
                          pki::Certificate::FromDer(certificates[i]));
    absl::StatusOr<VerifiedTaImage> verified =
        Verify(image, certificate.public_key());
    if (verified.ok()) return SignedTaImage{*std::move(verified), i};
  }
  if (!named) {
    return absl::InvalidArgumentError(
        "its x5c is no valid certificate of this service provider; sign with "
        "the enrolled key");
  }
  return absl::InvalidArgumentError(
      "its signature isn't by a valid certificate of this service provider");
}

absl::Status CheckTaNames(const VerifiedTaImage& image, TaImageFormat format,
                          absl::string_view taid, absl::string_view version) {
  if (format == TaImageFormat::kOptee) {
    return CheckOpteeNames(image, taid, version);
  }
  if (image.taid() != taid) {
    return absl::InvalidArgumentError(absl::StrCat(
        "is signed for taid \"", image.taid(), "\", not for \"", taid, "\""));
  }
  if (image.version() != version) {
    return absl::InvalidArgumentError(
        absl::StrCat("is signed as version \"", image.version(), "\", not \"",
                     version, "\""));
  }
  return absl::OkStatus();
}

}  // namespace protocol
}  // namespace otrp

#include "services/sp_portal/domain/image.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/pki/certificate.h"
#include "libs/protocol/ta_image.h"
#include "services/sp_portal/errors.h"

namespace otrp {
namespace portal {
namespace {

// The certificates that may have made the signature: the one that a jws image
// names by its x5c, else all.
std::vector<SpCertificate> Candidates(
    const protocol::UnverifiedTaImage& image,
    const std::vector<SpCertificate>& certificates) {
  if (image.x5c().empty()) return certificates;
  const std::string fingerprint = crypto::Sha256(image.x5c()[0]);
  std::vector<SpCertificate> named;
  for (const SpCertificate& certificate : certificates) {
    if (certificate.fingerprint == fingerprint) named.push_back(certificate);
  }
  return named;
}

// What the signer says must be what the uploader says; an OP-TEE image of the
// legacy kind says neither.
absl::Status CheckNames(const protocol::VerifiedTaImage& image,
                        protocol::TaImageFormat format, absl::string_view taid,
                        absl::string_view version) {
  if (format == protocol::TaImageFormat::kOptee) {
    if (!image.taid().empty() && !absl::EqualsIgnoreCase(image.taid(), taid)) {
      return errors::BadImage(absl::StrCat("is signed for UUID ", image.taid(),
                                           ", not for ", taid));
    }
    // OP-TEE counts versions by one number, the portal's first.
    if (!image.version().empty() &&
        image.version() != version.substr(0, version.find('.'))) {
      return errors::BadImage(absl::StrCat("is signed as version ",
                                           image.version(), ", not ", version));
    }
    return absl::OkStatus();
  }
  if (image.taid() != taid) {
    return errors::BadImage(absl::StrCat("is signed for taid \"", image.taid(),
                                         "\", not for \"", taid, "\""));
  }
  if (image.version() != version) {
    return errors::BadImage(absl::StrCat("is signed as version \"",
                                         image.version(), "\", not \"", version,
                                         "\""));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> CheckImageSignature(
    protocol::TaImageFormat format, absl::string_view image,
    absl::string_view taid, absl::string_view version,
    const std::vector<SpCertificate>& certificates) {
  if (protocol::GuessTaImageFormat(image) != format) {
    return errors::BadImage(absl::StrCat(
        "isn't of format \"", protocol::TaImageFormatName(format), "\""));
  }
  auto parsed = protocol::UnverifiedTaImage::Parse(format, image);
  if (!parsed.ok()) return errors::BadImage(parsed.status().message());

  const std::vector<SpCertificate> candidates =
      Candidates(*parsed, certificates);
  if (candidates.empty()) {
    return errors::BadImage(
        "its x5c is no valid certificate of this service provider; sign with "
        "the enrolled key");
  }
  for (const SpCertificate& candidate : candidates) {
    OTRP_ASSIGN_OR_RETURN(const pki::Certificate certificate,
                          pki::Certificate::FromDer(candidate.der));
    auto verified = protocol::Verify(*parsed, certificate.public_key());
    if (verified.ok()) {
      OTRP_RETURN_IF_ERROR(CheckNames(*verified, format, taid, version));
      return candidate.fingerprint;
    }
    if (absl::IsUnimplemented(verified.status())) {
      return errors::BadImage(verified.status().message());
    }
  }
  return errors::BadImage(
      "its signature isn't by a valid certificate of this service provider");
}

}  // namespace portal
}  // namespace otrp

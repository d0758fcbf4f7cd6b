#include "services/sp_portal/domain/image.h"

#include "libs/protocol/ta_check.h"
#include "services/sp_portal/errors.h"

namespace otrp {
namespace portal {

absl::StatusOr<std::string> CheckImageSignature(
    protocol::TaImageFormat format, absl::string_view image,
    absl::string_view taid, absl::string_view version,
    const std::vector<SpCertificate>& certificates) {
  std::vector<std::string> ders;
  ders.reserve(certificates.size());
  for (const SpCertificate& certificate : certificates) {
    ders.push_back(certificate.der);
  }
  const auto parsed = protocol::ParseForCheck(format, image);
  if (!parsed.ok()) return errors::BadImage(parsed.status().message());
  const auto checked = protocol::CheckTaSignature(*parsed, ders);
  if (!checked.ok()) return errors::BadImage(checked.status().message());
  const absl::Status names =
      protocol::CheckTaNames(checked->image, format, taid, version);
  if (!names.ok()) return errors::BadImage(names.message());
  return certificates[checked->signer].fingerprint;
}

}  // namespace portal
}  // namespace otrp

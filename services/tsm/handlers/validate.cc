#include "services/tsm/handlers/validate.h"

#include "libs/base/hex.h"
#include "libs/base/limits.h"
#include "libs/pki/certificate.h"
#include "services/tsm/errors.h"
#include "services/tsm/limits.h"

namespace otrp {
namespace tsm {

absl::Status CheckSize(absl::string_view field, absl::string_view value,
                       size_t min, size_t max) {
  if (value.size() < min || value.size() > max) {
    return errors::BadSize(field, min, max);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> CheckCertificate(absl::string_view field,
                                             absl::string_view der) {
  if (der.empty() || der.size() > kMaxCertificateBytes) {
    return errors::BadSize(field, 1, kMaxCertificateBytes);
  }
  absl::StatusOr<pki::Certificate> certificate = pki::Certificate::FromDer(der);
  if (!certificate.ok()) {
    return errors::BadCertificate(field, certificate.status().message());
  }
  return HexEncode(certificate->Sha256Fingerprint());
}

}  // namespace tsm
}  // namespace otrp

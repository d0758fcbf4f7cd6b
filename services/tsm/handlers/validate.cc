#include "services/tsm/handlers/validate.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "libs/base/hex.h"
#include "libs/base/limits.h"
#include "libs/pki/certificate.h"
#include "services/tsm/errors.h"
#include "services/tsm/limits.h"

namespace otrp {
namespace tsm {

absl::Status CheckName(absl::string_view field, absl::string_view value,
                       size_t max_length) {
  if (value.empty() || value.size() > max_length) {
    return errors::BadName(field, max_length);
  }
  for (unsigned char c : value) {
    if (!absl::ascii_isalnum(c) && c != '.' && c != '-' && c != '_') {
      return errors::BadName(field, max_length);
    }
  }
  return absl::OkStatus();
}

absl::Status CheckVersion(absl::string_view field, absl::string_view value) {
  if (value.size() > kMaxVersionLength) return errors::BadVersion(field);
  for (absl::string_view part : absl::StrSplit(value, '.')) {
    if (part.empty()) return errors::BadVersion(field);
    for (unsigned char c : part) {
      if (!absl::ascii_isdigit(c)) return errors::BadVersion(field);
    }
  }
  return absl::OkStatus();
}

absl::Status CheckDid(absl::string_view field, absl::string_view value) {
  if (value.size() != kDidBytes) return errors::BadDid(field);
  return absl::OkStatus();
}

absl::Status CheckGroupName(absl::string_view field, absl::string_view value) {
  if (value == "all") return errors::ReservedGroupName();
  return CheckName(field, value, kMaxGroupNameLength);
}

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

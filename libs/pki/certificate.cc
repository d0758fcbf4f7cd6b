#include "libs/pki/certificate.h"

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/der.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/pem.h"

namespace otrp {
namespace pki {
namespace {

constexpr char kLabel[] = "CERTIFICATE";

}  // namespace

absl::StatusOr<Certificate> Certificate::FromDer(absl::string_view der) {
  OTRP_ASSIGN_OR_RETURN(crypto::CertificateInfo info, crypto::ParseX509(der));
  absl::StatusOr<crypto::PublicKey> key =
      crypto::PublicKey::FromCertificateSpki(info.spki);
  if (!key.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the certificate's key is refused: ", key.status().message()));
  }
  return Certificate(std::make_shared<const Impl>(
      Impl{std::move(info), *std::move(key), crypto::Sha256(der)}));
}

absl::StatusOr<Certificate> Certificate::FromPem(absl::string_view pem) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<Certificate> all,
                        ParsePemBundle(pem));
  return all.front();
}

absl::StatusOr<absl::string_view> SubjectPublicKeyInfoOf(
    absl::string_view der) {
  crypto::der::Reader outer(der);
  OTRP_ASSIGN_OR_RETURN(const crypto::der::Element certificate,
                        outer.Next(crypto::der::kSequence));
  crypto::der::Reader parts(certificate.content);
  OTRP_ASSIGN_OR_RETURN(const crypto::der::Element tbs,
                        parts.Next(crypto::der::kSequence));
  crypto::der::Reader fields(tbs.content);
  if (fields.At(crypto::der::Explicit(0))) {
    OTRP_RETURN_IF_ERROR(fields.Next().status());  // version
  }
  OTRP_RETURN_IF_ERROR(fields.Next(crypto::der::kInteger).status());
  // signature, issuer, validity, subject
  for (int i = 0; i < 4; ++i) {
    OTRP_RETURN_IF_ERROR(fields.Next(crypto::der::kSequence).status());
  }
  OTRP_ASSIGN_OR_RETURN(const crypto::der::Element key,
                        fields.Next(crypto::der::kSequence));
  return key.whole;
}

absl::StatusOr<std::vector<Certificate>> ParsePemBundle(absl::string_view pem) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<crypto::PemBlock> blocks,
                        crypto::PemDecode(pem));
  std::vector<Certificate> certificates;
  for (const crypto::PemBlock& block : blocks) {
    if (block.label != kLabel) continue;
    OTRP_ASSIGN_OR_RETURN(Certificate certificate,
                          Certificate::FromDer(block.der));
    certificates.push_back(std::move(certificate));
  }
  if (certificates.empty()) {
    return absl::InvalidArgumentError(
        "there is no \"BEGIN CERTIFICATE\" block");
  }
  return certificates;
}

std::string ToPem(const Certificate& certificate) {
  return crypto::PemEncode(kLabel, certificate.der());
}

std::string ToPem(absl::Span<const Certificate> certificates) {
  std::string pem;
  for (const Certificate& certificate : certificates) {
    absl::StrAppend(&pem, ToPem(certificate));
  }
  return pem;
}

}  // namespace pki
}  // namespace otrp

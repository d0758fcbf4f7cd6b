// An X.509 certificate (RFC 5280), parsed strictly and kept with its octets.
//
// Parsing verifies nothing about who signed it: see verify.h. The key inside is
// one that libs/crypto accepts: RSA of at least 2048 bits, P-256, and P-384 and
// P-521, with which others' authorities sign (crypto::IsMessageKey tells).
//
// Thread-safety: immutable, cheap to copy, safe to use from many threads.
// Errors: INVALID_ARGUMENT that says what is wrong, without quoting octets.

#ifndef OTRP_LIBS_PKI_CERTIFICATE_H_
#define OTRP_LIBS_PKI_CERTIFICATE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/x509.h"

namespace otrp {
namespace pki {

class Certificate {
 public:
  // DER without a trailing octet.
  static absl::StatusOr<Certificate> FromDer(absl::string_view der);
  // The first "CERTIFICATE" block.
  static absl::StatusOr<Certificate> FromPem(absl::string_view pem);

  const std::string& der() const { return info().der; }
  // 32 octets, over der().
  const std::string& Sha256Fingerprint() const { return impl_->fingerprint; }
  const crypto::PublicKey& public_key() const { return impl_->key; }

  // "CN=..., O=..." in RFC 2253 order.
  const std::string& subject() const { return info().subject; }
  const std::string& issuer() const { return info().issuer; }
  const std::string& common_name() const { return info().common_name; }
  // Lower-case hex without leading zeros.
  const std::string& serial() const { return info().serial; }
  absl::Time not_before() const { return info().not_before; }
  absl::Time not_after() const { return info().not_after; }
  bool is_ca() const { return info().is_ca; }
  // subjectAltName.
  const std::vector<std::string>& san_uris() const { return info().names.uris; }
  const std::vector<std::string>& san_dns() const { return info().names.dns; }
  // Dotted.
  const std::vector<std::string>& registered_ids() const {
    return info().names.registered_ids;
  }
  // Dotted; empty also where the extension is absent (has_eku() tells).
  const std::vector<std::string>& eku_oids() const { return info().eku_oids; }
  bool has_eku() const { return info().has_eku; }

  const crypto::CertificateInfo& info() const { return impl_->info; }

 private:
  struct Impl {
    crypto::CertificateInfo info;
    crypto::PublicKey key;
    std::string fingerprint;
  };
  explicit Certificate(std::shared_ptr<const Impl> impl)
      : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

// The SubjectPublicKeyInfo in a certificate's DER, with its header, and nothing
// else read or checked: for those who hold the key that it must be. The view is
// into `der`.
absl::StatusOr<absl::string_view> SubjectPublicKeyInfoOf(absl::string_view der);

// All "CERTIFICATE" blocks in their order; none is an error.
absl::StatusOr<std::vector<Certificate>> ParsePemBundle(absl::string_view pem);

std::string ToPem(const Certificate& certificate);
std::string ToPem(absl::Span<const Certificate> certificates);

}  // namespace pki
}  // namespace otrp

#endif  // OTRP_LIBS_PKI_CERTIFICATE_H_

// Public and private keys: RSA of 2048 to 8192 bits, and EC on P-256. Nothing
// else is a key here, but for the keys of authorities, which may be on P-384
// (FromAuthorityPkcs8), others' on P-521 too (FromCertificateSpki).
//
// Parsing is strict: DER without a trailing octet and in its one encoding
// (uncompressed points, a NULL parameter for RSA), no weak RSA keys
// (weak_key.h), points on the curve. Who holds a PublicKey needs no further
// check of it, but knows nothing about whom it belongs to.
//
// New keys come from BoringSSL's own generator, not from a Random: a repeatable
// private key has no use but to be stolen.
//
// Thread-safety: immutable, cheap to copy, safe to use from many threads.
// Errors: INVALID_ARGUMENT for octets that are no acceptable key.
// Source: RFC 5280 4.1.2.7, RFC 8017 A.1, RFC 5958, RFC 5480.

#ifndef OTRP_LIBS_CRYPTO_KEYS_H_
#define OTRP_LIBS_CRYPTO_KEYS_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/secret.h"

// BoringSSL's EVP_PKEY: only libs/crypto sees more of it than this line.
struct evp_pkey_st;

namespace otrp {
namespace crypto {

// The last two sign certificates, CRLs, OCSP responses and TLS handshakes, and
// no message.
enum class KeyType { kRsa, kEcP256, kEcP384, kEcP521 };

// "RSA" or "EC", for messages; "EC on P-384", "EC on P-521".
absl::string_view KeyTypeName(KeyType type);

// True for the types that OTrP's messages are signed and encrypted with.
inline bool IsMessageKey(KeyType type) {
  return type == KeyType::kRsa || type == KeyType::kEcP256;
}

// Big-endian without leading zeros.
struct RsaPublicNumbers {
  std::string modulus;
  std::string exponent;
};

// 32 octets each.
struct EcCoordinates {
  std::string x;
  std::string y;
};

class PublicKey {
 public:
  // DER SubjectPublicKeyInfo of a message key.
  static absl::StatusOr<PublicKey> FromSpki(absl::string_view der);
  // The same of any type: what stands in a certificate.
  static absl::StatusOr<PublicKey> FromCertificateSpki(absl::string_view der);
  // DER RSAPublicKey of PKCS#1, which some TEEs send as their AIK.
  static absl::StatusOr<PublicKey> FromRsaPkcs1(absl::string_view der);
  static absl::StatusOr<PublicKey> FromRsaNumbers(
      const RsaPublicNumbers& numbers);
  static absl::StatusOr<PublicKey> FromEcCoordinates(
      const EcCoordinates& point);
  // 0x04 || X || Y.
  static absl::StatusOr<PublicKey> FromEcPoint(absl::string_view octets);
  // For libs/crypto, of any type: takes no ownership, adds a reference.
  static absl::StatusOr<PublicKey> FromEvp(evp_pkey_st* key);

  // DER SubjectPublicKeyInfo; lives as long as any copy of this key.
  const std::string& ToSpki() const;
  KeyType type() const;
  // Of the modulus, or of the curve.
  int bits() const;
  // The type must be the right one.
  RsaPublicNumbers rsa_numbers() const;
  EcCoordinates ec_coordinates() const;

  // For libs/crypto.
  evp_pkey_st* evp() const;

  friend bool operator==(const PublicKey& a, const PublicKey& b) {
    return a.ToSpki() == b.ToSpki();
  }
  friend bool operator!=(const PublicKey& a, const PublicKey& b) {
    return !(a == b);
  }

 private:
  struct Impl;
  static absl::StatusOr<PublicKey> Read(absl::string_view der,
                                        bool message_key);
  explicit PublicKey(std::shared_ptr<const Impl> impl)
      : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

// The private half of a JWK (RFC 7518 6.3.2), big-endian; wiped at the end.
struct RsaPrivateNumbers {
  RsaPublicNumbers pub;
  SecretBytes d, p, q, dp, dq, qi;
};

class PrivateKey {
 public:
  // RSA: 2048, 3072 or 4096 bits with the exponent 65537. `rsa_bits` means
  // nothing for EC; P-384 is for authorities and TLS.
  static absl::StatusOr<PrivateKey> Generate(KeyType type, int rsa_bits = 2048);
  // DER PrivateKeyInfo, unencrypted.
  static absl::StatusOr<PrivateKey> FromPkcs8(absl::string_view der);
  // The same of an authority, which may be on P-384.
  static absl::StatusOr<PrivateKey> FromAuthorityPkcs8(absl::string_view der);
  // One "PRIVATE KEY" block (PKCS#8), or "RSA PRIVATE KEY" or
  // "EC PRIVATE KEY" as OpenSSL's older commands write them.
  static absl::StatusOr<PrivateKey> FromPem(absl::string_view pem);
  // The same of a TLS certificate, which may be on P-384.
  static absl::StatusOr<PrivateKey> FromTlsPem(absl::string_view pem);
  static absl::StatusOr<PrivateKey> FromRsaNumbers(
      const RsaPrivateNumbers& numbers);
  // `scalar` is 32 octets and must belong to the point.
  static absl::StatusOr<PrivateKey> FromEcScalar(absl::string_view scalar,
                                                 const EcCoordinates& point);

  // For libs/crypto: takes ownership of a key that signs elsewhere
  // (pkcs11.h).
  static absl::StatusOr<PrivateKey> FromToken(evp_pkey_st* owned);

  // Whether the key stays where it is: then nobody can write it.
  bool in_token() const;
  // Not of a key in a token.
  SecretBytes ToPkcs8() const;
  // A "PRIVATE KEY" block.
  SecretBytes ToPem() const;
  const PublicKey& public_key() const;
  KeyType type() const;

  // For libs/crypto.
  evp_pkey_st* evp() const;

 private:
  struct Impl;
  explicit PrivateKey(std::shared_ptr<const Impl> impl)
      : impl_(std::move(impl)) {}
  // Whether the halves belong together is looked at where they were read: it
  // costs as much as making a key.
  enum class Origin { kRead, kGenerated };
  enum class Use { kMessages, kCertificates };
  static absl::StatusOr<PrivateKey> Read(absl::string_view der, Use use);
  static absl::StatusOr<PrivateKey> ReadPem(absl::string_view pem, Use use);
  static absl::StatusOr<PrivateKey> Adopt(evp_pkey_st* owned, Origin origin,
                                          Use use = Use::kMessages);
  std::shared_ptr<const Impl> impl_;
};

}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_KEYS_H_

#include "libs/crypto/sign.h"

#include <openssl/bn.h>
#include <openssl/digest.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>

#include "libs/crypto/hash.h"
#include "libs/crypto/internal.h"

namespace otrp {
namespace crypto {
namespace {

using internal::ErrorScope;
using internal::Octets;
using internal::ToView;

constexpr size_t kP256Octets = 32;

absl::Status CannotSign(bool in_token) {
  return internal::NotSigned(in_token, "the private key could not sign");
}

absl::Status WrongSignature() {
  return absl::InvalidArgumentError("the signature is wrong");
}

absl::Status CheckDigest(absl::string_view digest) {
  if (digest.size() == kSha256Size) return absl::OkStatus();
  return absl::InvalidArgumentError("a SHA-256 digest has 32 octets");
}

absl::StatusOr<std::string> SignRsa(const RSA* rsa, absl::string_view digest) {
  std::string signature(RSA_size(rsa), '\0');
  unsigned size = 0;
  if (!RSA_sign(NID_sha256, Octets(digest), digest.size(), Octets(&signature),
                &size, const_cast<RSA*>(rsa))) {
    return CannotSign(RSA_is_opaque(rsa));
  }
  signature.resize(size);
  return signature;
}

bssl::UniquePtr<ECDSA_SIG> SignedParts(const EC_KEY* ec,
                                       absl::string_view digest) {
  if (EC_KEY_is_opaque(ec) == 0) {
    return bssl::UniquePtr<ECDSA_SIG>(
        ECDSA_do_sign(Octets(digest), digest.size(), ec));
  }
  // A key in a token gives DER only.
  std::string der(ECDSA_size(ec), '\0');
  unsigned size = 0;
  if (!ECDSA_sign(0, Octets(digest), digest.size(), Octets(&der), &size, ec)) {
    return nullptr;
  }
  return bssl::UniquePtr<ECDSA_SIG>(ECDSA_SIG_from_bytes(Octets(der), size));
}

absl::StatusOr<std::string> SignEc(const EC_KEY* ec, absl::string_view digest,
                                   EcFormat format) {
  bssl::UniquePtr<ECDSA_SIG> parts = SignedParts(ec, digest);
  if (!parts) return CannotSign(EC_KEY_is_opaque(ec));
  if (format == EcFormat::kP1363) {
    std::string signature(2 * kP256Octets, '\0');
    if (!BN_bn2bin_padded(Octets(&signature), kP256Octets,
                          ECDSA_SIG_get0_r(parts.get())) ||
        !BN_bn2bin_padded(Octets(&signature) + kP256Octets, kP256Octets,
                          ECDSA_SIG_get0_s(parts.get()))) {
      return CannotSign(false);
    }
    return signature;
  }
  uint8_t* der = nullptr;
  size_t size = 0;
  if (!ECDSA_SIG_to_bytes(&der, &size, parts.get())) return CannotSign(false);
  bssl::UniquePtr<uint8_t> owned(der);
  return std::string(ToView(der, size));
}

struct StrongRow {
  absl::string_view oid;
  bool rsa;
  const EVP_MD* (*md)();
};

constexpr StrongRow kStrong[] = {
    {"1.2.840.113549.1.1.11", true, EVP_sha256},
    {"1.2.840.113549.1.1.12", true, EVP_sha384},
    {"1.2.840.113549.1.1.13", true, EVP_sha512},
    {"1.2.840.10045.4.3.2", false, EVP_sha256},
    {"1.2.840.10045.4.3.3", false, EVP_sha384},
    {"1.2.840.10045.4.3.4", false, EVP_sha512},
};

const StrongRow* StrongRowOf(absl::string_view oid) {
  for (const StrongRow& row : kStrong) {
    if (row.oid == oid) return &row;
  }
  return nullptr;
}

// Null when the octets aren't a signature in that form.
bssl::UniquePtr<ECDSA_SIG> ParseEc(absl::string_view signature,
                                   EcFormat format) {
  if (format == EcFormat::kDer) {
    // Refuses BER, negative numbers and trailing octets.
    return bssl::UniquePtr<ECDSA_SIG>(
        ECDSA_SIG_from_bytes(Octets(signature), signature.size()));
  }
  if (signature.size() != 2 * kP256Octets) return nullptr;
  bssl::UniquePtr<ECDSA_SIG> parts(ECDSA_SIG_new());
  bssl::UniquePtr<BIGNUM> r(BN_bin2bn(Octets(signature), kP256Octets, nullptr));
  bssl::UniquePtr<BIGNUM> s(
      BN_bin2bn(Octets(signature) + kP256Octets, kP256Octets, nullptr));
  if (!parts || !r || !s || !ECDSA_SIG_set0(parts.get(), r.get(), s.get())) {
    return nullptr;
  }
  r.release();
  s.release();
  return parts;
}

}  // namespace

absl::StatusOr<std::string> SignSha256Digest(const PrivateKey& key,
                                             absl::string_view digest,
                                             EcFormat format) {
  ErrorScope errors;
  const absl::Status status = CheckDigest(digest);
  if (!status.ok()) return status;
  if (key.type() == KeyType::kRsa) {
    return SignRsa(EVP_PKEY_get0_RSA(key.evp()), digest);
  }
  return SignEc(EVP_PKEY_get0_EC_KEY(key.evp()), digest, format);
}

absl::Status VerifySha256Digest(const PublicKey& key, absl::string_view digest,
                                absl::string_view signature, EcFormat format) {
  ErrorScope errors;
  const absl::Status status = CheckDigest(digest);
  if (!status.ok()) return status;
  if (key.type() == KeyType::kRsa) {
    // Compares with the one right padding; the length must be the modulus'.
    if (!RSA_verify(NID_sha256, Octets(digest), digest.size(),
                    Octets(signature), signature.size(),
                    EVP_PKEY_get0_RSA(key.evp()))) {
      return WrongSignature();
    }
    return absl::OkStatus();
  }
  if (key.type() != KeyType::kEcP256) return WrongSignature();
  bssl::UniquePtr<ECDSA_SIG> parts = ParseEc(signature, format);
  // Checks that r and s are within [1, n-1].
  if (!parts || ECDSA_do_verify(Octets(digest), digest.size(), parts.get(),
                                EVP_PKEY_get0_EC_KEY(key.evp())) != 1) {
    return WrongSignature();
  }
  return absl::OkStatus();
}

absl::Status VerifyRsaPssSha256Digest(const PublicKey& key,
                                      absl::string_view digest,
                                      absl::string_view signature) {
  ErrorScope errors;
  const absl::Status status = CheckDigest(digest);
  if (!status.ok()) return status;
  if (key.type() != KeyType::kRsa) return WrongSignature();
  if (!RSA_verify_pss_mgf1(EVP_PKEY_get0_RSA(key.evp()), Octets(digest),
                           digest.size(), EVP_sha256(), EVP_sha256(),
                           static_cast<int>(kSha256Size), Octets(signature),
                           signature.size())) {
    return WrongSignature();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> SignSha256(const PrivateKey& key,
                                       absl::string_view message,
                                       EcFormat format) {
  return SignSha256Digest(key, Sha256(message), format);
}

absl::Status VerifySha256(const PublicKey& key, absl::string_view message,
                          absl::string_view signature, EcFormat format) {
  return VerifySha256Digest(key, Sha256(message), signature, format);
}

absl::StatusOr<std::string> SignForCertificates(const PrivateKey& key,
                                                absl::string_view message) {
  if (key.type() != KeyType::kEcP384) {
    return SignSha256(key, message, EcFormat::kDer);
  }
  ErrorScope errors;
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (!EVP_Digest(message.data(), message.size(), digest, &size, EVP_sha384(),
                  nullptr)) {
    return CannotSign(false);
  }
  return SignEc(EVP_PKEY_get0_EC_KEY(key.evp()), ToView(digest, size),
                EcFormat::kDer);
}

absl::string_view CertificateSignatureOid(const PublicKey& key) {
  switch (key.type()) {
    case KeyType::kRsa: return "1.2.840.113549.1.1.11";
    case KeyType::kEcP384: return "1.2.840.10045.4.3.3";
    default: return "1.2.840.10045.4.3.2";
  }
}

bool IsStrongSignature(absl::string_view oid) {
  return StrongRowOf(oid) != nullptr;
}

absl::Status VerifyStrongSignature(const PublicKey& key, absl::string_view oid,
                                   absl::string_view message,
                                   absl::string_view signature) {
  ErrorScope errors;
  const StrongRow* row = StrongRowOf(oid);
  bssl::ScopedEVP_MD_CTX ctx;
  if (row == nullptr || row->rsa != (key.type() == KeyType::kRsa) ||
      !EVP_DigestVerifyInit(ctx.get(), nullptr, row->md(), nullptr,
                            key.evp()) ||
      !EVP_DigestVerify(ctx.get(), Octets(signature), signature.size(),
                        Octets(message), message.size())) {
    return WrongSignature();
  }
  return absl::OkStatus();
}

}  // namespace crypto
}  // namespace otrp

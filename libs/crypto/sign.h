// Signatures with SHA-256: RSASSA-PKCS1-v1_5, and ECDSA on P-256. Those of
// certificates, CRLs and OCSP responses are checked with SHA-384 and SHA-512
// too, and on P-384 and P-521.
//
// The key's type alone decides which of the two it is; whether an "alg" of a
// message agrees with the key is for libs/jose and libs/pki to check.
//
// Thread-safety: functions without state.
// Errors: Verify* answers INVALID_ARGUMENT "the signature is wrong" for every
// signature that doesn't verify, without saying why. Sign* fails only when the
// key can't sign at all (INTERNAL).
// Source: RFC 8017 8.2, FIPS 186-4; the P1363 form RFC 7518 3.4.

#ifndef OTRP_LIBS_CRYPTO_SIGN_H_
#define OTRP_LIBS_CRYPTO_SIGN_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/crypto/keys.h"

namespace otrp {
namespace crypto {

// How an EC signature is written: a DER SEQUENCE (X.509, OCSP), or r || s as
// 64 octets (JOSE). Means nothing for RSA.
enum class EcFormat { kDer, kP1363 };

absl::StatusOr<std::string> SignSha256(const PrivateKey& key,
                                       absl::string_view message,
                                       EcFormat format);
absl::Status VerifySha256(const PublicKey& key, absl::string_view message,
                          absl::string_view signature, EcFormat format);

// The same over a digest of 32 octets that Sha256Hasher made of the message,
// for messages that nobody wants in one piece.
absl::StatusOr<std::string> SignSha256Digest(const PrivateKey& key,
                                             absl::string_view digest,
                                             EcFormat format);
absl::Status VerifySha256Digest(const PublicKey& key, absl::string_view digest,
                                absl::string_view signature, EcFormat format);

// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 octets (RFC 8017
// section 8.1), the one form that OP-TEE's images have. INVALID_ARGUMENT for a
// key that isn't RSA.
absl::Status VerifyRsaPssSha256Digest(const PublicKey& key,
                                      absl::string_view digest,
                                      absl::string_view signature);

// What an authority signs: with SHA-256, or SHA-384 by a key on P-384. EC
// signatures in DER.
absl::StatusOr<std::string> SignForCertificates(const PrivateKey& key,
                                                absl::string_view message);
// Dotted OID of the algorithm that it takes.
absl::string_view CertificateSignatureOid(const PublicKey& key);

// True for the algorithms (dotted OIDs) that a certificate, CRL or OCSP
// response may be signed with: RSASSA-PKCS1-v1_5 and ECDSA with SHA-256, 384 or
// 512.
bool IsStrongSignature(absl::string_view oid);
// A signature of one of these algorithms by any PublicKey, EC ones in DER. The
// algorithm must be one of the key's type.
absl::Status VerifyStrongSignature(const PublicKey& key, absl::string_view oid,
                                   absl::string_view message,
                                   absl::string_view signature);

}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_SIGN_H_

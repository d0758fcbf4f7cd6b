// Bringing a content key to the holder of a private key: RSAES-PKCS1-v1_5
// (JOSE's RSA1_5), and ECDH on P-256 with the concatenation KDF.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT for a key of the wrong type or a length that can't
// be. What an attacker chooses (the ciphertext) never makes an error: see
// RsaPkcs1Unwrap.
// Source: RFC 8017 7.2, RFC 7516 11.5, RFC 7518 4.6.2, SP 800-56A 5.8.1.

#ifndef OTRP_LIBS_CRYPTO_KEM_H_
#define OTRP_LIBS_CRYPTO_KEM_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/random.h"
#include "libs/base/secret.h"
#include "libs/crypto/keys.h"

namespace otrp {
namespace crypto {

// `message` is at most the modulus less 11 octets. `random` makes the padding.
absl::StatusOr<std::string> RsaPkcs1Encrypt(const PublicKey& key,
                                            absl::string_view message,
                                            Random& random);

// Always gives `expected_size` octets. Whatever is wrong with the ciphertext
// (its length, its range, the padding, the length of what it holds), they are
// random ones, and the time doesn't tell; so that the caller goes on with them
// and fails at the tag, as for any other forged message. This is what keeps
// Bleichenbacher's oracle closed. Fails only for a key that isn't RSA, or an
// `expected_size` that doesn't fit the key.
absl::StatusOr<SecretBytes> RsaPkcs1Unwrap(const PrivateKey& key,
                                           absl::string_view ciphertext,
                                           size_t expected_size,
                                           Random& random);

// The X coordinate of the shared point, 32 octets. Both keys EC; a PublicKey
// is on the curve and not at infinity, so that nothing is left to check.
absl::StatusOr<SecretBytes> Ecdh(const PrivateKey& key, const PublicKey& peer);

// `size` octets out of the shared secret `z`, with SHA-256 and with
// SuppPubInfo = size in bits, SuppPrivInfo empty (RFC 7518 4.6.2).
// `algorithm_id` is the JWE "alg"; apu and apv are decoded, or empty.
SecretBytes ConcatKdf(absl::string_view z, absl::string_view algorithm_id,
                      absl::string_view apu, absl::string_view apv,
                      size_t size);

}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_KEM_H_

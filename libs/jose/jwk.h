// JSON Web Keys: RSA and EC P-256.
//
// A JWK from outside is only a way to write a key; it says nothing about whose
// it is. Its "use", "key_ops" and "alg" are honoured: a key marked for one
// purpose is refused for another. "x5c", "x5u" and "kid" are ignored, symmetric
// keys (kty "oct") and other curves are refused.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT, naming the member.
// Source: RFC 7517, RFC 7518 6.

#ifndef OTRP_LIBS_JOSE_JWK_H_
#define OTRP_LIBS_JOSE_JWK_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/crypto/keys.h"
#include "libs/json/json.h"

namespace otrp {
namespace jose {

// What the key shall be used for.
struct JwkPurpose {
  // kVerify and kEncrypt are for public keys, the others for private ones.
  enum class Use { kAny, kVerify, kSign, kEncrypt, kDecrypt };
  Use use = Use::kAny;
  // The JWA name ("RS256") that an "alg" in the JWK must be equal to; empty
  // where it doesn't matter.
  absl::string_view alg;
};

// The required members only: kty, n, e or kty, crv, x, y.
json::Value ToJwk(const crypto::PublicKey& key);

// Private members in it are refused: whoever sends one has lost it.
absl::StatusOr<crypto::PublicKey> FromJwk(const json::Value& jwk,
                                          const JwkPurpose& purpose = {});

// RSA with all of d, p, q, dp, dq, qi (no "oth"), EC with d.
absl::StatusOr<crypto::PrivateKey> PrivateKeyFromJwk(
    const json::Value& jwk, const JwkPurpose& purpose = {});

}  // namespace jose
}  // namespace otrp

#endif  // OTRP_LIBS_JOSE_JWK_H_

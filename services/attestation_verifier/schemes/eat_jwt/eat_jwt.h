// EATs as JWTs (RFC 9711, RFC 7519): claims in a JWS in compact form.
//
// Thread-safety: values and functions without state.
// Errors: INVALID_ARGUMENT saying what of it is wrong.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_EAT_JWT_EAT_JWT_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_EAT_JWT_EAT_JWT_H_

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/crypto/keys.h"
#include "libs/jose/jws.h"
#include "libs/json/json.h"
#include "services/attestation_verifier/schemes/token.h"

namespace otrp {
namespace verifier {
namespace schemes {

struct EatJwt {
  static constexpr char kName[] = "eat-jwt";

  struct Unverified {
    TokenSigner signer;
    jose::UnverifiedJws message;
    json::Value claims;
  };
  class Verified {
   public:
    const json::Value& claims() const { return claims_; }

   private:
    friend struct EatJwt;
    explicit Verified(json::Value claims) : claims_(std::move(claims)) {}
    json::Value claims_;
  };

  static absl::StatusOr<Unverified> Parse(absl::string_view octets);
  static absl::StatusOr<Verified> Verify(Unverified token,
                                         const crypto::PublicKey& key);
  static absl::StatusOr<TokenClaims> Claims(const Verified& token);
};

}  // namespace schemes
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_EAT_JWT_EAT_JWT_H_

#include "services/attestation_verifier/schemes/eat_jwt/eat_jwt.h"

#include <string>

#include "libs/base/status_macros.h"
#include "libs/jose/compact.h"
#include "services/attestation_verifier/schemes/eat_claims.h"

namespace otrp {
namespace verifier {
namespace schemes {

absl::StatusOr<EatJwt::Unverified> EatJwt::Parse(absl::string_view octets) {
  OTRP_ASSIGN_OR_RETURN(jose::UnverifiedJws message,
                        jose::ParseCompact(octets));
  OTRP_ASSIGN_OR_RETURN(json::Value claims,
                        json::Parse(message.payload(), json::kStrangers));
  if (!claims.is_object()) {
    return absl::InvalidArgumentError("the claims are no object");
  }
  TokenSigner signer = {"", "kid", message.x5c()};
  if (const json::Value* kid = message.protected_header().Find("kid")) {
    if (!kid->is_string()) {
      return absl::InvalidArgumentError("kid: must be a text");
    }
    signer.key_id = std::string(kid->as_string());
  }
  if (signer.key_id.empty()) {
    OTRP_ASSIGN_OR_RETURN(signer.key_id, UeidOf(claims));
    signer.claim = "ueid";
  }
  return Unverified{std::move(signer), std::move(message), std::move(claims)};
}

absl::StatusOr<EatJwt::Verified> EatJwt::Verify(Unverified token,
                                                const crypto::PublicKey& key) {
  // Of a JWS the key's type says which algorithm it is; none is P-384's.
  if (!crypto::IsMessageKey(key.type())) {
    return absl::InvalidArgumentError(
        "the key signs no JWS: RSA and P-256 do (RS256, ES256)");
  }
  OTRP_RETURN_IF_ERROR(jose::CheckSignature(token.message, key));
  return Verified(std::move(token.claims));
}

absl::StatusOr<TokenClaims> EatJwt::Claims(const Verified& token) {
  return EatClaims(token.claims());
}

}  // namespace schemes
}  // namespace verifier
}  // namespace otrp

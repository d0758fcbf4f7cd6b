#include "services/attestation_verifier/schemes/eat_cwt/eat_cwt.h"

#include "absl/strings/match.h"
#include "libs/base/status_macros.h"
#include "services/attestation_verifier/schemes/eat_claims.h"

namespace otrp {
namespace verifier {
namespace schemes {
namespace {

// Tag 61 in front of the message's own, which it must have then (RFC 8392
// section 6).
constexpr absl::string_view kCwtTag = "\xd8\x3d";
constexpr absl::string_view kSign1Head = "\xd2";

}  // namespace

absl::StatusOr<EatCwt::Unverified> EatCwt::Parse(absl::string_view octets) {
  if (absl::StartsWith(octets, kCwtTag)) {
    octets.remove_prefix(kCwtTag.size());
    if (!absl::StartsWith(octets, kSign1Head)) {
      return absl::InvalidArgumentError(
          "the CWT isn't signed: there is no COSE_Sign1 in it");
    }
  }
  OTRP_ASSIGN_OR_RETURN(cose::UnverifiedSign1 message,
                        cose::UnverifiedSign1::Parse(octets));
  OTRP_ASSIGN_OR_RETURN(cbor::Value claims, cbor::Parse(message.payload()));
  if (!claims.is_map()) {
    return absl::InvalidArgumentError("the claims are no map");
  }
  TokenSigner signer = {message.kid(), "kid", message.x5chain()};
  if (signer.key_id.empty()) {
    OTRP_ASSIGN_OR_RETURN(signer.key_id, UeidOf(claims));
    signer.claim = "ueid";
  }
  const cbor::Value* profile = claims.Find(eat::kProfile);
  return Unverified{
      std::move(signer),
      profile != nullptr && profile->is_text() ? profile->octets() : "",
      std::move(message), std::move(claims)};
}

absl::StatusOr<EatCwt::Verified> EatCwt::Verify(Unverified token,
                                                const crypto::PublicKey& key) {
  OTRP_RETURN_IF_ERROR(
      cose::VerifiedSign1::Verify(std::move(token.message), key).status());
  return Verified(std::move(token.claims));
}

absl::StatusOr<TokenClaims> EatCwt::Claims(const Verified& token) {
  return EatClaims(token.claims());
}

}  // namespace schemes
}  // namespace verifier
}  // namespace otrp

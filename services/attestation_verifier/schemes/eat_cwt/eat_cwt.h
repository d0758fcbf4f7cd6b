// EATs as CWTs (RFC 9711, RFC 8392): claims in a COSE_Sign1.
//
// Thread-safety: values and functions without state.
// Errors: INVALID_ARGUMENT saying what of it is wrong.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_EAT_CWT_EAT_CWT_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_EAT_CWT_EAT_CWT_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/cbor/cbor.h"
#include "libs/cose/sign1.h"
#include "libs/crypto/keys.h"
#include "services/attestation_verifier/schemes/token.h"

namespace otrp {
namespace verifier {
namespace schemes {

struct EatCwt {
  static constexpr char kName[] = "eat-cwt";

  struct Unverified {
    TokenSigner signer;
    // eat_profile as it stands there; empty where there is none that is text.
    std::string profile;
    cose::UnverifiedSign1 message;
    cbor::Value claims;
  };
  class Verified {
   public:
    const cbor::Value& claims() const { return claims_; }

   private:
    friend struct EatCwt;
    explicit Verified(cbor::Value claims) : claims_(std::move(claims)) {}
    cbor::Value claims_;
  };

  // With or without the tags of CWT (61) and of COSE_Sign1 (18).
  static absl::StatusOr<Unverified> Parse(absl::string_view octets);
  static absl::StatusOr<Verified> Verify(Unverified token,
                                         const crypto::PublicKey& key);
  static absl::StatusOr<TokenClaims> Claims(const Verified& token);
};

}  // namespace schemes
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_EAT_CWT_EAT_CWT_H_

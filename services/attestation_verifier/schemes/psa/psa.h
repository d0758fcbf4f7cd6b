// PSA attestation tokens (RFC 9783): what Arm devices' root of trust signs.
//
// Three profiles, which number their claims differently: that of the RFC, its
// draft's "http://arm.com/psa/2.0.0", and PSA_IOT_PROFILE_1, as fielded
// devices have it.
//
// A device's TEE is called "psa:" and its implementation id in hex; its version
// is that of its software as a whole, SoftwareVersion(): a PSA device has no
// single version, and one reference value is about one set of measurements.
//
// Thread-safety: values and functions without state.
// Errors: INVALID_ARGUMENT that begins with the claim's name.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_PSA_PSA_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_PSA_PSA_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/cbor/cbor.h"
#include "libs/crypto/keys.h"
#include "services/attestation_verifier/schemes/eat_cwt/eat_cwt.h"
#include "services/attestation_verifier/schemes/token.h"

namespace otrp {
namespace verifier {
namespace schemes {

struct Psa {
  static constexpr char kName[] = "psa";

  // Which numbers the claims have.
  struct Profile;

  struct Unverified {
    TokenSigner signer;
    const Profile* profile;
    EatCwt::Unverified token;
  };
  class Verified {
   public:
    const cbor::Value& claims() const { return token_.claims(); }

   private:
    friend struct Psa;
    Verified(const Profile* profile, EatCwt::Verified token)
        : profile_(profile), token_(std::move(token)) {}
    const Profile* profile_;
    EatCwt::Verified token_;
  };

  static absl::StatusOr<Unverified> Parse(absl::string_view octets);
  static absl::StatusOr<Verified> Verify(Unverified token,
                                         const crypto::PublicKey& key);
  static absl::StatusOr<TokenClaims> Claims(const Verified& token);

  // Whether an eat_profile is one of PSA's.
  static bool IsProfile(absl::string_view eat_profile);
  // As Claims(), of claims as they stand in a payload.
  static absl::StatusOr<TokenClaims> ReadClaims(const cbor::Value& claims);
};

// "psa:" and 64 hexadecimal digits; the id has 32 octets.
std::string PsaTeeName(absl::string_view implementation_id);

// What a component of software is known by.
struct PsaComponent {
  // 32, 48 or 64 octets each.
  std::string measurement;
  std::string signer_id;
};
// "sw:sha-256:" and the digest of all components, whatever their order;
// "sw:none" for no component.
std::string SoftwareVersion(std::vector<PsaComponent> components);

}  // namespace schemes
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_PSA_PSA_H_

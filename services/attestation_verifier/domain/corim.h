// What a CoRIM (draft-ietf-rats-corim) says of devices, as far as this verifier
// understands it: reference values and devices' keys.
//
// Nothing is passed over: an item that isn't known here, or that no claim of a
// device can be held against, refuses the whole file and says where it stands.
// Understood are, in CoMIDs:
//
// * reference triples about a class with a PSA implementation id, whose
//   measurements are PSA software components (profile
//   tag:arm.com,2025:psa#1.0.0 or none): one value of all of them, as a
//   device's token is;
// * reference triples about a class by its model, with a version and nothing
//   else: an EAT's swname and swversion;
// * attest key triples about one instance (UEID) with one key.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT for what is no CoRIM; UNIMPLEMENTED for what isn't
// understood. Both begin with the place, e.g. "tags[0].triples.8".

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_CORIM_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_CORIM_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/cose/sign1.h"
#include "libs/crypto/keys.h"

namespace otrp {
namespace verifier {

struct CorimValue {
  std::string tee_name;
  std::string tee_version;
};

struct CorimKey {
  // A UEID.
  std::string key_id;
  // SubjectPublicKeyInfo, DER.
  std::string spki;
};

struct CorimContent {
  // In the order of the file.
  std::vector<CorimValue> values;
  std::vector<CorimKey> keys;
};

// Tag 501; of a signed one the payload that was verified. Its validity has to
// include `now`.
absl::StatusOr<CorimContent> ReadCorim(absl::string_view octets,
                                       absl::Time now);

// Tag 18 around it, or not.
bool IsSignedCorim(absl::string_view octets);

class UnverifiedCorim {
 public:
  static absl::StatusOr<UnverifiedCorim> Parse(absl::string_view octets);

  // DER, leaf first; perhaps empty.
  const std::vector<std::string>& chain() const { return message_.x5chain(); }

  // The payload, where the key has signed it and the signature's own validity
  // includes `now`.
  absl::StatusOr<std::string> Verify(const crypto::PublicKey& key,
                                     absl::Time now) &&;

 private:
  explicit UnverifiedCorim(cose::UnverifiedSign1 message)
      : message_(std::move(message)) {}
  cose::UnverifiedSign1 message_;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_CORIM_H_

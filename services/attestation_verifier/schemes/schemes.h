// Evidence of any kind, by the one way that all take: a scheme reads it and
// says who signed and what that is worth; the policy's rules and the reference
// values decide.
//
//   OTRP_ASSIGN_OR_RETURN(const attest::Appraisal appraisal,
//                         schemes::Appraise(kept.evidence, ground));
//
// Which scheme it is says the media type; a CWT's profile narrows it down.
// Whether the signer's word counts for that scheme says the evidence anchor.
//
// Of a token one signature is checked with a public key, beside those of a
// chain that isn't remembered; no private key is used. A token that names no
// key that is registered costs none.
//
// Thread-safety: functions without state, but for the cache inside Trust.
// Errors: INVALID_ARGUMENT, naming the field of a request, for a media type
// that no scheme takes and for a challenge that none could have; what find_key
// answers. Evidence that isn't believed is a result. Source: RFC 9334, RFC
// 9711, RFC 9782, RFC 9783.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_SCHEMES_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_SCHEMES_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/attest/appraise.h"
#include "libs/attest/policy_set.h"
#include "libs/attest/reference_values.h"
#include "libs/attest/trust.h"
#include "services/attestation_verifier/domain/evidence.h"

namespace otrp {
namespace verifier {
namespace schemes {

// What evidence is judged by.
struct Ground {
  const attest::Trust& trust;
  const attest::PolicySet& policies;
  const attest::ReferenceTable& references;
  const EvidenceAnchorList& anchors;
  // The key of that id; unset where none is registered.
  std::function<absl::StatusOr<absl::optional<EvidenceKey>>(
      const std::string& key_id)>
      find_key;
  // Certificates have to be valid at this time.
  absl::Time now;
  // And the evidence at that, when it came.
  absl::Time received_at;
};

struct SchemeAppraisal {
  // Of kSchemes.
  std::string scheme;
  attest::Appraisal appraisal;
};

absl::StatusOr<SchemeAppraisal> Appraise(const EvidenceOctets& evidence,
                                         const Ground& ground);

// The same of an OTrP message that the caller has in pieces.
SchemeAppraisal AppraiseOtrpDsi(const attest::Evidence& evidence,
                                const Ground& ground);

}  // namespace schemes
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_SCHEMES_H_

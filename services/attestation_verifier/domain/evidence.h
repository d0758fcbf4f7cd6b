// Evidence as octets, and whose signatures count for it.
//
// Thread-safety: values and functions without state.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_EVIDENCE_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_EVIDENCE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace otrp {
namespace verifier {

inline constexpr char kOtrpDsi[] = "otrp-dsi";
inline constexpr char kPsa[] = "psa";
inline constexpr char kEatCwt[] = "eat-cwt";
inline constexpr char kEatJwt[] = "eat-jwt";
inline constexpr absl::string_view kSchemes[] = {kOtrpDsi, kPsa, kEatCwt,
                                                 kEatJwt};

// What an appraisal is given, as received.
struct EvidenceOctets {
  std::string media_type;
  std::string octets;
  // What it has to answer: a token's nonce; of an OTrP message its tid.
  std::string challenge;
};

// A maker, and the schemes that its signatures count for.
struct EvidenceAnchor {
  std::string name;
  std::vector<std::string> schemes;
  absl::Time changed_at = absl::UnixEpoch();
  std::string changed_by = {};
};

struct EvidenceAnchorList {
  // Grows with every change; equal versions mean equal lists.
  int64_t version = 0;
  // By name.
  std::vector<EvidenceAnchor> anchors;
};

// Null where there is none of that name.
const EvidenceAnchor* FindAnchor(const EvidenceAnchorList& list,
                                 absl::string_view name);
// Of a maker that isn't listed they count for otrp-dsi alone.
bool MaySign(const EvidenceAnchorList& list, absl::string_view anchor,
             absl::string_view scheme);

// The key that one device signs its tokens with.
struct EvidenceKey {
  std::string key_id;
  // Name of the maker.
  std::string anchor;
  std::string spki;
  // SHA-256 of `spki`.
  std::string did;
  absl::Time added_at = absl::UnixEpoch();
  std::string added_by = {};
};

// Of one appraisal.
struct KeptEvidence {
  int64_t appraisal_id = 0;
  absl::Time at;
  std::string did;
  // What was decided then.
  bool accepted = false;
  EvidenceOctets evidence;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_EVIDENCE_H_

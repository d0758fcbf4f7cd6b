// Reference values as they are kept, and what may become of one.
//
// Thread-safety: values and functions without state.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_REFERENCES_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_REFERENCES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/attest/reference_values.h"

namespace otrp {
namespace verifier {

enum class ReferenceState { kSubmitted, kActive, kInactive };

// The state's word in the database.
absl::string_view WordOf(ReferenceState state);
// DATA_LOSS for another word.
absl::StatusOr<ReferenceState> ReferenceStateOf(absl::string_view word);

// What devices have in common.
struct TeeOfDevices {
  // Name of the trust anchor that the chain ends at.
  std::string anchor;
  std::string tee_name;
  std::string tee_version;
};

struct StoredReference {
  std::string name;
  ReferenceState state = ReferenceState::kSubmitted;
  TeeOfDevices tee;
  absl::Time changed_at;
  std::string changed_by;
  // Why it was withdrawn.
  std::string reason;
};

struct ReferenceList {
  // Grows with every change; equal versions mean equal lists.
  int64_t version = 0;
  // Active and inactive ones, by name.
  std::vector<StoredReference> values;
};

// A device that is no longer accepted.
struct StoredWithdrawal {
  int64_t id = 0;
  std::string did;
  absl::Time at;
  std::string code;
  std::string detail;
};

// For appraisals.
attest::ReferenceTable TableOf(const ReferenceList& list);

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_REFERENCES_H_

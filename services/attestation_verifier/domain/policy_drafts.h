// A policy's text on its way into force, and what it may become.
//
// Thread-safety: values and functions without state.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_POLICY_DRAFTS_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_POLICY_DRAFTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/attest/policy_set.h"

namespace otrp {
namespace verifier {

enum class DraftState { kDraft, kTested, kActivated, kDiscarded };

// The state's word in the database and in lists.
absl::string_view WordOf(DraftState state);
// DATA_LOSS for another word.
absl::StatusOr<DraftState> DraftStateOf(absl::string_view word);

struct PolicyDraft {
  int64_t id = 0;
  attest::PolicyScope scope;
  attest::Policy policy;
  DraftState state = DraftState::kDraft;
  std::string note;
  // That it became; 0 before.
  int64_t version = 0;
  std::string created_by;
  absl::Time created_at;
};

// What happens to a draft: who, when, and what came of it.
struct DraftStep {
  DraftState state = DraftState::kDraft;
  std::string by;
  absl::Time at;
  std::string detail = {};
};

// FAILED_PRECONDITION where a draft in state `from` can't become `to`.
absl::Status CheckStep(DraftState from, DraftState to);

// Whether two identities, each with its agent, may be one person: the same, or
// an account's own certificate and one of its people.
bool IsSamePerson(absl::string_view a, absl::string_view b);

// A policy in force that isn't the base.
struct SetScopedPolicy {
  attest::ScopedPolicy policy;
  std::string set_by;
  absl::Time set_at;
};

struct ScopedPolicyList {
  // Grows with every change; equal versions mean equal lists.
  int64_t version = 0;
  // By scope.
  std::vector<SetScopedPolicy> policies;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_POLICY_DRAFTS_H_

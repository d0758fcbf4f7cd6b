// Policies that aren't the base, and drafts of all, in the verifier's schema.
//
// Thread-safety: thread-safe.
// Errors: NOT_FOUND, ABORTED, FAILED_PRECONDITION, PERMISSION_DENIED and
// RESOURCE_EXHAUSTED of ../errors.h; as libs/store/pool.h. After UNKNOWN, a
// change may have been made.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_POLICY_STORE_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_POLICY_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"
#include "services/attestation_verifier/domain/policy_drafts.h"

namespace otrp {
namespace verifier {

class PolicyStore {
 public:
  // `pool` must outlive the store.
  explicit PolicyStore(store::Pool& pool) : pool_(pool) {}

  absl::StatusOr<int64_t> Version();
  // Those in force, without the base.
  absl::StatusOr<ScopedPolicyList> Load();

  // The draft's id, which `draft` needn't have.
  absl::StatusOr<int64_t> AddDraft(const PolicyDraft& draft,
                                   const store::AuditEvent& audit);
  // NOT_FOUND.
  absl::StatusOr<PolicyDraft> GetDraft(int64_t id);
  // The first 100 steps, the newest last.
  absl::StatusOr<std::vector<DraftStep>> History(int64_t id);
  // The newest first; `before` 0: from the newest.
  absl::StatusOr<std::vector<PolicyDraft>> ListDrafts(int64_t before,
                                                      int limit);
  // To kTested or kDiscarded; as it is then. FAILED_PRECONDITION by
  // CheckStep().
  absl::StatusOr<PolicyDraft> Take(int64_t id, const DraftStep& step,
                                   const store::AuditEvent& audit);
  // Puts it into force. `expected` 0 takes any current version of its scope.
  // `two_people`: PERMISSION_DENIED for whoever made it.
  absl::StatusOr<PolicyDraft> Activate(int64_t id, int64_t expected,
                                       bool two_people, const DraftStep& step,
                                       const store::AuditEvent& audit);
  // What `version` of the scope said, as a new version, whose number is the
  // result; 0: takes the scope's policy away.
  absl::StatusOr<int64_t> RollBack(const attest::PolicyScope& scope,
                                   int64_t version, int64_t expected,
                                   absl::Time now,
                                   const store::AuditEvent& audit);

 private:
  store::Pool& pool_;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_POLICY_STORE_H_

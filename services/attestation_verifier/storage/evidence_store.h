// Whose tokens are believed, and evidence that was kept, in the verifier's
// schema.
//
// Thread-safety: thread-safe.
// Errors: NOT_FOUND, FAILED_PRECONDITION, RESOURCE_EXHAUSTED of ../errors.h;
// as libs/store/pool.h. After UNKNOWN, a change may have been made.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_EVIDENCE_STORE_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_EVIDENCE_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/attest/reason.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"
#include "services/attestation_verifier/domain/evidence.h"

namespace otrp {
namespace verifier {

// As EvidenceStore::AddKeys(), in a transaction of the caller's; with
// `dry_run`, whether it could.
absl::Status AddKeysIn(store::Tx& tx, const std::vector<EvidenceKey>& keys,
                       bool dry_run);

class EvidenceStore {
 public:
  // `pool` must outlive the store.
  explicit EvidenceStore(store::Pool& pool) : pool_(pool) {}

  absl::StatusOr<int64_t> AnchorsVersion();
  absl::StatusOr<EvidenceAnchorList> LoadAnchors();
  // Replaces the one of that name.
  absl::Status PutAnchor(const EvidenceAnchor& anchor,
                         const store::AuditEvent& audit);
  // FAILED_PRECONDITION while it has keys.
  absl::Status DeleteAnchor(const std::string& name,
                            const store::AuditEvent& audit);

  // Unset where none has the id.
  absl::StatusOr<absl::optional<EvidenceKey>> FindKey(
      const std::string& key_id);
  // All or none. Nothing changes for one that is there as it is.
  // FAILED_PRECONDITION where the id is that of another key, or the anchor
  // isn't there.
  absl::Status AddKeys(const std::vector<EvidenceKey>& keys,
                       const store::AuditEvent& audit);
  absl::Status RemoveKey(const std::string& key_id,
                         const store::AuditEvent& audit);
  // Of one anchor by key id, those behind `after`.
  absl::StatusOr<std::vector<EvidenceKey>> ListKeys(const std::string& after,
                                                    int limit,
                                                    const std::string& anchor);

  // NOT_FOUND.
  absl::StatusOr<KeptEvidence> GetKept(int64_t appraisal_id);
  // Oldest first, those behind `after_id`.
  absl::StatusOr<std::vector<KeptEvidence>> ListKept(int64_t after_id,
                                                     int limit);
  // Removes what came before `cutoff`; how many.
  absl::StatusOr<int64_t> PurgeKept(absl::Time cutoff, absl::Duration budget);

  // Accepted devices of a maker by another scheme than these; at most `limit`.
  absl::StatusOr<std::vector<std::string>> DevicesByOtherSchemes(
      const std::string& anchor, const std::vector<std::string>& schemes,
      int limit);
  // Refuses those that are accepted by evidence of `until` or before; how many.
  absl::StatusOr<int64_t> RefuseDevices(
      const std::vector<std::string>& dids, absl::Time until,
      const std::vector<attest::Reason>& reasons, int64_t policy_version,
      absl::Time now);

 private:
  store::Pool& pool_;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_EVIDENCE_STORE_H_

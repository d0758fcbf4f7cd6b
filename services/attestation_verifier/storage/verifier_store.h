// What the verifier keeps, in PostgreSQL (schema verifier): its copy of the
// CA's trust, policy versions, third parties' revocation data, and the
// appraisals.
//
// Thread-safety: thread-safe.
// Errors: ABORTED where the expected policy version isn't the current one;
// else as libs/store/pool.h. After UNKNOWN, a trust copy is saved again; a
// policy is read again before it is set again; appraisals are added again, a
// record of a refusal may then stand twice.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_VERIFIER_STORE_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_VERIFIER_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"
#include "services/attestation_verifier/domain/model.h"

namespace otrp {
namespace verifier {

class VerifierStore {
 public:
  // `pool` must outlive the store.
  explicit VerifierStore(store::Pool& pool) : pool_(pool) {}

  // Unset where none was ever saved.
  absl::StatusOr<absl::optional<TrustCopy>> LoadTrust();
  // Replaces the copy.
  absl::Status SaveTrust(const TrustCopy& copy, absl::Time now);

  // Version 0 and the default policy where none was ever set.
  absl::StatusOr<VersionedPolicy> LoadPolicy();
  // The new version. `expected` 0 takes any current one.
  absl::StatusOr<int64_t> SetPolicy(const attest::Policy& policy,
                                    int64_t expected,
                                    const store::AuditEvent& audit);

  // Newest first; `before` 0: from the newest.
  absl::StatusOr<std::vector<SetPolicyVersion>> ListPolicies(int64_t before,
                                                             int limit);

  absl::StatusOr<int64_t> RevocationVersion();
  absl::StatusOr<RevocationList> LoadRevocation();
  // NOT_FOUND.
  absl::StatusOr<RevocationData> GetRevocation(const std::string& name);
  // Replaces what has the name. RESOURCE_EXHAUSTED where there would be more
  // than kMaxRevocationData.
  absl::Status PutRevocation(const RevocationData& data,
                             const store::AuditEvent& audit);
  // NOT_FOUND.
  absl::Status RemoveRevocation(const std::string& name,
                                const store::AuditEvent& audit);

  // All or none.
  absl::Status AddAppraisals(const std::vector<AppraisalRecord>& records);
  // Newest first; `before_id` 0: from the newest; `did` empty: all.
  absl::StatusOr<std::vector<AppraisalRecord>> ListAppraisals(
      int64_t before_id, int limit, const std::string& did);
  // By the newest evidence that the device has signed; unset: there is none.
  absl::StatusOr<absl::optional<AppraisalRecord>> GetDevice(
      const std::string& did);
  // Accepted devices that attested before `cutoff` last, the longest ago first.
  absl::StatusOr<std::vector<AppraisalRecord>> ListOverdue(
      absl::Time cutoff, const OverduePlace& after, int limit);
  // How many those are, `limit` at most.
  absl::StatusOr<int64_t> CountOverdue(absl::Time cutoff, int limit);
  // Accepted devices, the newest evidence first.
  absl::StatusOr<std::vector<AppraisalRecord>> NewestDevices(int limit);
  // Removes what is over at `now`, each kind for `budget` at most.
  absl::Status Purge(absl::Time now, absl::Duration budget);
  // Removes appraisals from before `cutoff`; how many.
  absl::StatusOr<int64_t> PurgeAppraisals(absl::Time cutoff,
                                          absl::Duration budget);

  absl::Status Audit(const store::AuditEvent& event);

 private:
  store::Pool& pool_;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_VERIFIER_STORE_H_

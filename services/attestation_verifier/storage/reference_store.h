// Reference values and what became of devices by them, in the verifier's
// schema.
//
// Thread-safety: thread-safe.
// Errors: NOT_FOUND, FAILED_PRECONDITION, RESOURCE_EXHAUSTED of ../errors.h;
// as libs/store/pool.h. After UNKNOWN, a change may have been made.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_REFERENCE_STORE_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_REFERENCE_STORE_H_

#include <cstdint>
#include <functional>
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
#include "services/attestation_verifier/domain/references.h"

namespace otrp {
namespace verifier {

class ReferenceStore {
 public:
  // `pool` must outlive the store.
  explicit ReferenceStore(store::Pool& pool) : pool_(pool) {}

  // Those that are active or inactive.
  absl::StatusOr<ReferenceList> Load();
  absl::StatusOr<int64_t> Version();
  // By name, those behind `after`.
  absl::StatusOr<std::vector<StoredReference>> List(const std::string& after,
                                                    int limit);
  // NOT_FOUND.
  absl::StatusOr<StoredReference> Get(const std::string& name);
  // Newest first, at most 100.
  absl::StatusOr<std::vector<StoredReference>> History(const std::string& name);

  // Puts what `change` makes of what is there (unset: nothing) in its place;
  // unset: removes it. Those who change values wait for one another.
  using ChangeOf =
      std::function<absl::StatusOr<absl::optional<StoredReference>>(
          const absl::optional<StoredReference>&)>;
  absl::Status Change(const std::string& name, const ChangeOf& change,
                      const store::AuditEvent& audit);

  // Submits the values of a file and registers its keys, all or none; with
  // `dry_run`, whether that could be. A value that is active or inactive and
  // says the same stays as it is; FAILED_PRECONDITION where it says something
  // else, and for keys as EvidenceStore::AddKeys().
  absl::Status Import(const std::vector<StoredReference>& values,
                      const std::vector<EvidenceKey>& keys, bool dry_run,
                      const store::AuditEvent& audit);

  // The TEEs of accepted devices, each once, at most `limit`, behind `after`.
  absl::StatusOr<std::vector<TeeOfDevices>> AcceptedTees(
      const TeeOfDevices& after, int limit);
  absl::StatusOr<int64_t> CountAccepted(const TeeOfDevices& tee);
  // Refuses accepted devices with this TEE, at most `limit`; how many.
  absl::StatusOr<int64_t> Refuse(const TeeOfDevices& tee,
                                 const std::vector<attest::Reason>& reasons,
                                 int64_t policy_version, absl::Time now,
                                 int limit);

  absl::StatusOr<std::vector<StoredWithdrawal>> Withdrawals(int64_t after_id,
                                                            int limit);

 private:
  store::Pool& pool_;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_REFERENCE_STORE_H_

// VerifierStore in PostgreSQL, schema verifier.
//
// Thread-safety: thread-safe. Errors: as verifier_store.h.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_PG_VERIFIER_STORE_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_PG_VERIFIER_STORE_H_

#include <string>
#include <vector>

#include "libs/store/pool.h"
#include "services/attestation_verifier/storage/verifier_store.h"

namespace otrp {
namespace verifier {

class PgVerifierStore : public VerifierStore {
 public:
  // The pool must outlive the store.
  explicit PgVerifierStore(store::Pool* pool) : pool_(*pool) {}

  absl::StatusOr<absl::optional<TrustCopy>> LoadTrust() override;
  absl::Status SaveTrust(const TrustCopy& copy, absl::Time now) override;
  absl::StatusOr<VersionedPolicy> LoadPolicy() override;
  absl::StatusOr<int64_t> SetPolicy(const attest::Policy& policy,
                                    int64_t expected,
                                    const store::AuditEvent& audit) override;
  absl::Status AddAppraisals(
      const std::vector<AppraisalRecord>& records) override;
  absl::StatusOr<std::vector<AppraisalRecord>> ListAppraisals(
      int64_t before_id, int limit, const std::string& did) override;
  absl::Status Audit(const store::AuditEvent& event) override;

 private:
  store::Pool& pool_;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_PG_VERIFIER_STORE_H_

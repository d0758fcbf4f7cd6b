// What the verifier keeps: its copy of the CA's trust, policy versions, and
// the appraisals.
//
// Thread-safety: implementations are thread-safe.
// Errors: ABORTED where the expected policy version isn't the current one;
// else as libs/store/pool.h.

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
#include "services/attestation_verifier/domain/model.h"

namespace otrp {
namespace verifier {

class VerifierStore {
 public:
  virtual ~VerifierStore() = default;

  // Unset where none was ever saved.
  virtual absl::StatusOr<absl::optional<TrustCopy>> LoadTrust() = 0;
  // Replaces the copy.
  virtual absl::Status SaveTrust(const TrustCopy& copy, absl::Time now) = 0;

  // Version 0 and the default policy where none was ever set.
  virtual absl::StatusOr<VersionedPolicy> LoadPolicy() = 0;
  // The new version. `expected` 0 takes any current one.
  virtual absl::StatusOr<int64_t> SetPolicy(const attest::Policy& policy,
                                            int64_t expected,
                                            const store::AuditEvent& audit) = 0;

  // All or none.
  virtual absl::Status AddAppraisals(
      const std::vector<AppraisalRecord>& records) = 0;
  // Newest first; `before_id` 0: from the newest; `did` empty: all.
  virtual absl::StatusOr<std::vector<AppraisalRecord>> ListAppraisals(
      int64_t before_id, int limit, const std::string& did) = 0;

  virtual absl::Status Audit(const store::AuditEvent& event) = 0;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_VERIFIER_STORE_H_

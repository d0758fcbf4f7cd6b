// Sources of revocation data and what was fetched from them, in the verifier's
// schema.
//
// Thread-safety: thread-safe.
// Errors: NOT_FOUND and RESOURCE_EXHAUSTED of ../errors.h; as
// libs/store/pool.h. After UNKNOWN, a change may have been made.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_SOURCE_STORE_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_SOURCE_STORE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"
#include "services/attestation_verifier/domain/revocation_sources.h"

namespace otrp {
namespace verifier {

class SourceStore {
 public:
  // `pool` must outlive the store.
  explicit SourceStore(store::Pool& pool) : pool_(pool) {}

  // By name.
  absl::StatusOr<std::vector<StoredSource>> List();
  // Replaces the one of that name, which is read anew; what was fetched from it
  // stays in use.
  absl::Status Put(const RevocationSource& source,
                   const store::AuditEvent& audit);
  // With what was fetched. NOT_FOUND.
  absl::Status Remove(const std::string& name, const store::AuditEvent& audit);

  // Whether it is this process's to read: of replicas that find it due at once,
  // one. `seen`: its tried_at.
  absl::StatusOr<bool> Claim(const std::string& name,
                             absl::optional<absl::Time> seen, absl::Time now);
  // How a try went, and what it gave, where that is something new.
  absl::Status Note(const std::string& name, const SourceProgress& progress,
                    const absl::optional<RevocationData>& data);

 private:
  store::Pool& pool_;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_SOURCE_STORE_H_

// Many intents and certificates in one statement each: what a batch writes.
// Rows, no decisions.
//
// Thread-safety: thread-safe.
// Errors: as libs/store/pool.h; for single ones those of CaStore.

#ifndef OTRP_SERVICES_CA_STORAGE_BATCH_STORE_H_
#define OTRP_SERVICES_CA_STORAGE_BATCH_STORE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"
#include "services/ca/domain/model.h"

namespace otrp {
namespace ca {

class BatchStore {
 public:
  struct Intent {
    CertificateRecord certificate;
    IntentGrounds grounds;
  };
  struct Signed {
    std::string serial;
    std::string der;
    store::AuditEvent audit;
  };

  // `pool` must outlive the store.
  explicit BatchStore(store::Pool& pool) : pool_(pool) {}

  // What became of each, in their order: OK, or as CaStore::RecordIntent().
  // No two may have the same key; none claims a TSM's id.
  absl::StatusOr<std::vector<absl::Status>> RecordIntents(
      const std::vector<Intent>& intents);
  // All of them, with their audit records, or none. ABORTED where one is no
  // intent any more.
  absl::Status RecordIssued(const std::vector<Signed>& issued);

 private:
  store::Pool& pool_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_STORAGE_BATCH_STORE_H_

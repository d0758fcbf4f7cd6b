// The keys that sign results, in the verifier's schema.
//
// Thread-safety: thread-safe.
// Errors: as libs/store/pool.h; those of what Change() is given. After UNKNOWN,
// a change may have been made.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_RESULT_KEY_STORE_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_RESULT_KEY_STORE_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"
#include "services/attestation_verifier/domain/result_keys.h"

namespace otrp {
namespace verifier {

class ResultKeyStore {
 public:
  // `pool` must outlive the store.
  explicit ResultKeyStore(store::Pool& pool) : pool_(pool) {}

  absl::StatusOr<ResultKeys> Load();
  // Puts what `change` makes of the held keys in their place, and gives that.
  // Replicas wait for one another. With `audit`, its record.
  absl::StatusOr<ResultKeys> Change(
      const std::function<absl::StatusOr<ResultKeys>(const ResultKeys&)>&
          change,
      const store::AuditEvent* audit = nullptr);

 private:
  store::Pool& pool_;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_RESULT_KEY_STORE_H_

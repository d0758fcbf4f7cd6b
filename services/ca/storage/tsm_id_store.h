// The registered ids of TSMs in schema ca. Rows, no decisions.
//
// Thread-safety: thread-safe.
// Errors: as libs/store/pool.h; NOT_FOUND without a text; ALREADY_EXISTS and
// FAILED_PRECONDITION where said, of services/ca/errors.h.

#ifndef OTRP_SERVICES_CA_STORAGE_TSM_ID_STORE_H_
#define OTRP_SERVICES_CA_STORAGE_TSM_ID_STORE_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"
#include "services/ca/domain/model.h"

namespace otrp {
namespace ca {

class TsmIdStore {
 public:
  struct Changed {
    // As it stands.
    TsmIdRecord tsm_id;
    // False: it was so before.
    bool changed = false;
  };

  // `pool` must outlive the store.
  explicit TsmIdStore(store::Pool& pool) : pool_(pool) {}

  // ALREADY_EXISTS where another holds it.
  absl::StatusOr<Changed> Add(const TsmIdRecord& tsm_id,
                              const store::AuditEvent& audit);
  // `audit` gets who held it. NOT_FOUND.
  absl::StatusOr<Changed> Transfer(
      const std::string& uri, const std::string& holder,
      absl::FunctionRef<store::AuditEvent(const std::string& from)> audit);
  // FAILED_PRECONDITION while a certificate is good at `now`; NOT_FOUND.
  absl::Status Release(const std::string& uri, absl::Time now,
                       const store::AuditEvent& audit);
  // By URI, after `after`; all holders where `holder` is empty.
  absl::StatusOr<std::vector<TsmIdRecord>> List(const std::string& holder,
                                                const std::string& after,
                                                int limit);

 private:
  store::Pool& pool_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_STORAGE_TSM_ID_STORE_H_

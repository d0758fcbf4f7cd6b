// What the CA remembers of renewals, in the rows of certificates. Rows, no
// decisions.
//
// Thread-safety: thread-safe. Errors: as libs/store/pool.h; NOT_FOUND without a
// text, for the caller to name.

#ifndef OTRP_SERVICES_CA_STORAGE_RENEWAL_STORE_H_
#define OTRP_SERVICES_CA_STORAGE_RENEWAL_STORE_H_

#include <string>

#include "absl/status/statusor.h"
#include "libs/store/pool.h"
#include "services/ca/domain/order.h"
#include "services/ca/storage/ca_store.h"

namespace otrp {
namespace ca {

class RenewalStore {
 public:
  // Both must outlive it.
  RenewalStore(store::Pool& pool, CaStore& certificates)
      : pool_(pool), certificates_(certificates) {}

  // NOT_FOUND.
  absl::StatusOr<Renewable> Find(const std::string& serial);

 private:
  store::Pool& pool_;
  CaStore& certificates_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_STORAGE_RENEWAL_STORE_H_

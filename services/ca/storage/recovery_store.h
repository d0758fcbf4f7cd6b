// What a database that went back in time has to be told again: revocations that
// it lost. Rows, no decisions.
//
// Thread-safety: thread-safe.
// Errors: as libs/store/pool.h.

#ifndef OTRP_SERVICES_CA_STORAGE_RECOVERY_STORE_H_
#define OTRP_SERVICES_CA_STORAGE_RECOVERY_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/crypto/x509.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"

namespace otrp {
namespace ca {

class RecoveryStore {
 public:
  // What an authority told once.
  struct Told {
    std::string authority;
    // Of the list.
    int64_t crl_number = 0;
    std::vector<crypto::RevokedEntry> revoked;
    // Until when certificates that the database doesn't know are kept on the
    // list: no certificate of the authority lives longer.
    absl::Time not_after;
  };
  struct Learnt {
    // Serials that were good here and are revoked now, and those of which
    // nothing was known; by serial.
    std::vector<std::string> revoked;
    std::vector<std::string> unknown;
  };

  // `pool` must outlive the store.
  explicit RecoveryStore(store::Pool& pool) : pool_(pool) {}

  // What isn't known yet; nothing is changed.
  absl::StatusOr<Learnt> Compare(const Told& told);
  // All of it, in one transaction: what was told is known from then on, and the
  // authority's next list has a higher number. `audit` makes the record, where
  // anything was learnt.
  absl::StatusOr<Learnt> Learn(
      const Told& told,
      absl::FunctionRef<store::AuditEvent(const Learnt&)> audit);

 private:
  store::Pool& pool_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_STORAGE_RECOVERY_STORE_H_

// Intents that nobody completed, and the keys of certificates of before such
// were noted: what the CA's background tasks ask of schema ca. Rows, no
// decisions.
//
// Thread-safety: thread-safe.
// Errors: as libs/store/pool.h.

#ifndef OTRP_SERVICES_CA_STORAGE_INTENT_STORE_H_
#define OTRP_SERVICES_CA_STORAGE_INTENT_STORE_H_

#include <cstdint>
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

class IntentStore {
 public:
  // `pool` must outlive the store.
  explicit IntentStore(store::Pool& pool) : pool_(pool) {}

  // Revokes the oldest intents that are from before `before`, up to `limit`;
  // how many. `audit` makes the record of one, by its serial and authority.
  // What others complete meanwhile stays.
  using AuditOne = absl::FunctionRef<store::AuditEvent(
      const std::string& serial, const std::string& authority)>;
  absl::StatusOr<int> RevokeIntents(absl::Time before, const Revoked& revoked,
                                    int limit, AuditOne audit);
  absl::StatusOr<int64_t> CountIntents();

  // Certificates whose key isn't noted, up to `limit`; only serial, profile,
  // subject, san_uris and der are filled.
  absl::StatusOr<std::vector<CertificateRecord>> ListWithoutKey(int limit);
  // An owner whose key another one has gets no word of it: the first one
  // stays.
  absl::Status NoteKeys(const std::vector<KeyNote>& notes);

 private:
  store::Pool& pool_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_STORAGE_INTENT_STORE_H_

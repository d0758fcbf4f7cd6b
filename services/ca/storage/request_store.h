// Certificates that one operator asked for and another approves, in schema ca.
// Rows, no decisions but who may not say yes.
//
// Thread-safety: thread-safe.
// Errors: as libs/store/pool.h; NOT_FOUND without a text; the others of
// services/ca/errors.h.

#ifndef OTRP_SERVICES_CA_STORAGE_REQUEST_STORE_H_
#define OTRP_SERVICES_CA_STORAGE_REQUEST_STORE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"
#include "services/ca/domain/issuance_request.h"

namespace otrp {
namespace ca {

class RequestStore {
 public:
  struct Changed {
    // As it stands.
    IssuanceRequest request;
    // False: it was so before.
    bool changed = false;
  };

  // `pool` must outlive the store.
  explicit RequestStore(store::Pool& pool) : pool_(pool) {}

  // One of that id stays as it is.
  absl::StatusOr<Changed> Add(const IssuanceRequest& request,
                              const store::AuditEvent& audit);
  // `decision`: approved or rejected, by whom, when and why. Again the same is
  // no change. NOT_FOUND; FAILED_PRECONDITION where it was decided otherwise,
  // or is from before `oldest`; PERMISSION_DENIED where one approves his own.
  absl::StatusOr<Changed> Decide(const std::string& id,
                                 const IssuanceDecision& decision,
                                 absl::Time oldest,
                                 const store::AuditEvent& audit);
  // NOT_FOUND.
  absl::StatusOr<IssuanceRequest> Get(const std::string& id);
  // By id, after `after`; all states where unset.
  absl::StatusOr<std::vector<IssuanceRequest>> List(
      absl::optional<IssuanceState> state, const std::string& after, int limit);

 private:
  store::Pool& pool_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_STORAGE_REQUEST_STORE_H_

// How far versions have come (otrp.portal.v1.Rollouts), and what webhooks are
// told of it.
//
// Thread-safety: thread-safe; any number of replicas may apply and tell.
// Errors: as libs/store/pool.h.

#ifndef OTRP_SERVICES_SP_PORTAL_STORAGE_ROLLOUT_STORE_H_
#define OTRP_SERVICES_SP_PORTAL_STORAGE_ROLLOUT_STORE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/store/pool.h"
#include "services/sp_portal/domain/model.h"
#include "services/sp_portal/domain/rollout.h"

namespace otrp {
namespace portal {

class RolloutStore {
 public:
  // `pool` must outlive the store.
  explicit RolloutStore(store::Pool& pool) : pool_(pool) {}

  // Counts what the batch tells, and has webhooks told of devices, up to
  // kMaxDeviceNotices a minute of an SP. One transaction; false where the
  // batch was applied before. What isn't about an SP or an application of
  // ours is left out.
  absl::StatusOr<bool> Apply(const OutcomeBatch& batch, absl::Time now);

  // Has webhooks told of up to `limit` versions that have changed, each every
  // kProgressPause at most; how many it were.
  absl::StatusOr<int> TellProgress(absl::Time now, int limit);

  struct Position {
    std::string spid;
    std::string taid;
    std::string version;
  };
  // By spid, taid and version as texts, those after `after`; only of `taid`
  // where not empty.
  absl::StatusOr<std::vector<Rollout>> List(const Visible& visible,
                                            const std::string& taid,
                                            const Position& after, int limit);

  // Forgets which batches were applied before `cutoff`.
  absl::Status ForgetBatches(absl::Time cutoff, absl::Duration budget);

 private:
  store::Pool& pool_;
};

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_STORAGE_ROLLOUT_STORE_H_

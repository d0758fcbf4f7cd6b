// Devices that the verifier no longer accepts, in the TSM's schema.
//
// Thread-safety: thread-safe. Errors: as libs/store/pool.h. After UNKNOWN, the
// same again is safe.

#ifndef OTRP_SERVICES_TSM_STORAGE_WITHDRAWAL_STORE_H_
#define OTRP_SERVICES_TSM_STORAGE_WITHDRAWAL_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/store/pool.h"

namespace otrp {
namespace tsm {

struct DeviceWithdrawal {
  int64_t id = 0;
  // 32 octets.
  std::string did;
  // When the verifier decided it.
  absl::Time at;
  std::string code;
  std::string detail;
};

class WithdrawalStore {
 public:
  // `pool` must outlive the store.
  explicit WithdrawalStore(store::Pool& pool) : pool_(pool) {}

  // Of those that were applied, the highest id.
  absl::StatusOr<int64_t> Applied();
  // The devices are refused and of no tier, and their open sessions end, unless
  // they have attested since. In the order of their ids; those of before aren't
  // applied again. How many devices changed.
  absl::StatusOr<int64_t> Apply(const std::vector<DeviceWithdrawal>& batch);

 private:
  store::Pool& pool_;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_STORAGE_WITHDRAWAL_STORE_H_

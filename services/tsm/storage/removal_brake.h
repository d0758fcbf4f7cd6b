// Whether something may be taken from a device now. Where too many devices lose
// something within an hour, removals pause until an operator looks: one wrong
// decision must not empty a fleet.
//
// Asked in memory, before each request that removes something; Refresh() brings
// what all processes have done. What this process does meanwhile counts at
// once.
//
// Fails closed: as long as nothing is known, or for kBrakeMaxAge nothing was
// heard, removals wait.
//
// Thread-safety: thread-safe.
// Errors: those of the store; what was known before counts.

#ifndef OTRP_SERVICES_TSM_STORAGE_REMOVAL_BRAKE_H_
#define OTRP_SERVICES_TSM_STORAGE_REMOVAL_BRAKE_H_

#include <mutex>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/base/clock.h"
#include "services/tsm/storage/brake_store.h"

namespace otrp {
namespace tsm {

class RemovalBrake {
 public:
  // Both must outlive the brake.
  RemovalBrake(BrakeStore& store, const Clock& clock)
      : store_(store), clock_(clock) {}

  // Asks the store, and pauses where there are too many. Sets the metrics.
  absl::Status Refresh();

  // `losing_since`: when this device last began to lose something. One that is
  // counted already may go on.
  bool MayRemove(const std::string& did, absl::Time losing_since);
  // Something is being taken from this device.
  void Note(const std::string& did);

 private:
  BrakeStore& store_;
  const Clock& clock_;
  std::mutex mutex_;
  // Unset until it was read once.
  absl::optional<BrakeState> state_;
  absl::Time read_at_;
  // That the state may not know of yet.
  std::set<std::string> noted_;
  // One was refused for the number of those before it.
  bool exceeded_ = false;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_STORAGE_REMOVAL_BRAKE_H_

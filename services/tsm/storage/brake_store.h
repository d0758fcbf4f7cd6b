// The brake on removals, as the database keeps it, and how many devices have
// lost something.
//
// Nothing reads all devices: their number is kept by triggers, and of those
// that lost something no more are counted than the limit and one.
//
// Thread-safety: thread-safe. Errors: as libs/store/pool.h.

#ifndef OTRP_SERVICES_TSM_STORAGE_BRAKE_STORE_H_
#define OTRP_SERVICES_TSM_STORAGE_BRAKE_STORE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"

namespace otrp {
namespace tsm {

struct BrakeState {
  // Of the accepted devices, and of devices: both have to be exceeded.
  int32_t percent = 0;
  int64_t min_devices = 0;
  // Unset: removals aren't paused.
  absl::optional<absl::Time> paused_at;
  std::string paused_by;
  std::string reason;
  // Nothing is counted until then.
  absl::optional<absl::Time> released_until;
  std::string released_by;
  // So many devices may lose something within an hour.
  int64_t limit = 0;
  // That did, since the last release's end at most; limit + 1 at most.
  int64_t devices = 0;

  bool paused() const { return paused_at.has_value(); }
  bool ReleasedAt(absl::Time now) const {
    return released_until.has_value() && now < *released_until;
  }
};

class BrakeStore {
 public:
  // `pool` must outlive the store.
  explicit BrakeStore(store::Pool& pool) : pool_(pool) {}

  absl::StatusOr<BrakeState> Read(absl::Time now);
  // False: they are paused already, or released for a while where `by` is
  // nobody's word but the count's (`unless_released`).
  absl::StatusOr<bool> Pause(absl::Time now, absl::string_view by,
                             absl::string_view reason, bool unless_released,
                             const store::AuditEvent& audit);
  absl::Status Release(absl::Time until, absl::string_view by,
                       const store::AuditEvent& audit);
  absl::Status Set(int32_t percent, int64_t min_devices,
                   const store::AuditEvent& audit);

 private:
  store::Pool& pool_;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_STORAGE_BRAKE_STORE_H_

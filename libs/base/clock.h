// Time as a collaborator: nothing but RealClock() reads the system's clock.
//
// Wall time, for certificates, sessions and records. Not for measuring how
// long something takes: use std::chrono::steady_clock there.
//
// Thread-safety: thread-safe, FakeClock too.

#ifndef OTRP_LIBS_BASE_CLOCK_H_
#define OTRP_LIBS_BASE_CLOCK_H_

#include <mutex>

#include "absl/time/time.h"

namespace otrp {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

// The system's clock; lives as long as the process.
const Clock& RealClock();

// Stands still until told otherwise.
class FakeClock : public Clock {
 public:
  explicit FakeClock(absl::Time now) : now_(now) {}

  absl::Time Now() const override;
  void Advance(absl::Duration by);
  void Set(absl::Time now);

 private:
  mutable std::mutex mutex_;
  absl::Time now_;
};

}  // namespace otrp

#endif  // OTRP_LIBS_BASE_CLOCK_H_

#include "libs/base/clock.h"

#include <mutex>

#include "absl/time/clock.h"

namespace otrp {
namespace {

class SystemClock : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

}  // namespace

const Clock& RealClock() {
  static const SystemClock* const clock = new SystemClock();
  return *clock;
}

absl::Time FakeClock::Now() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return now_;
}

void FakeClock::Advance(absl::Duration by) {
  std::lock_guard<std::mutex> lock(mutex_);
  now_ += by;
}

void FakeClock::Set(absl::Time now) {
  std::lock_guard<std::mutex> lock(mutex_);
  now_ = now;
}

}  // namespace otrp

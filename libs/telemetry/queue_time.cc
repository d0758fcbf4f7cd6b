#include "libs/telemetry/queue_time.h"

#include "absl/time/clock.h"

namespace otrp {
namespace telemetry {
namespace {

constexpr absl::Duration kSpan = absl::Seconds(5);

}  // namespace

void RecentMean::Turn(absl::Time now) const {
  const absl::Duration age = now - now_.start;
  // A clock that was set back begins anew as well.
  if (age >= absl::ZeroDuration() && age < kSpan) return;
  before_ = age >= kSpan && age < 2 * kSpan ? now_ : Span();
  now_ = Span();
  now_.start = now;
}

void RecentMean::Add(absl::Duration value, absl::Time now) {
  std::lock_guard<std::mutex> lock(mutex_);
  Turn(now);
  now_.sum += value;
  ++now_.count;
}

absl::Duration RecentMean::At(absl::Time now) const {
  std::lock_guard<std::mutex> lock(mutex_);
  Turn(now);
  const int count = now_.count + before_.count;
  if (count == 0) return absl::ZeroDuration();
  return (now_.sum + before_.sum) / count;
}

RecentMean& RecentQueueTime() {
  static auto* const mean = new RecentMean();
  return *mean;
}

void QueueTime::Observe(absl::Duration waited) const {
  series_.Observe(absl::ToDoubleSeconds(waited));
  RecentQueueTime().Add(waited, absl::Now());
}

}  // namespace telemetry
}  // namespace otrp

// How long work waits in this process before somebody takes it up: for a
// database connection, for a turn of a listener's. Under too much load this
// grows first, and it is the same for every kind of work, so that readiness and
// autoscaling go by it.
//
//   telemetry::QueueTime queue(kDefinition.With("database"));
//   ...
//   queue.Observe(waited);
//
// Thread-safety: thread-safe. Errors: none.

#ifndef OTRP_LIBS_TELEMETRY_QUEUE_TIME_H_
#define OTRP_LIBS_TELEMETRY_QUEUE_TIME_H_

#include <mutex>

#include "absl/time/time.h"
#include "libs/telemetry/metrics.h"

namespace otrp {
namespace telemetry {

// The mean of the last five to ten seconds.
class RecentMean {
 public:
  void Add(absl::Duration value, absl::Time now);
  // Zero where nothing was added.
  absl::Duration At(absl::Time now) const;

 private:
  struct Span {
    absl::Time start = absl::InfinitePast();
    absl::Duration sum;
    int count = 0;
  };
  void Turn(absl::Time now) const;

  mutable std::mutex mutex_;
  mutable Span now_;
  mutable Span before_;
};

// Of the process, all queues together.
RecentMean& RecentQueueTime();

// One queue.
class QueueTime {
 public:
  explicit QueueTime(absl::string_view queue)
      : series_(kQueueDuration.With(queue)) {}

  void Observe(absl::Duration waited) const;

 private:
  const Histogram series_;
};

}  // namespace telemetry
}  // namespace otrp

#endif  // OTRP_LIBS_TELEMETRY_QUEUE_TIME_H_

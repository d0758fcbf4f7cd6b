// What must hold before a process takes traffic: named checks, answered by
// /readyz.
//
// Thread-safety: thread-safe.

#ifndef OTRP_LIBS_SERVICE_READINESS_H_
#define OTRP_LIBS_SERVICE_READINESS_H_

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace otrp {
namespace service {

class Readiness {
 public:
  // `check` must be quick (a second) and thread-safe.
  void Add(std::string name, std::function<absl::Status()> check);

  // From now on not ready, whatever the checks say.
  void Drain();

  // OK, or UNAVAILABLE with the names of the failed checks.
  absl::Status Check() const;

 private:
  mutable std::mutex mutex_;
  bool draining_ = false;
  std::vector<std::pair<std::string, std::function<absl::Status()>>> checks_;
};

// Fails while work waits longer than `most` in this process, in the mean of the
// last seconds (libs/telemetry/queue_time.h): others, if there are any, have
// more time. No check where `most` is zero.
void AddQueueCheck(Readiness& readiness, absl::Duration most);

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_READINESS_H_

// A background thread that does something every so often.
//
// The first run is at once. A failed run is logged, counted and tried again
// after `retry` (growing up to `period`). Stops within the run under way.
//
// Thread-safety: thread-safe.

#ifndef OTRP_LIBS_SERVICE_PERIODIC_TASK_H_
#define OTRP_LIBS_SERVICE_PERIODIC_TASK_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace otrp {
namespace service {

class PeriodicTask {
 public:
  struct Options {
    // In logs; constant.
    std::string name;
    absl::Duration period;
    absl::Duration retry = absl::Seconds(1);
  };

  PeriodicTask(Options options, std::function<absl::Status()> work);
  ~PeriodicTask();
  PeriodicTask(const PeriodicTask&) = delete;
  PeriodicTask& operator=(const PeriodicTask&) = delete;

  // Runs soon, whatever the period says.
  void Kick();

  // Waits until a run that started after this call has succeeded; false when
  // there is none within `timeout`. Kicks.
  bool RunAndWait(absl::Duration timeout);

  // True once a run has succeeded.
  bool succeeded_once() const;

 private:
  void Loop();

  const Options options_;
  const std::function<absl::Status()> work_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  bool stop_ = false;
  bool kicked_ = false;
  // Runs started, and the number of the last one that succeeded.
  int64_t started_ = 0;
  int64_t succeeded_ = 0;
  // Last, so that all above is there before it runs.
  std::thread thread_;
};

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_PERIODIC_TASK_H_

#include "libs/service/periodic_task.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "libs/telemetry/log.h"

namespace otrp {
namespace service {

PeriodicTask::PeriodicTask(Options options, std::function<absl::Status()> work)
    : options_(std::move(options)),
      work_(std::move(work)),
      thread_([this] { Loop(); }) {}

PeriodicTask::~PeriodicTask() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  done_.notify_all();
  thread_.join();
}

void PeriodicTask::Kick() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    kicked_ = true;
  }
  wake_.notify_all();
}

bool PeriodicTask::RunAndWait(absl::Duration timeout) {
  std::unique_lock<std::mutex> lock(mutex_);
  const int64_t wanted = started_ + 1;
  kicked_ = true;
  wake_.notify_all();
  done_.wait_for(lock, absl::ToChronoNanoseconds(timeout),
                 [&] { return stop_ || succeeded_ >= wanted; });
  return succeeded_ >= wanted;
}

bool PeriodicTask::succeeded_once() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return succeeded_ > 0;
}

void PeriodicTask::Loop() {
  absl::Duration retry = options_.retry;
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stop_) {
    kicked_ = false;
    const int64_t run = ++started_;
    lock.unlock();
    const absl::Status status = work_();
    absl::Duration pause = options_.period;
    if (status.ok()) {
      retry = options_.retry;
    } else {
      pause = std::min(retry, options_.period);
      retry = std::min(retry * 2, options_.period);
      OTRP_LOG(WARNING, "periodic task failed",
               {{"task", options_.name},
                {"error", status.ToString()},
                {"retry_after", absl::FormatDuration(pause)}});
    }
    lock.lock();
    if (status.ok()) {
      succeeded_ = run;
      done_.notify_all();
    }
    wake_.wait_for(lock, absl::ToChronoNanoseconds(pause),
                   [&] { return stop_ || kicked_; });
  }
}

}  // namespace service
}  // namespace otrp

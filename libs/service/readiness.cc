#include "libs/service/readiness.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/telemetry/queue_time.h"

namespace otrp {
namespace service {

void Readiness::Add(std::string name, std::function<absl::Status()> check) {
  std::lock_guard<std::mutex> lock(mutex_);
  checks_.emplace_back(std::move(name), std::move(check));
}

void Readiness::Drain() {
  std::lock_guard<std::mutex> lock(mutex_);
  draining_ = true;
}

absl::Status Readiness::Check() const {
  std::vector<std::pair<std::string, std::function<absl::Status()>>> checks;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (draining_) return absl::UnavailableError("draining");
    checks = checks_;
  }
  std::string failed;
  for (const auto& [name, check] : checks) {
    const absl::Status status = check();
    if (status.ok()) continue;
    absl::StrAppend(&failed, failed.empty() ? "" : "; ", name, ": ",
                    status.message());
  }
  if (failed.empty()) return absl::OkStatus();
  return absl::UnavailableError(failed);
}

void AddQueueCheck(Readiness& readiness, absl::Duration most) {
  if (most <= absl::ZeroDuration()) return;
  readiness.Add("queue", [most]() -> absl::Status {
    const absl::Duration mean = telemetry::RecentQueueTime().At(absl::Now());
    if (mean <= most) return absl::OkStatus();
    return absl::UnavailableError(
        absl::StrCat("work waits ", absl::FormatDuration(mean)));
  });
}

}  // namespace service
}  // namespace otrp

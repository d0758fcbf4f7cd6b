// When a failed action is tried again, and when it is given up.
//
// Pure functions over values.

#ifndef OTRP_SERVICES_TSM_DOMAIN_RETRY_H_
#define OTRP_SERVICES_TSM_DOMAIN_RETRY_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/tsm/domain/model.h"

namespace otrp {
namespace tsm {

// After this many failures an operator has to look (RetryDevice).
inline constexpr int kMaxAttempts = 5;

enum class Retry {
  // Something passing: try again after a pause that doubles each time.
  kLater,
  // Trying again can't help.
  kNever,
};

struct Failure {
  // Task.last_error and Task.detail.
  std::string code;
  std::string detail;
  Retry retry = Retry::kLater;
};

// The task of `action` after it failed once more.
Task Failed(const std::vector<Task>& tasks, const std::string& action,
            const Failure& failure, absl::Time now);

// The task of `action` that can't be tried before `until`, for a reason that
// isn't the device's: its attempts stay as they are.
Task Parked(const std::vector<Task>& tasks, const std::string& action,
            absl::string_view code, const std::string& detail,
            absl::Time until);

// True while `action` must not be tried.
bool Blocked(const std::vector<Task>& tasks, absl::string_view action,
             absl::Time now);

// The pause after that many failures: 30 s, doubling up to 1 h.
absl::Duration Pause(int attempts);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_RETRY_H_

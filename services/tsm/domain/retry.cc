#include "services/tsm/domain/retry.h"

#include <algorithm>

namespace otrp {
namespace tsm {
namespace {

constexpr absl::Duration kFirstPause = absl::Seconds(30);
constexpr absl::Duration kLongestPause = absl::Hours(1);

const Task* Find(const std::vector<Task>& tasks, absl::string_view action) {
  for (const Task& task : tasks) {
    if (task.action == action) return &task;
  }
  return nullptr;
}

}  // namespace

absl::Duration Pause(int attempts) {
  absl::Duration pause = kFirstPause;
  for (int i = 1; i < attempts && pause < kLongestPause; ++i) pause *= 2;
  return std::min(pause, kLongestPause);
}

Task Failed(const std::vector<Task>& tasks, const std::string& action,
            const Failure& failure, absl::Time now) {
  const Task* before = Find(tasks, action);
  Task task;
  task.action = action;
  task.attempts = (before == nullptr ? 0 : before->attempts) + 1;
  task.last_error = failure.code;
  task.detail = failure.detail;
  if (failure.retry == Retry::kNever || task.attempts >= kMaxAttempts) {
    task.state = TaskState::kGivenUp;
  } else {
    task.state = TaskState::kWaiting;
    task.not_before = now + Pause(task.attempts);
  }
  return task;
}

Task Parked(const std::vector<Task>& tasks, const std::string& action,
            absl::string_view code, const std::string& detail,
            absl::Time until) {
  const Task* before = Find(tasks, action);
  Task task;
  task.action = action;
  task.attempts = before == nullptr ? 0 : before->attempts;
  task.last_error = std::string(code);
  task.detail = detail;
  task.state = TaskState::kWaiting;
  task.not_before = until;
  return task;
}

bool Blocked(const std::vector<Task>& tasks, absl::string_view action,
             absl::Time now) {
  const Task* task = Find(tasks, action);
  if (task == nullptr) return false;
  if (task->state == TaskState::kGivenUp) return true;
  return task->not_before.has_value() && now < *task->not_before;
}

}  // namespace tsm
}  // namespace otrp

#include "libs/http/turns.h"

#include <utility>

namespace otrp {
namespace http {
namespace internal {

absl::optional<Turns::Place> Turns::Begin(std::function<void()> start) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (free_ > 0) {
    --free_;
    return absl::nullopt;
  }
  waiting_.emplace(next_, std::move(start));
  return next_++;
}

bool Turns::Leave(Place place) {
  std::function<void()> dropped;
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = waiting_.find(place);
  if (found == waiting_.end()) return false;
  // What it holds goes after the lock.
  dropped = std::move(found->second);
  waiting_.erase(found);
  return true;
}

void Turns::End() {
  std::function<void()> next;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    next = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
  }
  next();
}

void Turns::Drop() {
  std::map<Place, std::function<void()>> dropped;
  std::lock_guard<std::mutex> lock(mutex_);
  dropped.swap(waiting_);
}

}  // namespace internal
}  // namespace http
}  // namespace otrp

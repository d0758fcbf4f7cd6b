#include "services/api/domain/places.h"

#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace otrp {
namespace api {

namespace {

// More than a call takes that somebody with a place may be waiting for
// (kCallTimeout): who is there after that waits for nothing.
constexpr std::chrono::seconds kLongestWait{15};

}  // namespace

Places::Place::Place(Places* places, std::string key)
    : places_(places), key_(std::move(key)) {}

Places::Place::~Place() {
  Leave();
  std::lock_guard<std::mutex> lock(places_->mutex_);
  --places_->alive_;
  places_->changed_.notify_all();
}

void Places::Place::Leave() {
  std::lock_guard<std::mutex> lock(places_->mutex_);
  if (std::exchange(left_, true)) return;
  --places_->in_all_;
  const auto it = places_->of_one_.find(key_);
  if (--it->second == 0) places_->of_one_.erase(it);
}

Places::~Places() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait_for(lock, kLongestWait, [this] { return alive_ == 0; });
}

absl::StatusOr<std::unique_ptr<Places::Place>> Places::Take(
    const std::string& key) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto own = of_one_.find(key);
  if (own != of_one_.end() && own->second >= rule_.of_one) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "this caller has ", rule_.of_one, " streams open, as many as one may"));
  }
  if (in_all_ >= rule_.in_all) {
    return absl::UnavailableError("as many streams are open as there may be");
  }
  ++in_all_;
  ++of_one_[key];
  ++alive_;
  return std::make_unique<Place>(this, key);
}

int Places::taken() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return in_all_;
}

}  // namespace api
}  // namespace otrp

#include "services/api/domain/token_buckets.h"

#include <algorithm>
#include <cmath>

namespace otrp {
namespace api {
namespace {

// A look at all keys takes milliseconds: not for each new one.
constexpr absl::Duration kSweep = absl::Seconds(1);

}  // namespace

TokenBuckets::Left TokenBuckets::Take(absl::string_view key, absl::Time now) {
  std::lock_guard<std::mutex> lock(mutex_);
  Bucket& bucket = Find(key, now);
  Left left;
  left.taken = bucket.tokens >= 1;
  if (left.taken) bucket.tokens -= 1;
  left.tokens = static_cast<int>(std::floor(bucket.tokens));
  const double missing =
      left.taken ? rule_.burst - bucket.tokens : 1 - bucket.tokens;
  left.until = absl::Seconds(missing / rule_.per_second);
  return left;
}

void TokenBuckets::GiveBack(absl::string_view key, absl::Time now) {
  std::lock_guard<std::mutex> lock(mutex_);
  Bucket& bucket = Find(key, now);
  bucket.tokens = std::min(rule_.burst, bucket.tokens + 1);
}

TokenBuckets::Bucket& TokenBuckets::Find(absl::string_view key,
                                         absl::Time now) {
  auto it = buckets_.find(key);
  if (it == buckets_.end() && buckets_.size() >= rule_.max_keys) {
    ForgetTheFull(now);
    if (buckets_.size() >= rule_.max_keys) {
      Fill(&shared_, now);
      return shared_;
    }
  }
  if (it == buckets_.end()) {
    it = buckets_.emplace(std::string(key), Bucket{rule_.burst, now}).first;
  }
  Fill(&it->second, now);
  return it->second;
}

void TokenBuckets::Fill(Bucket* bucket, absl::Time now) const {
  // A clock that goes back takes nothing away.
  const absl::Duration since =
      std::max(now - bucket->filled, absl::ZeroDuration());
  bucket->tokens =
      std::min(rule_.burst, bucket->tokens + absl::ToDoubleSeconds(since) *
                                                 rule_.per_second);
  bucket->filled = now;
}

void TokenBuckets::ForgetTheFull(absl::Time now) {
  if (now - swept_ < kSweep) return;
  swept_ = now;
  for (auto it = buckets_.begin(); it != buckets_.end();) {
    Fill(&it->second, now);
    it = it->second.tokens >= rule_.burst ? buckets_.erase(it) : std::next(it);
  }
}

}  // namespace api
}  // namespace otrp

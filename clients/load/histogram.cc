#include "clients/load/histogram.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "libs/base/status_macros.h"

namespace otrp::load {
namespace {

// Values below 2^11 have a part each; above, each doubling has 2^10 parts, so
// that a part is at most 1/1024 of its values wide.
constexpr int kPartBits = 10;
constexpr int64_t kParts = int64_t{1} << kPartBits;

int Doublings(int64_t value) {
  int doublings = 0;
  while ((value >> doublings) >= 2 * kParts) ++doublings;
  return doublings;
}

int32_t PartOf(int64_t value) {
  const int doublings = Doublings(value);
  return static_cast<int32_t>(doublings * kParts + (value >> doublings));
}

// The middle of a part.
int64_t ValueOf(int32_t part) {
  if (part < 2 * kParts) return part;
  const int doublings = static_cast<int>(part / kParts) - 1;
  const int64_t low = (part - doublings * kParts) << doublings;
  return low + (int64_t{1} << doublings) / 2;
}

const int32_t kLastPart = PartOf(Histogram::kMaxMicros);

}  // namespace

void Histogram::Record(absl::Duration latency, int64_t count) {
  if (count <= 0) return;
  const int64_t value = std::min(
      std::max(absl::ToInt64Microseconds(latency), int64_t{0}), kMaxMicros);
  counts_[PartOf(value)] += count;
  min_ = count_ == 0 ? value : std::min(min_, value);
  max_ = std::max(max_, value);
  count_ += count;
  sum_ += value * count;
}

void Histogram::RecordWithInterval(absl::Duration latency,
                                   absl::Duration interval) {
  Record(latency);
  if (interval < absl::Microseconds(1)) return;
  for (absl::Duration missing = latency - interval; missing >= interval;
       missing -= interval) {
    Record(missing);
  }
}

void Histogram::Merge(const Histogram& other) {
  if (other.count_ == 0) return;
  for (const auto& part : other.counts_) counts_[part.first] += part.second;
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  count_ += other.count_;
  sum_ += other.sum_;
}

absl::Duration Histogram::Percentile(double percentile) const {
  const auto wanted = std::max<int64_t>(
      1, static_cast<int64_t>(std::ceil(percentile / 100 * count_ - 1e-9)));
  if (wanted >= count_) return Max();
  int64_t seen = 0;
  for (const auto& part : counts_) {
    seen += part.second;
    if (seen < wanted) continue;
    // The middle of a part may lie outside of what was seen.
    return absl::Microseconds(
        std::min(std::max(ValueOf(part.first), min_), max_));
  }
  return Max();
}

absl::Duration Histogram::Mean() const {
  return count_ == 0 ? absl::ZeroDuration()
                     : absl::Microseconds(static_cast<double>(sum_) / count_);
}

absl::Duration Histogram::Min() const { return absl::Microseconds(min_); }
absl::Duration Histogram::Max() const { return absl::Microseconds(max_); }

json::Value Histogram::ToJson() const {
  json::Value parts = json::Value::Array();
  for (const auto& part : counts_) {
    parts.Append(json::Value::Integer(part.first));
    parts.Append(json::Value::Integer(part.second));
  }
  json::Value value = json::Value::Object();
  value.Set("sum_us", json::Value::Integer(sum_));
  value.Set("min_us", json::Value::Integer(min_));
  value.Set("max_us", json::Value::Integer(max_));
  value.Set("parts", std::move(parts));
  return value;
}

absl::StatusOr<Histogram> Histogram::FromJson(const json::Value& value) {
  Histogram histogram;
  OTRP_ASSIGN_OR_RETURN(histogram.sum_, value.GetInteger("sum_us"));
  OTRP_ASSIGN_OR_RETURN(histogram.min_, value.GetInteger("min_us"));
  OTRP_ASSIGN_OR_RETURN(histogram.max_, value.GetInteger("max_us"));
  OTRP_ASSIGN_OR_RETURN(const json::Value* parts, value.GetArray("parts"));
  const std::vector<json::Value>& items = parts->items();
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    const int64_t part = items[i].as_integer();
    const int64_t count = items[i + 1].as_integer();
    if (!items[i].is_integer() || part < 0 || part > kLastPart || count <= 0) {
      return absl::InvalidArgumentError("a histogram has a part that isn't");
    }
    histogram.counts_[static_cast<int32_t>(part)] += count;
    histogram.count_ += count;
  }
  if (items.size() % 2 != 0) {
    return absl::InvalidArgumentError("a histogram's parts come in pairs");
  }
  return histogram;
}

}  // namespace otrp::load

// A histogram of latencies with three significant digits over its whole range,
// from a microsecond to hours: buckets that double, each cut into equal parts.
// Two of them can be added, and one written as JSON and read again, so that
// processes can put theirs together.
//
// Values are whole microseconds. What is told of a value is the middle of its
// part, at most 0.05% away from it.
//
// Thread-safety: a value.
// Errors: INVALID_ARGUMENT for JSON that is no histogram.

#ifndef CLIENTS_LOAD_HISTOGRAM_H_
#define CLIENTS_LOAD_HISTOGRAM_H_

#include <cstdint>
#include <map>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/json/json.h"

namespace otrp::load {

class Histogram {
 public:
  // Negative values count as 0, values above kMaxMicros as that.
  static constexpr int64_t kMaxMicros = int64_t{1} << 42;

  void Record(absl::Duration latency, int64_t count = 1);
  // A closed loop that should have sent every `interval` and couldn't, because
  // it waited for this answer, has left out the requests that would have
  // waited too: they are filled in, each one `interval` shorter.
  void RecordWithInterval(absl::Duration latency, absl::Duration interval);
  void Merge(const Histogram& other);

  int64_t count() const { return count_; }
  // 0 without values. `percentile` is in [0, 100].
  absl::Duration Percentile(double percentile) const;
  absl::Duration Mean() const;
  // Exact, unlike percentiles.
  absl::Duration Min() const;
  absl::Duration Max() const;

  json::Value ToJson() const;
  static absl::StatusOr<Histogram> FromJson(const json::Value& value);

 private:
  // Number of the part to how many values it has; most have none.
  std::map<int32_t, int64_t> counts_;
  int64_t count_ = 0;
  int64_t sum_ = 0;
  int64_t min_ = 0;
  int64_t max_ = 0;
};

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_HISTOGRAM_H_

// What a run must keep to: "heartbeat.p99<200ms", "errors<=0.5%",
// "throughput>50".
//
//   [WHAT.]METRIC COMPARISON VALUE
//
// WHAT is a transaction ("heartbeat") or a message ("CreateSDResponse",
// "open"); without it, all transactions together. METRIC is p50, p90, p95, p99,
// p999, max or mean (corrected; the value has a unit, 200ms or 1.5s), errors
// (percent of what was done, "1%"), or throughput (good ones a second).
// COMPARISON is
// <, <=, > or >=.
//
// Thread-safety: values; functions without state.
// Errors: INVALID_ARGUMENT says what a threshold must look like.

#ifndef CLIENTS_LOAD_THRESHOLDS_H_
#define CLIENTS_LOAD_THRESHOLDS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "libs/json/json.h"

namespace otrp::load {

enum class Comparison { kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

struct Threshold {
  // As it was given.
  std::string text;
  // Empty: all transactions.
  std::string what;
  std::string metric;
  Comparison comparison = Comparison::kLess;
  // Milliseconds, percent or a second.
  double value = 0;
};

// Several with commas between.
absl::StatusOr<std::vector<Threshold>> ParseThresholds(absl::string_view text);

// Of a report (report.h); nothing where it was never measured.
absl::optional<double> Measured(const Threshold& threshold,
                                const json::Value& report);

// What wasn't measured isn't held.
bool IsHeld(const Threshold& threshold, const json::Value& report);

// [{"threshold", "measured", "held"}] for the report.
json::Value ThresholdsJson(const std::vector<Threshold>& thresholds,
                           const json::Value& report);

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_THRESHOLDS_H_

#include "clients/load/thresholds.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "clients/load/mix.h"
#include "libs/base/status_macros.h"

namespace otrp::load {
namespace {

using json::Value;

constexpr std::array<absl::string_view, 7> kLatencies = {
    "p50", "p90", "p95", "p99", "p999", "max", "mean"};
constexpr absl::string_view kErrors = "errors";
constexpr absl::string_view kThroughput = "throughput";
// The messages of the empty POST and of what spoils or repeats one; others are
// a request's name and "Response".
constexpr std::array<absl::string_view, 3> kOtherMessages = {"open", "replay",
                                                             "forged"};
constexpr std::array<absl::string_view, 7> kRequests = {
    "GetDeviceState", "CreateSD", "UpdateSD", "DeleteSD",
    "InstallTA",      "UpdateTA", "DeleteTA"};

template <typename List>
bool Contains(const List& list, absl::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool IsLatency(absl::string_view metric) {
  return Contains(kLatencies, metric);
}

bool IsTransaction(absl::string_view what) {
  return std::any_of(kKinds.begin(), kKinds.end(),
                     [&](Kind kind) { return KindName(kind) == what; });
}

bool IsMessage(absl::string_view what) {
  return Contains(kOtherMessages, what) ||
         (absl::ConsumeSuffix(&what, "Response") && Contains(kRequests, what));
}

absl::Status Invalid(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\": ", why,
                   " (e.g. heartbeat.p99<200ms, errors<=1%, throughput>50)"));
}

absl::Status ReadMetric(absl::string_view left, Threshold* threshold) {
  const std::vector<std::string> parts = absl::StrSplit(left, '.');
  if (parts.size() > 2) return Invalid(threshold->text, "has too many dots");
  threshold->metric = parts.back();
  if (parts.size() == 2) threshold->what = parts[0];
  if (parts.size() == 2 && !IsTransaction(parts[0]) && !IsMessage(parts[0])) {
    std::vector<absl::string_view> known;
    for (const Kind kind : kKinds) known.push_back(KindName(kind));
    return Invalid(threshold->text,
                   absl::StrCat("\"", parts[0], "\" is no transaction (",
                                absl::StrJoin(known, ", "),
                                ") and no message (open, CreateSDResponse)"));
  }
  if (IsLatency(threshold->metric) || threshold->metric == kErrors ||
      threshold->metric == kThroughput) {
    return absl::OkStatus();
  }
  return Invalid(
      threshold->text,
      absl::StrCat("\"", threshold->metric, "\" is none of ",
                   absl::StrJoin(kLatencies, ", "), ", errors, throughput"));
}

absl::Status ReadValue(absl::string_view right, Threshold* threshold) {
  if (IsLatency(threshold->metric)) {
    absl::Duration duration;
    if (!absl::ParseDuration(right, &duration) ||
        duration < absl::ZeroDuration() ||
        duration == absl::InfiniteDuration()) {
      return Invalid(threshold->text, "needs a time like 200ms or 1.5s");
    }
    threshold->value = absl::ToDoubleMilliseconds(duration);
    return absl::OkStatus();
  }
  if (threshold->metric == kErrors && !absl::ConsumeSuffix(&right, "%")) {
    return Invalid(threshold->text, "needs percent, like 1%");
  }
  if (!absl::SimpleAtod(right, &threshold->value) ||
      !std::isfinite(threshold->value) || threshold->value < 0) {
    return Invalid(threshold->text, "needs a number");
  }
  return absl::OkStatus();
}

absl::StatusOr<Threshold> ParseOne(absl::string_view text) {
  Threshold threshold;
  threshold.text = std::string(text);
  const size_t at = text.find_first_of("<>");
  if (at == absl::string_view::npos) {
    return Invalid(text, "has none of <, <=, >, >=");
  }
  const bool less = text[at] == '<';
  absl::string_view right = text.substr(at + 1);
  const bool or_equal = absl::ConsumePrefix(&right, "=");
  threshold.comparison =
      less ? (or_equal ? Comparison::kLessOrEqual : Comparison::kLess)
           : (or_equal ? Comparison::kGreaterOrEqual : Comparison::kGreater);
  OTRP_RETURN_IF_ERROR(
      ReadMetric(absl::StripAsciiWhitespace(text.substr(0, at)), &threshold));
  OTRP_RETURN_IF_ERROR(
      ReadValue(absl::StripAsciiWhitespace(right), &threshold));
  return threshold;
}

const Value* At(const Value& value,
                std::initializer_list<absl::string_view> path) {
  const Value* at = &value;
  for (const absl::string_view name : path) {
    at = at->is_object() ? at->Find(name) : nullptr;
    if (at == nullptr) return nullptr;
  }
  return at;
}

double NumberAt(const Value& value,
                std::initializer_list<absl::string_view> path) {
  const Value* at = At(value, path);
  return at == nullptr || !at->is_number() ? 0 : at->as_number();
}

// What the report says of one thing, whichever kind of thing it is.
struct Numbers {
  double ok = 0;
  double errors = 0;
  const Value* latency = nullptr;
};

absl::optional<Numbers> NumbersOf(const std::string& what,
                                  const Value& report) {
  Numbers numbers;
  if (IsMessage(what)) {
    const Value* message = At(report, {"messages_ms", what});
    if (message == nullptr) return absl::nullopt;
    numbers.ok = NumberAt(*message, {"raw", "count"});
    numbers.errors = NumberAt(*message, {"errors"});
    numbers.latency = At(*message, {"corrected"});
    return numbers;
  }
  const Value* of = what.empty() ? At(report, {"totals"})
                                 : At(report, {"transactions", what});
  if (of == nullptr) return absl::nullopt;
  numbers.ok = NumberAt(*of, {"ok"});
  numbers.errors = NumberAt(*of, {"errors"});
  numbers.latency = At(*of, {"latency_ms", "corrected"});
  return numbers;
}

}  // namespace

absl::StatusOr<std::vector<Threshold>> ParseThresholds(absl::string_view text) {
  std::vector<Threshold> thresholds;
  for (const absl::string_view one :
       absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    OTRP_ASSIGN_OR_RETURN(Threshold threshold,
                          ParseOne(absl::StripAsciiWhitespace(one)));
    thresholds.push_back(std::move(threshold));
  }
  return thresholds;
}

absl::optional<double> Measured(const Threshold& threshold,
                                const Value& report) {
  const absl::optional<Numbers> numbers = NumbersOf(threshold.what, report);
  if (!numbers.has_value()) return absl::nullopt;
  const double all = numbers->ok + numbers->errors;
  if (threshold.metric == kErrors) {
    if (all == 0) return absl::nullopt;
    return 100 * numbers->errors / all;
  }
  if (threshold.metric == kThroughput) {
    const double seconds = NumberAt(report, {"window_seconds"});
    if (!(seconds > 0)) return absl::nullopt;
    return numbers->ok / seconds;
  }
  if (numbers->ok == 0 || numbers->latency == nullptr) return absl::nullopt;
  return NumberAt(*numbers->latency, {threshold.metric});
}

bool IsHeld(const Threshold& threshold, const Value& report) {
  const absl::optional<double> measured = Measured(threshold, report);
  if (!measured.has_value()) return false;
  switch (threshold.comparison) {
    case Comparison::kLess: return *measured < threshold.value;
    case Comparison::kLessOrEqual: return *measured <= threshold.value;
    case Comparison::kGreater: return *measured > threshold.value;
    case Comparison::kGreaterOrEqual: return *measured >= threshold.value;
  }
  return false;
}

Value ThresholdsJson(const std::vector<Threshold>& thresholds,
                     const Value& report) {
  Value list = Value::Array();
  for (const Threshold& threshold : thresholds) {
    const absl::optional<double> measured = Measured(threshold, report);
    Value item = Value::Object();
    item.Set("threshold", Value::String(threshold.text));
    item.Set("measured",
             measured.has_value()
                 ? Value::Number(std::round(*measured * 1000) / 1000)
                 : Value::Null());
    item.Set("held", Value::Bool(IsHeld(threshold, report)));
    list.Append(std::move(item));
  }
  return list;
}

}  // namespace otrp::load

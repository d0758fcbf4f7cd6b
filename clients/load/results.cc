#include "clients/load/results.h"

#include <algorithm>

#include "libs/base/status_macros.h"

namespace otrp::load {
namespace {

using json::Value;

Value ToJson(const Latency& latency) {
  Value value = Value::Object();
  value.Set("raw", latency.raw.ToJson());
  value.Set("corrected", latency.corrected.ToJson());
  return value;
}

absl::StatusOr<Histogram> HistogramOf(const Value& value,
                                      absl::string_view name) {
  OTRP_ASSIGN_OR_RETURN(const Value* member, value.GetObject(name));
  return Histogram::FromJson(*member);
}

absl::StatusOr<Latency> LatencyOf(const Value& value) {
  Latency latency;
  OTRP_ASSIGN_OR_RETURN(latency.raw, HistogramOf(value, "raw"));
  OTRP_ASSIGN_OR_RETURN(latency.corrected, HistogramOf(value, "corrected"));
  return latency;
}

void Merge(const Latency& from, Latency* into) {
  into->raw.Merge(from.raw);
  into->corrected.Merge(from.corrected);
}

// The plain numbers, each by its name.
template <typename R, typename Visit>
void VisitIntegers(R& results, Visit visit) {
  visit("connections", results.connections);
  visit("repeated", results.repeated);
  visit("bytes_sent", results.bytes_sent);
  visit("bytes_received", results.bytes_received);
  visit("fresh_devices", results.fresh_devices);
  visit("before_ok", results.before_ok);
  visit("before_errors", results.before_errors);
  visit("device_waits", results.device_waits);
  visit("substituted", results.substituted);
}

template <typename R, typename Visit>
void VisitSeconds(R& results, Visit visit) {
  visit("device_cpu_seconds", results.device_cpu_seconds);
  visit("cpu_user_seconds", results.cpu.user);
  visit("cpu_system_seconds", results.cpu.system);
}

}  // namespace

void Results::Merge(const Results& other) {
  for (const auto& [name, kind] : other.kinds) {
    KindResults& mine = kinds[name];
    mine.ok += kind.ok;
    mine.errors += kind.errors;
    load::Merge(kind.latency, &mine.latency);
  }
  for (const auto& [name, leg] : other.legs) {
    LegResults& mine = legs[name];
    mine.errors += leg.errors;
    load::Merge(leg.latency, &mine.latency);
  }
  for (const auto& [name, error] : other.errors) {
    ErrorResults& mine = errors[name];
    if (mine.count == 0) mine.example = error.example;
    mine.count += error.count;
  }
  connecting.Merge(other.connecting);
  std::vector<int64_t> integers;
  VisitIntegers(other, [&](const char*, int64_t n) { integers.push_back(n); });
  size_t i = 0;
  VisitIntegers(*this, [&](const char*, int64_t& n) { n += integers[i++]; });
  std::vector<double> seconds;
  VisitSeconds(other, [&](const char*, double n) { seconds.push_back(n); });
  i = 0;
  VisitSeconds(*this, [&](const char*, double& n) { n += seconds[i++]; });
  last_end_seconds = std::max(last_end_seconds, other.last_end_seconds);
  if (series.size() < other.series.size()) series.resize(other.series.size());
  for (i = 0; i < other.series.size(); ++i) {
    series[i].ok += other.series[i].ok;
    series[i].errors += other.series[i].errors;
    series[i].corrected.Merge(other.series[i].corrected);
  }
}

int64_t Results::Ok() const {
  int64_t all = 0;
  for (const auto& kind : kinds) all += kind.second.ok;
  return all;
}

int64_t Results::Errors() const {
  int64_t all = 0;
  for (const auto& kind : kinds) all += kind.second.errors;
  return all;
}

int64_t Results::Messages() const {
  int64_t all = 0;
  for (const auto& leg : legs) all += leg.second.latency.raw.count();
  return all;
}

int64_t Results::MessageErrors() const {
  int64_t all = 0;
  for (const auto& leg : legs) all += leg.second.errors;
  return all;
}

Value Results::ToJson() const {
  Value out = Value::Object();
  Value kinds_value = Value::Object();
  for (const auto& [name, kind] : kinds) {
    Value item = load::ToJson(kind.latency);
    item.Set("ok", Value::Integer(kind.ok));
    item.Set("errors", Value::Integer(kind.errors));
    kinds_value.Set(name, std::move(item));
  }
  out.Set("kinds", std::move(kinds_value));
  Value legs_value = Value::Object();
  for (const auto& [name, leg] : legs) {
    Value item = load::ToJson(leg.latency);
    item.Set("errors", Value::Integer(leg.errors));
    legs_value.Set(name, std::move(item));
  }
  out.Set("legs", std::move(legs_value));
  Value errors_value = Value::Array();
  for (const auto& [name, error] : errors) {
    Value item = Value::Object();
    item.Set("kind", Value::String(name.first));
    item.Set("reason", Value::String(name.second));
    item.Set("count", Value::Integer(error.count));
    item.Set("example", Value::String(error.example));
    errors_value.Append(std::move(item));
  }
  out.Set("errors", std::move(errors_value));
  out.Set("connecting", connecting.ToJson());
  VisitIntegers(*this, [&](const char* name, int64_t n) {
    out.Set(name, Value::Integer(n));
  });
  VisitSeconds(*this, [&](const char* name, double n) {
    out.Set(name, Value::Number(n));
  });
  out.Set("last_end_seconds", Value::Number(last_end_seconds));
  Value series_value = Value::Array();
  for (const Point& point : series) {
    Value item = Value::Object();
    item.Set("ok", Value::Integer(point.ok));
    item.Set("errors", Value::Integer(point.errors));
    item.Set("corrected", point.corrected.ToJson());
    series_value.Append(std::move(item));
  }
  out.Set("series", std::move(series_value));
  return out;
}

absl::StatusOr<Results> Results::FromJson(const Value& value) {
  Results results;
  OTRP_ASSIGN_OR_RETURN(const Value* kinds, value.GetObject("kinds"));
  for (const auto& [name, item] : kinds->members()) {
    KindResults& kind = results.kinds[name];
    OTRP_ASSIGN_OR_RETURN(kind.ok, item.GetInteger("ok"));
    OTRP_ASSIGN_OR_RETURN(kind.errors, item.GetInteger("errors"));
    OTRP_ASSIGN_OR_RETURN(kind.latency, LatencyOf(item));
  }
  OTRP_ASSIGN_OR_RETURN(const Value* legs, value.GetObject("legs"));
  for (const auto& [name, item] : legs->members()) {
    LegResults& leg = results.legs[name];
    OTRP_ASSIGN_OR_RETURN(leg.errors, item.GetInteger("errors"));
    OTRP_ASSIGN_OR_RETURN(leg.latency, LatencyOf(item));
  }
  OTRP_ASSIGN_OR_RETURN(const Value* errors, value.GetArray("errors"));
  for (const Value& item : errors->items()) {
    OTRP_ASSIGN_OR_RETURN(const absl::string_view kind, item.GetString("kind"));
    OTRP_ASSIGN_OR_RETURN(const absl::string_view reason,
                          item.GetString("reason"));
    ErrorResults& error =
        results.errors[{std::string(kind), std::string(reason)}];
    OTRP_ASSIGN_OR_RETURN(error.count, item.GetInteger("count"));
    OTRP_ASSIGN_OR_RETURN(const absl::string_view example,
                          item.GetString("example"));
    error.example = std::string(example);
  }
  OTRP_ASSIGN_OR_RETURN(results.connecting, HistogramOf(value, "connecting"));
  absl::Status status;
  VisitIntegers(results, [&](const char* name, int64_t& n) {
    const absl::StatusOr<int64_t> read = value.GetInteger(name);
    status.Update(read.status());
    if (read.ok()) n = *read;
  });
  OTRP_RETURN_IF_ERROR(status);
  const auto number = [&](const char* name, double& n) {
    const Value* member = value.Find(name);
    if (member != nullptr) n = member->as_number();
  };
  VisitSeconds(results, number);
  number("last_end_seconds", results.last_end_seconds);
  OTRP_ASSIGN_OR_RETURN(const Value* series, value.GetArray("series"));
  for (const Value& item : series->items()) {
    Point point;
    OTRP_ASSIGN_OR_RETURN(point.ok, item.GetInteger("ok"));
    OTRP_ASSIGN_OR_RETURN(point.errors, item.GetInteger("errors"));
    OTRP_ASSIGN_OR_RETURN(point.corrected, HistogramOf(item, "corrected"));
    results.series.push_back(std::move(point));
  }
  return results;
}

void Recorder::Add(const Transaction& transaction) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const bool failed = transaction.failure.has_value();
  if (failed) {
    // Those of the warm-up too: they make the run's result doubtful.
    ErrorResults& error = results_.errors[{
        std::string(KindName(transaction.kind)), transaction.failure->reason}];
    if (error.count++ == 0) error.example = transaction.failure->detail;
  }
  if (transaction.intended < options_.from ||
      transaction.intended >= options_.to) {
    ++(failed ? results_.before_errors : results_.before_ok);
    return;
  }
  results_.connections += transaction.connections;
  results_.repeated += transaction.repeated;
  results_.bytes_sent += transaction.bytes_sent;
  results_.bytes_received += transaction.bytes_received;
  results_.device_cpu_seconds += absl::ToDoubleSeconds(transaction.device_cpu);
  if (transaction.fresh_device) ++results_.fresh_devices;
  if (transaction.connections > 0) {
    results_.connecting.Record(transaction.connecting / transaction.connections,
                               transaction.connections);
  }
  const absl::Duration late = transaction.begun - transaction.intended;
  for (size_t i = 0; i < transaction.legs.size(); ++i) {
    const Leg& leg = transaction.legs[i];
    LegResults& results = results_.legs[leg.name];
    if (leg.failed) {
      ++results.errors;
      continue;
    }
    results.latency.raw.Record(leg.latency);
    // Only the first message can wait for its turn.
    results.latency.corrected.Record(i == 0 ? leg.latency + late : leg.latency);
  }
  const absl::Duration end = transaction.ended - options_.from;
  results_.last_end_seconds =
      std::max(results_.last_end_seconds, absl::ToDoubleSeconds(end));
  const auto index = static_cast<size_t>(
      std::max(0.0, absl::FDivDuration(end, options_.interval)));
  if (results_.series.size() <= index) results_.series.resize(index + 1);
  Point& point = results_.series[index];
  KindResults& kind = results_.kinds[std::string(KindName(transaction.kind))];
  if (failed) {
    ++kind.errors;
    ++point.errors;
    return;
  }
  ++kind.ok;
  ++point.ok;
  kind.latency.raw.Record(transaction.ended - transaction.begun);
  const absl::Duration corrected = transaction.ended - transaction.intended;
  kind.latency.corrected.RecordWithInterval(corrected,
                                            options_.expected_interval);
  point.corrected.RecordWithInterval(corrected, options_.expected_interval);
}

void Recorder::CountWait() {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++results_.device_waits;
}

void Recorder::CountSubstitute() {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++results_.substituted;
}

Results Recorder::Take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::move(results_);
}

}  // namespace otrp::load

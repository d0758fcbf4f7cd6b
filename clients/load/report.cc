#include "clients/load/report.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/load/thresholds.h"

namespace otrp::load {
namespace {

using json::Value;

// Three digits after the point tell microseconds from milliseconds.
Value Number(double value) {
  return Value::Number(std::round(value * 1000) / 1000);
}

Value Milliseconds(absl::Duration duration) {
  return Number(absl::ToDoubleMilliseconds(duration));
}

Value LatencyJson(const Histogram& histogram) {
  Value value = Value::Object();
  value.Set("count", Value::Integer(histogram.count()));
  value.Set("min", Milliseconds(histogram.Min()));
  value.Set("mean", Milliseconds(histogram.Mean()));
  value.Set("p50", Milliseconds(histogram.Percentile(50)));
  value.Set("p90", Milliseconds(histogram.Percentile(90)));
  value.Set("p95", Milliseconds(histogram.Percentile(95)));
  value.Set("p99", Milliseconds(histogram.Percentile(99)));
  value.Set("p999", Milliseconds(histogram.Percentile(99.9)));
  value.Set("max", Milliseconds(histogram.Max()));
  return value;
}

Value LatencyJson(const Latency& latency) {
  Value value = Value::Object();
  value.Set("raw", LatencyJson(latency.raw));
  value.Set("corrected", LatencyJson(latency.corrected));
  return value;
}

// For plots: what is at 0, 10, .. 99.99 percent.
Value CurveJson(const Histogram& histogram) {
  Value curve = Value::Array();
  for (const double percentile : {0.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 98.0,
                                  99.0, 99.5, 99.9, 99.99, 100.0}) {
    Value point = Value::Array();
    point.Append(Value::Number(percentile));
    point.Append(Milliseconds(histogram.Percentile(percentile)));
    curve.Append(std::move(point));
  }
  return curve;
}

double WindowSeconds(const RunOutcome& outcome) {
  // The last ones may end after the window.
  return std::max(absl::ToDoubleSeconds(outcome.window),
                  outcome.results.last_end_seconds);
}

Value TotalsJson(const RunOutcome& outcome) {
  const Results& results = outcome.results;
  const double seconds = WindowSeconds(outcome);
  const auto rate = [&](double count) {
    return Number(seconds > 0 ? count / seconds : 0);
  };
  Latency all;
  for (const auto& kind : results.kinds) {
    all.raw.Merge(kind.second.latency.raw);
    all.corrected.Merge(kind.second.latency.corrected);
  }
  Value value = Value::Object();
  value.Set("ok", Value::Integer(results.Ok()));
  value.Set("errors", Value::Integer(results.Errors()));
  value.Set("transactions_per_second", rate(static_cast<double>(results.Ok())));
  value.Set("messages", Value::Integer(results.Messages()));
  value.Set("message_errors", Value::Integer(results.MessageErrors()));
  value.Set("messages_per_second",
            rate(static_cast<double>(results.Messages())));
  value.Set("bytes_sent", Value::Integer(results.bytes_sent));
  value.Set("bytes_received", Value::Integer(results.bytes_received));
  value.Set("first_of_a_device", Value::Integer(results.fresh_devices));
  value.Set("latency_ms", LatencyJson(all));
  value.Set("curve_ms", CurveJson(all.corrected));
  return value;
}

Value ServicesJson(const RunOptions& options, const RunOutcome& outcome,
                   std::map<std::string, double>* messages) {
  Value services = Value::Array();
  if (outcome.before.size() != options.metrics.size() ||
      outcome.after.size() != options.metrics.size()) {
    return services;
  }
  const double ok = std::max<double>(1, outcome.results.Ok());
  for (size_t i = 0; i < options.metrics.size(); ++i) {
    const Scrape& before = outcome.before[i];
    const Scrape& after = outcome.after[i];
    const double cpu = after.cpu_seconds - before.cpu_seconds;
    Value service = Value::Object();
    service.Set("name", Value::String(options.metrics[i].first));
    service.Set("cpu_seconds", Number(cpu));
    service.Set("cpu_ms_per_transaction", Number(cpu * 1000 / ok));
    service.Set("resident_bytes",
                Value::Integer(static_cast<int64_t>(after.resident_bytes)));
    services.Append(std::move(service));
    for (const auto& [labels, count] : after.messages) {
      const auto found = before.messages.find(labels);
      (*messages)[labels] +=
          count - (found == before.messages.end() ? 0 : found->second);
    }
  }
  return services;
}

Value CpuJson(const RunOptions& options, const RunOutcome& outcome,
              Value* messages) {
  std::map<std::string, double> counted;
  Value services = ServicesJson(options, outcome, &counted);
  double all = 0;
  for (const Value& service : services.items()) {
    all += service.Find("cpu_seconds")->as_number();
  }
  *messages = Value::Object();
  for (const auto& [labels, count] : counted) {
    if (count > 0) {
      messages->Set(labels, Value::Integer(static_cast<int64_t>(count)));
    }
  }
  Value client = Value::Object();
  const Results& results = outcome.results;
  const CpuSeconds& own = outcome.coordinator_cpu;
  client.Set("user_seconds", Number(results.cpu.user + own.user));
  client.Set("system_seconds", Number(results.cpu.system + own.system));
  client.Set("device_seconds", Number(results.device_cpu_seconds));
  Value value = Value::Object();
  value.Set("client", std::move(client));
  value.Set("services", std::move(services));
  value.Set("services_seconds", Number(all));
  value.Set("services_ms_per_transaction",
            Number(all * 1000 / std::max<double>(1, results.Ok())));
  return value;
}

Value SeriesJson(const RunOptions& options, const RunOutcome& outcome) {
  Value series = Value::Array();
  const double interval = absl::ToDoubleSeconds(options.Interval());
  for (size_t i = 0; i < outcome.results.series.size(); ++i) {
    const Point& point = outcome.results.series[i];
    Value item = Value::Object();
    item.Set("second", Number(static_cast<double>(i) * interval));
    item.Set("ok", Value::Integer(point.ok));
    item.Set("errors", Value::Integer(point.errors));
    item.Set("p50_ms", Milliseconds(point.corrected.Percentile(50)));
    item.Set("p99_ms", Milliseconds(point.corrected.Percentile(99)));
    item.Set("max_ms", Milliseconds(point.corrected.Max()));
    series.Append(std::move(item));
  }
  return series;
}

double At(const Value& value, std::initializer_list<const char*> path) {
  const Value* at = &value;
  for (const char* name : path) {
    at = at->Find(name);
    if (at == nullptr) return 0;
  }
  return at->as_number();
}

std::string Row(const std::string& name, const Value& latency, double count,
                double errors) {
  std::string out = absl::StrFormat("%-24s%9.0f%8.0f", name, count, errors);
  for (const char* sort : {"corrected", "raw"}) {
    for (const char* column : {"p50", "p99", "max"}) {
      absl::StrAppendFormat(&out, "%9.1f", At(latency, {sort, column}));
    }
  }
  return out + "\n";
}

}  // namespace

Value ReportJson(const RunOptions& options, const RunOutcome& outcome) {
  const Results& results = outcome.results;
  Value report = Value::Object();
  report.Set("format", Value::String("otrp-load 1"));
  report.Set("started_at", Value::String(absl::FormatTime(
                               "%Y-%m-%dT%H:%M:%E3SZ", outcome.started_at,
                               absl::UTCTimeZone())));
  report.Set("options", options.ToJson());
  report.Set("interrupted", Value::Bool(outcome.interrupted));
  report.Set("window_seconds", Number(WindowSeconds(outcome)));
  report.Set("interval_seconds",
             Number(absl::ToDoubleSeconds(options.Interval())));
  report.Set("totals", TotalsJson(outcome));
  Value kinds = Value::Object();
  for (const auto& [name, kind] : results.kinds) {
    Value item = Value::Object();
    item.Set("ok", Value::Integer(kind.ok));
    item.Set("errors", Value::Integer(kind.errors));
    item.Set("latency_ms", LatencyJson(kind.latency));
    kinds.Set(name, std::move(item));
  }
  report.Set("transactions", std::move(kinds));
  Value legs = Value::Object();
  for (const auto& [name, leg] : results.legs) {
    Value item = LatencyJson(leg.latency);
    item.Set("errors", Value::Integer(leg.errors));
    legs.Set(name, std::move(item));
  }
  report.Set("messages_ms", std::move(legs));
  Value connections = Value::Object();
  connections.Set("opened", Value::Integer(results.connections));
  connections.Set("repeated", Value::Integer(results.repeated));
  connections.Set("latency_ms", LatencyJson(results.connecting));
  report.Set("connections", std::move(connections));
  Value errors = Value::Array();
  for (const auto& [name, error] : results.errors) {
    Value item = Value::Object();
    item.Set("transaction", Value::String(name.first));
    item.Set("reason", Value::String(name.second));
    item.Set("count", Value::Integer(error.count));
    item.Set("example", Value::String(error.example));
    errors.Append(std::move(item));
  }
  report.Set("errors", std::move(errors));
  Value before = Value::Object();
  before.Set("ok", Value::Integer(results.before_ok));
  before.Set("errors", Value::Integer(results.before_errors));
  report.Set("warmup", std::move(before));
  Value messages;
  report.Set("cpu", CpuJson(options, outcome, &messages));
  report.Set("server_messages", std::move(messages));
  Value generator = Value::Object();
  generator.Set("device_waits", Value::Integer(results.device_waits));
  generator.Set("substituted", Value::Integer(results.substituted));
  generator.Set("releases", Value::Integer(outcome.releases));
  generator.Set("lost_processes", Value::Integer(outcome.lost_processes));
  report.Set("generator", std::move(generator));
  Value notes = Value::Array();
  for (const std::string& note : outcome.notes) {
    notes.Append(Value::String(note));
  }
  report.Set("notes", std::move(notes));
  report.Set("series", SeriesJson(options, outcome));
  report.Set("thresholds", ThresholdsJson(options.thresholds, report));
  report.Set("passed",
             Value::Bool(Passed(options, outcome) && HeldThresholds(report)));
  return report;
}

std::string ReportTable(const Value& report) {
  std::string out = absl::StrFormat(
      "%.0f transactions in %.1f s: %.1f/s, %.0f messages (%.1f/s), %.0f "
      "errors\n\n",
      At(report, {"totals", "ok"}), At(report, {"window_seconds"}),
      At(report, {"totals", "transactions_per_second"}),
      At(report, {"totals", "messages"}),
      At(report, {"totals", "messages_per_second"}),
      At(report, {"totals", "errors"}));
  absl::StrAppendFormat(&out, "%-24s%9s%8s%27s%27s\n", "ms", "", "",
                        "corrected", "raw");
  absl::StrAppendFormat(&out, "%-24s%9s%8s%9s%9s%9s%9s%9s%9s\n", "TRANSACTION",
                        "OK", "ERRORS", "P50", "P99", "MAX", "P50", "P99",
                        "MAX");
  for (const auto& [name, kind] : report.Find("transactions")->members()) {
    out += Row(name, *kind.Find("latency_ms"), At(kind, {"ok"}),
               At(kind, {"errors"}));
  }
  absl::StrAppendFormat(&out, "\n%-24s%9s%8s\n", "MESSAGE", "ANSWERS",
                        "ERRORS");
  for (const auto& [name, leg] : report.Find("messages_ms")->members()) {
    out += Row(name, leg, At(leg, {"raw", "count"}), At(leg, {"errors"}));
  }
  const Value& connections = *report.Find("connections");
  absl::StrAppendFormat(&out,
                        "\nconnections: %.0f opened, p50 %.2f ms, p99 %.2f "
                        "ms\n",
                        At(connections, {"opened"}),
                        At(connections, {"latency_ms", "p50"}),
                        At(connections, {"latency_ms", "p99"}));
  const Value& cpu = *report.Find("cpu");
  absl::StrAppendFormat(
      &out,
      "CPU of this load: %.2f s user, %.2f s system; of it %.2f s for what "
      "devices compute\n",
      At(cpu, {"client", "user_seconds"}),
      At(cpu, {"client", "system_seconds"}),
      At(cpu, {"client", "device_seconds"}));
  if (cpu.Find("services")->size() > 0) {
    absl::StrAppendFormat(&out,
                          "CPU of the services: %.2f s, %.2f ms a "
                          "transaction:",
                          At(cpu, {"services_seconds"}),
                          At(cpu, {"services_ms_per_transaction"}));
    for (const Value& service : cpu.Find("services")->items()) {
      absl::StrAppendFormat(&out, " %s %.2f", service.Find("name")->as_string(),
                            At(service, {"cpu_ms_per_transaction"}));
    }
    out += "\n";
  }
  for (const Value& error : report.Find("errors")->items()) {
    absl::StrAppendFormat(
        &out, "error: %.0f x %s %s: %s\n", At(error, {"count"}),
        error.Find("transaction")->as_string(),
        error.Find("reason")->as_string(), error.Find("example")->as_string());
  }
  for (const Value& threshold : report.Find("thresholds")->items()) {
    const Value& measured = *threshold.Find("measured");
    absl::StrAppend(
        &out, "threshold ", threshold.Find("threshold")->as_string(), ": ",
        measured.is_null() ? "nothing was measured"
                           : absl::StrFormat("%.3f", measured.as_number()),
        threshold.Find("held")->as_bool() ? ", held" : ", MISSED", "\n");
  }
  for (const Value& note : report.Find("notes")->items()) {
    absl::StrAppend(&out, "note: ", note.as_string(), "\n");
  }
  if (report.Find("interrupted")->as_bool()) {
    out += "note: interrupted; the numbers are of what was done by then\n";
  }
  return out;
}

bool HeldThresholds(const Value& report) {
  const auto& thresholds = report.Find("thresholds")->items();
  return std::all_of(
      thresholds.begin(), thresholds.end(),
      [](const Value& threshold) { return threshold.Find("held")->as_bool(); });
}

bool Passed(const RunOptions& options, const RunOutcome& outcome) {
  return outcome.lost_processes == 0 && outcome.results.Ok() > 0 &&
         outcome.results.Errors() + outcome.results.before_errors <=
             options.max_errors;
}

}  // namespace otrp::load

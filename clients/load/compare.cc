#include "clients/load/compare.h"

#include <cmath>
#include <initializer_list>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/types/optional.h"

namespace otrp::load {
namespace {

using json::Value;

constexpr char kFormat[] = "otrp-load 1";

const Value* At(const Value& value,
                std::initializer_list<absl::string_view> path) {
  const Value* at = &value;
  for (const absl::string_view name : path) {
    at = at->is_object() ? at->Find(name) : nullptr;
    if (at == nullptr) return nullptr;
  }
  return at;
}

absl::optional<double> NumberAt(const Value* value, absl::string_view name) {
  if (value == nullptr) return absl::nullopt;
  const Value* member = At(*value, {name});
  if (member == nullptr || !member->is_number()) return absl::nullopt;
  return member->as_number();
}

Value NumberOrNull(const absl::optional<double>& number) {
  return number.has_value() ? Value::Number(*number) : Value::Null();
}

class Rows {
 public:
  void Add(const std::string& what, const std::string& metric,
           const absl::optional<double>& before,
           const absl::optional<double>& after) {
    if (!before.has_value() && !after.has_value()) return;
    Value row = Value::Object();
    row.Set("what", Value::String(what));
    row.Set("metric", Value::String(metric));
    row.Set("before", NumberOrNull(before));
    row.Set("after", NumberOrNull(after));
    absl::optional<double> change;
    if (before.has_value() && after.has_value() && *before != 0) {
      change = std::round((*after / *before - 1) * 1000) / 10;
    }
    row.Set("change_percent", NumberOrNull(change));
    rows_.Append(std::move(row));
  }

  // The members `names` of both, as metrics with `unit`.
  void AddAll(const std::string& what, const Value* before, const Value* after,
              std::initializer_list<const char*> names,
              const std::string& unit) {
    for (const char* name : names) {
      Add(what, absl::StrCat(name, unit), NumberAt(before, name),
          NumberAt(after, name));
    }
  }

  Value Take() { return std::move(rows_); }

 private:
  Value rows_ = Value::Array();
};

// The names of an object's members, of both reports together.
std::set<std::string> NamesAt(const Value& before, const Value& after,
                              absl::string_view member) {
  std::set<std::string> names;
  for (const Value* report : {&before, &after}) {
    const Value* object = At(*report, {member});
    if (object == nullptr || !object->is_object()) continue;
    for (const auto& [name, value] : object->members()) names.insert(name);
  }
  return names;
}

// A service's CPU a transaction.
absl::optional<double> ServiceCpu(const Value& report,
                                  const std::string& name) {
  const Value* services = At(report, {"cpu", "services"});
  if (services == nullptr || !services->is_array()) return absl::nullopt;
  for (const Value& service : services->items()) {
    const Value* known = At(service, {"name"});
    if (known != nullptr && known->is_string() && known->as_string() == name) {
      return NumberAt(&service, "cpu_ms_per_transaction");
    }
  }
  return absl::nullopt;
}

void AddServices(const Value& before, const Value& after, Rows* rows) {
  std::set<std::string> names;
  for (const Value* report : {&before, &after}) {
    const Value* services = At(*report, {"cpu", "services"});
    if (services == nullptr || !services->is_array()) continue;
    for (const Value& service : services->items()) {
      const Value* name = At(service, {"name"});
      if (name != nullptr && name->is_string()) names.insert(name->as_string());
    }
  }
  for (const std::string& name : names) {
    rows->Add(name, "CPU ms a transaction", ServiceCpu(before, name),
              ServiceCpu(after, name));
  }
  if (names.empty()) return;
  rows->Add("all services", "CPU ms a transaction",
            NumberAt(At(before, {"cpu"}), "services_ms_per_transaction"),
            NumberAt(At(after, {"cpu"}), "services_ms_per_transaction"));
}

// When, and what was asked for.
Value About(const Value& report) {
  Value about = Value::Object();
  for (const char* name :
       {"started_at", "passed", "window_seconds", "options"}) {
    const Value* member = At(report, {name});
    if (member != nullptr) about.Set(name, *member);
  }
  return about;
}

std::string TextAt(const Value& value,
                   std::initializer_list<absl::string_view> path) {
  const Value* text = At(value, path);
  return text != nullptr && text->is_string() ? text->as_string() : "-";
}

std::string Cell(const Value& number) {
  return number.is_null() ? "-" : absl::StrFormat("%.2f", number.as_number());
}

}  // namespace

absl::Status CheckReport(const Value& report) {
  const Value* series = At(report, {"series"});
  if (TextAt(report, {"format"}) == kFormat && series != nullptr &&
      series->is_array() && At(report, {"totals", "latency_ms"}) != nullptr) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("isn't what otrp-load run --json writes");
}

Value CompareJson(const Value& before, const Value& after) {
  Rows rows;
  rows.AddAll(
      "all transactions", At(before, {"totals"}), At(after, {"totals"}),
      {"ok", "errors", "transactions_per_second", "messages_per_second"}, "");
  rows.AddAll("all transactions",
              At(before, {"totals", "latency_ms", "corrected"}),
              At(after, {"totals", "latency_ms", "corrected"}),
              {"p50", "p90", "p99", "max"}, " ms");
  for (const std::string& name : NamesAt(before, after, "transactions")) {
    rows.AddAll(name, At(before, {"transactions", name}),
                At(after, {"transactions", name}), {"ok", "errors"}, "");
    rows.AddAll(name,
                At(before, {"transactions", name, "latency_ms", "corrected"}),
                At(after, {"transactions", name, "latency_ms", "corrected"}),
                {"p50", "p99", "max"}, " ms");
  }
  for (const std::string& name : NamesAt(before, after, "messages_ms")) {
    rows.AddAll(name, At(before, {"messages_ms", name}),
                At(after, {"messages_ms", name}), {"errors"}, "");
    rows.AddAll(name, At(before, {"messages_ms", name, "corrected"}),
                At(after, {"messages_ms", name, "corrected"}),
                {"p50", "p99", "max"}, " ms");
  }
  AddServices(before, after, &rows);
  Value comparison = Value::Object();
  comparison.Set("format", Value::String("otrp-load compare 1"));
  comparison.Set("before", About(before));
  comparison.Set("after", About(after));
  comparison.Set("rows", rows.Take());
  return comparison;
}

std::string CompareTable(const Value& comparison) {
  std::string out;
  for (const char* run : {"before", "after"}) {
    absl::StrAppendFormat(&out, "%-7s %s  %s\n", run,
                          TextAt(comparison, {run, "started_at"}),
                          TextAt(comparison, {run, "options", "mix"}));
  }
  absl::StrAppendFormat(&out, "\n%-28s%-26s%12s%12s%10s\n", "WHAT", "METRIC",
                        "BEFORE", "AFTER", "CHANGE");
  for (const Value& row : comparison.Find("rows")->items()) {
    const Value& change = *row.Find("change_percent");
    absl::StrAppendFormat(
        &out, "%-28s%-26s%12s%12s%10s\n", row.Find("what")->as_string(),
        row.Find("metric")->as_string(), Cell(*row.Find("before")),
        Cell(*row.Find("after")),
        change.is_null() ? "-"
                         : absl::StrFormat("%+.1f %%", change.as_number()));
  }
  return out;
}

}  // namespace otrp::load

// Two runs in one report: what each measured, and how much that changed.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT for what is no report of a run.

#ifndef CLIENTS_LOAD_COMPARE_H_
#define CLIENTS_LOAD_COMPARE_H_

#include <string>

#include "absl/status/status.h"
#include "libs/json/json.h"

namespace otrp::load {

// Whether it is what `run --json` writes.
absl::Status CheckReport(const json::Value& report);

// Of two reports: {"before", "after": when and what was asked for,
// "rows": [{"what", "metric", "before", "after", "change_percent"}]}; null
// where a run hasn't measured it.
json::Value CompareJson(const json::Value& before, const json::Value& after);

// Of CompareJson().
std::string CompareTable(const json::Value& comparison);

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_COMPARE_H_

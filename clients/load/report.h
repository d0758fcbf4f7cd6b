// What is said of a run: numbers as JSON for programs, a table for people, a
// page with plots (page.h) of the same JSON.
//
// Thread-safety: functions without state.

#ifndef CLIENTS_LOAD_REPORT_H_
#define CLIENTS_LOAD_REPORT_H_

#include <string>

#include "clients/load/coordinator.h"
#include "clients/load/options.h"
#include "libs/json/json.h"

namespace otrp::load {

// docs/load.md tells what the members are.
json::Value ReportJson(const RunOptions& options, const RunOutcome& outcome);

// Of ReportJson().
std::string ReportTable(const json::Value& report);

// Whether the run is good: results of all processes, something done, and no
// more errors than allowed.
bool Passed(const RunOptions& options, const RunOutcome& outcome);

// Whether it kept to each of the thresholds, which are in the report.
bool HeldThresholds(const json::Value& report);

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_REPORT_H_

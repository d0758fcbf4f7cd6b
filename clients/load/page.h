// A report as one HTML page with plots, which needs nothing else: no script,
// no style and no picture from elsewhere.
//
// Thread-safety: functions without state.

#ifndef CLIENTS_LOAD_PAGE_H_
#define CLIENTS_LOAD_PAGE_H_

#include <string>

#include "libs/json/json.h"

namespace otrp::load {

// Of ReportJson().
// Two reports: their numbers side by side, their curves in the same plots.
std::string ComparePage(const json::Value& before, const json::Value& after);

std::string ReportPage(const json::Value& report);

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_PAGE_H_

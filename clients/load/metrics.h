// What the services themselves say of a run: their CPU time and the messages
// that they counted, from their /metrics before and after.
//
// Thread-safety: functions without state.
// Errors: UNAVAILABLE for a page that can't be read.

#ifndef CLIENTS_LOAD_METRICS_H_
#define CLIENTS_LOAD_METRICS_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace otrp::load {

struct Scrape {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  // By their labels: `type="CreateSD",dialect="ietf03",verdict="ok"`.
  std::map<std::string, double> messages;
};

// Prometheus text format; what we don't know is left out.
Scrape ParseMetrics(absl::string_view text);

// By name, in the order of `sources` (name, URL).
absl::StatusOr<std::vector<Scrape>> ScrapeAll(
    const std::vector<std::pair<std::string, std::string>>& sources);

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_METRICS_H_

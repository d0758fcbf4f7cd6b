// What `otrp-load run` was told.
//
// Thread-safety: a value.
// Errors: INVALID_ARGUMENT, naming the flag.

#ifndef CLIENTS_LOAD_OPTIONS_H_
#define CLIENTS_LOAD_OPTIONS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/load/arrivals.h"
#include "clients/load/mix.h"
#include "clients/load/target.h"
#include "clients/load/thresholds.h"
#include "libs/cli/cli.h"
#include "libs/json/json.h"

namespace otrp::load {

struct RunOptions {
  Target target;
  Mix mix;
  // At the same time, all processes together.
  int devices = 20;
  int processes = 1;
  absl::Duration duration = absl::Seconds(20);
  absl::Duration warmup;
  // Open loop where there is a rate or a ramp.
  bool open = false;
  double rate = 0;
  std::vector<RampStep> ramp;
  Spacing spacing = Spacing::kPoisson;
  // Closed loop.
  absl::Duration think;
  absl::Duration expected_interval;
  bool fresh_connections = false;
  absl::Duration timeout = absl::Seconds(30);
  int64_t max_errors = 0;
  std::vector<Threshold> thresholds;
  uint64_t seed = 1;
  bool progress = false;
  // Name and URL.
  std::vector<std::pair<std::string, std::string>> metrics;
  std::string json_file;
  std::string html_file;

  // One point of the series.
  absl::Duration Interval() const;
  // For the report.
  json::Value ToJson() const;
};

// Of `otrp-load run`.
const std::vector<cli::Flag>& RunFlags();
absl::StatusOr<RunOptions> RunOptionsFrom(const cli::Args& args);

// A flag's number, `otherwise` without the flag.
absl::StatusOr<int> IntFlag(const cli::Args& args, const std::string& name,
                            int least, int most, int otherwise);

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_OPTIONS_H_

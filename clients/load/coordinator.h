// A run as a whole: starts the processes, begins when all are ready, lets the
// SP release and withdraw, shows how it goes, and puts together what was seen.
//
// Each part of the load runs in a forked process of its own, also where there
// is only one, so that this process measures and does nothing else. SIGINT and
// SIGTERM end the run early, and it is reported as far as it got.
//
// Thread-safety: one run a process; it must have no other threads yet.
// Errors: what keeps a run from beginning. After that everything is counted.

#ifndef CLIENTS_LOAD_COORDINATOR_H_
#define CLIENTS_LOAD_COORDINATOR_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/load/metrics.h"
#include "clients/load/options.h"
#include "clients/load/results.h"

namespace otrp::load {

struct RunOutcome {
  Results results;
  absl::Time started_at;
  // Of the window: as planned, unless it was interrupted.
  absl::Duration window;
  bool interrupted = false;
  CpuSeconds coordinator_cpu;
  // As options.metrics; empty without, or when they couldn't be read.
  std::vector<Scrape> before;
  std::vector<Scrape> after;
  int releases = 0;
  // What isn't counted but should be known.
  std::vector<std::string> notes;
  // Processes that ended without results.
  int lost_processes = 0;
};

absl::StatusOr<RunOutcome> RunLoad(const RunOptions& options);

// Runs a program to its end; its standard output. UNAVAILABLE with what it
// said when its exit code isn't 0.
absl::StatusOr<std::string> RunProgram(const std::vector<std::string>& words);

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_COORDINATOR_H_

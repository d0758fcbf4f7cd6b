// One process's part of a run: its devices, and threads that each work with
// one device after the other.
//
// Thread-safety: one caller; it starts threads of its own.
// Errors: what keeps devices from being set up. What goes wrong in the run
// itself is counted.

#ifndef CLIENTS_LOAD_GENERATOR_H_
#define CLIENTS_LOAD_GENERATOR_H_

#include "absl/status/statusor.h"
#include "clients/load/options.h"
#include "clients/load/results.h"
#include "clients/load/shared.h"

namespace otrp::load {

// Process `number` of options.processes: reads its devices' keys, brings those
// that need it into their first state, says so in shared.settled, waits for
// shared.start_nanos, and works until the end of the window or shared.stop.
absl::StatusOr<Results> Generate(const RunOptions& options, int number,
                                 Shared& shared);

// The monotonic clock.
int64_t NowNanos();

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_GENERATOR_H_

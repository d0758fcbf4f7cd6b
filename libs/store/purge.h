// Removing what is older than it is kept: in batches, so that no lock is held
// for long, until nothing is left or the time is up. What is left then shows
// as telemetry::kPurgeLag, so that a purge that can't keep up is seen.
//
//   static constexpr PurgeRule kOld = {"appraisal", "at"};
//   store::Purge(pool, kOld, now - kKeepAppraisals, absl::Seconds(1));
//
// Thread-safety: thread-safe; any number of replicas may purge.
// Errors: as libs/store/pool.h; what was removed before stays so.

#ifndef OTRP_LIBS_STORE_PURGE_H_
#define OTRP_LIBS_STORE_PURGE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/store/pool.h"

namespace otrp {
namespace store {

// Rows a statement: some tens of milliseconds.
inline constexpr int kPurgeBatch = 1000;

enum class PurgeLock {
  // Of two replicas at once, the second finds the rows gone.
  kNone,
  // Each skips what the others hold; takes UPDATE on the table.
  kSkipLocked,
};

// Which rows go: words of ours, they become part of statements.
struct PurgeRule {
  const char* table;
  // Its column that says how old a row is. Needs an index in that order, of the
  // rows that `condition` leaves.
  const char* time;
  PurgeLock lock = PurgeLock::kNone;
  // Beside the time; empty: all rows.
  const char* condition = "";
  // "column = value, ..": sets that instead of deleting.
  const char* mark = "";
  // The metric's; empty: the table.
  const char* label = "";
};

// How many rows before `cutoff` were removed. One batch is always tried.
absl::StatusOr<int64_t> Purge(Pool& pool, const PurgeRule& rule,
                              absl::Time cutoff, absl::Duration budget);

}  // namespace store
}  // namespace otrp

#endif  // OTRP_LIBS_STORE_PURGE_H_

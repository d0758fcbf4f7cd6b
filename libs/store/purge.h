// Removing what is older than it is kept: in batches, so that no lock is held
// for long, until nothing is left or the time is up. What is left then shows
// as telemetry::kPurgeLag, so that a purge that can't keep up is seen.
//
//   static constexpr PurgeRule kOld = {"appraisal",
//       "DELETE FROM appraisal WHERE ctid = ANY (ARRAY(SELECT ctid FROM "
//       "appraisal WHERE at < $1 ORDER BY at LIMIT $2))",
//       "SELECT at FROM appraisal WHERE at < $1 ORDER BY at LIMIT 1"};
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

struct PurgeRule {
  // The metric's label.
  const char* table;
  // Removes (or marks) the oldest rows before $1, up to $2 of them. Needs an
  // index in that order: without ORDER BY, removed rows would be read again.
  // By ctid, as an array: for keys, PostgreSQL reads the whole table once a
  // batch to join it with them. The place of a row is good for as long as the
  // statement, since it can see the row.
  const char* remove;
  // The time of the oldest row before $1; no row where there is none.
  const char* oldest;
};

// How many rows before `cutoff` were removed. One batch is always tried.
absl::StatusOr<int64_t> Purge(Pool& pool, const PurgeRule& rule,
                              absl::Time cutoff, absl::Duration budget);

}  // namespace store
}  // namespace otrp

#endif  // OTRP_LIBS_STORE_PURGE_H_

// Forces a race: holds back others' statements by a lock until all that shall
// run at once wait.
//
// Thread-safety: a function without state.

#ifndef OTRP_TESTS_SUPPORT_LOCK_WAITERS_H_
#define OTRP_TESTS_SUPPORT_LOCK_WAITERS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "libs/base/status_macros.h"
#include "libs/store/pool.h"

namespace otrp {
namespace testing {

// Returns when so many statements of the pool's role wait for another's lock.
// DEADLINE_EXCEEDED after 10 s.
inline absl::Status AwaitLockWaiters(store::Pool& pool, int64_t wanted) {
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  int64_t waiting = 0;
  while (waiting < wanted) {
    if (absl::Now() > deadline) {
      return absl::DeadlineExceededError(absl::StrCat(waiting, " wait"));
    }
    OTRP_ASSIGN_OR_RETURN(const store::Row row, pool.Query1(R"sql(
      SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'
      )sql"));
    OTRP_RETURN_IF_ERROR(row.Scan(&waiting));
  }
  return absl::OkStatus();
}

}  // namespace testing
}  // namespace otrp

#endif  // OTRP_TESTS_SUPPORT_LOCK_WAITERS_H_

#include "libs/store/purge.h"

#include "absl/time/clock.h"
#include "libs/base/status_macros.h"
#include "libs/telemetry/metrics.h"

namespace otrp {
namespace store {

absl::StatusOr<int64_t> Purge(Pool& pool, const PurgeRule& rule,
                              absl::Time cutoff, absl::Duration budget) {
  const absl::Time end = absl::Now() + budget;
  int64_t removed = 0;
  int64_t batch = 0;
  do {
    OTRP_ASSIGN_OR_RETURN(const Rows rows,
                          pool.ExecOnce(rule.remove, cutoff, kPurgeBatch));
    batch = rows.affected();
    removed += batch;
  } while (batch == kPurgeBatch && absl::Now() < end);

  OTRP_ASSIGN_OR_RETURN(const Rows left, pool.Query(rule.oldest, cutoff));
  absl::Duration lag = absl::ZeroDuration();
  if (!left.empty()) {
    absl::Time oldest;
    OTRP_RETURN_IF_ERROR(left[0].Scan(&oldest));
    lag = cutoff - oldest;
  }
  telemetry::kPurgeLag.With(pool.schema(), rule.table)
      .Set(absl::ToDoubleSeconds(lag));
  return removed;
}

}  // namespace store
}  // namespace otrp

#include "libs/store/purge.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "libs/base/status_macros.h"
#include "libs/telemetry/metrics.h"

namespace otrp {
namespace store {
namespace {

// The rows before $1 that the rule speaks of, the oldest first.
std::string OldestFirst(const PurgeRule& rule, absl::string_view column) {
  const absl::string_view condition = rule.condition;
  return absl::StrCat("SELECT ", column, " FROM ", rule.table, " WHERE ",
                      rule.time, " < $1::timestamptz",
                      condition.empty() ? "" : " AND ", condition, " ORDER BY ",
                      rule.time, " LIMIT ");
}

// Up to $2 of them. By ctid, as an array: for keys, PostgreSQL reads the whole
// table once a batch to join it with them. The place of a row is good for as
// long as the statement, since it can see the row. Without ORDER BY, removed
// rows would be read again.
std::string RemoveSql(const PurgeRule& rule) {
  const absl::string_view mark = rule.mark;
  return absl::StrCat(
      mark.empty() ? absl::StrCat("DELETE FROM ", rule.table)
                   : absl::StrCat("UPDATE ", rule.table, " SET ", mark),
      " WHERE ctid = ANY (ARRAY(", OldestFirst(rule, "ctid"), "$2::bigint",
      rule.lock == PurgeLock::kSkipLocked ? " FOR UPDATE SKIP LOCKED" : "",
      "))");
}

}  // namespace

absl::StatusOr<int64_t> Purge(Pool& pool, const PurgeRule& rule,
                              absl::Time cutoff, absl::Duration budget) {
  const absl::Time end = absl::Now() + budget;
  const std::string remove = RemoveSql(rule);
  int64_t removed = 0;
  int64_t batch = 0;
  do {
    OTRP_ASSIGN_OR_RETURN(const Rows rows,
                          pool.ExecOnce(remove, cutoff, kPurgeBatch));
    batch = rows.affected();
    removed += batch;
  } while (batch == kPurgeBatch && absl::Now() < end);

  OTRP_ASSIGN_OR_RETURN(
      const Rows left,
      pool.Query(absl::StrCat(OldestFirst(rule, rule.time), "1"), cutoff));
  absl::Duration lag = absl::ZeroDuration();
  if (!left.empty()) {
    absl::Time oldest;
    OTRP_RETURN_IF_ERROR(left[0].Scan(&oldest));
    lag = cutoff - oldest;
  }
  const absl::string_view label = rule.label;
  telemetry::kPurgeLag
      .With(pool.schema(),
            label.empty() ? absl::string_view(rule.table) : label)
      .Set(absl::ToDoubleSeconds(lag));
  return removed;
}

}  // namespace store
}  // namespace otrp

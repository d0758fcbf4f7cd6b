// Outcomes, handed on to the portal.

#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "services/tsm/domain/words.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {
namespace {

constexpr char kDone[] = "DELETE FROM outcome WHERE batch = $1::uuid";

// Whoever comes at the same moment waits for the row, and finds that the batch
// isn't late any more.
constexpr char kLate[] = R"sql(
  UPDATE outcome
  SET handed_on_at = $1
  WHERE batch = (
    SELECT batch FROM outcome
    WHERE batch IS NOT NULL AND handed_on_at < $2
    ORDER BY handed_on_at LIMIT 1)
    AND handed_on_at < $2
  RETURNING batch::text, kind, did, spid, taid, version, action, code, detail,
    given_up
)sql";

// Made once: a volatile function would give each row its own.
constexpr char kNew[] = R"sql(
  WITH made AS MATERIALIZED (SELECT gen_random_uuid() AS id)
  UPDATE outcome
  SET handed_on_at = $1, batch = made.id
  FROM made
  WHERE outcome.id IN (
    SELECT id FROM outcome
    WHERE batch IS NULL
    ORDER BY id LIMIT $2
    FOR UPDATE SKIP LOCKED)
  RETURNING batch::text, kind, did, spid, taid, version, action, code, detail,
    given_up
)sql";

absl::StatusOr<OutcomeBatch> Read(const store::Rows& rows) {
  OutcomeBatch batch;
  for (const store::Row& row : rows) {
    Outcome outcome;
    std::string kind;
    OTRP_RETURN_IF_ERROR(
        row.Scan(&batch.id, &kind, store::BytesOut(&outcome.did), &outcome.spid,
                 &outcome.taid, &outcome.version, &outcome.action,
                 &outcome.code, &outcome.detail, &outcome.given_up));
    OTRP_RETURN_IF_ERROR(FromWord(kind, &outcome.kind));
    batch.outcomes.push_back(std::move(outcome));
  }
  return batch;
}

}  // namespace

absl::StatusOr<OutcomeBatch> TsmStore::TakeOutcomes(const std::string& done,
                                                    absl::Time now,
                                                    absl::Duration lease,
                                                    int limit) {
  if (!done.empty()) {
    OTRP_RETURN_IF_ERROR(pool_.ExecOnce(kDone, done).status());
  }
  OTRP_ASSIGN_OR_RETURN(store::Rows late,
                        pool_.ExecOnce(kLate, now, now - lease));
  if (!late.empty()) return Read(late);
  OTRP_ASSIGN_OR_RETURN(store::Rows fresh, pool_.ExecOnce(kNew, now, limit));
  return Read(fresh);
}

}  // namespace tsm
}  // namespace otrp

#include "libs/store/outbox.h"

#include "libs/base/status_macros.h"
#include "libs/store/purge.h"

namespace otrp {
namespace store {
namespace {

// The id is drawn when the lock is held, which the materialized row sees to.
constexpr char kEnqueue[] = R"sql(
    WITH locked AS MATERIALIZED (
      SELECT pg_advisory_xact_lock(
        hashtextextended(current_schema() || ' outbox ' || $2::text, 0))
    )
    INSERT INTO outbox (event_id, lane, topic, type, content_type, key, payload,
                        traceparent)
    SELECT $1::text, $2::text, $3::text, $4::text, $5::text, $6::text,
           $7::bytea, $8::text
    FROM locked
    RETURNING id
    )sql";

constexpr char kPending[] = R"sql(
    SELECT count(*),
           coalesce(floor(1e6 * extract(epoch FROM
             clock_timestamp() - min(created_at))), 0)::bigint,
           count(parked_at),
           count(DISTINCT lane) FILTER (
             WHERE parked_at IS NOT NULL OR next_try_at > clock_timestamp())
    FROM outbox
    WHERE delivered_at IS NULL
    )sql";

}  // namespace

absl::StatusOr<int64_t> Enqueue(Tx& tx, const OutboxMessage& message) {
  OTRP_ASSIGN_OR_RETURN(
      Row row, tx.Exec1(kEnqueue, message.event_id, message.lane, message.topic,
                        message.type, message.content_type, message.key,
                        Bytes(message.payload), message.traceparent));
  int64_t id;
  OTRP_RETURN_IF_ERROR(row.Scan(&id));
  return id;
}

OutboxFailure OutboxFailureOf(absl::StatusCode code) {
  switch (code) {
    // That the way there or the caller's certificate isn't good is of no one
    // message; nor is that there is too much at once.
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return OutboxFailure::kReceiverAway;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kDataLoss: return OutboxFailure::kRefused;
    // A receiver of an older version may be upgraded (UNIMPLEMENTED), a fault
    // mended (INTERNAL, UNKNOWN).
    default: return OutboxFailure::kMayPass;
  }
}

absl::StatusOr<OutboxBacklog> OutboxPending(Pool& pool) {
  OTRP_ASSIGN_OR_RETURN(Row row, pool.Query1(kPending));
  OutboxBacklog backlog;
  int64_t microseconds = 0;
  OTRP_RETURN_IF_ERROR(row.Scan(&backlog.messages, &microseconds,
                                &backlog.parked, &backlog.lanes_waiting));
  backlog.age = absl::Microseconds(microseconds);
  return backlog;
}

absl::StatusOr<bool> InboxFirstTime(Tx& tx, absl::string_view source,
                                    absl::string_view event_id) {
  OTRP_ASSIGN_OR_RETURN(
      const int64_t inserted,
      tx.ExecCount("INSERT INTO inbox (source, event_id) VALUES ($1, $2) "
                   "ON CONFLICT DO NOTHING",
                   source, event_id));
  return inserted == 1;
}

absl::StatusOr<int64_t> PurgeInbox(Pool& pool, absl::Time cutoff,
                                   absl::Duration budget) {
  static constexpr PurgeRule kRule = {"inbox", "applied_at"};
  return Purge(pool, kRule, cutoff, budget);
}

}  // namespace store
}  // namespace otrp

#include "libs/store/outbox_round.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/telemetry/log.h"

namespace otrp {
namespace store {
namespace internal {
namespace {

// Advisory lock of the dispatcher; the second key is the schema's.
constexpr int kDispatcherLock = 0x0b0c;

constexpr char kLock[] = R"sql(
    SELECT pg_try_advisory_xact_lock($1::int, hashtext(current_schema()))
    )sql";

// Messages a transaction: few enough that an error repeats little.
constexpr int kBatch = 16;

// A batch ends after this much delivering, so that what was delivered is
// recorded soon.
constexpr std::chrono::seconds kBatchTime(3);

// So many messages are tried in vain on a receiver that is away, each of
// another lane: one would not do, since a message may be what brings it down.
constexpr int kProbes = 2;

// The dispatcher's transaction idles while a message is delivered.
constexpr char kAllowIdle[] =
    "SET LOCAL idle_in_transaction_session_timeout = '60s'";

// The lanes one after another by their index, however many messages each has;
// of those whose first message is due, the first messages. All lanes' first
// ones go before anybody's second one, those that never failed before those
// that did.
constexpr char kDue[] = R"sql(
    WITH RECURSIVE lanes AS (
      (SELECT lane FROM outbox WHERE delivered_at IS NULL
       ORDER BY lane LIMIT 1)
      UNION ALL
      SELECT (SELECT o.lane FROM outbox AS o
              WHERE o.delivered_at IS NULL AND o.lane > lanes.lane
              ORDER BY o.lane LIMIT 1)
      FROM lanes
      WHERE lanes.lane IS NOT NULL
    ), due AS (
      SELECT head.lane, head.attempts
      FROM lanes CROSS JOIN LATERAL (
        SELECT id, lane, attempts, next_try_at, parked_at
        FROM outbox
        WHERE delivered_at IS NULL AND lane = lanes.lane
        ORDER BY id LIMIT 1) AS head
      WHERE head.parked_at IS NULL
        AND coalesce(head.next_try_at <= clock_timestamp(), true)
      ORDER BY head.attempts, head.id
      LIMIT $1::integer
    )
    SELECT message.id, message.lane
    FROM due CROSS JOIN LATERAL (
      SELECT id, lane, row_number() OVER (ORDER BY id) AS place
      FROM outbox
      WHERE delivered_at IS NULL AND lane = due.lane
      ORDER BY id LIMIT $1::integer) AS message
    ORDER BY message.place, due.attempts, message.id
    LIMIT $1::integer
    )sql";

constexpr char kLoad[] = R"sql(
    SELECT id, event_id, lane, topic, type, content_type, key, payload,
           traceparent, attempts, failures
    FROM outbox
    WHERE id = $1 AND delivered_at IS NULL AND parked_at IS NULL
    )sql";

// What was delivered isn't kept here any longer. An operator may have skipped
// it meanwhile.
constexpr char kDelivered[] = R"sql(
    UPDATE outbox
    SET delivered_at = clock_timestamp(), attempts = attempts + 1,
        last_error = '', next_try_at = NULL, payload = '', skipped = false
    WHERE id = $1
    )sql";

// $3: microseconds until the next try.
constexpr char kFailed[] = R"sql(
    UPDATE outbox
    SET attempts = attempts + 1, failures = $4::integer, last_error = $2,
        next_try_at = clock_timestamp() + $3::bigint * interval '1 microsecond',
        parked_at = CASE WHEN $5::boolean THEN clock_timestamp() END
    WHERE id = $1 AND delivered_at IS NULL
    )sql";

constexpr size_t kMaxErrorBytes = 500;

struct Due {
  int64_t id = 0;
  std::string lane;
};

// A message that wasn't taken.
struct Failed {
  OutboxMessage message;
  absl::Status status;
  OutboxFailure kind = OutboxFailure::kMayPass;
};

absl::StatusOr<std::vector<Due>> FindDue(Tx& tx) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows, tx.Exec(kDue, kBatch));
  std::vector<Due> due;
  for (const Row& row : rows) {
    Due& next = due.emplace_back();
    OTRP_RETURN_IF_ERROR(row.Scan(&next.id, &next.lane));
  }
  return due;
}

// None: an operator has skipped it meanwhile.
absl::StatusOr<absl::optional<OutboxMessage>> Load(Tx& tx, int64_t id) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows, tx.Exec(kLoad, id));
  absl::optional<OutboxMessage> message;
  if (rows.empty()) return message;
  OutboxMessage& m = message.emplace();
  OTRP_RETURN_IF_ERROR(rows[0].Scan(
      &m.id, &m.event_id, &m.lane, &m.topic, &m.type, &m.content_type, &m.key,
      BytesOut(&m.payload), &m.traceparent, &m.attempts, &m.failures));
  return message;
}

absl::Duration Backoff(int tries, absl::Duration least, absl::Duration most) {
  return std::min(most, least * std::exp2(std::min(tries, 30)));
}

// Whether the receiver took others' messages since this lane failed last, or in
// this round.
bool WasThere(const std::string& lane, int delivered,
              const OutboxMemory& memory) {
  const auto before = memory.taken_at_failure.find(lane);
  return before == memory.taken_at_failure.end()
             ? delivered > 0
             : memory.taken > before->second;
}

// `was_there`: the receiver isn't away, so its answer is about the message.
absl::Status Record(Tx& tx, const Failed& failed, bool was_there,
                    const OutboxDispatcher::Options& options,
                    OutboxRound* round) {
  const OutboxMessage& message = failed.message;
  const bool counts = was_there || failed.kind != OutboxFailure::kReceiverAway;
  const int failures = message.failures + (counts ? 1 : 0);
  const bool parked = failed.kind == OutboxFailure::kRefused ||
                      failures >= options.max_failures;
  const absl::Duration pause =
      counts
          ? Backoff(failures - 1, options.min_backoff, options.max_lane_backoff)
          : Backoff(message.attempts, options.min_backoff, options.max_backoff);
  if (!parked) round->retry_after = std::min(round->retry_after, pause);
  round->failure = failed.status;
  OTRP_LOG(WARNING, parked ? "outbox message parked" : "outbox delivery failed",
           {{"id", std::to_string(message.id)},
            {"lane", message.lane},
            {"topic", message.topic},
            {"type", message.type},
            {"error", failed.status.ToString()},
            {"failures", std::to_string(failures)},
            {"retry_after", parked ? "" : absl::FormatDuration(pause)}});
  return tx
      .Exec(kFailed, message.id,
            failed.status.ToString().substr(0, kMaxErrorBytes),
            absl::ToInt64Microseconds(pause), failures, parked)
      .status();
}

// Delivers what is due; what failed, and in `round` what was delivered.
absl::StatusOr<std::vector<Failed>> DeliverDue(
    Tx& tx, const std::vector<Due>& due,
    const OutboxDispatcher::Deliver& deliver, OutboxRound* round,
    OutboxMemory* memory) {
  const auto end = std::chrono::steady_clock::now() + kBatchTime;
  std::set<std::string> held_up;
  std::vector<Failed> failed;
  int probes = 0;
  for (const Due& next : due) {
    if (held_up.count(next.lane) != 0) continue;
    // One by one: payloads may be large.
    OTRP_ASSIGN_OR_RETURN(absl::optional<OutboxMessage> message,
                          Load(tx, next.id));
    if (!message.has_value()) continue;
    const absl::Status status = deliver(*message);
    if (status.ok()) {
      OTRP_RETURN_IF_ERROR(tx.Exec(kDelivered, next.id).status());
      ++round->delivered;
      ++memory->taken;
      memory->taken_at_failure.erase(next.lane);
      probes = 0;
    } else {
      held_up.insert(next.lane);
      const OutboxFailure kind = OutboxFailureOf(status.code());
      failed.push_back({*std::move(message), status, kind});
      if (kind == OutboxFailure::kReceiverAway && ++probes == kProbes) {
        round->more = false;
        break;
      }
    }
    if (std::chrono::steady_clock::now() >= end) {
      round->more = true;
      break;
    }
  }
  return failed;
}

}  // namespace

absl::StatusOr<OutboxRound> DeliverRound(
    Pool& pool, const OutboxDispatcher::Deliver& deliver,
    const OutboxDispatcher::Options& options, OutboxMemory* memory) {
  OutboxRound round;
  OutboxMemory after;
  OTRP_RETURN_IF_ERROR(pool.Run([&](Tx& tx) -> absl::Status {
    round = OutboxRound();
    after = *memory;
    OTRP_ASSIGN_OR_RETURN(const Row lock, tx.Exec1(kLock, kDispatcherLock));
    bool locked = false;
    OTRP_RETURN_IF_ERROR(lock.Scan(&locked));
    if (!locked) return absl::OkStatus();
    OTRP_RETURN_IF_ERROR(tx.Exec(kAllowIdle).status());
    OTRP_ASSIGN_OR_RETURN(const std::vector<Due> due, FindDue(tx));
    round.more = due.size() == kBatch;
    OTRP_ASSIGN_OR_RETURN(const std::vector<Failed> failed,
                          DeliverDue(tx, due, deliver, &round, &after));
    for (const Failed& one : failed) {
      const std::string& lane = one.message.lane;
      OTRP_RETURN_IF_ERROR(Record(
          tx, one, WasThere(lane, round.delivered, after), options, &round));
      after.taken_at_failure[lane] = after.taken;
    }
    round.receiver_away =
        round.delivered == 0 &&
        std::any_of(failed.begin(), failed.end(), [](const auto& f) {
          return f.kind == OutboxFailure::kReceiverAway;
        });
    return absl::OkStatus();
  }));
  *memory = std::move(after);
  return round;
}

}  // namespace internal
}  // namespace store
}  // namespace otrp

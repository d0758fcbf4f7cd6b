#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/status_macros.h"
#include "libs/store/audit.h"
#include "libs/store/audit_chain.h"
#include "libs/telemetry/log.h"

namespace otrp {
namespace store {
namespace {

using internal::kSealBatch;
using internal::Seal;

// Advisory lock of the sealer; the second key is the schema's.
constexpr int kSealerLock = 0x5ea1;

constexpr char kLock[] = R"sql(
    SELECT pg_try_advisory_xact_lock($1::int, hashtext(current_schema()))
    )sql";

// Backlogs are worked off in some calls; a stop waits for one.
constexpr absl::Duration kBudget = absl::Seconds(5);

// Batches of older events that are given their seals' numbers in one
// transaction.
constexpr int kAdoptedBatches = 20;

// By ctid, as purge.cc does it.
constexpr char kSealEvents[] = R"sql(
    UPDATE audit_event
    SET seal = $1::bigint
    WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM audit_event
      WHERE seal IS NULL ORDER BY id LIMIT $2::integer))
    )sql";

constexpr char kInsertSeal[] = R"sql(
    INSERT INTO audit_seal (id, format, epoch, reason, server, count, prev_hash,
                            hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    )sql";

// Events of earlier versions get the numbers of their seals. One that a seal
// is older than isn't under it: it was written on another server, whose
// transaction numbers began anew. (A minute: a clock may have been put back.)
constexpr char kAdopt[] = R"sql(
    WITH batch AS MATERIALIZED (
      SELECT e.id, e.ctid, e.at, e.xid, (
        SELECT s.id FROM audit_seal AS s
        WHERE s.from_xid <= e.xid
        ORDER BY s.from_xid DESC LIMIT 1) AS seal
      FROM audit_event AS e
      WHERE e.seal IS NULL AND e.id > $1::bigint
      ORDER BY e.id LIMIT $2::integer
    ), covered AS MATERIALIZED (
      SELECT batch.id, batch.ctid, batch.seal
      FROM batch CROSS JOIN LATERAL (
        SELECT 1 FROM audit_seal AS s
        WHERE s.id = batch.seal AND s.until_xid > batch.xid
          AND batch.at <= s.at + interval '1 minute' LIMIT 1) AS s
    ), adopted AS (
      UPDATE audit_event AS e
      SET seal = covered.seal
      FROM covered
      WHERE e.id = covered.id AND e.ctid = ANY (ARRAY(SELECT ctid FROM covered))
    )
    SELECT count(*), coalesce(max(id), 0) FROM batch
    )sql";

// Which server this is and which of its histories: a return to a point in
// time or a promotion begins a timeline of its own. Empty where we aren't told.
absl::StatusOr<std::string> ServerOf(Tx& tx) {
  OTRP_ASSIGN_OR_RETURN(const Row may,
                        tx.Exec1("SELECT has_function_privilege("
                                 "'pg_control_system()', 'execute')"));
  bool allowed = false;
  OTRP_RETURN_IF_ERROR(may.Scan(&allowed));
  std::string server;
  if (!allowed) return server;
  OTRP_ASSIGN_OR_RETURN(const Row row, tx.Exec1(R"sql(
      SELECT system_identifier || ' timeline '
             || left(pg_walfile_name(pg_current_wal_lsn()), 8)
      FROM pg_control_system()
      )sql"));
  OTRP_RETURN_IF_ERROR(row.Scan(&server));
  return server;
}

// False where there is more to adopt.
absl::StatusOr<bool> Adopt(Tx& tx) {
  int64_t after = 0;
  for (int i = 0; i < kAdoptedBatches; ++i) {
    OTRP_ASSIGN_OR_RETURN(const Row row, tx.Exec1(kAdopt, after, kSealBatch));
    int64_t read = 0;
    OTRP_RETURN_IF_ERROR(row.Scan(&read, &after));
    if (read < kSealBatch) return true;
  }
  return false;
}

absl::StatusOr<Seal> LastSeal(Tx& tx) {
  OTRP_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Exec(absl::StrCat("SELECT ", internal::kSealColumns,
                           " FROM audit_seal ORDER BY id DESC LIMIT 1")));
  Seal last;
  last.hash = std::string(internal::kGenesisHash);
  if (!rows.empty()) OTRP_RETURN_IF_ERROR(ReadSeal(rows[0], &last));
  return last;
}

// The seal that follows `last`, without events.
Seal Follow(const Seal& last, std::string server) {
  Seal next;
  next.id = last.id + 1;
  next.epoch = last.epoch;
  next.prev_hash = last.hash;
  next.server = std::move(server);
  if (last.id == 0) return next;
  if (last.format != next.format) {
    next.reason = absl::StrCat("seals of format ", next.format,
                               " follow those of format ", last.format);
  } else if (next.server != last.server) {
    next.reason = absl::StrCat("the database was on server \"", last.server,
                               "\" and is on \"", next.server, "\"");
  } else {
    return next;
  }
  ++next.epoch;
  return next;
}

// Gives events the number `seal.id`; its count and hash, 0 where there are no
// events.
absl::Status SealEvents(Tx& tx, Seal* seal) {
  OTRP_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Exec(absl::StrCat("WITH sealed AS (", kSealEvents, " RETURNING *) ",
                           "SELECT ", internal::kEventColumns,
                           " FROM sealed ORDER BY id"),
              seal->id, kSealBatch));
  internal::SealHash hash(*seal);
  for (const Row& row : rows) {
    StoredAuditEvent event;
    int64_t xid = 0;
    OTRP_RETURN_IF_ERROR(internal::ReadEvent(row, &event, &xid));
    hash.Add(event, xid);
  }
  seal->count = hash.count();
  seal->hash = hash.Finish();
  return absl::OkStatus();
}

struct Sealed {
  Seal seal;
  // All that there was is sealed.
  bool done = true;
};

absl::StatusOr<Sealed> SealBatch(Pool& pool) {
  Sealed sealed;
  OTRP_RETURN_IF_ERROR(pool.Run([&](Tx& tx) -> absl::Status {
    sealed = Sealed();
    OTRP_ASSIGN_OR_RETURN(const Row lock, tx.Exec1(kLock, kSealerLock));
    bool locked = false;
    OTRP_RETURN_IF_ERROR(lock.Scan(&locked));
    if (!locked) return absl::OkStatus();
    OTRP_ASSIGN_OR_RETURN(const Rows waiting,
                          tx.Exec("SELECT id FROM audit_event WHERE seal IS "
                                  "NULL ORDER BY id LIMIT 1"));
    if (waiting.empty()) return absl::OkStatus();
    OTRP_ASSIGN_OR_RETURN(const Seal last, LastSeal(tx));
    if (last.id != 0 && last.format == internal::kSealOfTransactions) {
      OTRP_ASSIGN_OR_RETURN(sealed.done, Adopt(tx));
      if (!sealed.done) return absl::OkStatus();
    }
    OTRP_ASSIGN_OR_RETURN(std::string server, ServerOf(tx));
    Seal next = Follow(last, std::move(server));
    OTRP_RETURN_IF_ERROR(SealEvents(tx, &next));
    if (next.count == 0) return absl::OkStatus();
    OTRP_RETURN_IF_ERROR(tx.Exec(kInsertSeal, next.id, next.format, next.epoch,
                                 next.reason, next.server, next.count,
                                 Bytes(next.prev_hash), Bytes(next.hash))
                             .status());
    sealed.done = next.count < kSealBatch;
    sealed.seal = std::move(next);
    return absl::OkStatus();
  }));
  return sealed;
}

}  // namespace

absl::StatusOr<int64_t> SealAuditLog(Pool& pool) {
  const absl::Time end = absl::Now() + kBudget;
  int64_t events = 0;
  Sealed sealed;
  do {
    OTRP_ASSIGN_OR_RETURN(sealed, SealBatch(pool));
    const Seal& seal = sealed.seal;
    if (seal.count == 0) continue;
    events += seal.count;
    // The log is the copy elsewhere that shows if the newest seals vanish.
    OTRP_LOG(INFO, "audit log sealed",
             {{"schema", pool.schema()},
              {"events", absl::StrCat(seal.count)},
              {"seal", absl::StrCat(seal.id)},
              {"epoch", absl::StrCat(seal.epoch)},
              {"reason", seal.reason},
              {"hash", absl::BytesToHexString(seal.hash)}});
  } while (!sealed.done && absl::Now() < end);
  return events;
}

absl::StatusOr<absl::Duration> AuditSealLag(Pool& pool) {
  OTRP_ASSIGN_OR_RETURN(Row row, pool.Query1(R"sql(
        SELECT coalesce(floor(1e6 * extract(epoch FROM
          clock_timestamp() - (
            SELECT at FROM audit_event WHERE seal IS NULL
            ORDER BY id LIMIT 1))), 0)::bigint
      )sql"));
  int64_t microseconds = 0;
  OTRP_RETURN_IF_ERROR(row.Scan(&microseconds));
  return absl::Microseconds(microseconds);
}

}  // namespace store
}  // namespace otrp

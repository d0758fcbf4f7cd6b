#include "libs/store/audit.h"

#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/store/audit_many.h"
#include "libs/store/idempotency.h"
#include "libs/store/value.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"

namespace otrp {
namespace store {
namespace {

// Advisory lock of the sealer; the second key is the schema's.
constexpr int kSealerLock = 0x5ea1;

// Rows a read while sealing and verifying: bounded memory for any log.
constexpr int kBatch = 2000;

constexpr int kMaxFaults = 100;

constexpr absl::string_view kGenesisHash =
    "otrp audit chain, first link, v1";  // 32 octets

constexpr char kInsert[] =
    "INSERT INTO audit_event (actor, action, subject, outcome, details, "
    "trace_id) VALUES ($1, $2, $3, $4, $5::jsonb, $6)";

absl::string_view DetailsOf(const AuditEvent& event) {
  return event.details_json.empty() ? absl::string_view("{}")
                                    : absl::string_view(event.details_json);
}

// Unambiguous: each field goes with its length.
void AppendField(absl::string_view field, std::string* out) {
  absl::StrAppend(out, field.size(), ":", field, ";");
}

// What the seal's hash covers of one event.
std::string Canonical(const StoredAuditEvent& e, int64_t xid) {
  std::string out;
  AppendField(absl::StrCat(e.id), &out);
  AppendField(absl::StrCat(xid), &out);
  AppendField(absl::StrCat(absl::ToUnixMicros(e.at)), &out);
  AppendField(e.event.actor, &out);
  AppendField(e.event.action, &out);
  AppendField(e.event.subject, &out);
  AppendField(e.event.outcome, &out);
  AppendField(e.event.details_json, &out);
  AppendField(e.event.trace_id, &out);
  return out;
}

constexpr char kColumns[] =
    "id, at, actor, action, subject, outcome, details::text, trace_id, xid";

absl::Status ReadEvent(const Row& row, StoredAuditEvent* e, int64_t* xid) {
  return row.Scan(&e->id, &e->at, &e->event.actor, &e->event.action,
                  &e->event.subject, &e->event.outcome, &e->event.details_json,
                  &e->event.trace_id, xid);
}

struct RangeHash {
  std::string hash;
  int64_t count = 0;
};

// Hash over the seal before and all events of [from, until), in (xid, id)
// order.
absl::StatusOr<RangeHash> HashRange(Tx& tx, absl::string_view prev_hash,
                                    int64_t from, int64_t until) {
  crypto::Sha256Hasher hasher;
  hasher.Update(prev_hash);
  std::string bounds;
  AppendField(absl::StrCat(from), &bounds);
  AppendField(absl::StrCat(until), &bounds);
  hasher.Update(bounds);
  RangeHash result;
  int64_t last_xid = from - 1;
  int64_t last_id = 0;
  while (true) {
    OTRP_ASSIGN_OR_RETURN(
        Rows rows,
        tx.Exec(absl::StrCat("SELECT ", kColumns,
                             " FROM audit_event WHERE (xid, id) > "
                             "($1::bigint, $2::bigint) AND xid >= $3::bigint "
                             "AND xid < $4::bigint ORDER BY xid, id LIMIT $5"),
                last_xid, last_id, from, until, kBatch));
    for (Row row : rows) {
      StoredAuditEvent event;
      OTRP_RETURN_IF_ERROR(ReadEvent(row, &event, &last_xid));
      last_id = event.id;
      hasher.Update(Canonical(event, last_xid));
      ++result.count;
    }
    if (rows.size() < kBatch) break;
  }
  result.hash = hasher.Finish();
  return result;
}

struct Seal {
  int64_t id = 0;
  int64_t from_xid = 0;
  int64_t until_xid = 0;
  int64_t count = 0;
  std::string prev_hash;
  std::string hash;
};

absl::Status ReadSeal(const Row& row, Seal* seal) {
  return row.Scan(&seal->id, &seal->from_xid, &seal->until_xid, &seal->count,
                  BytesOut(&seal->prev_hash), BytesOut(&seal->hash));
}

constexpr char kSealColumns[] =
    "id, from_xid, until_xid, count, prev_hash, hash";

}  // namespace

absl::Status AppendAudit(Tx& tx, const AuditEvent& event) {
  if (!event.attempt.empty()) {
    OTRP_RETURN_IF_ERROR(MarkActed(tx, event.attempt));
  }
  OTRP_RETURN_IF_ERROR(tx.ExecParams(kInsert, AuditParams(event)).status());
  telemetry::kAuditEvents.With(event.action, event.outcome).Increment();
  return absl::OkStatus();
}

absl::Status AppendAudits(Tx& tx, const std::vector<AuditEvent>& events) {
  std::set<std::string> attempts;
  std::vector<std::string> actors, actions, subjects, outcomes, details, traces;
  for (const AuditEvent& event : events) {
    if (!event.attempt.empty() && attempts.insert(event.attempt).second) {
      OTRP_RETURN_IF_ERROR(MarkActed(tx, event.attempt));
    }
    actors.push_back(event.actor);
    actions.push_back(event.action);
    subjects.push_back(event.subject);
    outcomes.push_back(event.outcome);
    details.emplace_back(DetailsOf(event));
    traces.push_back(event.trace_id);
  }
  OTRP_RETURN_IF_ERROR(tx.Exec(R"sql(
      INSERT INTO audit_event (actor, action, subject, outcome, details,
                               trace_id)
      SELECT actor, action, subject, outcome, details::jsonb, trace
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
                  $6::text[])
        WITH ORDINALITY
        AS event (actor, action, subject, outcome, details, trace, number)
      ORDER BY number)sql",
                               TextArray(actors), TextArray(actions),
                               TextArray(subjects), TextArray(outcomes),
                               TextArray(details), TextArray(traces))
                           .status());
  for (const AuditEvent& event : events) {
    telemetry::kAuditEvents.With(event.action, event.outcome).Increment();
  }
  return absl::OkStatus();
}

std::string AuditCte(absl::string_view name, int first,
                     absl::string_view only_if) {
  std::string sql = absl::StrCat(
      name,
      " AS (INSERT INTO audit_event (actor, action, subject, outcome, "
      "details, trace_id) SELECT $",
      first, "::text, $", first + 1, "::text, $", first + 2, "::text, $",
      first + 3, "::text, $", first + 4, "::jsonb, $", first + 5, "::text");
  if (!only_if.empty()) absl::StrAppend(&sql, " WHERE ", only_if);
  absl::StrAppend(&sql, ")");
  return sql;
}

std::vector<Param> AuditParams(const AuditEvent& event) {
  return {Param(event.actor),   Param(event.action),     Param(event.subject),
          Param(event.outcome), Param(DetailsOf(event)), Param(event.trace_id)};
}

absl::StatusOr<std::vector<StoredAuditEvent>> ListAuditEvents(
    Pool& pool, const AuditFilter& filter) {
  OTRP_ASSIGN_OR_RETURN(
      Rows rows,
      pool.Query(
          absl::StrCat("SELECT ", kColumns,
                       " FROM audit_event WHERE ($1::bigint = 0 OR id < "
                       "$1::bigint) AND ($2::text = '' OR subject = $2::text) "
                       "AND starts_with(action, $3::text) ORDER BY id DESC "
                       "LIMIT $4"),
          filter.before_id, filter.subject, filter.action_prefix,
          filter.limit));
  std::vector<StoredAuditEvent> events;
  events.reserve(rows.size());
  for (Row row : rows) {
    StoredAuditEvent event;
    int64_t xid;
    OTRP_RETURN_IF_ERROR(ReadEvent(row, &event, &xid));
    events.push_back(std::move(event));
  }
  return events;
}

absl::StatusOr<int64_t> SealAuditLog(Pool& pool) {
  Seal sealed;
  OTRP_RETURN_IF_ERROR(pool.Run([&](Tx& tx) -> absl::Status {
    sealed = Seal();
    OTRP_ASSIGN_OR_RETURN(Row lock,
                          tx.Exec1("SELECT pg_try_advisory_xact_lock($1::int, "
                                   "hashtext(current_schema()))",
                                   kSealerLock));
    bool locked;
    OTRP_RETURN_IF_ERROR(lock.Scan(&locked));
    if (!locked) return absl::OkStatus();

    Seal last;
    last.prev_hash = std::string(kGenesisHash);
    last.hash = last.prev_hash;
    OTRP_ASSIGN_OR_RETURN(
        Rows seals, tx.Exec(absl::StrCat("SELECT ", kSealColumns,
                                         " FROM audit_seal ORDER BY id DESC "
                                         "LIMIT 1")));
    if (!seals.empty()) OTRP_RETURN_IF_ERROR(ReadSeal(seals[0], &last));

    // Every transaction below the horizon has ended: nothing can appear
    // behind it any more.
    int64_t horizon;
    OTRP_ASSIGN_OR_RETURN(
        Row row, tx.Exec1("SELECT pg_snapshot_xmin(pg_current_snapshot())"
                          "::text::bigint"));
    OTRP_RETURN_IF_ERROR(row.Scan(&horizon));
    if (horizon <= last.until_xid) return absl::OkStatus();
    Seal next;
    next.from_xid = last.until_xid;
    next.until_xid = horizon;
    OTRP_ASSIGN_OR_RETURN(
        RangeHash range,
        HashRange(tx, last.hash, next.from_xid, next.until_xid));
    // No events, no seal: the next one covers the range.
    if (range.count == 0) return absl::OkStatus();
    OTRP_RETURN_IF_ERROR(
        tx.Exec("INSERT INTO audit_seal (from_xid, until_xid, count, "
                "prev_hash, hash) VALUES ($1, $2, $3, $4, $5)",
                next.from_xid, next.until_xid, range.count, Bytes(last.hash),
                Bytes(range.hash))
            .status());
    next.count = range.count;
    next.hash = range.hash;
    sealed = std::move(next);
    return absl::OkStatus();
  }));
  if (sealed.count > 0) {
    // The log is the copy elsewhere that shows if the newest seals vanish.
    OTRP_LOG(INFO, "audit log sealed",
             {{"schema", pool.schema()},
              {"events", absl::StrCat(sealed.count)},
              {"until_xid", absl::StrCat(sealed.until_xid)},
              {"hash", absl::BytesToHexString(sealed.hash)}});
  }
  return sealed.count;
}

absl::StatusOr<absl::Duration> AuditSealLag(Pool& pool) {
  OTRP_ASSIGN_OR_RETURN(
      Row row,
      // The first unsealed event behind the last seal, each by its index. An
      // aggregate over a bound that isn't known when the statement is planned
      // would read the whole log.
      pool.Query1(R"sql(
        SELECT coalesce(floor(1e6 * extract(epoch FROM
          clock_timestamp() - (
            SELECT at FROM audit_event
            WHERE xid >= coalesce((
              SELECT until_xid FROM audit_seal ORDER BY id DESC LIMIT 1), 0)
            ORDER BY xid, id LIMIT 1))), 0)::bigint
      )sql"));
  int64_t microseconds = 0;
  OTRP_RETURN_IF_ERROR(row.Scan(&microseconds));
  return absl::Microseconds(microseconds);
}

absl::StatusOr<AuditVerification> VerifyAuditLog(Pool& pool) {
  AuditVerification result;
  const TxOptions options{Isolation::kRepeatableRead, /*read_only=*/true};
  OTRP_RETURN_IF_ERROR(pool.Run(
      [&](Tx& tx) -> absl::Status {
        result = AuditVerification();
        auto fault = [&result](std::string text) {
          result.intact = false;
          if (result.faults.size() < kMaxFaults) {
            result.faults.push_back(std::move(text));
          }
        };
        int64_t expected_from = 0;
        std::string expected_prev(kGenesisHash);
        // Once for each seal, in the order of ids: their number grows too.
        auto next_seal = [&tx](int64_t after) {
          return tx.Exec(absl::StrCat("SELECT ", kSealColumns, R"sql(
            FROM audit_seal WHERE id > $1 ORDER BY id LIMIT 1
          )sql"),
                         after);
        };
        Seal seal;
        while (true) {
          OTRP_ASSIGN_OR_RETURN(const Rows rows, next_seal(seal.id));
          if (rows.empty()) break;
          OTRP_RETURN_IF_ERROR(ReadSeal(rows[0], &seal));
          if (seal.from_xid != expected_from) {
            fault(absl::StrCat("seal ", seal.id, ": starts at transaction ",
                               seal.from_xid, ", not ", expected_from,
                               ": a seal is missing before it"));
          }
          if (seal.prev_hash != expected_prev) {
            fault(absl::StrCat("seal ", seal.id,
                               ": doesn't continue the seal before it"));
          }
          OTRP_ASSIGN_OR_RETURN(
              RangeHash range,
              HashRange(tx, seal.prev_hash, seal.from_xid, seal.until_xid));
          if (range.count != seal.count) {
            fault(absl::StrCat("seal ", seal.id, ": covers ", seal.count,
                               " events, but there are ", range.count));
          } else if (range.hash != seal.hash) {
            fault(absl::StrCat("seal ", seal.id,
                               ": an event under it was changed"));
          }
          ++result.seals;
          result.sealed_events += seal.count;
          expected_from = seal.until_xid;
          expected_prev = seal.hash;
        }
        OTRP_ASSIGN_OR_RETURN(
            Row unsealed,
            tx.Exec1("SELECT count(*) FROM audit_event WHERE xid >= "
                     "$1::bigint",
                     expected_from));
        return unsealed.Scan(&result.unsealed_events);
      },
      options));
  return result;
}

}  // namespace store
}  // namespace otrp

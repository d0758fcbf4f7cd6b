#include "libs/store/audit.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/store/audit_chain.h"
#include "libs/store/audit_many.h"
#include "libs/store/idempotency.h"
#include "libs/store/value.h"
#include "libs/telemetry/metrics.h"

namespace otrp {
namespace store {
namespace {

constexpr char kInsert[] =
    "INSERT INTO audit_event (actor, action, subject, outcome, details, "
    "trace_id) VALUES ($1, $2, $3, $4, $5::jsonb, $6)";

absl::string_view DetailsOf(const AuditEvent& event) {
  return event.details_json.empty() ? absl::string_view("{}")
                                    : absl::string_view(event.details_json);
}

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
          absl::StrCat("SELECT ", internal::kEventColumns,
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
    OTRP_RETURN_IF_ERROR(internal::ReadEvent(row, &event, &xid));
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace store
}  // namespace otrp

// Who gets which application.

#include <utility>

#include "libs/base/status_macros.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/storage/portal_store.h"
#include "services/sp_portal/storage/steps.h"
#include "services/sp_portal/storage/webhook_events.h"

namespace otrp {
namespace portal {
namespace {

using store::Row;
using store::Rows;
using store::Tx;

constexpr char kInsert[] = R"sql(
    INSERT INTO assignment (spid, taid, kind, target, assigned_at, channel)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (spid, taid, kind, target) DO UPDATE
    SET channel = EXCLUDED.channel
    WHERE assignment.channel <> EXCLUDED.channel
    )sql";

// Held until the assignment is made: it isn't revoked in between.
constexpr char kEntitled[] = R"sql(
    SELECT 1
    FROM entitlement
    WHERE spid = $1 AND revoked_at IS NULL
      AND (kind = 'all' AND target = '' OR kind = $2 AND target = $3)
    LIMIT 1
    FOR SHARE
    )sql";

constexpr char kGranted[] = R"sql(
    SELECT id, kind, target
    FROM entitlement
    WHERE spid = $1 AND revoked_at IS NULL AND kind IN ('group', 'devices')
    )sql";

constexpr char kHold[] = R"sql(
    SELECT 1
    FROM entitlement
    WHERE id = $1 AND revoked_at IS NULL
    FOR SHARE
    )sql";

constexpr char kDelete[] = R"sql(
    DELETE FROM assignment
    WHERE spid = $1 AND taid = $2 AND kind = $3 AND target = $4
    )sql";

constexpr char kList[] = R"sql(
    SELECT id, spid, taid, kind, target, assigned_at, channel
    FROM assignment
    WHERE id > $1 AND ($2::text = '' OR spid = $2)
      AND (cardinality($3::text[]) = 0 OR taid = ANY($3::text[])
           OR lower(taid) = ANY($4::text[]))
    ORDER BY id
    LIMIT $5
    )sql";

absl::StatusOr<Assignment> ReadAssignment(const Row& row) {
  Assignment assignment;
  TargetWords words;
  std::string channel;
  OTRP_RETURN_IF_ERROR(row.Scan(&assignment.id, &assignment.spid,
                                &assignment.taid, &words.kind, &words.target,
                                &assignment.assigned_at, &channel));
  OTRP_ASSIGN_OR_RETURN(assignment.channel, service::ParseChannel(channel));
  absl::optional<Target> target = TargetOf(words);
  if (!target.has_value()) {
    return absl::DataLossError("an assignment's target can't be read");
  }
  assignment.target = *std::move(target);
  return assignment;
}

// Whether one of the SP's entitlements covers the target; it is held then.
absl::StatusOr<bool> IsCovered(Tx& tx, const Assignment& assignment) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, tx.Exec(kGranted, assignment.spid));
  for (Row row : rows) {
    std::string id;
    TargetWords words;
    OTRP_RETURN_IF_ERROR(row.Scan(&id, &words.kind, &words.target));
    const absl::optional<Target> granted = TargetOf(words);
    if (!granted.has_value() || !Covers(*granted, assignment.target)) continue;
    OTRP_ASSIGN_OR_RETURN(Rows held, tx.Exec(kHold, id));
    if (!held.empty()) return true;
  }
  return false;
}

absl::Status CheckEntitled(Tx& tx, const Assignment& assignment) {
  const TargetWords words = WordsOf(assignment.target);
  OTRP_ASSIGN_OR_RETURN(
      Rows same, tx.Exec(kEntitled, assignment.spid, words.kind, words.target));
  if (!same.empty()) return absl::OkStatus();
  OTRP_ASSIGN_OR_RETURN(const bool covered, IsCovered(tx, assignment));
  return covered ? absl::OkStatus() : errors::NotEntitled(assignment.spid);
}

}  // namespace

absl::StatusOr<Change> PortalStore::Assign(const Assignment& assignment, By by,
                                           const store::OutboxMessage& message,
                                           const store::AuditEvent& audit) {
  const TargetWords words = WordsOf(assignment.target);
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    if (by == By::kSp) {
      OTRP_RETURN_IF_ERROR(CheckEntitled(tx, assignment));
    }
    OTRP_RETURN_IF_ERROR(steps::LockApp(tx, assignment.spid, assignment.taid));
    OTRP_ASSIGN_OR_RETURN(
        const int64_t written,
        tx.ExecCount(kInsert, assignment.spid, assignment.taid, words.kind,
                     words.target, assignment.assigned_at,
                     service::ChannelName(assignment.channel)));
    if (written == 0) return steps::Unchanged(tx, message.key, &change);
    OTRP_RETURN_IF_ERROR(
        steps::TellWebhooks(tx, AssignmentChanged(assignment, true)));
    return steps::Record(tx, message, audit, &change);
  }));
  return change;
}

absl::StatusOr<Change> PortalStore::Unassign(
    const Assignment& assignment, const store::OutboxMessage& message,
    const store::AuditEvent& audit) {
  const TargetWords words = WordsOf(assignment.target);
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_RETURN_IF_ERROR(steps::LockApp(tx, assignment.spid, assignment.taid));
    OTRP_ASSIGN_OR_RETURN(
        const int64_t deleted,
        tx.ExecCount(kDelete, assignment.spid, assignment.taid, words.kind,
                     words.target));
    if (deleted == 0) return steps::Unchanged(tx, message.key, &change);
    OTRP_RETURN_IF_ERROR(
        steps::TellWebhooks(tx, AssignmentChanged(assignment, false)));
    return steps::Record(tx, message, audit, &change);
  }));
  return change;
}

absl::StatusOr<std::vector<Assignment>> PortalStore::ListAssignments(
    const Visible& visible, int64_t after, int limit) {
  OTRP_ASSIGN_OR_RETURN(
      Rows rows,
      pool_.Query(kList, after, visible.spid, store::TextArray(visible.taids),
                  store::TextArray(visible.uuids), limit));
  std::vector<Assignment> assignments;
  for (Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(Assignment assignment, ReadAssignment(row));
    assignments.push_back(std::move(assignment));
  }
  return assignments;
}

}  // namespace portal
}  // namespace otrp

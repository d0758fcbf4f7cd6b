// Which devices an SP may reach.

#include <utility>

#include "libs/base/status_macros.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/storage/portal_store.h"
#include "services/sp_portal/storage/steps.h"

namespace otrp {
namespace portal {
namespace {

using store::Row;
using store::Rows;
using store::Tx;

constexpr char kFind[] = R"sql(
    SELECT id, spid, kind, target, granted_by, granted_at
    FROM entitlement
    WHERE spid = $1 AND kind = $2 AND target = $3 AND revoked_at IS NULL
    )sql";

constexpr char kCount[] = R"sql(
    SELECT count(*)
    FROM entitlement
    WHERE spid = $1 AND revoked_at IS NULL
    )sql";

constexpr char kInsert[] = R"sql(
    INSERT INTO entitlement (id, spid, kind, target, granted_by, granted_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    )sql";

constexpr char kLock[] = R"sql(
    SELECT kind, target, revoked_at IS NOT NULL
    FROM entitlement
    WHERE id = $2 AND spid = $1
    FOR UPDATE
    )sql";

constexpr char kRevoke[] = R"sql(
    UPDATE entitlement
    SET revoked_at = $2
    WHERE id = $1
    )sql";

constexpr char kAssignmentsLeft[] = R"sql(
    SELECT count(*)
    FROM assignment
    WHERE spid = $1 AND kind = $2 AND target = $3
    )sql";

// Those that an entitlement of kind 'group' or 'devices' may cover.
constexpr char kBroad[] = R"sql(
    SELECT kind, target, count(*)
    FROM assignment
    WHERE spid = $1 AND kind IN ('group', 'devices')
    GROUP BY kind, target
    )sql";

constexpr char kList[] = R"sql(
    SELECT id, spid, kind, target, granted_by, granted_at
    FROM entitlement
    WHERE spid = $1 AND id COLLATE "C" > $2 AND revoked_at IS NULL
    ORDER BY id COLLATE "C"
    LIMIT $3
    )sql";

absl::StatusOr<Entitlement> Read(const Row& row) {
  Entitlement entitlement;
  TargetWords words;
  OTRP_RETURN_IF_ERROR(row.Scan(&entitlement.id, &entitlement.spid, &words.kind,
                                &words.target, &entitlement.granted_by,
                                &entitlement.granted_at));
  absl::optional<Target> target = TargetOf(words);
  if (!target.has_value()) {
    return absl::DataLossError("an entitlement's target can't be read");
  }
  entitlement.target = *std::move(target);
  return entitlement;
}

absl::StatusOr<int64_t> AssignmentsLeft(Tx& tx, const std::string& spid,
                                        const TargetWords& words) {
  const absl::optional<Target> granted = TargetOf(words);
  int64_t left = 0;
  if (!granted.has_value() || *granted == Target(AllDevices()) ||
      absl::holds_alternative<OneDevice>(*granted)) {
    OTRP_ASSIGN_OR_RETURN(
        Row row, tx.Exec1(kAssignmentsLeft, spid, words.kind, words.target));
    OTRP_RETURN_IF_ERROR(row.Scan(&left));
    return left;
  }
  OTRP_ASSIGN_OR_RETURN(Rows rows, tx.Exec(kBroad, spid));
  for (Row row : rows) {
    TargetWords assigned;
    int64_t count = 0;
    OTRP_RETURN_IF_ERROR(row.Scan(&assigned.kind, &assigned.target, &count));
    const absl::optional<Target> target = TargetOf(assigned);
    if (target.has_value() && Covers(*granted, *target)) left += count;
  }
  return left;
}

}  // namespace

absl::StatusOr<Granted> PortalStore::Grant(const Entitlement& wanted,
                                           const store::AuditEvent& audit) {
  const TargetWords words = WordsOf(wanted.target);
  Granted granted;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    granted = Granted();
    OTRP_RETURN_IF_ERROR(steps::LockActiveTenant(tx, wanted.spid));
    OTRP_ASSIGN_OR_RETURN(
        Rows there, tx.Exec(kFind, wanted.spid, words.kind, words.target));
    if (!there.empty()) {
      OTRP_ASSIGN_OR_RETURN(granted.entitlement, Read(there[0]));
      return absl::OkStatus();
    }
    OTRP_RETURN_IF_ERROR(steps::CheckRoom(tx.Exec1(kCount, wanted.spid),
                                          kMaxEntitlements, "entitlements"));
    OTRP_RETURN_IF_ERROR(tx.Exec(kInsert, wanted.id, wanted.spid, words.kind,
                                 words.target, wanted.granted_by,
                                 wanted.granted_at)
                             .status());
    granted.changed = true;
    granted.entitlement = wanted;
    return store::AppendAudit(tx, audit);
  }));
  return granted;
}

absl::StatusOr<Revoked> PortalStore::RevokeEntitlement(
    const std::string& spid, const std::string& id, absl::Time now,
    const store::AuditEvent& audit) {
  Revoked revoked;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    revoked = Revoked();
    OTRP_ASSIGN_OR_RETURN(Rows rows, tx.Exec(kLock, spid, id));
    if (rows.empty()) return errors::EntitlementNotFound(id);
    TargetWords words;
    bool before;
    OTRP_RETURN_IF_ERROR(rows[0].Scan(&words.kind, &words.target, &before));
    OTRP_ASSIGN_OR_RETURN(revoked.assignments_left,
                          AssignmentsLeft(tx, spid, words));
    if (before) return absl::OkStatus();
    OTRP_RETURN_IF_ERROR(tx.Exec(kRevoke, id, now).status());
    revoked.changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return revoked;
}

absl::StatusOr<std::vector<Entitlement>> PortalStore::ListEntitlements(
    const std::string& spid, const std::string& after, int limit) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kList, spid, after, limit));
  std::vector<Entitlement> entitlements;
  for (Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(Entitlement entitlement, Read(row));
    entitlements.push_back(std::move(entitlement));
  }
  return entitlements;
}

}  // namespace portal
}  // namespace otrp

#include "services/sp_portal/storage/steps.h"

#include "libs/base/status_macros.h"
#include "services/sp_portal/domain/access.h"
#include "services/sp_portal/errors.h"

namespace otrp {
namespace portal {
namespace steps {

absl::Status LockApp(store::Tx& tx, const std::string& spid,
                     const std::string& taid) {
  OTRP_ASSIGN_OR_RETURN(
      store::Rows rows,
      tx.Exec("SELECT 1 FROM app WHERE spid = $1 AND taid = $2 FOR UPDATE",
              spid, taid));
  return rows.empty() ? errors::AppNotFound(taid) : absl::OkStatus();
}

absl::StatusOr<std::string> LockTenant(store::Tx& tx,
                                       const std::string& tenant) {
  if (tenant == kOperatorsSide) {
    OTRP_RETURN_IF_ERROR(
        tx.Exec("SELECT pg_advisory_xact_lock(hashtext('operators side'))")
            .status());
    return std::string(kActive);
  }
  OTRP_ASSIGN_OR_RETURN(
      store::Rows rows,
      tx.Exec("SELECT state FROM sp WHERE spid = $1 FOR UPDATE", tenant));
  if (rows.empty()) return errors::SpNotFound(tenant);
  std::string state;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(&state));
  return state;
}

absl::Status LockActiveTenant(store::Tx& tx, const std::string& tenant) {
  OTRP_ASSIGN_OR_RETURN(const std::string state, LockTenant(tx, tenant));
  return state == kActive ? absl::OkStatus()
                          : errors::SpNotActive(tenant, state);
}

absl::Status CheckRoom(absl::StatusOr<store::Row> count, int limit,
                       absl::string_view what) {
  OTRP_RETURN_IF_ERROR(count.status());
  int64_t n;
  OTRP_RETURN_IF_ERROR(count->Scan(&n));
  return n < limit ? absl::OkStatus() : errors::TooMany(what, limit);
}

absl::Status Record(store::Tx& tx, const store::OutboxMessage& message,
                    const store::AuditEvent& audit, Change* change) {
  OTRP_ASSIGN_OR_RETURN(change->message, store::Enqueue(tx, message));
  OTRP_RETURN_IF_ERROR(store::AppendAudit(tx, audit));
  change->changed = true;
  return absl::OkStatus();
}

absl::Status Unchanged(store::Tx& tx, const std::string& key, Change* change) {
  change->changed = false;
  OTRP_ASSIGN_OR_RETURN(store::Row row, tx.Exec1(R"sql(
      SELECT coalesce(max(id), 0)
      FROM outbox
      WHERE delivered_at IS NULL AND key = $1
      )sql",
                                                 key));
  return row.Scan(&change->message);
}

}  // namespace steps
}  // namespace portal
}  // namespace otrp

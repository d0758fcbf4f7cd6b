// Where applications are asked for that nobody here has.

#include <utility>

#include "libs/base/status_macros.h"
#include "services/sp_portal/domain/pull_errors.h"
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
    SELECT spid, taid, url, roots_pem, key_id, changed_at
    FROM pull_endpoint
    WHERE spid = $1 AND taid = $2
    )sql";

// Others than this one.
constexpr char kCount[] = R"sql(
    SELECT count(*)
    FROM pull_endpoint
    WHERE spid = $1 AND taid <> $2
    )sql";

constexpr char kSet[] = R"sql(
    INSERT INTO pull_endpoint (spid, taid, url, roots_pem, key_id, changed_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (spid, taid) DO UPDATE SET url = EXCLUDED.url,
      roots_pem = EXCLUDED.roots_pem, key_id = EXCLUDED.key_id,
      changed_at = EXCLUDED.changed_at
    )sql";

constexpr char kDelete[] = R"sql(
    DELETE FROM pull_endpoint WHERE spid = $1 AND taid = $2
    )sql";

// Locked, so that nothing is released meanwhile.
constexpr char kNeeded[] = R"sql(
    SELECT EXISTS (SELECT 1 FROM app_version AS released
                   WHERE released.spid = app.spid
                     AND released.taid = app.taid
                     AND released.version IN (app.released_version,
                                              app.beta_version)
                     AND released.pull)
    FROM app
    WHERE spid = $1 AND taid = $2
    FOR UPDATE
    )sql";

absl::StatusOr<PullEndpoint> Read(const Row& row) {
  PullEndpoint endpoint;
  OTRP_RETURN_IF_ERROR(row.Scan(&endpoint.spid, &endpoint.taid, &endpoint.url,
                                &endpoint.roots_pem, &endpoint.key_id,
                                &endpoint.changed_at));
  return endpoint;
}

bool Same(const PullEndpoint& a, const PullEndpoint& b) {
  return a.url == b.url && a.roots_pem == b.roots_pem && a.key_id == b.key_id;
}

}  // namespace

absl::StatusOr<Change> PortalStore::SetPullEndpoint(
    const PullEndpoint& endpoint, const Quotas& quotas,
    const store::OutboxMessage& message, const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_RETURN_IF_ERROR(steps::LockActiveTenant(tx, endpoint.spid));
    OTRP_ASSIGN_OR_RETURN(Rows there,
                          tx.Exec(kFind, endpoint.spid, endpoint.taid));
    if (!there.empty()) {
      OTRP_ASSIGN_OR_RETURN(const PullEndpoint old, Read(there[0]));
      if (Same(old, endpoint)) {
        return steps::Unchanged(tx, message.key, &change);
      }
    }
    OTRP_ASSIGN_OR_RETURN(Row row,
                          tx.Exec1(kCount, endpoint.spid, endpoint.taid));
    int64_t others = 0;
    OTRP_RETURN_IF_ERROR(row.Scan(&others));
    if (others >= quotas.applications) {
      return errors::TooManyApplications(quotas.applications);
    }
    OTRP_RETURN_IF_ERROR(tx.Exec(kSet, endpoint.spid, endpoint.taid,
                                 endpoint.url, endpoint.roots_pem,
                                 endpoint.key_id, endpoint.changed_at)
                             .status());
    return steps::Record(tx, message, audit, &change);
  }));
  return change;
}

absl::StatusOr<PullEndpoint> PortalStore::GetPullEndpoint(
    const std::string& spid, const std::string& taid) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kFind, spid, taid));
  if (rows.empty()) return errors::NoPullEndpoint(taid);
  return Read(rows[0]);
}

absl::StatusOr<Change> PortalStore::DeletePullEndpoint(
    const std::string& spid, const std::string& taid,
    const store::OutboxMessage& message, const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_ASSIGN_OR_RETURN(Rows app, tx.Exec(kNeeded, spid, taid));
    if (!app.empty()) {
      bool needed = false;
      OTRP_RETURN_IF_ERROR(app[0].Scan(&needed));
      if (needed) return errors::PullEndpointNeeded(taid);
    }
    OTRP_ASSIGN_OR_RETURN(const int64_t deleted,
                          tx.ExecCount(kDelete, spid, taid));
    if (deleted == 0) return steps::Unchanged(tx, message.key, &change);
    return steps::Record(tx, message, audit, &change);
  }));
  return change;
}

}  // namespace portal
}  // namespace otrp

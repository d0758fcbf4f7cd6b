// Registrations and the states of accounts.

#include <utility>

#include "libs/base/status_macros.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/storage/access_store.h"
#include "services/sp_portal/storage/steps.h"

namespace otrp {
namespace portal {
namespace {

using store::Bytes;
using store::BytesOut;
using store::Row;
using store::Rows;
using store::Tx;

constexpr char kInsert[] = R"sql(
    INSERT INTO registration (id, spid, name, contact, state, code_sha256,
                              registered_at)
    VALUES ($1, $2, $3, $4, 'pending', $5, $6)
    )sql";

// Two at once may both find room for the last: the limit is one of volume.
constexpr char kCount[] = R"sql(
    SELECT (SELECT count(*) FROM registration WHERE state = 'pending'),
           (SELECT count(*) FROM registration WHERE registered_at > $1)
    )sql";

constexpr char kGet[] = R"sql(
    SELECT seq, id, spid, name, contact, state, registered_at, decided_by,
           decided_at, reason
    FROM registration
    WHERE id = $1
    )sql";

constexpr char kList[] = R"sql(
    SELECT seq, id, spid, name, contact, state, registered_at, decided_by,
           decided_at, reason
    FROM registration
    WHERE seq > $1
    ORDER BY seq
    LIMIT $2
    )sql";

constexpr char kListOfState[] = R"sql(
    SELECT seq, id, spid, name, contact, state, registered_at, decided_by,
           decided_at, reason
    FROM registration
    WHERE seq > $1 AND state = $3
    ORDER BY seq
    LIMIT $2
    )sql";

constexpr char kLock[] = R"sql(
    SELECT spid, name, state, code_sha256
    FROM registration
    WHERE id = $1
    FOR UPDATE
    )sql";

constexpr char kDecide[] = R"sql(
    UPDATE registration
    SET state = $2, decided_by = $3, decided_at = $4, reason = $5
    WHERE id = $1
    )sql";

constexpr char kInsertSp[] = R"sql(
    INSERT INTO sp (spid, name, created_at)
    VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING
    )sql";

constexpr char kInsertInvitation[] = R"sql(
    INSERT INTO invitation (id, tenant, role, code_sha256, invited_by,
                            created_at, expires_at)
    VALUES ($1, $2, 'owner', $3, $4, $5, $6)
    )sql";

constexpr char kSetState[] = R"sql(
    UPDATE sp
    SET state = $2, state_reason = $3
    WHERE spid = $1
    )sql";

constexpr char kReleasedApp[] = R"sql(
    SELECT taid
    FROM app
    WHERE spid = $1
      AND (released_version IS NOT NULL OR beta_version IS NOT NULL)
    LIMIT 1
    )sql";

constexpr char kRevokeTokens[] = R"sql(
    UPDATE token
    SET revoked_at = $2
    WHERE tenant = $1 AND revoked_at IS NULL
    )sql";

constexpr char kRevokeInvitations[] = R"sql(
    UPDATE invitation
    SET revoked_at = $2
    WHERE tenant = $1 AND accepted_as IS NULL AND revoked_at IS NULL
    )sql";

absl::StatusOr<Registration> Read(const Row& row) {
  Registration r;
  OTRP_RETURN_IF_ERROR(row.Scan(&r.seq, &r.id, &r.spid, &r.name, &r.contact,
                                &r.state, &r.registered_at, &r.decided_by,
                                &r.decided_at, &r.reason));
  return r;
}

struct Locked {
  std::string spid;
  std::string name;
  std::string code_sha256;
};

// FAILED_PRECONDITION where it is decided otherwise; *decided where it is
// decided so already.
absl::StatusOr<Locked> LockPending(Tx& tx, const std::string& id,
                                   const std::string& wanted, bool* decided) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, tx.Exec(kLock, id));
  if (rows.empty()) return errors::RegistrationNotFound(id);
  Locked locked;
  std::string state;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(&locked.spid, &locked.name, &state,
                                    BytesOut(&locked.code_sha256)));
  *decided = state == wanted;
  if (state != kPending && state != wanted) {
    return errors::RegistrationDecided(state);
  }
  return locked;
}

}  // namespace

absl::Status AccessStore::Register(const Registration& registration,
                                   const std::string& code_sha256,
                                   const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(
        Row row, tx.Exec1(kCount, registration.registered_at - absl::Hours(1)));
    int64_t pending;
    int64_t recent;
    OTRP_RETURN_IF_ERROR(row.Scan(&pending, &recent));
    if (pending >= kMaxPendingRegistrations ||
        recent >= kMaxRegistrationsPerHour) {
      return errors::TooManyRegistrations();
    }
    OTRP_RETURN_IF_ERROR(tx.Exec(kInsert, registration.id, registration.spid,
                                 registration.name, registration.contact,
                                 Bytes(code_sha256), registration.registered_at)
                             .status());
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<Registration> AccessStore::GetRegistration(
    const std::string& id) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kGet, id));
  if (rows.empty()) return errors::RegistrationNotFound(id);
  return Read(rows[0]);
}

absl::StatusOr<std::vector<Registration>> AccessStore::ListRegistrations(
    const std::string& state, int64_t after, int limit) {
  OTRP_ASSIGN_OR_RETURN(Rows rows,
                        state.empty()
                            ? pool_.Query(kList, after, limit)
                            : pool_.Query(kListOfState, after, limit, state));
  std::vector<Registration> registrations;
  for (Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(Registration registration, Read(row));
    registrations.push_back(std::move(registration));
  }
  return registrations;
}

absl::StatusOr<Change> AccessStore::ApproveRegistration(
    const std::string& id, const Decision& decision,
    const Invitation& invitation, const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    bool decided;
    OTRP_ASSIGN_OR_RETURN(const Locked locked,
                          LockPending(tx, id, kApproved, &decided));
    if (decided) return absl::OkStatus();
    OTRP_ASSIGN_OR_RETURN(
        const int64_t inserted,
        tx.ExecCount(kInsertSp, locked.spid, locked.name, decision.at));
    if (inserted == 0) return errors::SpidTaken(locked.spid);
    OTRP_RETURN_IF_ERROR(tx.Exec(kInsertInvitation, invitation.id, locked.spid,
                                 Bytes(locked.code_sha256), decision.by,
                                 decision.at, invitation.expires_at)
                             .status());
    OTRP_RETURN_IF_ERROR(
        tx.Exec(kDecide, id, kApproved, decision.by, decision.at, "").status());
    change.changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return change;
}

absl::StatusOr<Change> AccessStore::RejectRegistration(
    const std::string& id, const Decision& decision,
    const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    bool decided;
    OTRP_RETURN_IF_ERROR(LockPending(tx, id, kRejected, &decided).status());
    if (decided) return absl::OkStatus();
    OTRP_RETURN_IF_ERROR(tx.Exec(kDecide, id, kRejected, decision.by,
                                 decision.at, decision.reason)
                             .status());
    change.changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return change;
}

absl::StatusOr<Change> AccessStore::SetState(const std::string& spid,
                                             const std::string& state,
                                             const std::string& reason,
                                             const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_ASSIGN_OR_RETURN(const std::string before,
                          steps::LockTenant(tx, spid));
    if (before == kClosed) return errors::SpClosed(spid);
    if (before == state) return absl::OkStatus();
    OTRP_RETURN_IF_ERROR(tx.Exec(kSetState, spid, state, reason).status());
    change.changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return change;
}

absl::StatusOr<Change> AccessStore::Close(const std::string& spid,
                                          const std::string& reason,
                                          absl::Time now,
                                          const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_ASSIGN_OR_RETURN(const std::string before,
                          steps::LockTenant(tx, spid));
    if (before == kClosed) return absl::OkStatus();
    OTRP_ASSIGN_OR_RETURN(Rows released, tx.Exec(kReleasedApp, spid));
    if (!released.empty()) {
      std::string taid;
      OTRP_RETURN_IF_ERROR(released[0].Scan(&taid));
      return errors::SpHasReleases(spid, taid);
    }
    OTRP_RETURN_IF_ERROR(tx.Exec(kSetState, spid, kClosed, reason).status());
    OTRP_RETURN_IF_ERROR(tx.Exec(kRevokeTokens, spid, now).status());
    OTRP_RETURN_IF_ERROR(tx.Exec(kRevokeInvitations, spid, now).status());
    change.changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return change;
}

}  // namespace portal
}  // namespace otrp

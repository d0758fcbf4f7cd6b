// Members and invitations.

#include <utility>

#include "libs/base/status_macros.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/storage/access_store.h"
#include "services/sp_portal/storage/steps.h"
#include "services/sp_portal/storage/token_rows.h"

namespace otrp {
namespace portal {
namespace {

using store::Bytes;
using store::Row;
using store::Rows;
using store::Tx;

constexpr char kInsertInvitation[] = R"sql(
    INSERT INTO invitation (id, tenant, role, code_sha256, invited_by,
                            created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    )sql";

constexpr char kCountInvitations[] = R"sql(
    SELECT count(*)
    FROM invitation
    WHERE tenant = $1 AND accepted_as IS NULL AND revoked_at IS NULL
      AND expires_at > $2
    )sql";

constexpr char kListInvitations[] = R"sql(
    SELECT id, tenant, role, invited_by, created_at, expires_at
    FROM invitation
    WHERE tenant = $1 AND accepted_as IS NULL AND revoked_at IS NULL
      AND expires_at > $2 AND id COLLATE "C" > $3
    ORDER BY id COLLATE "C"
    LIMIT $4
    )sql";

constexpr char kRevokeInvitation[] = R"sql(
    UPDATE invitation
    SET revoked_at = $3
    WHERE id = $2 AND tenant = $1 AND accepted_as IS NULL
      AND revoked_at IS NULL
    )sql";

constexpr char kFindInvitation[] = R"sql(
    SELECT id, tenant, role, invited_by, created_at, expires_at
    FROM invitation
    WHERE code_sha256 = $1 AND accepted_as IS NULL AND revoked_at IS NULL
      AND expires_at > $2
    )sql";

constexpr char kFindRegistration[] = R"sql(
    SELECT state, reason
    FROM registration
    WHERE code_sha256 = $1 AND state <> 'approved'
    )sql";

constexpr char kUseInvitation[] = R"sql(
    UPDATE invitation
    SET accepted_as = $2
    WHERE id = $1 AND accepted_as IS NULL AND revoked_at IS NULL
      AND expires_at > $3
    )sql";

// A former member of the same name is followed by the new one.
constexpr char kAddMember[] = R"sql(
    INSERT INTO member (tenant, name, role, added_at)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (tenant, name) DO UPDATE
    SET role = $3, added_at = $4, removed_at = NULL
    WHERE member.removed_at IS NOT NULL
    )sql";

constexpr char kCountMembers[] = R"sql(
    SELECT count(*)
    FROM member
    WHERE tenant = $1 AND removed_at IS NULL
    )sql";

constexpr char kListMembers[] = R"sql(
    SELECT name, role, added_at
    FROM member
    WHERE tenant = $1 AND removed_at IS NULL AND name COLLATE "C" > $2
    ORDER BY name COLLATE "C"
    LIMIT $3
    )sql";

constexpr char kGetMember[] = R"sql(
    SELECT name, role, added_at
    FROM member
    WHERE tenant = $1 AND name = $2 AND removed_at IS NULL
    )sql";

constexpr char kOtherOwners[] = R"sql(
    SELECT count(*)
    FROM member
    WHERE tenant = $1 AND name <> $2 AND role = 'owner' AND removed_at IS NULL
    )sql";

constexpr char kSetRole[] = R"sql(
    UPDATE member
    SET role = $3
    WHERE tenant = $1 AND name = $2
    )sql";

constexpr char kRemove[] = R"sql(
    UPDATE member
    SET removed_at = $3
    WHERE tenant = $1 AND name = $2
    )sql";

constexpr char kRevokeTokens[] = R"sql(
    UPDATE token
    SET revoked_at = $3
    WHERE tenant = $1 AND member = $2 AND revoked_at IS NULL
    )sql";

absl::StatusOr<Invitation> ReadInvitation(const Row& row) {
  Invitation i;
  OTRP_RETURN_IF_ERROR(row.Scan(&i.id, &i.tenant, &i.role, &i.invited_by,
                                &i.created_at, &i.expires_at));
  return i;
}

absl::StatusOr<Member> ReadMember(const Row& row) {
  Member member;
  OTRP_RETURN_IF_ERROR(row.Scan(&member.name, &member.role, &member.added_at));
  return member;
}

// In the tenant's lock.
absl::StatusOr<Member> FindMember(Tx& tx, const std::string& tenant,
                                  const std::string& name) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, tx.Exec(kGetMember, tenant, name));
  if (rows.empty()) return errors::MemberNotFound(name);
  return ReadMember(rows[0]);
}

// In the tenant's lock. Whether `member` may stop to be an owner.
absl::Status CheckNotLastOwner(Tx& tx, const std::string& tenant,
                               const Member& member) {
  if (member.role != kOwner) return absl::OkStatus();
  OTRP_ASSIGN_OR_RETURN(Row row, tx.Exec1(kOtherOwners, tenant, member.name));
  int64_t others;
  OTRP_RETURN_IF_ERROR(row.Scan(&others));
  return others > 0 ? absl::OkStatus() : errors::LastOwner();
}

}  // namespace

absl::Status AccessStore::CreateInvitation(const Invitation& invitation,
                                           const std::string& code_sha256,
                                           const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(steps::LockActiveTenant(tx, invitation.tenant));
    OTRP_RETURN_IF_ERROR(steps::CheckRoom(
        tx.Exec1(kCountInvitations, invitation.tenant, invitation.created_at),
        kMaxOpenInvitations, "open invitations"));
    OTRP_RETURN_IF_ERROR(tx.Exec(kInsertInvitation, invitation.id,
                                 invitation.tenant, invitation.role,
                                 Bytes(code_sha256), invitation.invited_by,
                                 invitation.created_at, invitation.expires_at)
                             .status());
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<std::vector<Invitation>> AccessStore::ListInvitations(
    const std::string& tenant, absl::Time now, const std::string& after,
    int limit) {
  OTRP_ASSIGN_OR_RETURN(
      Rows rows, pool_.Query(kListInvitations, tenant, now, after, limit));
  std::vector<Invitation> invitations;
  for (Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(Invitation invitation, ReadInvitation(row));
    invitations.push_back(std::move(invitation));
  }
  return invitations;
}

absl::Status AccessStore::RevokeInvitation(const std::string& tenant,
                                           const std::string& id,
                                           absl::Time now,
                                           const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(const int64_t revoked,
                          tx.ExecCount(kRevokeInvitation, tenant, id, now));
    if (revoked == 0) return errors::InvitationNotFound(id);
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<Invitation> AccessStore::FindInvitation(
    const std::string& code_sha256, absl::Time now) {
  OTRP_ASSIGN_OR_RETURN(Rows rows,
                        pool_.Query(kFindInvitation, Bytes(code_sha256), now));
  if (!rows.empty()) return ReadInvitation(rows[0]);
  OTRP_ASSIGN_OR_RETURN(Rows registrations,
                        pool_.Query(kFindRegistration, Bytes(code_sha256)));
  if (registrations.empty()) return errors::BadCode();
  std::string state;
  std::string reason;
  OTRP_RETURN_IF_ERROR(registrations[0].Scan(&state, &reason));
  return state == kPending ? errors::RegistrationWaits()
                           : errors::RegistrationRejected(reason);
}

absl::Status AccessStore::AcceptInvitation(const std::string& id,
                                           const Token& token,
                                           const std::string& token_sha256,
                                           const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(const std::string state,
                          steps::LockTenant(tx, token.tenant));
    if (state != kActive) return errors::BadCode();
    OTRP_ASSIGN_OR_RETURN(
        const int64_t used,
        tx.ExecCount(kUseInvitation, id, token.member, token.created_at));
    if (used == 0) return errors::BadCode();
    OTRP_RETURN_IF_ERROR(steps::CheckRoom(tx.Exec1(kCountMembers, token.tenant),
                                          kMaxMembers, "members"));
    OTRP_ASSIGN_OR_RETURN(const int64_t added,
                          tx.ExecCount(kAddMember, token.tenant, token.member,
                                       token.role, token.created_at));
    if (added == 0) return errors::MemberExists(token.member);
    OTRP_RETURN_IF_ERROR(InsertToken(tx, token, token_sha256));
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<std::vector<Member>> AccessStore::ListMembers(
    const std::string& tenant, const std::string& after, int limit) {
  OTRP_ASSIGN_OR_RETURN(Rows rows,
                        pool_.Query(kListMembers, tenant, after, limit));
  std::vector<Member> members;
  for (Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(Member member, ReadMember(row));
    members.push_back(std::move(member));
  }
  return members;
}

absl::StatusOr<Member> AccessStore::GetMember(const std::string& tenant,
                                              const std::string& name) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kGetMember, tenant, name));
  if (rows.empty()) return errors::MemberNotFound(name);
  return ReadMember(rows[0]);
}

absl::StatusOr<Change> AccessStore::SetMemberRole(
    const std::string& tenant, const std::string& name, const std::string& role,
    const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_RETURN_IF_ERROR(steps::LockTenant(tx, tenant).status());
    OTRP_ASSIGN_OR_RETURN(const Member member, FindMember(tx, tenant, name));
    if (member.role == role) return absl::OkStatus();
    OTRP_RETURN_IF_ERROR(CheckNotLastOwner(tx, tenant, member));
    OTRP_RETURN_IF_ERROR(tx.Exec(kSetRole, tenant, name, role).status());
    change.changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return change;
}

absl::Status AccessStore::RemoveMember(const std::string& tenant,
                                       const std::string& name, absl::Time now,
                                       const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(steps::LockTenant(tx, tenant).status());
    OTRP_ASSIGN_OR_RETURN(const Member member, FindMember(tx, tenant, name));
    OTRP_RETURN_IF_ERROR(CheckNotLastOwner(tx, tenant, member));
    OTRP_RETURN_IF_ERROR(tx.Exec(kRemove, tenant, name, now).status());
    OTRP_RETURN_IF_ERROR(tx.Exec(kRevokeTokens, tenant, name, now).status());
    return store::AppendAudit(tx, audit);
  });
}

}  // namespace portal
}  // namespace otrp

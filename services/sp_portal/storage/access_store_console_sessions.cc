// Sessions of the console.

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/store/purge.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/session_errors.h"
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

constexpr store::PurgeRule kOver = {"console_session", "expires_at"};

// The token's row is held, so that who revokes it waits and finds the session.
constexpr char kHoldToken[] = R"sql(
    SELECT 1
    FROM token
    WHERE id = $1 AND revoked_at IS NULL AND expires_at > $2
    FOR SHARE
    )sql";

constexpr char kEndOldest[] = R"sql(
    UPDATE console_session
    SET ended_at = $2
    WHERE id IN (
        SELECT id
        FROM console_session
        WHERE token = $1 AND ended_at IS NULL
        ORDER BY created_at DESC
        OFFSET $3)
    )sql";

constexpr char kInsert[] = R"sql(
    INSERT INTO console_session (id, tenant, token, sha256, created_at,
                                 expires_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    )sql";

// What takes a token with it takes its sessions, too.
constexpr char kFind[] = R"sql(
    SELECT token.id, token.tenant, coalesce(token.member, ''),
           coalesce(token.publisher, ''), token.personal, token.name,
           token.role, array_to_string(token.taids, ','), token.created_at,
           session.expires_at, session.last_used_at, token.revoked_at,
           member.role, session.id
    FROM console_session AS session
    JOIN token ON token.id = session.token
    JOIN member ON member.tenant = token.tenant AND member.name = token.member
    LEFT JOIN sp ON sp.spid = token.tenant
    WHERE session.sha256 = $1 AND session.ended_at IS NULL
      AND session.expires_at > $2 AND token.revoked_at IS NULL
      AND member.removed_at IS NULL
      AND (token.tenant = '' OR sp.state = 'active')
    )sql";

constexpr char kTouch[] = R"sql(
    UPDATE console_session
    SET last_used_at = $2
    WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $3)
    )sql";

constexpr char kList[] = R"sql(
    SELECT session.id, session.tenant, token.id, coalesce(token.member, ''),
           session.created_at, session.expires_at, session.last_used_at
    FROM console_session AS session
    JOIN token ON token.id = session.token
    WHERE session.tenant = $1 AND session.id COLLATE "C" > $2
      AND session.ended_at IS NULL AND session.expires_at > $3
      AND token.revoked_at IS NULL
    ORDER BY session.id COLLATE "C"
    LIMIT $4
    )sql";

constexpr char kGet[] = R"sql(
    SELECT session.id, session.tenant, token.id, coalesce(token.member, ''),
           session.created_at, session.expires_at, session.last_used_at
    FROM console_session AS session
    JOIN token ON token.id = session.token
    WHERE session.id = $2 AND session.tenant = $1 AND session.ended_at IS NULL
      AND session.expires_at > $3 AND token.revoked_at IS NULL
    )sql";

constexpr char kEnd[] = R"sql(
    UPDATE console_session
    SET ended_at = $2
    WHERE id = $1 AND ended_at IS NULL
    )sql";

absl::StatusOr<Session> ReadSession(const Row& row) {
  Session s;
  OTRP_RETURN_IF_ERROR(row.Scan(&s.id, &s.tenant, &s.token_id, &s.member,
                                &s.created_at, &s.expires_at, &s.last_used_at));
  return s;
}

}  // namespace

absl::Status AccessStore::BeginSession(const Session& session,
                                       const std::string& sha256,
                                       const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(steps::LockActiveTenant(tx, session.tenant));
    OTRP_ASSIGN_OR_RETURN(
        const Rows token,
        tx.Exec(kHoldToken, session.token_id, session.created_at));
    if (token.empty()) return errors::BadToken();
    OTRP_RETURN_IF_ERROR(tx.Exec(kEndOldest, session.token_id,
                                 session.created_at, kMaxLiveSessions - 1)
                             .status());
    OTRP_RETURN_IF_ERROR(tx.Exec(kInsert, session.id, session.tenant,
                                 session.token_id, Bytes(sha256),
                                 session.created_at, session.expires_at)
                             .status());
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<AccessStore::SessionUse> AccessStore::UseSession(
    const std::string& sha256, absl::Time now) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kFind, Bytes(sha256), now));
  if (rows.empty()) return errors::BadToken();
  SessionUse use;
  std::string member_role;
  OTRP_ASSIGN_OR_RETURN(use.token,
                        ReadToken(rows[0], &member_role, &use.session_id));
  OTRP_RETURN_IF_ERROR(LimitRole(member_role, &use.token));
  const absl::Time before = now - kTouchTokensEvery;
  if (!use.token.last_used_at.has_value() || *use.token.last_used_at < before) {
    OTRP_RETURN_IF_ERROR(
        pool_.ExecOnce(kTouch, use.session_id, now, before).status());
  }
  return use;
}

absl::StatusOr<std::vector<Session>> AccessStore::ListSessions(
    const std::string& tenant, absl::Time now, const std::string& after,
    int limit) {
  OTRP_ASSIGN_OR_RETURN(Rows rows,
                        pool_.Query(kList, tenant, after, now, limit));
  std::vector<Session> sessions;
  for (Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(Session session, ReadSession(row));
    sessions.push_back(std::move(session));
  }
  return sessions;
}

absl::StatusOr<Session> AccessStore::GetSession(const std::string& tenant,
                                                const std::string& id,
                                                absl::Time now) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kGet, tenant, id, now));
  if (rows.empty()) return errors::SessionNotFound(id);
  return ReadSession(rows[0]);
}

absl::StatusOr<Change> AccessStore::EndSession(const std::string& id,
                                               absl::Time now,
                                               const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_ASSIGN_OR_RETURN(const int64_t ended, tx.ExecCount(kEnd, id, now));
    if (ended == 0) return absl::OkStatus();
    change.changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return change;
}

absl::StatusOr<int64_t> AccessStore::PurgeSessions(absl::Time cutoff,
                                                   absl::Duration budget) {
  return store::Purge(pool_, kOver, cutoff, budget);
}

}  // namespace portal
}  // namespace otrp

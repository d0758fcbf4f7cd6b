// Bearer tokens.

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

constexpr char kInsert[] = R"sql(
    INSERT INTO token (id, tenant, member, publisher, personal, name, role,
                       taids, sha256, created_at, expires_at)
    VALUES ($1, $2, nullif($3::text, ''), nullif($4::text, ''), $5, $6, $7,
            $8::text[], $9, $10, $11)
    )sql";

constexpr char kCountLive[] = R"sql(
    SELECT count(*)
    FROM token
    WHERE tenant = $1 AND revoked_at IS NULL AND expires_at > $2
      AND (publisher IS NOT NULL) = $3
    )sql";

constexpr char kMemberThere[] = R"sql(
    SELECT 1
    FROM member
    WHERE tenant = $1 AND name = $2 AND removed_at IS NULL
    )sql";

constexpr char kListLive[] = R"sql(
    SELECT id, tenant, coalesce(member, ''), coalesce(publisher, ''), personal,
           name, role, array_to_string(taids, ','), created_at, expires_at,
           last_used_at, revoked_at
    FROM token
    WHERE tenant = $1 AND id COLLATE "C" > $2 AND revoked_at IS NULL
      AND expires_at > $3
    ORDER BY id COLLATE "C"
    LIMIT $4
    )sql";

constexpr char kListAll[] = R"sql(
    SELECT id, tenant, coalesce(member, ''), coalesce(publisher, ''), personal,
           name, role, array_to_string(taids, ','), created_at, expires_at,
           last_used_at, revoked_at
    FROM token
    WHERE tenant = $1 AND id COLLATE "C" > $2
    ORDER BY id COLLATE "C"
    LIMIT $3
    )sql";

constexpr char kGet[] = R"sql(
    SELECT id, tenant, coalesce(member, ''), coalesce(publisher, ''), personal,
           name, role, array_to_string(taids, ','), created_at, expires_at,
           last_used_at, revoked_at
    FROM token
    WHERE id = $2 AND tenant = $1
    )sql";

// As AgentOf() names them.
constexpr char kFindOf[] = R"sql(
    SELECT id, tenant, coalesce(member, ''), coalesce(publisher, ''), personal,
           name, role, array_to_string(taids, ','), created_at, expires_at,
           last_used_at, revoked_at
    FROM token
    WHERE tenant = $1 AND revoked_at IS NULL AND expires_at > $3
      AND publisher IS NULL
      AND CASE WHEN personal THEN 'member/' || member ELSE 'token/' || id END
          = $2
    ORDER BY id COLLATE "C"
    LIMIT 1
    )sql";

// A member who was removed, and a service provider that isn't active, take
// their tokens with them.
constexpr char kFind[] = R"sql(
    SELECT token.id, token.tenant, coalesce(token.member, ''),
           coalesce(token.publisher, ''), token.personal, token.name,
           token.role, array_to_string(token.taids, ','), token.created_at,
           token.expires_at, token.last_used_at, token.revoked_at,
           coalesce(member.role, token.role)
    FROM token
    LEFT JOIN member
        ON member.tenant = token.tenant AND member.name = token.member
    LEFT JOIN sp ON sp.spid = token.tenant
    WHERE token.sha256 = $1 AND token.revoked_at IS NULL
      AND token.expires_at > $2 AND member.removed_at IS NULL
      AND (token.tenant = '' OR sp.state = 'active')
    )sql";

constexpr char kTouch[] = R"sql(
    UPDATE token
    SET last_used_at = $2
    WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $3)
    )sql";

constexpr char kRevoke[] = R"sql(
    UPDATE token
    SET revoked_at = $3
    WHERE id = $2 AND tenant = $1 AND revoked_at IS NULL
    )sql";

}  // namespace

absl::Status LimitRole(const std::string& member_role, Token* token) {
  absl::optional<std::string> role =
      Common(token->tenant, token->role, member_role);
  if (!role.has_value()) return errors::BadToken();
  token->role = *std::move(role);
  return absl::OkStatus();
}

absl::Status InsertToken(Tx& tx, const Token& token,
                         const std::string& sha256) {
  const bool exchanged = !token.publisher.empty();
  OTRP_RETURN_IF_ERROR(steps::CheckRoom(
      tx.Exec1(kCountLive, token.tenant, token.created_at, exchanged),
      exchanged ? kMaxExchangedTokens : kMaxLiveTokens, "live tokens"));
  return tx
      .Exec(kInsert, token.id, token.tenant, token.member, token.publisher,
            token.personal, token.name, token.role,
            store::TextArray(token.taids), Bytes(sha256), token.created_at,
            token.expires_at)
      .status();
}

absl::Status AccessStore::CreateToken(const Token& token,
                                      const std::string& sha256,
                                      const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(steps::LockActiveTenant(tx, token.tenant));
    if (!token.member.empty()) {
      // Removed since he was let in.
      OTRP_ASSIGN_OR_RETURN(Rows member,
                            tx.Exec(kMemberThere, token.tenant, token.member));
      if (member.empty()) return errors::BadToken();
    }
    OTRP_RETURN_IF_ERROR(InsertToken(tx, token, sha256));
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<std::vector<Token>> AccessStore::ListTokens(
    const std::string& tenant, bool dead, absl::Time now,
    const std::string& after, int limit) {
  OTRP_ASSIGN_OR_RETURN(
      Rows rows, dead ? pool_.Query(kListAll, tenant, after, limit)
                      : pool_.Query(kListLive, tenant, after, now, limit));
  std::vector<Token> tokens;
  for (Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(Token token, ReadToken(row));
    tokens.push_back(std::move(token));
  }
  return tokens;
}

absl::StatusOr<Token> AccessStore::GetToken(const std::string& tenant,
                                            const std::string& id) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kGet, tenant, id));
  if (rows.empty()) return errors::TokenNotFound(id);
  return ReadToken(rows[0]);
}

absl::StatusOr<absl::optional<Token>> AccessStore::FindTokenOf(
    const std::string& tenant, const std::string& agent, absl::Time now) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kFindOf, tenant, agent, now));
  if (rows.empty()) return absl::nullopt;
  OTRP_ASSIGN_OR_RETURN(Token token, ReadToken(rows[0]));
  return token;
}

absl::StatusOr<Change> AccessStore::RevokeToken(
    const std::string& tenant, const std::string& id, absl::Time now,
    const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_ASSIGN_OR_RETURN(const int64_t revoked,
                          tx.ExecCount(kRevoke, tenant, id, now));
    if (revoked == 0) return absl::OkStatus();
    change.changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return change;
}

absl::StatusOr<Token> AccessStore::UseToken(const std::string& sha256,
                                            absl::Time now) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kFind, Bytes(sha256), now));
  if (rows.empty()) return errors::BadToken();
  std::string member_role;
  OTRP_ASSIGN_OR_RETURN(Token token, ReadToken(rows[0], &member_role));
  OTRP_RETURN_IF_ERROR(LimitRole(member_role, &token));
  const absl::Time before = now - kTouchTokensEvery;
  if (!token.last_used_at.has_value() || *token.last_used_at < before) {
    OTRP_RETURN_IF_ERROR(
        pool_.ExecOnce(kTouch, token.id, now, before).status());
  }
  return token;
}

}  // namespace portal
}  // namespace otrp

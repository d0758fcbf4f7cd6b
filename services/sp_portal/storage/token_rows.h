// Private to this folder: rows of tokens, which invitations make and sessions
// read, too.
//
// Thread-safety: functions without state. Errors: as libs/store/pool.h.

#ifndef OTRP_SERVICES_SP_PORTAL_STORAGE_TOKEN_ROWS_H_
#define OTRP_SERVICES_SP_PORTAL_STORAGE_TOKEN_ROWS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_split.h"
#include "libs/base/status_macros.h"
#include "libs/store/pool.h"
#include "services/sp_portal/domain/access.h"

namespace otrp {
namespace portal {

// In the tenant's lock. RESOURCE_EXHAUSTED beyond kMaxLiveTokens, and of
// publishers' beyond kMaxExchangedTokens.
absl::Status InsertToken(store::Tx& tx, const Token& token,
                         const std::string& sha256);

// Of the columns that the lists of tokens have, and what `more` takes.
template <typename... More>
absl::StatusOr<Token> ReadToken(const store::Row& row, More... more) {
  Token t;
  std::string taids;
  OTRP_RETURN_IF_ERROR(row.Scan(&t.id, &t.tenant, &t.member, &t.publisher,
                                &t.personal, &t.name, &t.role, &taids,
                                &t.created_at, &t.expires_at, &t.last_used_at,
                                &t.revoked_at, more...));
  // Names have no comma.
  t.taids = absl::StrSplit(taids, ',', absl::SkipEmpty());
  return t;
}

// Makes the token's role no more than that of its member now. BadToken() where
// nothing is left.
absl::Status LimitRole(const std::string& member_role, Token* token);

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_STORAGE_TOKEN_ROWS_H_

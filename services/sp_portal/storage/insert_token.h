// Private to this folder: a token's row, which an invitation makes too.
//
// Thread-safety: function without state. Errors: as libs/store/pool.h.

#ifndef OTRP_SERVICES_SP_PORTAL_STORAGE_INSERT_TOKEN_H_
#define OTRP_SERVICES_SP_PORTAL_STORAGE_INSERT_TOKEN_H_

#include <string>

#include "absl/status/status.h"
#include "libs/store/pool.h"
#include "services/sp_portal/domain/access.h"

namespace otrp {
namespace portal {

// In the tenant's lock. RESOURCE_EXHAUSTED beyond kMaxLiveTokens, and of
// publishers' beyond kMaxExchangedTokens.
absl::Status InsertToken(store::Tx& tx, const Token& token,
                         const std::string& sha256);

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_STORAGE_INSERT_TOKEN_H_

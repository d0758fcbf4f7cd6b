// A webhook's end until somebody enables it again. For the files of this
// folder.
//
// Thread-safety: a function without state. Errors: as libs/store/pool.h.

#ifndef OTRP_SERVICES_SP_PORTAL_STORAGE_DISABLE_WEBHOOK_H_
#define OTRP_SERVICES_SP_PORTAL_STORAGE_DISABLE_WEBHOOK_H_

#include <string>

#include "absl/status/status.h"
#include "libs/store/pool.h"

namespace otrp {
namespace portal {
namespace steps {

// What waits for it is given up.
absl::Status DisableWebhook(store::Tx& tx, const std::string& id,
                            const std::string& reason);

}  // namespace steps
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_STORAGE_DISABLE_WEBHOOK_H_

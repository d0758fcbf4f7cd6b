// The steps that transactions of several resources share. For the files of this
// folder.
//
// Thread-safety: functions without state. Errors: as libs/store/pool.h.

#ifndef OTRP_SERVICES_SP_PORTAL_STORAGE_STEPS_H_
#define OTRP_SERVICES_SP_PORTAL_STORAGE_STEPS_H_

#include <string>

#include "absl/status/status.h"
#include "libs/store/audit.h"
#include "libs/store/outbox.h"
#include "libs/store/pool.h"
#include "services/sp_portal/domain/model.h"

namespace otrp {
namespace portal {
namespace steps {

// Locks the row: changes of one application follow one another, and so do
// their messages. NOT_FOUND for an unknown application.
absl::Status LockApp(store::Tx& tx, const std::string& spid,
                     const std::string& taid);

// The message and the record of what was changed.
absl::Status Record(store::Tx& tx, const store::OutboxMessage& message,
                    const store::AuditEvent& audit, Change* change);

// Nothing was changed; what is still on its way about `key` can be waited for.
absl::Status Unchanged(store::Tx& tx, const std::string& key, Change* change);

}  // namespace steps
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_STORAGE_STEPS_H_

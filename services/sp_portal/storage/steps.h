// The steps that transactions of several resources share. For the files of this
// folder.
//
// Thread-safety: functions without state. Errors: as libs/store/pool.h.

#ifndef OTRP_SERVICES_SP_PORTAL_STORAGE_STEPS_H_
#define OTRP_SERVICES_SP_PORTAL_STORAGE_STEPS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
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

// Locks what may act for the tenant: changes of it follow one another. Of an SP
// NOT_FOUND, and FAILED_PRECONDITION where it isn't active.
absl::Status LockActiveTenant(store::Tx& tx, const std::string& tenant);
// The same in whatever state; the state.
absl::StatusOr<std::string> LockTenant(store::Tx& tx,
                                       const std::string& tenant);

// What `count` counted must be below `limit`; else errors::TooMany().
absl::Status CheckRoom(absl::StatusOr<store::Row> count, int limit,
                       absl::string_view what);

// The message and the record of what was changed.
absl::Status Record(store::Tx& tx, const store::OutboxMessage& message,
                    const store::AuditEvent& audit, Change* change);

// Nothing was changed; what is still on its way about `key` can be waited for.
absl::Status Unchanged(store::Tx& tx, const std::string& key, Change* change);

}  // namespace steps
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_STORAGE_STEPS_H_

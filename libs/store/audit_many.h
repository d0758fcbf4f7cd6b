// Many records of one transaction in one statement. Apart from audit.h, since
// few need it.
//
// Thread-safety: a function without state. Errors: as AppendAudit().

#ifndef OTRP_LIBS_STORE_AUDIT_MANY_H_
#define OTRP_LIBS_STORE_AUDIT_MANY_H_

#include <vector>

#include "absl/status/status.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"

namespace otrp {
namespace store {

// In their order.
absl::Status AppendAudits(Tx& tx, const std::vector<AuditEvent>& events);

}  // namespace store
}  // namespace otrp

#endif  // OTRP_LIBS_STORE_AUDIT_MANY_H_

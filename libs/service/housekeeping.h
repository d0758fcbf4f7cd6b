// What every service with a database does now and then: seals its audit log,
// removes old idempotency keys.
//
// Thread-safety: see periodic_task.h.

#ifndef OTRP_LIBS_SERVICE_HOUSEKEEPING_H_
#define OTRP_LIBS_SERVICE_HOUSEKEEPING_H_

#include <memory>
#include <vector>

#include "libs/service/periodic_task.h"
#include "libs/store/pool.h"

namespace otrp {
namespace service {

// The tasks run until they are destroyed; `pool` must outlive them. Any
// number of replicas may run them.
std::vector<std::unique_ptr<PeriodicTask>> StartHousekeeping(store::Pool& pool);

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_HOUSEKEEPING_H_

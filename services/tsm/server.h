// The TSM put together: store, identity, messenger, background tasks,
// services.
//
// A database or CA that isn't there yet is no error (readiness tells).

#ifndef OTRP_SERVICES_TSM_SERVER_H_
#define OTRP_SERVICES_TSM_SERVER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "libs/service/server.h"
#include "services/tsm/config.h"

namespace otrp {
namespace tsm {

absl::StatusOr<std::unique_ptr<service::Server>> NewServer(Config config);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_SERVER_H_

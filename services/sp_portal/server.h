// The portal put together: store, clients, event delivery, services.
//
// A database, CA or TSM that isn't there yet is no error (readiness tells of
// the first).

#ifndef OTRP_SERVICES_SP_PORTAL_SERVER_H_
#define OTRP_SERVICES_SP_PORTAL_SERVER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "libs/service/server.h"
#include "services/sp_portal/config.h"

namespace otrp {
namespace portal {

absl::StatusOr<std::unique_ptr<service::Server>> NewServer(Config config);

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_SERVER_H_

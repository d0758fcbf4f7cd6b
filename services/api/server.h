// The front put together: channels to the services, routes, listeners.
//
// Keeps no state but what it has just learned about tokens and callers' use;
// any number of them may run.
//
// Errors: those of the listeners and TLS files; a service that isn't there yet
// is no error.

#ifndef OTRP_SERVICES_API_SERVER_H_
#define OTRP_SERVICES_API_SERVER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "libs/service/server.h"
#include "services/api/config.h"

namespace otrp {
namespace api {

absl::StatusOr<std::unique_ptr<service::WebServer>> NewServer(Config config);

}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_SERVER_H_

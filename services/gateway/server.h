// The gateway put together: channels to tsm and ca, routes, listeners.
//
// Keeps no state: a session's messages may come through any gateway.
//
// Errors: those of the listeners and TLS files; a TSM that isn't there yet is
// no error (readiness tells).

#ifndef OTRP_SERVICES_GATEWAY_SERVER_H_
#define OTRP_SERVICES_GATEWAY_SERVER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "libs/service/server.h"
#include "services/gateway/config.h"

namespace otrp {
namespace gateway {

absl::StatusOr<std::unique_ptr<service::WebServer>> NewServer(Config config);

}  // namespace gateway
}  // namespace otrp

#endif  // OTRP_SERVICES_GATEWAY_SERVER_H_

// Which handler answers which path.
//
// Thread-safety: functions without state.

#ifndef OTRP_SERVICES_GATEWAY_ROUTES_H_
#define OTRP_SERVICES_GATEWAY_ROUTES_H_

#include "libs/http/router.h"
#include "services/gateway/env.h"

namespace otrp {
namespace gateway {

// `env` must outlive the router.
http::Router Routes(const Env& env);

}  // namespace gateway
}  // namespace otrp

#endif  // OTRP_SERVICES_GATEWAY_ROUTES_H_

// Which handler answers which path: "/openapi.json", "/reference", and one for
// all others, which are in the table of libs/rest, made of the protos.

#ifndef OTRP_SERVICES_API_ROUTES_H_
#define OTRP_SERVICES_API_ROUTES_H_

#include "libs/http/router.h"
#include "services/api/env.h"
#include "services/api/handlers/security_headers.h"

namespace otrp {
namespace api {

// `env` must outlive the router.
http::Router Routes(const Env& env, handlers::Scheme scheme);

}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_ROUTES_H_

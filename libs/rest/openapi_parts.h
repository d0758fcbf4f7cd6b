// What of the OpenAPI document is the same whatever the RPCs are.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_LIBS_REST_OPENAPI_PARTS_H_
#define OTRP_LIBS_REST_OPENAPI_PARTS_H_

#include "libs/json/json.h"

namespace otrp {
namespace rest {

// openapi, info, servers, security.
json::Value OpenApiFrame();

// All components: `schemas` and the problem's, what callers sign in with,
// headers, parameters and responses that operations share.
json::Value OpenApiComponents(json::Value schemas);

}  // namespace rest
}  // namespace otrp

#endif  // OTRP_LIBS_REST_OPENAPI_PARTS_H_

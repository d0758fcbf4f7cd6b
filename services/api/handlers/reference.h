// What the REST interface is, for programs and for people. For everybody.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_SERVICES_API_HANDLERS_REFERENCE_H_
#define OTRP_SERVICES_API_HANDLERS_REFERENCE_H_

#include "libs/http/message.h"
#include "services/api/handlers/security_headers.h"

namespace otrp {
namespace api {
namespace handlers {

// OpenAPI 3.1.
http::Response GetOpenApi(Scheme scheme, const http::Request& request);

// HTML, which links to the other as "openapi.json".
http::Response GetReferencePage(Scheme scheme, const http::Request& request);

}  // namespace handlers
}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_HANDLERS_REFERENCE_H_

// What every answer of the front tells a browser.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_SERVICES_API_HANDLERS_SECURITY_HEADERS_H_
#define OTRP_SERVICES_API_HANDLERS_SECURITY_HEADERS_H_

#include "absl/strings/string_view.h"
#include "libs/http/message.h"
#include "libs/service/web_config.h"

namespace otrp {
namespace api {
namespace handlers {

using service::Scheme;

// For what is no page.
inline constexpr char kNothingToLoad[] =
    "default-src 'none'; frame-ancestors 'none'";

// `policy`: the Content-Security-Policy.
void AddSecurityHeaders(Scheme scheme, absl::string_view policy,
                        http::Response* response);

}  // namespace handlers
}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_HANDLERS_SECURITY_HEADERS_H_

// What a browser sends by itself counts only in what a page of this origin
// asks for: the cookie of a session, and a client certificate. Whatever a page
// of another origin has a browser send is refused before its credential is
// looked at (cross-site request forgery).
//
// Thread-safety: functions without state.
// Errors: PERMISSION_DENIED, with what is missing.
// Source: RFC 6454 (Origin), W3C Fetch Metadata (Sec-Fetch-Site), RFC 6265bis
// section 4.1.3 (__Host-).

#ifndef OTRP_SERVICES_API_HANDLERS_BROWSER_RULES_H_
#define OTRP_SERVICES_API_HANDLERS_BROWSER_RULES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "libs/http/message.h"
#include "services/api/handlers/security_headers.h"

namespace otrp {
namespace api {
namespace handlers {

// Of the session's cookie. Over HTTPS a browser takes it from this host alone.
absl::string_view CookieName(Scheme scheme);

// The values of all cookies of that name, as sent.
std::vector<std::string> SessionCookies(Scheme scheme,
                                        const http::Request& request);

// Whether the request reads only.
bool IsSafe(const http::Request& request);

// For each request with a cookie: nothing from another site; and where it may
// change something, X-OTrP-Console: 1 too, which a page of another origin
// can't send.
absl::Status CheckPageOfCookie(Scheme scheme, const http::Request& request);
// For each request with a certificate: where it may change something, nothing
// from another site.
absl::Status CheckPageOfCertificate(Scheme scheme,
                                    const http::Request& request);
// For a request that may change something: where Origin and Sec-Fetch-Site are
// there, they are this origin's.
absl::Status CheckSameOrigin(Scheme scheme, const http::Request& request);

}  // namespace handlers
}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_HANDLERS_BROWSER_RULES_H_

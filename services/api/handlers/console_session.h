// Signing in to the web console and out: /console/session.
//
//   POST {"token": "otrp_..."}   201 and the session's cookie
//   GET                          who the cookie's holder is
//   DELETE                       ends the session, and the cookie
//
// The cookie has a secret of its own, made by the portal for this one sign-in:
// what a client brought along becomes no session.
//
// Thread-safety: from any thread. Errors: none; what goes wrong is an answer,
// application/problem+json (RFC 9457).

#ifndef OTRP_SERVICES_API_HANDLERS_CONSOLE_SESSION_H_
#define OTRP_SERVICES_API_HANDLERS_CONSOLE_SESSION_H_

#include "libs/http/message.h"
#include "libs/http/respond.h"
#include "services/api/env.h"
#include "services/api/handlers/security_headers.h"

namespace otrp {
namespace api {
namespace handlers {

// Doesn't block. `env` must outlive the answer.
void AnswerConsoleSession(const Env& env, Scheme scheme, http::Request request,
                          http::Respond respond);

}  // namespace handlers
}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_HANDLERS_CONSOLE_SESSION_H_

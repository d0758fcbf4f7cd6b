// Enrollment over Secure Transport: signing certificates of service providers
// (simpleenroll), and renewals of the certificate of the TLS connection
// (simplereenroll), for programs that know nothing of ours. Under the name of
// an authority, "tee-acme/simpleenroll", certificates of a device maker's TEEs
// or firmware: the maker calls, and the ca knows whose authority it is.
//
// It is here, and not at the gateway, because it is calls for somebody else:
// the front finds out who calls and says so, and the services decide, as for
// REST. The gateway speaks for nobody.
//
// Thread-safety: from any thread. Errors: none; what goes wrong is an answer,
// text/plain as RFC 7030 4.2.3 has it.
// Source: RFC 7030 sections 4.1, 4.2 and 4.5, RFC 8951.

#ifndef OTRP_SERVICES_API_HANDLERS_EST_H_
#define OTRP_SERVICES_API_HANDLERS_EST_H_

#include "libs/http/message.h"
#include "libs/http/respond.h"
#include "services/api/env.h"
#include "services/api/handlers/security_headers.h"

namespace otrp {
namespace api {
namespace handlers {

inline constexpr char kEstPath[] = "/.well-known/est/";

// Of a path that begins with kEstPath. Doesn't block. `env` must outlive the
// answer.
void AnswerEst(const Env& env, Scheme scheme, http::Request request,
               http::Respond respond);

}  // namespace handlers
}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_HANDLERS_EST_H_

// The keys that the verifier signs results about devices with, for everybody
// who checks one: `/.well-known/jwks.json` (RFC 7517).
//
// Thread-safety: functions without state. Errors: none; they are answers.

#ifndef OTRP_SERVICES_API_HANDLERS_JWKS_H_
#define OTRP_SERVICES_API_HANDLERS_JWKS_H_

#include "libs/http/message.h"
#include "libs/http/respond.h"
#include "services/api/env.h"
#include "services/api/handlers/security_headers.h"

namespace otrp {
namespace api {
namespace handlers {

// Asks the verifier. One of the strangers' turns is taken. `env` must outlive
// the answer.
void AnswerJwks(const Env& env, Scheme scheme, http::Request request,
                http::Respond respond);

}  // namespace handlers
}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_HANDLERS_JWKS_H_

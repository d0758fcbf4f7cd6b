// What the answers of all handlers have in common.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_SERVICES_API_HANDLERS_ANSWERS_H_
#define OTRP_SERVICES_API_HANDLERS_ANSWERS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "google/protobuf/descriptor.h"
#include "libs/http/message.h"
#include "services/api/env.h"
#include "services/api/handlers/security_headers.h"

namespace otrp {
namespace api {
namespace handlers {

// The request's id and the security headers.
void Finish(Scheme scheme, absl::string_view request_id,
            http::Response* response);

// As rest::ProblemOf(), with what a 401 needs.
http::Response Problem(const absl::Status& status,
                       const google::protobuf::Descriptor* request,
                       absl::string_view request_id,
                       absl::Duration retry_after = absl::Seconds(1));

// Whom `request` is from, as far as limits are concerned: one (IPv4) or a /64.
std::string AddressOf(const http::Request& request);

// Takes a turn of those without a good credential, to be given back where it
// turns out to be good. 429 where there is none.
absl::optional<http::Response> TakeStrangersTurn(const Env& env,
                                                 const http::Request& request,
                                                 absl::string_view request_id);

}  // namespace handlers
}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_HANDLERS_ANSWERS_H_

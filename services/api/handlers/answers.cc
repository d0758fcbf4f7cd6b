#include "services/api/handlers/answers.h"

#include "libs/http/ip_address.h"
#include "libs/rest/problem.h"

namespace otrp {
namespace api {
namespace handlers {

void Finish(Scheme scheme, absl::string_view request_id,
            http::Response* response) {
  response->headers.emplace_back("X-Request-Id", std::string(request_id));
  AddSecurityHeaders(scheme, kNothingToLoad, response);
}

http::Response Problem(const absl::Status& status,
                       const google::protobuf::Descriptor* request,
                       absl::string_view request_id,
                       absl::Duration retry_after) {
  http::Response response =
      rest::ProblemOf(status, request, request_id, retry_after);
  if (response.status == 401) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
  }
  return response;
}

std::string AddressOf(const http::Request& request) {
  const auto address = http::IpAddress::Parse(request.peer);
  return address.has_value() ? address->Subscriber().ToString() : request.peer;
}

absl::optional<http::Response> TakeStrangersTurn(const Env& env,
                                                 const http::Request& request,
                                                 absl::string_view request_id) {
  const TokenBuckets::Left left =
      env.strangers.Take(AddressOf(request), env.clock.Now());
  if (left.taken) return absl::nullopt;
  return Problem(
      absl::ResourceExhaustedError(
          "too many requests without a good credential from this address"),
      nullptr, request_id, left.until);
}

}  // namespace handlers
}  // namespace api
}  // namespace otrp

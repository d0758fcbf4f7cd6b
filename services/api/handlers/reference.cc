#include "services/api/handlers/reference.h"

#include <string>

#include "libs/rest/etag.h"
#include "libs/rest/reference.h"

namespace otrp {
namespace api {
namespace handlers {
namespace {

http::Response Answer(Scheme scheme, const http::Request& request,
                      absl::string_view media_type, absl::string_view policy,
                      absl::string_view body) {
  http::Response response;
  response.headers.emplace_back("Content-Type", std::string(media_type));
  response.body = std::string(body);
  rest::AddETag(request, &response);
  AddSecurityHeaders(scheme, policy, &response);
  return response;
}

}  // namespace

http::Response GetOpenApi(Scheme scheme, const http::Request& request) {
  return Answer(scheme, request, "application/json", kNothingToLoad,
                rest::OpenApiDocument());
}

http::Response GetReferencePage(Scheme scheme, const http::Request& request) {
  return Answer(scheme, request, "text/html; charset=utf-8",
                rest::ReferencePolicy(), rest::ReferencePage());
}

}  // namespace handlers
}  // namespace api
}  // namespace otrp

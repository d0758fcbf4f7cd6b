#include "libs/http/problem.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "libs/json/json.h"

namespace otrp {
namespace http {

absl::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 302: return "Found";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Status";
  }
}

Response Problem(int status, absl::string_view detail) {
  json::Value body = json::Value::Object();
  body.Set("type", json::Value::String("about:blank"));
  body.Set("title", json::Value::String(ReasonPhrase(status)));
  body.Set("status", json::Value::Integer(status));
  if (!detail.empty()) body.Set("detail", json::Value::String(detail));
  Response response;
  response.status = status;
  response.headers = {{"Content-Type", "application/problem+json"},
                      {"Cache-Control", "no-store"},
                      {"X-Content-Type-Options", "nosniff"}};
  response.body = body.Serialize();
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response ProblemOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange: return Problem(400, status.message());
    case absl::StatusCode::kUnauthenticated:
      return Problem(401, status.message());
    case absl::StatusCode::kPermissionDenied:
      return Problem(403, status.message());
    case absl::StatusCode::kNotFound: return Problem(404, status.message());
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted: return Problem(409, status.message());
    case absl::StatusCode::kFailedPrecondition:
      return Problem(412, status.message());
    case absl::StatusCode::kUnimplemented:
      return Problem(501, status.message());
    case absl::StatusCode::kDeadlineExceeded:
      return Problem(504, "it took too long; try again");
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kCancelled: return Problem(503, "try again soon");
    default: return Problem(500, "internal error");
  }
}

}  // namespace http
}  // namespace otrp

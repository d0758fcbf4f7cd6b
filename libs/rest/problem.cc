#include "libs/rest/problem.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "libs/base/printable.h"
#include "libs/json/json.h"
#include "libs/rest/routes.h"
#include "libs/rest/transcoder.h"
#include "libs/rpc/field_error.h"
#include "libs/rpc/status.h"

namespace otrp {
namespace rest {
namespace {

ProblemKind Kind(absl::string_view slug, int status, absl::string_view code,
                 absl::string_view title) {
  return {absl::StrCat("/problems/", slug), status, code, title};
}

// The first row of a code is the RPCs'; the others are HTTP's own.
std::vector<ProblemKind> MakeKinds() {
  return {
      Kind("invalid-argument", 400, "INVALID_ARGUMENT", "The request is wrong"),
      Kind("failed-precondition", 400, "FAILED_PRECONDITION",
           "The state doesn't allow it"),
      Kind("out-of-range", 400, "OUT_OF_RANGE", "There is no such part"),
      Kind("unauthenticated", 401, "UNAUTHENTICATED", "Who calls isn't known"),
      Kind("permission-denied", 403, "PERMISSION_DENIED",
           "The caller may not do this"),
      Kind("not-found", 404, "NOT_FOUND", "It doesn't exist"),
      Kind("already-exists", 409, "ALREADY_EXISTS", "Another one is there"),
      Kind("aborted", 409, "ABORTED", "Somebody else was faster"),
      Kind("resource-exhausted", 429, "RESOURCE_EXHAUSTED",
           "A limit is reached"),
      Kind("internal", 500, "INTERNAL", "The server has failed"),
      Kind("unknown", 500, "UNKNOWN", "The outcome is unknown"),
      Kind("data-loss", 500, "DATA_LOSS", "Stored data is damaged"),
      Kind("unimplemented", 501, "UNIMPLEMENTED", "The server can't do this"),
      Kind("unavailable", 503, "UNAVAILABLE", "The server can't at present"),
      Kind("cancelled", 503, "CANCELLED", "It was given up"),
      Kind("deadline-exceeded", 504, "DEADLINE_EXCEEDED", "It took too long"),
      Kind("method-not-allowed", 405, "UNIMPLEMENTED",
           "This path has other methods"),
      Kind("not-acceptable", 406, "INVALID_ARGUMENT",
           "The answer has another media type"),
      Kind("precondition-failed", 412, "FAILED_PRECONDITION",
           "If-Match doesn't hold"),
      Kind("content-too-large", 413, "INVALID_ARGUMENT",
           "The body is too large"),
      Kind("unsupported-media-type", 415, "INVALID_ARGUMENT",
           "The body has another media type"),
      Kind("idempotency-key-reused", 422, "ALREADY_EXISTS",
           "Idempotency-Key was used for another request"),
      Kind("headers-too-large", 431, "INVALID_ARGUMENT",
           "The headers are too large"),
  };
}

const ProblemKind& KindOfCode(absl::StatusCode code) {
  const std::string name = absl::StatusCodeToString(code);
  const auto& kinds = ProblemKinds();
  const auto found =
      std::find_if(kinds.begin(), kinds.end(),
                   [&](const ProblemKind& kind) { return kind.code == name; });
  return found == kinds.end() ? KindOfCode(absl::StatusCode::kInternal)
                              : *found;
}

const ProblemKind& KindOfStatus(int status) {
  const auto& kinds = ProblemKinds();
  const auto found = std::find_if(
      kinds.begin(), kinds.end(),
      [&](const ProblemKind& kind) { return kind.status == status; });
  return found == kinds.end() ? KindOfCode(absl::StatusCode::kInternal)
                              : *found;
}

// Messages that may tell of our insides: of failures, and of gRPC's own, which
// name addresses.
std::string DetailOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss:
      return "internal error; the log has it under the request id";
    case absl::StatusCode::kUnknown:
      return "the outcome is unknown; ask for the state or repeat the request";
    case absl::StatusCode::kDeadlineExceeded:
      return "it took too long; ask for the state or repeat the request";
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kCancelled: return "try again soon";
    default: return std::string(status.message());
  }
}

http::Response Make(const ProblemKind& kind, absl::string_view detail,
                    absl::string_view field, absl::string_view request_id) {
  json::Value body = json::Value::Object();
  const auto set = [&body](absl::string_view name, absl::string_view text) {
    // The cut is far above what services say.
    const std::string value = Printable(text, 2 * rpc::kMaxStatusMessageBytes);
    if (!value.empty()) body.Set(name, json::Value::String(value));
  };
  set("type", kind.type);
  set("title", kind.title);
  body.Set("status", json::Value::Integer(kind.status));
  set("detail", detail);
  set("code", kind.code);
  set("field", field);
  set("request_id", request_id);
  http::Response response;
  response.status = kind.status;
  response.headers = {{"Content-Type", "application/problem+json"},
                      {"Cache-Control", "no-store"},
                      {"X-Content-Type-Options", "nosniff"}};
  response.body = body.Serialize();
  return response;
}

}  // namespace

const std::vector<ProblemKind>& ProblemKinds() {
  static const auto* const kinds = new std::vector<ProblemKind>(MakeKinds());
  return *kinds;
}

std::string JsonPath(absl::string_view path,
                     const google::protobuf::Descriptor& request) {
  const google::protobuf::Descriptor* message = &request;
  std::string named;
  for (const absl::string_view part : absl::StrSplit(path, '.')) {
    const size_t bracket = std::min(part.find('['), part.size());
    const google::protobuf::FieldDescriptor* field =
        message == nullptr ? nullptr
                           : FindField(*message, part.substr(0, bracket));
    absl::StrAppend(&named, named.empty() ? "" : ".",
                    field == nullptr ? std::string(part.substr(0, bracket))
                                     : field->json_name(),
                    part.substr(bracket));
    message = field == nullptr ? nullptr : field->message_type();
  }
  return named;
}

http::Response ProblemOf(const absl::Status& status,
                         const google::protobuf::Descriptor* request,
                         absl::string_view request_id,
                         absl::Duration retry_after) {
  const ProblemKind& kind = KindOfCode(status.code());
  std::string detail = DetailOf(status);
  std::string field = MemberOf(status);
  if (field.empty() && request != nullptr) {
    const absl::string_view named = rpc::FieldOf(detail, *request);
    if (!named.empty()) {
      field = JsonPath(named, *request);
      detail = absl::StrCat(field, detail.substr(named.size()));
    }
  }
  http::Response response = Make(kind, detail, field, request_id);
  if (kind.status == 401) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
  }
  if (kind.status == 429 || kind.status == 503) {
    const int64_t seconds =
        absl::ToInt64Seconds(absl::Ceil(retry_after, absl::Seconds(1)));
    response.headers.emplace_back("Retry-After",
                                  absl::StrCat(std::max<int64_t>(seconds, 1)));
  }
  return response;
}

http::Response HttpProblem(int status, absl::string_view detail,
                           absl::string_view request_id) {
  return Make(KindOfStatus(status), detail, "", request_id);
}

}  // namespace rest
}  // namespace otrp

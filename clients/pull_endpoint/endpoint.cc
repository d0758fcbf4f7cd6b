#include "clients/pull_endpoint/endpoint.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/files.h"
#include "libs/base/hex.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/http/problem.h"
#include "libs/service/names.h"
#include "libs/telemetry/log.h"

namespace otrp::pull_endpoint {
namespace {

http::Response Problem(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return http::Problem(400, status.message());
    case absl::StatusCode::kUnauthenticated:
      return http::Problem(401, status.message());
    case absl::StatusCode::kNotFound:
      return http::Problem(404, status.message());
    case absl::StatusCode::kResourceExhausted:
      return http::Problem(503, status.message());
    default: return http::Problem(500, "internal error");
  }
}

// A name becomes part of a path, so that it is one step of it.
absl::Status CheckStep(absl::string_view field, const std::string& name) {
  OTRP_RETURN_IF_ERROR(service::CheckName(field, name));
  return absl::StartsWith(name, ".")
             ? absl::InvalidArgumentError(absl::StrCat(field, ": not here"))
             : absl::OkStatus();
}

absl::StatusOr<std::string> ReadIfThere(const std::string& path, size_t max) {
  if (!FileExists(path)) return std::string();
  return ReadWholeFile(path, max);
}

}  // namespace

absl::Status Endpoint::Remember(const protocol::PullRequest& request,
                                absl::Time now) {
  std::lock_guard<std::mutex> lock(mutex_);
  while (!by_time_.empty() && by_time_.begin()->first < now) {
    seen_.erase(by_time_.begin()->second);
    by_time_.erase(by_time_.begin());
  }
  if (seen_.count(request.nonce) > 0) {
    return absl::UnauthenticatedError("this was asked before");
  }
  if (seen_.size() >= options_.max_nonces) {
    return absl::ResourceExhaustedError("too many requests; ask again later");
  }
  // From then on its time is refused.
  const absl::Time until = request.at + protocol::kPullMaxAge;
  seen_.emplace(request.nonce, until);
  by_time_.emplace(until, request.nonce);
  return absl::OkStatus();
}

absl::StatusOr<std::string> Endpoint::Give(const http::Request& http_request) {
  const absl::Time now = clock_.Now();
  OTRP_ASSIGN_OR_RETURN(
      const protocol::VerifiedPullRequest asked,
      protocol::OpenPullRequest(http_request.body, options_.tsm_roots,
                                options_.tsm_id, options_.url, now));
  const protocol::PullRequest& request = asked.request();
  OTRP_RETURN_IF_ERROR(Remember(request, now));
  OTRP_RETURN_IF_ERROR(CheckStep("taid", request.taid));
  OTRP_RETURN_IF_ERROR(CheckStep("version", request.version));
  const std::string folder =
      absl::StrCat(options_.dir, "/", request.taid, "/", request.version, "/");
  const std::string path = absl::StrCat(folder, "image");
  if (!FileExists(path)) {
    return absl::NotFoundError("there is no such application or version");
  }
  OTRP_ASSIGN_OR_RETURN(const std::string image,
                        ReadWholeFile(path, kMaxTaImageBytes));
  OTRP_ASSIGN_OR_RETURN(
      const std::string data,
      ReadIfThere(absl::StrCat(folder, HexEncode(request.did), ".data"),
                  kMaxPersonalizationBytes));
  OTRP_LOG(INFO, "given",
           {{"taid", request.taid},
            {"version", request.version},
            {"did", HexEncode(request.did)},
            {"kid", asked.key_id()},
            {"data_octets", absl::StrCat(data.size())}});
  return protocol::SignPullAnswer(asked, image, data, options_.key, now,
                                  random_);
}

http::Response Endpoint::Answer(const http::Request& request) {
  absl::StatusOr<std::string> answer = Give(request);
  if (!answer.ok()) {
    OTRP_LOG(WARNING, "refused",
             {{"error", std::string(answer.status().message())}});
    return Problem(answer.status());
  }
  http::Response response;
  response.headers = {{"Content-Type", protocol::kPullMediaType},
                      {"Cache-Control", "no-store"}};
  response.body = *std::move(answer);
  return response;
}

}  // namespace otrp::pull_endpoint

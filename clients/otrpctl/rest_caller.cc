#include "clients/otrpctl/rest_caller.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/cli/cli.h"
#include "libs/rest/client.h"
#include "libs/rest/mounts.h"
#include "libs/telemetry/version.h"

namespace otrp::ctl {
namespace {

http::Client::Options OptionsOf(std::string ca_file, absl::Duration timeout) {
  http::Client::Options options;
  options.ca_file = std::move(ca_file);
  options.timeout = timeout;
  return options;
}

// All routes, which are good: a test of libs/rest builds them.
const rest::RouteTable& Routes() {
  static const auto* const routes =
      new rest::RouteTable(rest::NewRouteTable().value());
  return *routes;
}

}  // namespace

RestCaller::RestCaller(std::string server, std::string ca_file,
                       absl::Duration timeout)
    : server_(std::move(server)),
      client_(OptionsOf(std::move(ca_file), timeout)) {}

void RestCaller::UseToken(SecretBytes token) { token_ = std::move(token); }

absl::Status RestCaller::Explain(const absl::Status& status) const {
  if (absl::IsFailedPrecondition(status)) {
    // Of the client: files that can't be read.
    return cli::UsageError(absl::StrCat("--ca-file: ", status.message()));
  }
  return absl::Status(
      status.code(),
      absl::StrCat(server_, " doesn't answer: ", status.message(),
                   " (--ca-file FILE names the roots of a server whose "
                   "certificate isn't from a public authority)"));
}

absl::Status RestCaller::Call(absl::string_view backend,
                              absl::string_view service,
                              const google::protobuf::Message& request,
                              google::protobuf::Message* response) {
  const auto* rpc = rest::FindRpc(service, *request.GetDescriptor());
  if (rpc == nullptr) {
    return absl::InternalError(absl::StrCat(
        service, " takes no ", request.GetDescriptor()->full_name()));
  }
  absl::StatusOr<rest::ClientRequest> out =
      rest::WriteRequest(Routes(), backend, *rpc, request);
  if (absl::IsUnimplemented(out.status())) {
    return absl::UnimplementedError(absl::StrCat(
        out.status().message(),
        ": it is for a certificate at the service itself; give --tls-dir and "
        "the address, or a context of them (otrpctl context add)"));
  }
  if (!out.ok()) return out.status();
  std::vector<http::Header> headers = {
      {"Accept", "application/json, application/problem+json"},
      {"User-Agent", absl::StrCat("otrpctl/", telemetry::kVersion)}};
  if (!out->content_type.empty()) {
    headers.emplace_back("Content-Type", out->content_type);
  }
  if (!token_.empty()) {
    headers.emplace_back("Authorization",
                         absl::StrCat("Bearer ", token_.view()));
  }
  const absl::StatusOr<http::Response> answer =
      client_.Send(out->method, server_ + out->target, headers, out->body);
  if (!answer.ok()) return Explain(answer.status());
  const absl::Status read = rest::ReadAnswer(*answer, *rpc, response);
  if (absl::IsUnavailable(read) || absl::IsDeadlineExceeded(read) ||
      absl::IsUnknown(read)) {
    return absl::Status(read.code(),
                        absl::StrCat(server_, ": ", read.message()));
  }
  return read;
}

}  // namespace otrp::ctl

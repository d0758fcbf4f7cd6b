#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "otrp/portal/v1/pull.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::portal::v1;

template <typename Request>
Request Named(const cli::Args& args) {
  Request request;
  request.set_spid(args.Get("spid"));
  request.set_taid(args.Get("taid"));
  return request;
}

Result EndpointResult(const v1::PullEndpoint& endpoint) {
  Result result;
  result.value.Set("spid", json::Value::String(endpoint.spid()));
  result.value.Set("taid", json::Value::String(endpoint.taid()));
  result.value.Set("url", json::Value::String(endpoint.url()));
  result.value.Set("roots", json::Value::String(endpoint.roots_pem()));
  result.value.Set("key_id", json::Value::String(endpoint.key_id()));
  result.value.Set("changed_at",
                   Time(endpoint.changed_at(), endpoint.has_changed_at()));
  return result;
}

absl::StatusOr<Result> PullSet(const cli::Args& args,
                               Connections& connections) {
  auto request = Named<v1::SetPullEndpointRequest>(args);
  request.set_url(args.Get("url"));
  if (args.Has("roots")) {
    OTRP_ASSIGN_OR_RETURN(*request.mutable_roots_pem(),
                          ReadInput("roots", args.Get("roots")));
  }
  request.set_key_id(args.Get("key-id"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::SetPullEndpointResponse response,
      connections.Call<v1::PullMode>(
          Service::kPortal, &v1::PullMode::Stub::SetPullEndpoint, request));
  Result result = EndpointResult(response.endpoint());
  AddDelivered(response.delivered(), &result);
  return result;
}

absl::StatusOr<Result> PullShow(const cli::Args& args,
                                Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(
      const v1::GetPullEndpointResponse response,
      connections.Call<v1::PullMode>(Service::kPortal,
                                     &v1::PullMode::Stub::GetPullEndpoint,
                                     Named<v1::GetPullEndpointRequest>(args)));
  return EndpointResult(response.endpoint());
}

absl::StatusOr<Result> PullDelete(const cli::Args& args,
                                  Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(
      const v1::DeletePullEndpointResponse response,
      connections.Call<v1::PullMode>(
          Service::kPortal, &v1::PullMode::Stub::DeletePullEndpoint,
          Named<v1::DeletePullEndpointRequest>(args)));
  Result result;
  result.value.Set("spid", json::Value::String(args.Get("spid")));
  result.value.Set("taid", json::Value::String(args.Get("taid")));
  AddDelivered(response.delivered(), &result);
  return result;
}

absl::StatusOr<Result> PullVersion(const cli::Args& args,
                                   Connections& connections) {
  auto request = Named<v1::AddPullVersionRequest>(args);
  request.set_version(args.Get("version"));
  request.set_format(args.Get("format"));
  if (args.Has("signer")) {
    absl::StatusOr<std::string> fingerprint =
        HexDecode(absl::AsciiStrToLower(args.Get("signer")));
    if (!fingerprint.ok()) {
      return cli::UsageError(
          absl::StrCat("--signer ", args.Get("signer"),
                       " isn't the SHA-256 of a certificate in hex"));
    }
    request.set_signer_fingerprint(*std::move(fingerprint));
  }
  OTRP_ASSIGN_OR_RETURN(
      const v1::AddPullVersionResponse response,
      connections.Call<v1::PullMode>(
          Service::kPortal, &v1::PullMode::Stub::AddPullVersion, request));
  Result result;
  result.value.Set("spid", json::Value::String(args.Get("spid")));
  result.value.Set("taid", json::Value::String(args.Get("taid")));
  result.value.Set("version",
                   json::Value::String(response.version().version()));
  result.value.Set("format", json::Value::String(response.version().format()));
  result.value.Set("signer_sha256", json::Value::String(absl::BytesToHexString(
                                        response.signer_fingerprint())));
  return result;
}

json::Value Value(const v1::Pull& pull) {
  json::Value value = json::Value::Object();
  value.Set("at", Time(pull.at(), pull.has_at()));
  value.Set("version", json::Value::String(pull.version()));
  value.Set("did", json::Value::String(absl::BytesToHexString(pull.did())));
  value.Set("outcome", json::Value::String(pull.outcome()));
  value.Set("took_ms", json::Value::Integer(pull.took_ms()));
  value.Set("error", json::Value::String(pull.error()));
  return value;
}

absl::StatusOr<Result> PullLog(const cli::Args& args,
                               Connections& connections) {
  ListShape shape;
  shape.list = "pulls";
  shape.columns = {{"AT", "at"},           {"VERSION", "version"},
                   {"DEVICE", "did"},      {"OUTCOME", "outcome"},
                   {"TOOK_MS", "took_ms"}, {"ERROR", "error"}};
  shape.time = "at";
  shape.newest_first = true;
  shape.default_limit = kDefaultRows;
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::PullMode>(
      connections, Service::kPortal, &v1::PullMode::Stub::ListPulls,
      Named<v1::ListPullsRequest>(args),
      [](const v1::ListPullsResponse& response) -> const auto& {
        return response.pulls();
      },
      [](const v1::Pull& pull) { return Value(pull); }, &selection));
  return selection.ToResult();
}

}  // namespace

std::vector<Command> PullCommands() {
  const cli::Flag spid = {"spid", "S", true, "id of the service provider",
                          "spid"};
  const cli::Flag taid = {"taid", "T", true, "id of the trusted application",
                          "taid"};
  return {
      {{"pull",
        "set",
        {},
        {spid,
         taid,
         {"url", "URL", true, "https://...: where the TSM asks", "url"},
         {"roots", "FILE", false,
          "roots of its certificate, PEM; without it the system's",
          "roots_pem"},
         {"key-id", "ID", false, "\"kid\" of the requests", "key_id"}},
        "Says where the TSM asks for an application that it must not see."},
       PullSet},
      {{"pull",
        "show",
        {},
        {spid, taid},
        "Shows where an application is asked for."},
       PullShow},
      Asking({{"pull",
               "delete",
               {},
               {spid, taid},
               "Takes an application's pull endpoint away."},
              PullDelete}),
      {{"pull",
        "version",
        {},
        {spid,
         taid,
         {"version", "V", true, "dotted numbers, e.g. 1.0.0", "version"},
         {"format", "jws|optee", false, "of the images; jws by default",
          "format"},
         {"signer", "SHA256", false,
          "certificate that signs; the current one by default",
          "signer_fingerprint"}},
        "Makes a version whose images the endpoint gives; release it as any "
        "other."},
       PullVersion},
      {{"pull",
        "log",
        {},
        With({spid, taid}, SelectionFlags("happened")),
        "Lists what came of the requests to an application's endpoint, newest "
        "first."},
       PullLog},
  };
}

}  // namespace otrp::ctl

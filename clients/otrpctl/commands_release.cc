#include <utility>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "otrp/portal/v1/portal.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::portal::v1;

absl::StatusOr<Result> TaRelease(const cli::Args& args,
                                 Connections& connections) {
  v1::ReleaseVersionRequest request;
  request.set_spid(args.Get("spid"));
  request.set_taid(args.Get("taid"));
  request.set_version(args.Get("version"));
  request.set_channel(args.Get("channel"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::ReleaseVersionResponse response,
      connections.Call<v1::Applications>(
          Service::kPortal, &v1::Applications::Stub::ReleaseVersion, request));
  Result result;
  result.value.Set("spid", json::Value::String(args.Get("spid")));
  result.value.Set("taid", json::Value::String(args.Get("taid")));
  result.value.Set("released_version", json::Value::String(response.version()));
  result.value.Set("channel", json::Value::String(response.channel()));
  AddDelivered(response.delivered(), &result);
  return result;
}

absl::StatusOr<Result> TaWithdraw(const cli::Args& args,
                                  Connections& connections) {
  v1::WithdrawApplicationRequest request;
  request.set_spid(args.Get("spid"));
  request.set_taid(args.Get("taid"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::WithdrawApplicationResponse response,
      connections.Call<v1::Applications>(
          Service::kPortal, &v1::Applications::Stub::WithdrawApplication,
          request));
  Result result;
  result.value.Set("spid", json::Value::String(args.Get("spid")));
  result.value.Set("taid", json::Value::String(args.Get("taid")));
  result.value.Set("withdrawn", json::Value::Bool(true));
  AddDelivered(response.delivered(), &result);
  return result;
}

json::Value ApplicationValue(const v1::Application& application) {
  json::Value versions = json::Value::Array();
  for (const v1::ApplicationVersion& version : application.versions()) {
    json::Value item = json::Value::Object();
    item.Set("version", json::Value::String(version.version()));
    item.Set("format", json::Value::String(version.format()));
    item.Set(
        "image_sha256",
        json::Value::String(absl::BytesToHexString(version.image_sha256())));
    item.Set("image_bytes", json::Value::Integer(version.image_bytes()));
    item.Set("pushed_at", Time(version.pushed_at(), version.has_pushed_at()));
    item.Set("pull", json::Value::Bool(version.pull()));
    versions.Append(std::move(item));
  }
  json::Value value = json::Value::Object();
  value.Set("spid", json::Value::String(application.spid()));
  value.Set("taid", json::Value::String(application.taid()));
  value.Set("released_version",
            json::Value::String(application.released_version()));
  value.Set("beta_version", json::Value::String(application.beta_version()));
  value.Set("withdrawn", json::Value::Bool(application.withdrawn()));
  value.Set("versions", std::move(versions));
  return value;
}

absl::StatusOr<Result> TaList(const cli::Args& args, Connections& connections) {
  v1::ListApplicationsRequest request;
  request.set_spid(args.Get("spid"));
  ListShape shape;
  shape.list = "applications";
  shape.columns = {{"SPID", "spid"},
                   {"TAID", "taid"},
                   {"RELEASED", "released_version"},
                   {"BETA", "beta_version"},
                   {"WITHDRAWN", "withdrawn"}};
  shape.name = {"spid", "taid"};
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::Applications>(
      connections, Service::kPortal, &v1::Applications::Stub::ListApplications,
      request, [](const v1::ListApplicationsResponse& response) -> const auto& {
        return response.applications();
      },
      ApplicationValue, &selection));
  return selection.ToResult();
}

}  // namespace

std::vector<Command> ReleaseCommands() {
  const cli::Flag spid = {"spid", "S", true, "id of the service provider",
                          "spid"};
  const cli::Flag any_spid = {"spid", "S", false,
                              "only this service provider's", "spid"};
  const cli::Flag taid = {"taid", "T", true, "id of the trusted application",
                          "taid"};
  const cli::Flag version = {"version", "V", true, "dotted numbers, e.g. 1.0.0",
                             "version"};
  return {
      {{"ta",
        "release",
        {},
        {spid,
         taid,
         version,
         {"channel", "C", false, "stable (the default) or beta", "channel"}},
        "Makes a version the one that assigned devices shall have."},
       TaRelease},
      Asking({{"ta",
               "withdraw",
               {},
               {spid, taid},
               "Takes a trusted application off all devices."},
              TaWithdraw}),
      {{"ta",
        "list",
        {},
        With({any_spid}, SelectionFlags("")),
        "Lists trusted applications."},
       TaList},
  };
}

}  // namespace otrp::ctl

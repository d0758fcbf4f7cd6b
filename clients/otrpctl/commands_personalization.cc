#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "otrp/portal/v1/personalizations.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::portal::v1;

json::Value PersonalizationValue(const v1::Personalization& own) {
  json::Value value = json::Value::Object();
  value.Set("did", json::Value::String(absl::BytesToHexString(own.did())));
  value.Set("bytes", json::Value::Integer(own.bytes()));
  value.Set("sha256",
            json::Value::String(absl::BytesToHexString(own.sha256())));
  value.Set("put_at", Time(own.put_at(), own.has_put_at()));
  return value;
}

// A whole id: a service provider can't ask the TSM which device begins so.
template <typename Request>
absl::StatusOr<Request> Named(const cli::Args& args) {
  Request request;
  request.set_spid(args.Get("spid"));
  request.set_taid(args.Get("taid"));
  absl::StatusOr<std::string> did = ParseDid(args.Get("device"));
  if (!did.ok()) return cli::UsageError("--device: give a device's whole id");
  request.set_did(*std::move(did));
  return request;
}

absl::StatusOr<Result> Put(const cli::Args& args, Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(auto request,
                        Named<v1::PutPersonalizationRequest>(args));
  OTRP_ASSIGN_OR_RETURN(*request.mutable_data(),
                        ReadInput("data", args.Get("data")));
  OTRP_ASSIGN_OR_RETURN(
      const v1::PutPersonalizationResponse response,
      connections.Call<v1::Personalizations>(
          Service::kPortal, &v1::Personalizations::Stub::PutPersonalization,
          request));
  Result result;
  result.value = PersonalizationValue(response.personalization());
  AddDelivered(response.delivered(), &result);
  return result;
}

absl::StatusOr<Result> List(const cli::Args& args, Connections& connections) {
  v1::ListPersonalizationsRequest request;
  request.set_spid(args.Get("spid"));
  request.set_taid(args.Get("taid"));
  ListShape shape;
  shape.list = "personalizations";
  shape.columns = {{"DEVICE", "did"}, {"BYTES", "bytes"}, {"PUT", "put_at"}};
  shape.name = {"did"};
  shape.time = "put_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::Personalizations>(
      connections, Service::kPortal,
      &v1::Personalizations::Stub::ListPersonalizations, request,
      [](const v1::ListPersonalizationsResponse& response) -> const auto& {
        return response.personalizations();
      },
      PersonalizationValue, &selection));
  return selection.ToResult();
}

absl::StatusOr<Result> Delete(const cli::Args& args, Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const auto request,
                        Named<v1::DeletePersonalizationRequest>(args));
  OTRP_ASSIGN_OR_RETURN(
      const v1::DeletePersonalizationResponse response,
      connections.Call<v1::Personalizations>(
          Service::kPortal, &v1::Personalizations::Stub::DeletePersonalization,
          request));
  Result result;
  result.value.Set("did",
                   json::Value::String(absl::BytesToHexString(request.did())));
  AddDelivered(response.delivered(), &result);
  return result;
}

}  // namespace

std::vector<Command> PersonalizationCommands() {
  const cli::Flag spid = {"spid", "S", true, "id of the service provider",
                          "spid"};
  const cli::Flag taid = {"taid", "T", true, "id of the trusted application",
                          "taid"};
  const cli::Flag device = {"device", "DID", true, "the device's whole id",
                            "did"};
  return {
      {{"personalization",
        "put",
        {},
        {spid,
         taid,
         device,
         {"data", "FILE", true, "what the device is to get; up to 64 KiB",
          "data"}},
        "Keeps data that one device gets with the next install or update."},
       Put},
      {{"personalization",
        "list",
        {},
        With({spid, taid}, SelectionFlags("put")),
        "Lists which devices have data of their own, without the data."},
       List},
      Asking({{"personalization",
               "delete",
               {},
               {spid, taid, device},
               "Removes a device's data; what the device has stays there."},
              Delete}),
  };
}

}  // namespace otrp::ctl

#include <utility>

#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "otrp/verifier/v1/verifier.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::verifier::v1;

json::Value DataValue(const v1::RevocationData& data) {
  json::Value value = json::Value::Object();
  value.Set("name", json::Value::String(data.name()));
  value.Set("kind", json::Value::String(data.kind()));
  value.Set("issuer", json::Value::String(data.issuer()));
  value.Set("entries", json::Value::Integer(data.entries()));
  value.Set("this_update", Time(data.this_update(), data.has_this_update()));
  value.Set("next_update", Time(data.next_update(), data.has_next_update()));
  value.Set("added_at", Time(data.added_at(), data.has_added_at()));
  return value;
}

absl::StatusOr<Result> RevocationAdd(const cli::Args& args,
                                     Connections& connections) {
  v1::AddRevocationDataRequest request;
  request.set_name(args.Get("name"));
  OTRP_ASSIGN_OR_RETURN(*request.mutable_data_der(),
                        ReadDer("file", args.Get("file"), "X509 CRL"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::AddRevocationDataResponse response,
      connections.Call<v1::RevocationAdmin>(
          Service::kVerifier, &v1::RevocationAdmin::Stub::AddRevocationData,
          request));
  Result result;
  result.value = DataValue(response.data());
  return result;
}

absl::StatusOr<Result> RevocationRemove(const cli::Args& args,
                                        Connections& connections) {
  v1::RemoveRevocationDataRequest request;
  request.set_name(args.Get("name"));
  OTRP_RETURN_IF_ERROR(connections
                           .Call<v1::RevocationAdmin>(
                               Service::kVerifier,
                               &v1::RevocationAdmin::Stub::RemoveRevocationData,
                               request)
                           .status());
  Result result;
  result.value.Set("name", json::Value::String(args.Get("name")));
  result.value.Set("removed", json::Value::Bool(true));
  return result;
}

absl::StatusOr<Result> RevocationList(const cli::Args& args,
                                      Connections& connections) {
  ListShape shape;
  shape.list = "data";
  shape.columns = {{"NAME", "name"},
                   {"KIND", "kind"},
                   {"ISSUER", "issuer"},
                   {"ENTRIES", "entries"},
                   {"THIS UPDATE", "this_update"},
                   {"NEXT UPDATE", "next_update"}};
  shape.name = {"name"};
  shape.time = "added_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_ASSIGN_OR_RETURN(
      const v1::ListRevocationDataResponse response,
      connections.Call<v1::RevocationAdmin>(
          Service::kVerifier, &v1::RevocationAdmin::Stub::ListRevocationData,
          v1::ListRevocationDataRequest()));
  for (const v1::RevocationData& data : response.data()) {
    if (!selection.Take(DataValue(data))) break;
  }
  return selection.ToResult();
}

}  // namespace

std::vector<Command> RevocationCommands() {
  const cli::Flag name = {"name", "N", true, "unique", "name"};
  return {
      {{"revocation",
        "add",
        {},
        {name,
         {"file", "FILE", true, "a CRL, PEM or DER, or an OCSP response, DER",
          "data_der"}},
        "Gives the verifier a CRL or OCSP response of another authority; a "
        "newer one replaces it."},
       RevocationAdd},
      {{"revocation",
        "list",
        {},
        SelectionFlags("added", /*paged=*/false),
        "Lists other authorities' CRLs and OCSP responses."},
       RevocationList},
      Asking({{"revocation",
               "rm",
               {},
               {name},
               "Removes a CRL or OCSP response of another authority: what it "
               "revoked counts again."},
              RevocationRemove}),
  };
}

}  // namespace otrp::ctl

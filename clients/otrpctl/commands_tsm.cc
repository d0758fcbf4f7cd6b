// The TSM's own keys.

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "otrp/tsm/v1/identities.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::tsm::v1;

json::Value Value(const v1::TsmIdentity& identity) {
  json::Value value = json::Value::Object();
  value.Set("id", json::Value::String(identity.identity_id()));
  value.Set("key_type", json::Value::String(identity.key_type()));
  value.Set("state", json::Value::String(identity.state()));
  value.Set("serial", json::Value::String(identity.serial()));
  value.Set("sha256", json::Value::String(
                          absl::BytesToHexString(identity.fingerprint())));
  value.Set("not_after", Time(identity.not_after(), identity.has_not_after()));
  value.Set("staples_until",
            Time(identity.staples_until(), identity.has_staples_until()));
  value.Set("created_at",
            Time(identity.created_at(), identity.has_created_at()));
  if (identity.has_retired_at()) {
    value.Set("retired_at", Time(identity.retired_at(), true));
  }
  if (identity.has_revoked_at()) {
    value.Set("revoked_at", Time(identity.revoked_at(), true));
    value.Set("revocation_reason",
              json::Value::String(identity.revocation_reason()));
  }
  return value;
}

ListShape Shape() {
  ListShape shape;
  shape.list = "identities";
  shape.columns = {{"ID", "id"},           {"TYPE", "key_type"},
                   {"STATE", "state"},     {"SERIAL", "serial"},
                   {"UNTIL", "not_after"}, {"REVOKED", "revocation_reason"}};
  shape.name = {"id"};
  shape.time = "created_at";
  return shape;
}

absl::StatusOr<Result> IdentityList(const cli::Args& args,
                                    Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, Shape(), absl::Now()));
  OTRP_ASSIGN_OR_RETURN(
      const v1::ListIdentitiesResponse response,
      connections.Call<v1::Identities>(Service::kTsm,
                                       &v1::Identities::Stub::ListIdentities,
                                       v1::ListIdentitiesRequest()));
  for (const v1::TsmIdentity& identity : response.identities()) {
    if (!selection.Take(Value(identity))) break;
  }
  return selection.ToResult();
}

absl::StatusOr<Result> IdentityRotate(const cli::Args& args,
                                      Connections& connections) {
  v1::RotateIdentitiesRequest request;
  request.set_key_type(args.Get("key-type"));
  if (args.Has("key-type") && request.key_type() != "RSA" &&
      request.key_type() != "EC") {
    return cli::UsageError("--key-type: must be RSA or EC");
  }
  OTRP_ASSIGN_OR_RETURN(
      const v1::RotateIdentitiesResponse response,
      connections.Call<v1::Identities>(
          Service::kTsm, &v1::Identities::Stub::RotateIdentities, request));
  Result result;
  const ListShape shape = Shape();
  result.list = shape.list;
  result.columns = shape.columns;
  result.name = shape.name;
  json::Value list = json::Value::Array();
  for (const v1::TsmIdentity& identity : response.identities()) {
    list.Append(Value(identity));
  }
  result.value.Set(shape.list, std::move(list));
  result.notes.push_back(
      "they sign once they have their certificates, in some 15 seconds: "
      "otrpctl identity list");
  return result;
}

}  // namespace

std::vector<Command> TsmCommands() {
  return {
      {{"identity",
        "list",
        {},
        SelectionFlags("created", /*paged=*/false),
        "Lists the TSM's own keys and certificates."},
       IdentityList},
      {{"identity",
        "rotate",
        {},
        {{"key-type", "RSA|EC", false, "only the key of this type",
          "key_type"}},
        "Replaces the TSM's keys; its id and devices' domains stay."},
       IdentityRotate},
  };
}

}  // namespace otrp::ctl

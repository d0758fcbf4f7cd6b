#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "google/protobuf/util/json_util.h"
#include "libs/base/status_macros.h"
#include "otrp/verifier/v1/policies.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::verifier::v1;
using Stub = v1::Policies::Stub;

json::Value VersionValue(const v1::PolicyVersion& version) {
  json::Value value = json::Value::Object();
  value.Set("version", json::Value::Integer(version.version()));
  value.Set("set_by", json::Value::String(version.set_by()));
  value.Set("set_at", Time(version.set_at(), version.has_set_at()));
  value.Set("rules", json::Value::Integer(version.policy().tee_rules_size()));
  return value;
}

absl::StatusOr<Result> PolicyVersions(const cli::Args& args,
                                      Connections& connections) {
  ListShape shape;
  shape.list = "versions";
  shape.columns = {{"VERSION", "version"},
                   {"SET BY", "set_by"},
                   {"SET AT", "set_at"},
                   {"RULES", "rules"}};
  shape.name = {"version"};
  shape.time = "set_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::Policies>(
      connections, Service::kVerifier, &Stub::ListPolicyVersions,
      v1::ListPolicyVersionsRequest(),
      [](const v1::ListPolicyVersionsResponse& response) -> const auto& {
        return response.versions();
      },
      VersionValue, &selection));
  return selection.ToResult();
}

absl::StatusOr<Result> PolicyTest(const cli::Args& args,
                                  Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const std::string text,
                        ReadInput("file", args.Get("file")));
  v1::TestPolicyRequest request;
  const auto parsed = google::protobuf::util::JsonStringToMessage(
      text, request.mutable_policy());
  if (!parsed.ok()) {
    return cli::UsageError(absl::StrCat("--file: ", args.Get("file"),
                                        " isn't a policy as `policy set` takes "
                                        "it"));
  }
  OTRP_ASSIGN_OR_RETURN(const v1::TestPolicyResponse response,
                        connections.Call<v1::Policies>(
                            Service::kVerifier, &Stub::TestPolicy, request));
  json::Value refused = json::Value::Array();
  for (const v1::RefusedTee& tee : response.refused()) {
    json::Value value = json::Value::Object();
    value.Set("anchor", json::Value::String(tee.anchor()));
    value.Set("tee_name", json::Value::String(tee.tee_name()));
    value.Set("tee_version", json::Value::String(tee.tee_version()));
    value.Set("devices", json::Value::Integer(tee.devices()));
    value.Set("code", json::Value::String(tee.reasons(0).code()));
    value.Set("rule", json::Value::String(tee.reasons(0).rule()));
    refused.Append(std::move(value));
  }
  Result result;
  result.value.Set("accepted_devices",
                   json::Value::Integer(response.accepted_devices()));
  result.value.Set("refused_devices",
                   json::Value::Integer(response.refused_devices()));
  result.value.Set("refused", std::move(refused));
  return result;
}

absl::StatusOr<Result> PolicyRollBack(const cli::Args& args,
                                      Connections& connections) {
  v1::RollBackPolicyRequest request;
  int64_t version = 0;
  if (!absl::SimpleAtoi(args.Get("version"), &version)) {
    return cli::UsageError("--version: must be a number of `policy versions`");
  }
  request.set_version(version);
  OTRP_ASSIGN_OR_RETURN(
      const v1::RollBackPolicyResponse response,
      connections.Call<v1::Policies>(Service::kVerifier, &Stub::RollBackPolicy,
                                     request));
  Result result;
  result.value.Set("version", json::Value::Integer(response.version()));
  return result;
}

json::Value OverdueValue(const v1::OverdueDevice& device) {
  json::Value value = json::Value::Object();
  value.Set("did", json::Value::String(absl::BytesToHexString(device.did())));
  value.Set("attested_at",
            Time(device.attested_at(), device.has_attested_at()));
  value.Set("due_at", Time(device.due_at(), device.has_due_at()));
  value.Set("tee_name", json::Value::String(device.tee_name()));
  value.Set("anchor", json::Value::String(device.anchor()));
  return value;
}

absl::StatusOr<Result> AttestOverdue(const cli::Args& args,
                                     Connections& connections) {
  ListShape shape;
  shape.list = "devices";
  shape.columns = {{"DID", "did"},
                   {"ATTESTED", "attested_at"},
                   {"DUE", "due_at"},
                   {"TEE", "tee_name"},
                   {"VENDOR", "anchor"}};
  shape.name = {"did"};
  shape.time = "attested_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::Policies>(
      connections, Service::kVerifier, &Stub::ListOverdueDevices,
      v1::ListOverdueDevicesRequest(),
      [](const v1::ListOverdueDevicesResponse& response) -> const auto& {
        return response.devices();
      },
      OverdueValue, &selection));
  return selection.ToResult();
}

}  // namespace

std::vector<Command> PolicyCommands() {
  return {
      {{"policy",
        "versions",
        {},
        SelectionFlags("set"),
        "Lists the versions of the acceptance policy, newest first."},
       PolicyVersions},
      {{"policy",
        "test",
        {},
        {{"file", "FILE", true, "the policy as JSON", "policy"}},
        "Says which recorded devices a policy would refuse."},
       PolicyTest},
      {{"policy",
        "rollback",
        {},
        {{"version", "N", true, "the one to go back to", "version"}},
        "Makes an older version of the acceptance policy a new one."},
       PolicyRollBack},
      {{"attest",
        "overdue",
        {},
        SelectionFlags("attested"),
        "Lists devices that haven't attested in the policy's time."},
       AttestOverdue},
  };
}

}  // namespace otrp::ctl

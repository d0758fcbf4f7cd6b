#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/find_device.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "otrp/verifier/v1/result_status.grpc.pb.h"
#include "otrp/verifier/v1/results.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::verifier::v1;

absl::StatusOr<Result> AttestResult(const cli::Args& args,
                                    Connections& connections) {
  v1::GetResultRequest request;
  OTRP_ASSIGN_OR_RETURN(*request.mutable_did(),
                        FindDid(args.Positional(0), connections));
  request.set_nonce(args.Get("nonce"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::GetResultResponse response,
      connections.Call<v1::Results>(Service::kVerifier,
                                    &v1::Results::Stub::GetResult, request));
  Result result;
  result.value.Set("status", json::Value::String(response.status()));
  result.value.Set("appraised_at",
                   Time(response.appraised_at(), response.has_appraised_at()));
  result.value.Set("expires_at",
                   Time(response.expires_at(), response.has_expires_at()));
  result.value.Set("ear", json::Value::String(response.ear()));
  return result;
}

absl::StatusOr<Result> AttestCheck(const cli::Args& args,
                                   Connections& connections) {
  v1::IntrospectResultRequest request;
  OTRP_ASSIGN_OR_RETURN(const std::string text,
                        ReadInput("file", args.Get("file")));
  request.set_token(std::string(absl::StripAsciiWhitespace(text)));
  OTRP_ASSIGN_OR_RETURN(
      const v1::IntrospectResultResponse response,
      connections.Call<v1::ResultStatus>(
          Service::kVerifier, &v1::ResultStatus::Stub::IntrospectResult,
          request));
  Result result;
  result.value.Set("active", json::Value::Bool(response.active()));
  result.value.Set("reason", json::Value::String(response.reason()));
  result.value.Set("status", json::Value::String(response.status()));
  result.value.Set("appraised_at",
                   Time(response.appraised_at(), response.has_appraised_at()));
  result.value.Set("expires_at",
                   Time(response.expires_at(), response.has_expires_at()));
  return result;
}

json::Value KeyValue(const v1::ResultKey& key) {
  json::Value value = json::Value::Object();
  value.Set("kid", json::Value::String(key.kid()));
  value.Set("state", json::Value::String(key.state()));
  value.Set("since", Time(key.since(), key.has_since()));
  return value;
}

absl::StatusOr<Result> AttestKeys(const cli::Args& args,
                                  Connections& connections) {
  ListShape shape;
  shape.list = "keys";
  shape.columns = {{"KID", "kid"}, {"STATE", "state"}, {"SINCE", "since"}};
  shape.name = {"kid"};
  shape.time = "since";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_ASSIGN_OR_RETURN(
      const v1::ListResultKeysResponse response,
      connections.Call<v1::Results>(Service::kVerifier,
                                    &v1::Results::Stub::ListResultKeys,
                                    v1::ListResultKeysRequest()));
  for (const v1::ResultKey& key : response.keys()) {
    if (!selection.Take(KeyValue(key))) break;
  }
  return selection.ToResult();
}

absl::StatusOr<Result> NextKey(bool forget_retired, Connections& connections) {
  v1::RotateResultKeysRequest request;
  request.set_forget_retired(forget_retired);
  OTRP_ASSIGN_OR_RETURN(
      const v1::RotateResultKeysResponse response,
      connections.Call<v1::Results>(
          Service::kVerifier, &v1::Results::Stub::RotateResultKeys, request));
  Result result;
  result.value.Set("kid", json::Value::String(response.kid()));
  return result;
}

absl::StatusOr<Result> AttestRotate(const cli::Args&,
                                    Connections& connections) {
  return NextKey(/*forget_retired=*/false, connections);
}

absl::StatusOr<Result> AttestRevoke(const cli::Args&,
                                    Connections& connections) {
  return NextKey(/*forget_retired=*/true, connections);
}

}  // namespace

std::vector<Command> AttestCommands() {
  return {
      {{"attest",
        "result",
        {{"DID", "did"}},
        {{"nonce", "N", false, "8 to 88 characters that come back in it",
          "nonce"}},
        "Gets what a device's newest evidence is worth, as a signed result "
        "(EAR)."},
       AttestResult},
      {{"attest",
        "check",
        {},
        {{"file", "FILE", true, "the signed result (JWT)", "token"}},
        "Says whether a signed result still holds."},
       AttestCheck},
      {{"attest",
        "keys",
        {},
        SelectionFlags("since", /*paged=*/false),
        "Lists the keys that results are signed with."},
       AttestKeys},
      {{"attest",
        "rotate",
        {},
        {},
        "Signs results with the next key from now on."},
       AttestRotate},
      Asking({{"attest",
               "revoke",
               {},
               {},
               "Signs results with the next key, and forgets those of before: "
               "somebody has one."},
              AttestRevoke}),
  };
}

}  // namespace otrp::ctl

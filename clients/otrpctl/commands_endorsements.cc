#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "otrp/verifier/v1/reference_values.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::verifier::v1;
using Stub = v1::ReferenceValues::Stub;

std::string StateName(v1::ReferenceState state) {
  switch (state) {
    case v1::REFERENCE_STATE_SUBMITTED: return "submitted";
    case v1::REFERENCE_STATE_ACTIVE: return "active";
    case v1::REFERENCE_STATE_INACTIVE: return "inactive";
    default: return "";
  }
}

json::Value ReferenceValueOf(const v1::ReferenceValue& reference) {
  json::Value value = json::Value::Object();
  value.Set("name", json::Value::String(reference.name()));
  value.Set("state", json::Value::String(StateName(reference.state())));
  value.Set("anchor", json::Value::String(reference.anchor()));
  value.Set("tee_name", json::Value::String(reference.tee_name()));
  value.Set("tee_version", json::Value::String(reference.tee_version()));
  value.Set("changed_at",
            Time(reference.changed_at(), reference.has_changed_at()));
  value.Set("changed_by", json::Value::String(reference.changed_by()));
  value.Set("reason", json::Value::String(reference.reason()));
  return value;
}

template <typename Response>
Result Changed(const Response& response) {
  Result result;
  result.value = ReferenceValueOf(response.value());
  result.value.Set("devices", json::Value::Integer(response.devices()));
  result.value.Set("dry_run", json::Value::Bool(response.dry_run()));
  if (response.dry_run()) result.notes.push_back("nothing was changed");
  return result;
}

template <typename Request, typename Method>
absl::StatusOr<Result> Change(const cli::Args& args, Request request,
                              Method method, Connections& connections) {
  request.set_name(args.Get("name"));
  request.set_dry_run(args.Has("dry-run"));
  const auto response = connections.Call<v1::ReferenceValues>(
      Service::kVerifier, method, request);
  OTRP_RETURN_IF_ERROR(response.status());
  return Changed(*response);
}

absl::StatusOr<Result> ReferenceSubmit(const cli::Args& args,
                                       Connections& connections) {
  v1::SubmitReferenceValueRequest request;
  request.set_anchor(args.Get("anchor"));
  request.set_tee_name(args.Get("tee-name"));
  request.set_tee_version(args.Get("tee-version"));
  return Change(args, std::move(request), &Stub::SubmitReferenceValue,
                connections);
}

absl::StatusOr<Result> ReferenceActivate(const cli::Args& args,
                                         Connections& connections) {
  return Change(args, v1::ActivateReferenceValueRequest(),
                &Stub::ActivateReferenceValue, connections);
}

absl::StatusOr<Result> ReferenceWithdraw(const cli::Args& args,
                                         Connections& connections) {
  v1::WithdrawReferenceValueRequest request;
  request.set_reason(args.Get("reason"));
  return Change(args, std::move(request), &Stub::WithdrawReferenceValue,
                connections);
}

absl::StatusOr<Result> ReferenceRemove(const cli::Args& args,
                                       Connections& connections) {
  v1::DeleteReferenceValueRequest request;
  request.set_name(args.Get("name"));
  OTRP_RETURN_IF_ERROR(
      connections
          .Call<v1::ReferenceValues>(Service::kVerifier,
                                     &Stub::DeleteReferenceValue, request)
          .status());
  Result result;
  result.value.Set("name", json::Value::String(args.Get("name")));
  result.value.Set("removed", json::Value::Bool(true));
  return result;
}

absl::StatusOr<Result> ReferenceShow(const cli::Args& args,
                                     Connections& connections) {
  v1::GetReferenceValueRequest request;
  request.set_name(args.Get("name"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::GetReferenceValueResponse response,
      connections.Call<v1::ReferenceValues>(Service::kVerifier,
                                            &Stub::GetReferenceValue, request));
  Result result;
  result.value = ReferenceValueOf(response.value());
  json::Value history = json::Value::Array();
  for (const v1::ReferenceValue& before : response.history()) {
    history.Append(ReferenceValueOf(before));
  }
  result.value.Set("history", std::move(history));
  return result;
}

absl::StatusOr<Result> ReferenceList(const cli::Args& args,
                                     Connections& connections) {
  ListShape shape;
  shape.list = "values";
  shape.columns = {{"NAME", "name"},           {"STATE", "state"},
                   {"ANCHOR", "anchor"},       {"TEE", "tee_name"},
                   {"VERSION", "tee_version"}, {"REASON", "reason"}};
  shape.name = {"name"};
  shape.time = "changed_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  v1::ListReferenceValuesRequest request;
  request.set_page_size(1000);
  do {
    OTRP_ASSIGN_OR_RETURN(
        const v1::ListReferenceValuesResponse page,
        connections.Call<v1::ReferenceValues>(
            Service::kVerifier, &Stub::ListReferenceValues, request));
    for (const v1::ReferenceValue& value : page.values()) {
      if (!selection.Take(ReferenceValueOf(value))) return selection.ToResult();
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return selection.ToResult();
}

}  // namespace

std::vector<Command> EndorsementCommands() {
  const cli::Flag name = {"name", "N", true, "unique", "name"};
  const cli::Flag dry_run = {"dry-run", "", false,
                             "only says what would come of it", "dry_run"};
  return {
      {{"reference",
        "submit",
        {},
        {name,
         {"anchor", "A", true, "trust anchor of the TEE's maker", "anchor"},
         {"tee-name", "T", true, "as the TEE says it", "tee_name"},
         {"tee-version", "V", true, "as the TEE says it", "tee_version"},
         dry_run},
        "Submits a TEE as known to be good; it counts once it is active."},
       ReferenceSubmit},
      {{"reference",
        "activate",
        {},
        {name, dry_run},
        "The TEE is known as good from now on."},
       ReferenceActivate},
      Asking(
          {{"reference",
            "withdraw",
            {},
            {name,
             {"reason", "TEXT", false, "for the history", "reason"},
             dry_run},
            "Takes an active one back: its devices are refused, the recorded "
            "ones at once."},
           ReferenceWithdraw}),
      Asking({{"reference",
               "rm",
               {},
               {name},
               "Removes one that isn't active: what it refused isn't refused "
               "by it any more."},
              ReferenceRemove}),
      {{"reference",
        "show",
        {},
        {name},
        "Shows a reference value and what it was before."},
       ReferenceShow},
      {{"reference",
        "list",
        {},
        SelectionFlags("changed"),
        "Lists the reference values."},
       ReferenceList},
  };
}

}  // namespace otrp::ctl

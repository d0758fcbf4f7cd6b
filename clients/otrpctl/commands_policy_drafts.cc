#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/find_device.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "google/protobuf/util/json_util.h"
#include "libs/base/status_macros.h"
#include "otrp/verifier/v1/policy_drafts.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::verifier::v1;
using Stub = v1::PolicyDrafts::Stub;

template <typename Method, typename Request>
auto Call(Connections& connections, Method method, const Request& request) {
  return connections.Call<v1::PolicyDrafts>(Service::kVerifier, method,
                                            request);
}

// "base", "anchor oem", "sp bank", "sp bank, anchor oem".
std::string ScopeText(const v1::PolicyScope& scope) {
  if (scope.spid().empty() && scope.anchor().empty()) return "base";
  if (scope.spid().empty()) return absl::StrCat("anchor ", scope.anchor());
  return scope.anchor().empty()
             ? absl::StrCat("sp ", scope.spid())
             : absl::StrCat("sp ", scope.spid(), ", anchor ", scope.anchor());
}

template <typename Request>
void FillScope(const cli::Args& args, Request* request) {
  request->mutable_scope()->set_spid(args.Get("spid"));
  request->mutable_scope()->set_anchor(args.Get("anchor"));
}

absl::StatusOr<int64_t> NumberOf(const cli::Args& args, const char* flag) {
  int64_t number = 0;
  if (args.Has(flag) && !absl::SimpleAtoi(args.Get(flag), &number)) {
    return cli::UsageError(absl::StrCat("--", flag, ": must be a number"));
  }
  return number;
}

json::Value DraftValue(const v1::PolicyDraft& draft) {
  json::Value value = json::Value::Object();
  value.Set("draft_id", json::Value::Integer(draft.draft_id()));
  value.Set("scope", json::Value::String(ScopeText(draft.scope())));
  value.Set("state", json::Value::String(draft.state()));
  value.Set("version", json::Value::Integer(draft.version()));
  value.Set("rules", json::Value::Integer(draft.policy().tee_rules_size()));
  value.Set("note", json::Value::String(draft.note()));
  value.Set("created_by", json::Value::String(draft.created_by()));
  value.Set("created_at", Time(draft.created_at(), draft.has_created_at()));
  return value;
}

json::Value ReasonValue(const v1::Reason& reason) {
  json::Value value = json::Value::Object();
  value.Set("code", json::Value::String(reason.code()));
  value.Set("claim", json::Value::String(reason.claim()));
  value.Set("value", json::Value::String(reason.value()));
  value.Set("policy", json::Value::String(reason.policy()));
  value.Set("rule", json::Value::String(reason.rule()));
  return value;
}

template <typename Reasons>
json::Value ReasonsValue(const Reasons& reasons) {
  json::Value list = json::Value::Array();
  for (const v1::Reason& reason : reasons) list.Append(ReasonValue(reason));
  return list;
}

absl::StatusOr<Result> PolicyDraft(const cli::Args& args,
                                   Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const std::string text,
                        ReadInput("file", args.Get("file")));
  v1::CreatePolicyDraftRequest request;
  FillScope(args, &request);
  request.set_note(args.Get("note"));
  const auto parsed = google::protobuf::util::JsonStringToMessage(
      text, request.mutable_policy());
  if (!parsed.ok()) {
    return cli::UsageError(absl::StrCat("--file: ", args.Get("file"),
                                        " isn't a policy as `policy set` takes "
                                        "it"));
  }
  OTRP_ASSIGN_OR_RETURN(const v1::CreatePolicyDraftResponse response,
                        Call(connections, &Stub::CreatePolicyDraft, request));
  Result result;
  result.value = DraftValue(response.draft());
  return result;
}

absl::StatusOr<Result> PolicyDrafts(const cli::Args& args,
                                    Connections& connections) {
  ListShape shape;
  shape.list = "drafts";
  shape.columns = {{"DRAFT", "draft_id"}, {"SCOPE", "scope"},
                   {"STATE", "state"},    {"VERSION", "version"},
                   {"BY", "created_by"},  {"CREATED", "created_at"}};
  shape.name = {"draft_id"};
  shape.time = "created_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::PolicyDrafts>(
      connections, Service::kVerifier, &Stub::ListPolicyDrafts,
      v1::ListPolicyDraftsRequest(),
      [](const v1::ListPolicyDraftsResponse& response) -> const auto& {
        return response.drafts();
      },
      DraftValue, &selection));
  return selection.ToResult();
}

absl::StatusOr<Result> PolicyHistory(const cli::Args& args,
                                     Connections& connections) {
  v1::GetPolicyDraftRequest request;
  OTRP_ASSIGN_OR_RETURN(const int64_t id, NumberOf(args, "draft"));
  request.set_draft_id(id);
  OTRP_ASSIGN_OR_RETURN(const v1::GetPolicyDraftResponse response,
                        Call(connections, &Stub::GetPolicyDraft, request));
  json::Value history = json::Value::Array();
  for (const v1::PolicyDraftEvent& event : response.history()) {
    json::Value item = json::Value::Object();
    item.Set("state", json::Value::String(event.state()));
    item.Set("by", json::Value::String(event.by()));
    item.Set("at", Time(event.at(), event.has_at()));
    item.Set("detail", json::Value::String(event.detail()));
    history.Append(std::move(item));
  }
  Result result;
  result.value = DraftValue(response.draft());
  result.value.Set("history", std::move(history));
  return result;
}

absl::StatusOr<Result> PolicyTry(const cli::Args& args,
                                 Connections& connections) {
  v1::TestPolicyDraftRequest request;
  OTRP_ASSIGN_OR_RETURN(const int64_t id, NumberOf(args, "draft"));
  request.set_draft_id(id);
  OTRP_ASSIGN_OR_RETURN(const v1::TestPolicyDraftResponse response,
                        Call(connections, &Stub::TestPolicyDraft, request));
  json::Value refused = json::Value::Array();
  for (const v1::RefusedTee& tee : response.refused()) {
    json::Value value = json::Value::Object();
    value.Set("anchor", json::Value::String(tee.anchor()));
    value.Set("tee_name", json::Value::String(tee.tee_name()));
    value.Set("tee_version", json::Value::String(tee.tee_version()));
    value.Set("devices", json::Value::Integer(tee.devices()));
    value.Set("reasons", ReasonsValue(tee.reasons()));
    refused.Append(std::move(value));
  }
  Result result;
  result.value = DraftValue(response.draft());
  result.value.Set("accepted_devices",
                   json::Value::Integer(response.accepted_devices()));
  result.value.Set("refused_devices",
                   json::Value::Integer(response.refused_devices()));
  result.value.Set("sampled_devices",
                   json::Value::Integer(response.sampled_devices()));
  result.value.Set("sampled_refused",
                   json::Value::Integer(response.sampled_refused()));
  result.value.Set("refused", std::move(refused));
  return result;
}

absl::StatusOr<Result> PolicyActivate(const cli::Args& args,
                                      Connections& connections) {
  v1::ActivatePolicyDraftRequest request;
  OTRP_ASSIGN_OR_RETURN(const int64_t id, NumberOf(args, "draft"));
  OTRP_ASSIGN_OR_RETURN(const int64_t expected,
                        NumberOf(args, "expected-version"));
  request.set_draft_id(id);
  request.set_expected_version(expected);
  OTRP_ASSIGN_OR_RETURN(const v1::ActivatePolicyDraftResponse response,
                        Call(connections, &Stub::ActivatePolicyDraft, request));
  Result result;
  result.value = DraftValue(response.draft());
  return result;
}

absl::StatusOr<Result> PolicyDiscard(const cli::Args& args,
                                     Connections& connections) {
  v1::DiscardPolicyDraftRequest request;
  OTRP_ASSIGN_OR_RETURN(const int64_t id, NumberOf(args, "draft"));
  request.set_draft_id(id);
  OTRP_ASSIGN_OR_RETURN(const v1::DiscardPolicyDraftResponse response,
                        Call(connections, &Stub::DiscardPolicyDraft, request));
  Result result;
  result.value = DraftValue(response.draft());
  return result;
}

absl::StatusOr<Result> PolicyScopes(const cli::Args& args,
                                    Connections& connections) {
  ListShape shape;
  shape.list = "policies";
  shape.columns = {{"SCOPE", "scope"},
                   {"VERSION", "version"},
                   {"RULES", "rules"},
                   {"SET BY", "set_by"},
                   {"SET AT", "set_at"}};
  shape.name = {"scope"};
  shape.time = "set_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_ASSIGN_OR_RETURN(const v1::ListScopedPoliciesResponse response,
                        Call(connections, &Stub::ListScopedPolicies,
                             v1::ListScopedPoliciesRequest()));
  for (const v1::ScopedPolicy& policy : response.policies()) {
    json::Value value = json::Value::Object();
    value.Set("scope", json::Value::String(ScopeText(policy.scope())));
    value.Set("version", json::Value::Integer(policy.version()));
    value.Set("rules", json::Value::Integer(policy.policy().tee_rules_size()));
    value.Set("set_by", json::Value::String(policy.set_by()));
    value.Set("set_at", Time(policy.set_at(), policy.has_set_at()));
    if (!selection.Take(std::move(value))) break;
  }
  return selection.ToResult();
}

absl::StatusOr<Result> PolicyRestore(const cli::Args& args,
                                     Connections& connections) {
  v1::RollBackScopedPolicyRequest request;
  FillScope(args, &request);
  OTRP_ASSIGN_OR_RETURN(const int64_t version, NumberOf(args, "version"));
  request.set_version(version);
  OTRP_ASSIGN_OR_RETURN(
      const v1::RollBackScopedPolicyResponse response,
      Call(connections, &Stub::RollBackScopedPolicy, request));
  Result result;
  result.value.Set("scope", json::Value::String(ScopeText(request.scope())));
  result.value.Set("version", json::Value::Integer(response.version()));
  return result;
}

json::Value DecisionsValue(const v1::ExplainDeviceResponse& response) {
  json::Value decisions = json::Value::Array();
  for (const v1::PolicyDecision& decision : response.decisions()) {
    json::Value item = json::Value::Object();
    item.Set("scope", json::Value::String(ScopeText(decision.scope())));
    item.Set("version", json::Value::Integer(decision.version()));
    item.Set("decision", json::Value::String(decision.decision()));
    item.Set("rule", json::Value::String(decision.rule()));
    decisions.Append(std::move(item));
  }
  return decisions;
}

absl::StatusOr<Result> AttestExplain(const cli::Args& args,
                                     Connections& connections) {
  v1::ExplainDeviceRequest request;
  OTRP_ASSIGN_OR_RETURN(*request.mutable_did(),
                        FindDid(args.Positional(0), connections));
  OTRP_ASSIGN_OR_RETURN(const v1::ExplainDeviceResponse response,
                        Call(connections, &Stub::ExplainDevice, request));
  json::Value providers = json::Value::Array();
  for (const v1::TenantRefusal& refusal : response.tenant_refusals()) {
    json::Value item = json::Value::Object();
    item.Set("spid", json::Value::String(refusal.spid()));
    item.Set("reasons", ReasonsValue(refusal.reasons()));
    providers.Append(std::move(item));
  }
  Result result;
  result.value.Set(
      "verdict", json::Value::String(response.verdict() == v1::VERDICT_ACCEPTED
                                         ? "accepted"
                                         : "refused"));
  result.value.Set("appraised_at",
                   Time(response.appraised_at(), response.has_appraised_at()));
  result.value.Set("decisions", DecisionsValue(response));
  result.value.Set("reasons", ReasonsValue(response.reasons()));
  result.value.Set("refused_by_sps", std::move(providers));
  return result;
}

}  // namespace

std::vector<Command> PolicyDraftCommands() {
  const cli::Flag draft = {"draft", "N", true, "of `policy drafts`",
                           "draft_id"};
  const cli::Flag spid = {"spid", "ID", false,
                          "for one service provider: refuses more, for it "
                          "alone",
                          "scope.spid"};
  const cli::Flag anchor = {"anchor", "NAME", false,
                            "for the TEEs of one trust anchor", "scope.anchor"};
  return {
      {{"policy",
        "draft",
        {},
        {{"file", "FILE", true, "the policy as JSON", "policy"},
         spid,
         anchor,
         {"note", "TEXT", false, "why", "note"}},
        "Keeps a policy that isn't in force; without a scope it is the base."},
       PolicyDraft},
      {{"policy",
        "drafts",
        {},
        SelectionFlags("created"),
        "Lists drafts of policies, newest first."},
       PolicyDrafts},
      {{"policy",
        "history",
        {},
        {draft},
        "Shows a draft and what became of it, with who and when."},
       PolicyHistory},
      {{"policy",
        "try",
        {},
        {draft},
        "Tests a draft on recorded devices; without that it can't be "
        "activated."},
       PolicyTry},
      {{"policy",
        "activate",
        {},
        {draft,
         {"expected-version", "N", false,
          "fails where its scope is at another one by now",
          "expected_version"}},
        "Puts a tested draft into force."},
       PolicyActivate},
      {{"policy", "discard", {}, {draft}, "Gives a draft up."}, PolicyDiscard},
      {{"policy",
        "scopes",
        {},
        SelectionFlags("set", /*paged=*/false),
        "Lists the policies in force: the base, makers', service providers'."},
       PolicyScopes},
      {{"policy",
        "restore",
        {},
        {spid,
         anchor,
         {"version", "N", true, "the one to go back to; 0: none from now on",
          "version"}},
        "Makes an older version of a maker's or a service provider's policy a "
        "new one, or takes that policy away."},
       PolicyRestore},
      {{"attest",
        "explain",
        {{"DID", "did"}},
        {},
        "Says by which policy, version and rule a device is judged."},
       AttestExplain},
  };
}

}  // namespace otrp::ctl

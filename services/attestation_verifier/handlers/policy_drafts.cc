#include "services/attestation_verifier/handlers/policy_drafts.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/attest/policy_set.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "libs/service/paging.h"
#include "libs/telemetry/log.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/handlers/convert.h"
#include "services/attestation_verifier/handlers/draft_test_run.h"
#include "services/attestation_verifier/limits.h"
#include "services/attestation_verifier/storage/json_columns.h"

namespace otrp {
namespace verifier {
namespace handlers {
namespace {

attest::PolicyScope ScopeOf(const v1::PolicyScope& scope) {
  return {scope.spid(), scope.anchor()};
}

void Fill(const PolicyDraft& draft, v1::PolicyDraft& out) {
  out.set_draft_id(draft.id);
  ToProto(draft.scope, *out.mutable_scope());
  ToProto(draft.policy, *out.mutable_policy());
  out.set_state(std::string(WordOf(draft.state)));
  out.set_note(draft.note);
  out.set_version(draft.version);
  out.set_created_by(draft.created_by);
  *out.mutable_created_at() = rpc::ToProto(draft.created_at);
}

absl::Status CheckScope(const Env& env, const attest::PolicyScope& scope) {
  if (!scope.spid.empty()) {
    OTRP_RETURN_IF_ERROR(service::CheckName("scope.spid", scope.spid));
  }
  if (scope.anchor.empty()) return absl::OkStatus();
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> snapshot,
                        env.trust.Get());
  for (const Anchor& known : snapshot->copy.anchors) {
    if (known.role == AnchorRole::kTee && known.name == scope.anchor) {
      return absl::OkStatus();
    }
  }
  return errors::NoAnchorOfScope(scope.anchor);
}

store::AuditEvent AuditOfDraft(const rpc::CallContext& call, const char* action,
                               const PolicyDraft& draft) {
  return service::AuditOf(call, action, absl::StrCat("policy-draft ", draft.id),
                          store::kAuditOk,
                          service::AuditDetails()
                              .Set("spid", draft.scope.spid)
                              .Set("anchor", draft.scope.anchor)
                              .Set("policy", PolicyToJson(draft.policy)));
}

DraftStep StepOf(const rpc::CallContext& call, const Env& env,
                 DraftState state) {
  return {state, call.caller().ToString(), env.clock.Now()};
}

// It is stored: the next pull brings it where this one fails, and the next
// re-appraisal what is left.
void HoldNow(const rpc::CallContext& call, Env& env) {
  absl::Status held = env.updater.PullPolicy();
  if (held.ok()) held = env.reappraiser.Run();
  if (held.ok()) return;
  OTRP_LOG(
      WARNING, "a changed policy isn't in use everywhere yet",
      {{"error", std::string(held.message())}, {"trace_id", call.trace_id()}});
}

}  // namespace

absl::Status CreatePolicyDraft(const rpc::CallContext& call, Env& env,
                               const v1::CreatePolicyDraftRequest& request,
                               v1::CreatePolicyDraftResponse& response) {
  if (!request.has_policy()) return errors::PolicyMissing();
  if (request.note().size() > kMaxNoteBytes) {
    return errors::NoteTooLong(kMaxNoteBytes);
  }
  PolicyDraft draft;
  draft.scope = ScopeOf(request.scope());
  draft.policy = FromProto(request.policy());
  OTRP_RETURN_IF_ERROR(attest::CheckScopedPolicy(draft.scope, draft.policy));
  OTRP_RETURN_IF_ERROR(CheckScope(env, draft.scope));
  draft.note = request.note();
  draft.created_by = call.caller().ToString();
  draft.created_at = env.clock.Now();
  OTRP_ASSIGN_OR_RETURN(
      draft.id, env.policies.AddDraft(
                    draft, service::AuditOf(call, "policy_draft.create",
                                            attest::LabelOf({draft.scope}),
                                            store::kAuditOk,
                                            PolicyToJson(draft.policy))));
  Fill(draft, *response.mutable_draft());
  return absl::OkStatus();
}

absl::Status GetPolicyDraft(const rpc::CallContext&, Env& env,
                            const v1::GetPolicyDraftRequest& request,
                            v1::GetPolicyDraftResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const PolicyDraft draft,
                        env.policies.GetDraft(request.draft_id()));
  OTRP_ASSIGN_OR_RETURN(const std::vector<DraftStep> steps,
                        env.policies.History(draft.id));
  Fill(draft, *response.mutable_draft());
  for (const DraftStep& step : steps) {
    v1::PolicyDraftEvent* entry = response.add_history();
    entry->set_state(std::string(WordOf(step.state)));
    entry->set_by(step.by);
    *entry->mutable_at() = rpc::ToProto(step.at);
    entry->set_detail(step.detail);
  }
  return absl::OkStatus();
}

absl::Status ListPolicyDrafts(const rpc::CallContext&, Env& env,
                              const v1::ListPolicyDraftsRequest& request,
                              v1::ListPolicyDraftsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_ASSIGN_OR_RETURN(const int64_t before, page.AfterNumber(0));
  OTRP_ASSIGN_OR_RETURN(std::vector<PolicyDraft> drafts,
                        env.policies.ListDrafts(before, page.limit()));
  page.Finish(drafts, response,
              [](const PolicyDraft& draft) { return absl::StrCat(draft.id); });
  for (const PolicyDraft& draft : drafts) {
    Fill(draft, *response.add_drafts());
  }
  return absl::OkStatus();
}

absl::Status TestPolicyDraft(const rpc::CallContext& call, Env& env,
                             const v1::TestPolicyDraftRequest& request,
                             v1::TestPolicyDraftResponse& response) {
  OTRP_ASSIGN_OR_RETURN(PolicyDraft draft,
                        env.policies.GetDraft(request.draft_id()));
  OTRP_RETURN_IF_ERROR(CheckStep(draft.state, DraftState::kTested));
  OTRP_RETURN_IF_ERROR(TestDraft(env, draft, response));
  DraftStep step = StepOf(call, env, DraftState::kTested);
  step.detail = absl::StrCat(
      "would refuse ", response.refused_devices(), " of ",
      response.accepted_devices(), " accepted devices, and ",
      response.sampled_refused(), " of the ", response.sampled_devices(),
      " newest by all that is known of them");
  OTRP_ASSIGN_OR_RETURN(
      draft, env.policies.Take(draft.id, step,
                               AuditOfDraft(call, "policy_draft.test", draft)));
  Fill(draft, *response.mutable_draft());
  return absl::OkStatus();
}

absl::Status ActivatePolicyDraft(const rpc::CallContext& call, Env& env,
                                 const v1::ActivatePolicyDraftRequest& request,
                                 v1::ActivatePolicyDraftResponse& response) {
  OTRP_ASSIGN_OR_RETURN(PolicyDraft draft,
                        env.policies.GetDraft(request.draft_id()));
  // Its anchor may have gone since.
  OTRP_RETURN_IF_ERROR(CheckScope(env, draft.scope));
  OTRP_ASSIGN_OR_RETURN(
      draft, env.policies.Activate(
                 draft.id, request.expected_version(), env.four_eyes,
                 StepOf(call, env, DraftState::kActivated),
                 AuditOfDraft(call, "policy_draft.activate", draft)));
  HoldNow(call, env);
  Fill(draft, *response.mutable_draft());
  return absl::OkStatus();
}

absl::Status DiscardPolicyDraft(const rpc::CallContext& call, Env& env,
                                const v1::DiscardPolicyDraftRequest& request,
                                v1::DiscardPolicyDraftResponse& response) {
  OTRP_ASSIGN_OR_RETURN(PolicyDraft draft,
                        env.policies.GetDraft(request.draft_id()));
  OTRP_ASSIGN_OR_RETURN(
      draft,
      env.policies.Take(draft.id, StepOf(call, env, DraftState::kDiscarded),
                        AuditOfDraft(call, "policy_draft.discard", draft)));
  Fill(draft, *response.mutable_draft());
  return absl::OkStatus();
}

absl::Status ListScopedPolicies(const rpc::CallContext&, Env& env,
                                const v1::ListScopedPoliciesRequest&,
                                v1::ListScopedPoliciesResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<SetPolicyVersion> base,
                        env.store.ListPolicies(0, 1));
  OTRP_ASSIGN_OR_RETURN(const ScopedPolicyList list, env.policies.Load());
  for (const SetPolicyVersion& version : base) {
    v1::ScopedPolicy* entry = response.add_policies();
    entry->mutable_scope();
    entry->set_version(version.version);
    ToProto(version.policy, *entry->mutable_policy());
    entry->set_set_by(version.set_by);
    *entry->mutable_set_at() = rpc::ToProto(version.set_at);
  }
  for (const SetScopedPolicy& held : list.policies) {
    v1::ScopedPolicy* entry = response.add_policies();
    ToProto(held.policy.scope, *entry->mutable_scope());
    entry->set_version(held.policy.version);
    ToProto(held.policy.policy, *entry->mutable_policy());
    entry->set_set_by(held.set_by);
    *entry->mutable_set_at() = rpc::ToProto(held.set_at);
  }
  return absl::OkStatus();
}

absl::Status RollBackScopedPolicy(
    const rpc::CallContext& call, Env& env,
    const v1::RollBackScopedPolicyRequest& request,
    v1::RollBackScopedPolicyResponse& response) {
  if (env.four_eyes) return errors::NeedsTwoPeople();
  const attest::PolicyScope scope = ScopeOf(request.scope());
  if (scope.is_base()) return errors::BaseIsNoScope();
  if (request.version() < 0) return errors::NoSuchPolicy(request.version());
  OTRP_ASSIGN_OR_RETURN(
      const int64_t version,
      env.policies.RollBack(
          scope, request.version(), request.expected_version(), env.clock.Now(),
          service::AuditOf(
              call, "policy.roll_back", attest::LabelOf({scope}),
              store::kAuditOk,
              service::AuditDetails().Set("to_version", request.version()))));
  HoldNow(call, env);
  response.set_version(version);
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp

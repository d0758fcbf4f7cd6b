// otrp.verifier.v1.PolicyDrafts: policies from a text to force and back, and
// which of them decides.
//
// Thread-safety: called by many threads. Errors: ../errors.h, and the store's.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_POLICY_DRAFTS_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_POLICY_DRAFTS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/verifier/v1/policy_drafts.pb.h"
#include "services/attestation_verifier/env.h"

namespace otrp {
namespace verifier {
namespace handlers {

absl::Status CreatePolicyDraft(const rpc::CallContext& call, Env& env,
                               const v1::CreatePolicyDraftRequest& request,
                               v1::CreatePolicyDraftResponse& response);
absl::Status GetPolicyDraft(const rpc::CallContext& call, Env& env,
                            const v1::GetPolicyDraftRequest& request,
                            v1::GetPolicyDraftResponse& response);
absl::Status ListPolicyDrafts(const rpc::CallContext& call, Env& env,
                              const v1::ListPolicyDraftsRequest& request,
                              v1::ListPolicyDraftsResponse& response);
absl::Status TestPolicyDraft(const rpc::CallContext& call, Env& env,
                             const v1::TestPolicyDraftRequest& request,
                             v1::TestPolicyDraftResponse& response);
absl::Status ActivatePolicyDraft(const rpc::CallContext& call, Env& env,
                                 const v1::ActivatePolicyDraftRequest& request,
                                 v1::ActivatePolicyDraftResponse& response);
absl::Status DiscardPolicyDraft(const rpc::CallContext& call, Env& env,
                                const v1::DiscardPolicyDraftRequest& request,
                                v1::DiscardPolicyDraftResponse& response);
absl::Status ListScopedPolicies(const rpc::CallContext& call, Env& env,
                                const v1::ListScopedPoliciesRequest& request,
                                v1::ListScopedPoliciesResponse& response);
absl::Status RollBackScopedPolicy(
    const rpc::CallContext& call, Env& env,
    const v1::RollBackScopedPolicyRequest& request,
    v1::RollBackScopedPolicyResponse& response);
absl::Status ExplainDevice(const rpc::CallContext& call, Env& env,
                           const v1::ExplainDeviceRequest& request,
                           v1::ExplainDeviceResponse& response);

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_POLICY_DRAFTS_H_

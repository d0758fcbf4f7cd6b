// otrp.verifier.v1.PolicyAdmin: what appraisals go by.
//
// Thread-safety: called by many threads. Errors: ../errors.h, and the store's.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_POLICY_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_POLICY_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/verifier/v1/verifier.pb.h"
#include "services/attestation_verifier/env.h"

namespace otrp {
namespace verifier {
namespace handlers {

absl::Status GetPolicy(const rpc::CallContext& call, Env& env,
                       const v1::GetPolicyRequest& request,
                       v1::GetPolicyResponse& response);
absl::Status SetPolicy(const rpc::CallContext& call, Env& env,
                       const v1::SetPolicyRequest& request,
                       v1::SetPolicyResponse& response);
absl::Status Refresh(const rpc::CallContext& call, Env& env,
                     const v1::RefreshRequest& request,
                     v1::RefreshResponse& response);
absl::Status ListActiveTrustAnchors(
    const rpc::CallContext& call, Env& env,
    const v1::ListActiveTrustAnchorsRequest& request,
    v1::ListActiveTrustAnchorsResponse& response);

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_POLICY_H_

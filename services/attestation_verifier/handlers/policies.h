// otrp.verifier.v1.Policies: the life of the acceptance policy.
//
// Thread-safety: called by many threads. Errors: ../errors.h, and the store's.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_POLICIES_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_POLICIES_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/verifier/v1/policies.pb.h"
#include "services/attestation_verifier/env.h"

namespace otrp {
namespace verifier {
namespace handlers {

absl::Status ListPolicyVersions(const rpc::CallContext& call, Env& env,
                                const v1::ListPolicyVersionsRequest& request,
                                v1::ListPolicyVersionsResponse& response);
absl::Status TestPolicy(const rpc::CallContext& call, Env& env,
                        const v1::TestPolicyRequest& request,
                        v1::TestPolicyResponse& response);
absl::Status RollBackPolicy(const rpc::CallContext& call, Env& env,
                            const v1::RollBackPolicyRequest& request,
                            v1::RollBackPolicyResponse& response);
absl::Status ListOverdueDevices(const rpc::CallContext& call, Env& env,
                                const v1::ListOverdueDevicesRequest& request,
                                v1::ListOverdueDevicesResponse& response);

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_POLICIES_H_

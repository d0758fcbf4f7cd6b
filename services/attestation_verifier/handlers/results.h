// otrp.verifier.v1.Results and ResultStatus: signed results of appraisals.
//
// Thread-safety: called by many threads. Errors: ../errors.h, and the store's.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_RESULTS_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_RESULTS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/verifier/v1/result_status.pb.h"
#include "otrp/verifier/v1/results.pb.h"
#include "services/attestation_verifier/env.h"

namespace otrp {
namespace verifier {
namespace handlers {

absl::Status GetResult(const rpc::CallContext& call, Env& env,
                       const v1::GetResultRequest& request,
                       v1::GetResultResponse& response);
absl::Status IntrospectResult(const rpc::CallContext& call, Env& env,
                              const v1::IntrospectResultRequest& request,
                              v1::IntrospectResultResponse& response);
absl::Status ListResultKeys(const rpc::CallContext& call, Env& env,
                            const v1::ListResultKeysRequest& request,
                            v1::ListResultKeysResponse& response);
absl::Status RotateResultKeys(const rpc::CallContext& call, Env& env,
                              const v1::RotateResultKeysRequest& request,
                              v1::RotateResultKeysResponse& response);

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_RESULTS_H_

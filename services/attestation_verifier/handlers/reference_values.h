// otrp.verifier.v1.ReferenceValues and Withdrawals.
//
// Thread-safety: called by many threads. Errors: ../errors.h, and the store's.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_REFERENCE_VALUES_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_REFERENCE_VALUES_H_

#include <string>

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/verifier/v1/reference_values.pb.h"
#include "services/attestation_verifier/env.h"

namespace otrp {
namespace verifier {
namespace handlers {

// FAILED_PRECONDITION unless appraisals use a trust anchor or an evidence
// anchor of that name.
absl::Status CheckAnchor(const Env& env, const std::string& anchor);

absl::Status SubmitReferenceValue(
    const rpc::CallContext& call, Env& env,
    const v1::SubmitReferenceValueRequest& request,
    v1::SubmitReferenceValueResponse& response);
absl::Status ActivateReferenceValue(
    const rpc::CallContext& call, Env& env,
    const v1::ActivateReferenceValueRequest& request,
    v1::ActivateReferenceValueResponse& response);
absl::Status WithdrawReferenceValue(
    const rpc::CallContext& call, Env& env,
    const v1::WithdrawReferenceValueRequest& request,
    v1::WithdrawReferenceValueResponse& response);
absl::Status DeleteReferenceValue(
    const rpc::CallContext& call, Env& env,
    const v1::DeleteReferenceValueRequest& request,
    v1::DeleteReferenceValueResponse& response);
absl::Status GetReferenceValue(const rpc::CallContext& call, Env& env,
                               const v1::GetReferenceValueRequest& request,
                               v1::GetReferenceValueResponse& response);
absl::Status ListReferenceValues(const rpc::CallContext& call, Env& env,
                                 const v1::ListReferenceValuesRequest& request,
                                 v1::ListReferenceValuesResponse& response);
absl::Status TakeWithdrawals(const rpc::CallContext& call, Env& env,
                             const v1::TakeWithdrawalsRequest& request,
                             v1::TakeWithdrawalsResponse& response);

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_REFERENCE_VALUES_H_

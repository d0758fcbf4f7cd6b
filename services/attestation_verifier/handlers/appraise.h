// otrp.verifier.v1.Appraiser: evidence in, verdict out.
//
// Thread-safety: called by many threads. Errors: ../errors.h, and the store's.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_APPRAISE_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_APPRAISE_H_

#include <string>

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/verifier/v1/verifier.pb.h"
#include "services/attestation_verifier/env.h"

namespace otrp {
namespace verifier {
namespace handlers {

absl::Status Appraise(const rpc::CallContext& call, Env& env,
                      const v1::AppraiseRequest& request,
                      v1::AppraiseResponse& response);

// The same of a token, whoever asks; `tsm_id` is empty where that is no TSM.
absl::Status AppraiseToken(const rpc::CallContext& call, Env& env,
                           const v1::TokenEvidence& token,
                           const std::string& tsm_id,
                           v1::AppraiseResponse& response);

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_APPRAISE_H_

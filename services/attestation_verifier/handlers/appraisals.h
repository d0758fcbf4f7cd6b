// otrp.verifier.v1.Appraisals: what was decided.
//
// Thread-safety: called by many threads. Errors: ../errors.h, and the store's.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_APPRAISALS_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_APPRAISALS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/verifier/v1/verifier.pb.h"
#include "services/attestation_verifier/env.h"

namespace otrp {
namespace verifier {
namespace handlers {

absl::Status ListAppraisals(const rpc::CallContext& call, Env& env,
                            const v1::ListAppraisalsRequest& request,
                            v1::ListAppraisalsResponse& response);

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_APPRAISALS_H_

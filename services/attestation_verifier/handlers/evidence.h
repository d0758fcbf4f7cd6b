// otrp.verifier.v1.EvidenceAdmin: tokens for operators, and evidence that is
// judged again.
//
// Thread-safety: called by many threads. Errors: ../errors.h, and the store's.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_EVIDENCE_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_EVIDENCE_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/verifier/v1/evidence.pb.h"
#include "services/attestation_verifier/env.h"

namespace otrp {
namespace verifier {
namespace handlers {

absl::Status AppraiseEvidence(const rpc::CallContext& call, Env& env,
                              const v1::AppraiseEvidenceRequest& request,
                              v1::AppraiseEvidenceResponse& response);
absl::Status ReappraiseEvidence(const rpc::CallContext& call, Env& env,
                                const v1::ReappraiseEvidenceRequest& request,
                                v1::ReappraiseEvidenceResponse& response);

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_EVIDENCE_H_

// otrp.verifier.v1.EvidenceAnchors: whose tokens are believed.
//
// Thread-safety: called by many threads. Errors: ../errors.h, and the store's.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_EVIDENCE_ANCHORS_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_EVIDENCE_ANCHORS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/verifier/v1/evidence.pb.h"
#include "services/attestation_verifier/env.h"

namespace otrp {
namespace verifier {
namespace handlers {

absl::Status PutEvidenceAnchor(const rpc::CallContext& call, Env& env,
                               const v1::PutEvidenceAnchorRequest& request,
                               v1::PutEvidenceAnchorResponse& response);
absl::Status DeleteEvidenceAnchor(
    const rpc::CallContext& call, Env& env,
    const v1::DeleteEvidenceAnchorRequest& request,
    v1::DeleteEvidenceAnchorResponse& response);
absl::Status ListEvidenceAnchors(const rpc::CallContext& call, Env& env,
                                 const v1::ListEvidenceAnchorsRequest& request,
                                 v1::ListEvidenceAnchorsResponse& response);
absl::Status AddEvidenceKey(const rpc::CallContext& call, Env& env,
                            const v1::AddEvidenceKeyRequest& request,
                            v1::AddEvidenceKeyResponse& response);
absl::Status RemoveEvidenceKey(const rpc::CallContext& call, Env& env,
                               const v1::RemoveEvidenceKeyRequest& request,
                               v1::RemoveEvidenceKeyResponse& response);
absl::Status ListEvidenceKeys(const rpc::CallContext& call, Env& env,
                              const v1::ListEvidenceKeysRequest& request,
                              v1::ListEvidenceKeysResponse& response);

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_EVIDENCE_ANCHORS_H_

// otrp.verifier.v1.RevocationAdmin: third parties' CRLs and OCSP responses.
//
// Thread-safety: called by many threads. Errors: ../errors.h, and the store's.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_REVOCATION_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_REVOCATION_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/verifier/v1/verifier.pb.h"
#include "services/attestation_verifier/env.h"

namespace otrp {
namespace verifier {
namespace handlers {

absl::Status AddRevocationData(const rpc::CallContext& call, Env& env,
                               const v1::AddRevocationDataRequest& request,
                               v1::AddRevocationDataResponse& response);
absl::Status RemoveRevocationData(
    const rpc::CallContext& call, Env& env,
    const v1::RemoveRevocationDataRequest& request,
    v1::RemoveRevocationDataResponse& response);
absl::Status ListRevocationData(const rpc::CallContext& call, Env& env,
                                const v1::ListRevocationDataRequest& request,
                                v1::ListRevocationDataResponse& response);

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_REVOCATION_H_

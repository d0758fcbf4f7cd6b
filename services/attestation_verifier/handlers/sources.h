// otrp.verifier.v1.RevocationSources: where revocation data is fetched from.
//
// Thread-safety: called by many threads. Errors: ../errors.h, and the store's.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_SOURCES_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_SOURCES_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/verifier/v1/revocation_sources.pb.h"
#include "services/attestation_verifier/env.h"

namespace otrp {
namespace verifier {
namespace handlers {

absl::Status PutRevocationSource(const rpc::CallContext& call, Env& env,
                                 const v1::PutRevocationSourceRequest& request,
                                 v1::PutRevocationSourceResponse& response);
absl::Status RemoveRevocationSource(
    const rpc::CallContext& call, Env& env,
    const v1::RemoveRevocationSourceRequest& request,
    v1::RemoveRevocationSourceResponse& response);
absl::Status ListRevocationSources(
    const rpc::CallContext& call, Env& env,
    const v1::ListRevocationSourcesRequest& request,
    v1::ListRevocationSourcesResponse& response);

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_SOURCES_H_

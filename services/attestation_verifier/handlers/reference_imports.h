// otrp.verifier.v1.ReferenceImports: reference values and keys in a file.
//
// Thread-safety: called by many threads. Errors: ../errors.h, and the store's.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_REFERENCE_IMPORTS_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_REFERENCE_IMPORTS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/verifier/v1/reference_imports.pb.h"
#include "services/attestation_verifier/env.h"

namespace otrp {
namespace verifier {
namespace handlers {

absl::Status ImportCorim(const rpc::CallContext& call, Env& env,
                         const v1::ImportCorimRequest& request,
                         v1::ImportCorimResponse& response);

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_REFERENCE_IMPORTS_H_

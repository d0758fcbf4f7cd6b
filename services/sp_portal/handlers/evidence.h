// Of otrp.portal.v1.Versions, what is attached to a version. Each: validate,
// fetch, act, fill.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_EVIDENCE_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_EVIDENCE_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/portal/v1/pipeline.pb.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {
namespace handlers {

absl::Status AttachProvenance(const rpc::CallContext& call, Env& env,
                              const v1::AttachProvenanceRequest& request,
                              v1::AttachProvenanceResponse& response);

absl::Status AttachSbom(const rpc::CallContext& call, Env& env,
                        const v1::AttachSbomRequest& request,
                        v1::AttachSbomResponse& response);

// What is attached to `version`; `documents`: also the documents themselves.
absl::Status FillEvidence(Env& env, const AppVersion& version, bool documents,
                          v1::GetVersionResponse& response);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_EVIDENCE_H_

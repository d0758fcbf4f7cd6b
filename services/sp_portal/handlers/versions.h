// otrp.portal.v1.Versions. Each: validate, fetch, act, fill.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_VERSIONS_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_VERSIONS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/portal/v1/pipeline.pb.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {
namespace handlers {

absl::Status GetVersion(const rpc::CallContext& call, Env& env,
                        const v1::GetVersionRequest& request,
                        v1::GetVersionResponse& response);

absl::Status DeprecateVersion(const rpc::CallContext& call, Env& env,
                              const v1::DeprecateVersionRequest& request,
                              v1::DeprecateVersionResponse& response);

absl::Status DeleteVersion(const rpc::CallContext& call, Env& env,
                           const v1::DeleteVersionRequest& request,
                           v1::DeleteVersionResponse& response);
absl::Status DeleteApplication(const rpc::CallContext& call, Env& env,
                               const v1::DeleteApplicationRequest& request,
                               v1::DeleteApplicationResponse& response);
absl::Status YankVersion(const rpc::CallContext& call, Env& env,
                         const v1::YankVersionRequest& request,
                         v1::YankVersionResponse& response);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_VERSIONS_H_

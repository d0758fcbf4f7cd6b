// Applications that nobody here has in clear (docs/pull-mode.md).
//
// Errors: errors.h.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_PULL_MODE_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_PULL_MODE_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/portal/v1/pull.pb.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {
namespace handlers {

absl::Status SetPullEndpoint(const rpc::CallContext& call, Env& env,
                             const v1::SetPullEndpointRequest& request,
                             v1::SetPullEndpointResponse& response);
absl::Status GetPullEndpoint(const rpc::CallContext& call, Env& env,
                             const v1::GetPullEndpointRequest& request,
                             v1::GetPullEndpointResponse& response);
absl::Status DeletePullEndpoint(const rpc::CallContext& call, Env& env,
                                const v1::DeletePullEndpointRequest& request,
                                v1::DeletePullEndpointResponse& response);
absl::Status AddPullVersion(const rpc::CallContext& call, Env& env,
                            const v1::AddPullVersionRequest& request,
                            v1::AddPullVersionResponse& response);
absl::Status ListPulls(const rpc::CallContext& call, Env& env,
                       const v1::ListPullsRequest& request,
                       v1::ListPullsResponse& response);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_PULL_MODE_H_

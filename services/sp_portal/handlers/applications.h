// otrp.portal.v1.Applications. Each: validate, fetch, act, fill.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_APPLICATIONS_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_APPLICATIONS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/portal/v1/portal.pb.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {
namespace handlers {

absl::Status PushImage(const rpc::CallContext& call, Env& env,
                       const v1::PushImageRequest& request,
                       v1::PushImageResponse& response);

absl::Status ReleaseVersion(const rpc::CallContext& call, Env& env,
                            const v1::ReleaseVersionRequest& request,
                            v1::ReleaseVersionResponse& response);

absl::Status WithdrawApplication(const rpc::CallContext& call, Env& env,
                                 const v1::WithdrawApplicationRequest& request,
                                 v1::WithdrawApplicationResponse& response);

absl::Status ListApplications(const rpc::CallContext& call, Env& env,
                              const v1::ListApplicationsRequest& request,
                              v1::ListApplicationsResponse& response);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_APPLICATIONS_H_

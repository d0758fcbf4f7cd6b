// otrp.portal.v1.Assignments. Each: validate, fetch, act, fill.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_ASSIGNMENTS_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_ASSIGNMENTS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/portal/v1/portal.pb.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {
namespace handlers {

absl::Status Assign(const rpc::CallContext& call, Env& env,
                    const v1::AssignRequest& request,
                    v1::AssignResponse& response);

absl::Status Unassign(const rpc::CallContext& call, Env& env,
                      const v1::UnassignRequest& request,
                      v1::UnassignResponse& response);

absl::Status ListAssignments(const rpc::CallContext& call, Env& env,
                             const v1::ListAssignmentsRequest& request,
                             v1::ListAssignmentsResponse& response);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_ASSIGNMENTS_H_

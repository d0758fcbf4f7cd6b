// otrp.tsm.v1.Groups: named sets of devices.

#ifndef OTRP_SERVICES_TSM_HANDLERS_GROUPS_H_
#define OTRP_SERVICES_TSM_HANDLERS_GROUPS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "services/tsm/env.h"

namespace otrp {
namespace tsm {
namespace handlers {

absl::Status AddGroupMembers(const rpc::CallContext& call, Env& env,
                             const v1::AddGroupMembersRequest& request,
                             v1::AddGroupMembersResponse& response);
absl::Status RemoveGroupMembers(const rpc::CallContext& call, Env& env,
                                const v1::RemoveGroupMembersRequest& request,
                                v1::RemoveGroupMembersResponse& response);
absl::Status ListGroups(const rpc::CallContext& call, Env& env,
                        const v1::ListGroupsRequest& request,
                        v1::ListGroupsResponse& response);

}  // namespace handlers
}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_HANDLERS_GROUPS_H_

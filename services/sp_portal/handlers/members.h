// otrp.portal.v1.Members. Each: validate, fetch, act, fill.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_MEMBERS_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_MEMBERS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/portal/v1/access.pb.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {
namespace handlers {

absl::Status CreateInvitation(const rpc::CallContext& call, Env& env,
                              const v1::CreateInvitationRequest& request,
                              v1::CreateInvitationResponse& response);

absl::Status ListInvitations(const rpc::CallContext& call, Env& env,
                             const v1::ListInvitationsRequest& request,
                             v1::ListInvitationsResponse& response);

absl::Status RevokeInvitation(const rpc::CallContext& call, Env& env,
                              const v1::RevokeInvitationRequest& request,
                              v1::RevokeInvitationResponse& response);

absl::Status AcceptInvitation(const rpc::CallContext& call, Env& env,
                              const v1::AcceptInvitationRequest& request,
                              v1::AcceptInvitationResponse& response);

absl::Status ListMembers(const rpc::CallContext& call, Env& env,
                         const v1::ListMembersRequest& request,
                         v1::ListMembersResponse& response);

absl::Status SetMemberRole(const rpc::CallContext& call, Env& env,
                           const v1::SetMemberRoleRequest& request,
                           v1::SetMemberRoleResponse& response);

absl::Status RemoveMember(const rpc::CallContext& call, Env& env,
                          const v1::RemoveMemberRequest& request,
                          v1::RemoveMemberResponse& response);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_MEMBERS_H_

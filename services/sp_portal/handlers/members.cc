#include "services/sp_portal/handlers/members.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "libs/service/paging.h"
#include "services/sp_portal/domain/bearer.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/handlers/access.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace handlers {
namespace {

absl::Status CheckRole(const std::string& tenant, const std::string& role) {
  return IsRoleOf(tenant, role) ? absl::OkStatus() : BadRoleOf(tenant);
}

}  // namespace

absl::Status CreateInvitation(const rpc::CallContext& call, Env& env,
                              const v1::CreateInvitationRequest& request,
                              v1::CreateInvitationResponse& response) {
  OTRP_RETURN_IF_ERROR(CheckMayChangeMembers(call, request.spid()));
  OTRP_RETURN_IF_ERROR(CheckRole(request.spid(), request.role()));
  OTRP_ASSIGN_OR_RETURN(
      const absl::Duration life,
      LifetimeOf(request.lifetime_seconds(), kMinInvitationLife,
                 kDefaultInvitationLife, kMaxInvitationLife));
  Invitation invitation;
  invitation.id = NewId("inv_", env.random);
  invitation.tenant = request.spid();
  invitation.role = request.role();
  invitation.invited_by = call.caller().ToString();
  invitation.created_at = env.clock.Now();
  invitation.expires_at = invitation.created_at + life;
  const Bearer code = NewBearer(kCodePrefix, env.random);
  OTRP_RETURN_IF_ERROR(env.access.CreateInvitation(
      invitation, code.sha256,
      service::AuditOf(call, "member.invite",
                       SubjectOf(invitation.tenant, invitation.id),
                       store::kAuditOk,
                       service::AuditDetails().Set("role", invitation.role))));
  ToProto(invitation, *response.mutable_invitation());
  response.set_code(code.secret);
  return absl::OkStatus();
}

absl::Status ListInvitations(const rpc::CallContext& call, Env& env,
                             const v1::ListInvitationsRequest& request,
                             v1::ListInvitationsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_RETURN_IF_ERROR(CheckTenantOrSide(call, request.spid()));
  OTRP_ASSIGN_OR_RETURN(
      std::vector<Invitation> invitations,
      env.access.ListInvitations(request.spid(), env.clock.Now(), page.after(),
                                 page.limit()));
  page.Finish(invitations, response, [](const Invitation& i) { return i.id; });
  for (const Invitation& invitation : invitations) {
    ToProto(invitation, *response.add_invitations());
  }
  return absl::OkStatus();
}

absl::Status RevokeInvitation(const rpc::CallContext& call, Env& env,
                              const v1::RevokeInvitationRequest& request,
                              v1::RevokeInvitationResponse&) {
  OTRP_RETURN_IF_ERROR(CheckMayChangeMembers(call, request.spid()));
  OTRP_RETURN_IF_ERROR(
      service::CheckName("invitation_id", request.invitation_id()));
  return env.access.RevokeInvitation(
      request.spid(), request.invitation_id(), env.clock.Now(),
      service::AuditOf(call, "member.revoke_invitation",
                       SubjectOf(request.spid(), request.invitation_id())));
}

absl::Status AcceptInvitation(const rpc::CallContext& call, Env& env,
                              const v1::AcceptInvitationRequest& request,
                              v1::AcceptInvitationResponse& response) {
  OTRP_RETURN_IF_ERROR(service::CheckName("name", request.name()));
  const absl::optional<std::string> code =
      BearerDigest(kCodePrefix, request.code());
  if (!code.has_value()) return errors::BadCode();
  const absl::Time now = env.clock.Now();
  OTRP_ASSIGN_OR_RETURN(const Invitation invitation,
                        env.access.FindInvitation(*code, now));
  Token token;
  token.id = NewId("tok_", env.random);
  token.tenant = invitation.tenant;
  token.member = request.name();
  token.personal = true;
  token.name = absl::StrCat("first of ", request.name());
  token.role = invitation.role;
  token.created_at = now;
  token.expires_at = now + std::min(kPersonalTokenLife, env.max_token_life);
  const Bearer secret = NewBearer(kTokenPrefix, env.random);
  OTRP_RETURN_IF_ERROR(env.access.AcceptInvitation(
      invitation.id, token, secret.sha256,
      service::AuditOf(call, "member.join",
                       SubjectOf(token.tenant, token.member), store::kAuditOk,
                       service::AuditDetails()
                           .Set("role", token.role)
                           .Set("invitation_id", invitation.id)
                           .Set("token_id", token.id))));
  response.set_spid(token.tenant);
  ToProto(Member{token.member, token.role, now}, *response.mutable_member());
  response.set_token(secret.secret);
  *response.mutable_token_expires_at() = rpc::ToProto(token.expires_at);
  return absl::OkStatus();
}

absl::Status ListMembers(const rpc::CallContext& call, Env& env,
                         const v1::ListMembersRequest& request,
                         v1::ListMembersResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_RETURN_IF_ERROR(CheckTenantOrSide(call, request.spid()));
  OTRP_ASSIGN_OR_RETURN(
      std::vector<Member> members,
      env.access.ListMembers(request.spid(), page.after(), page.limit()));
  page.Finish(members, response, [](const Member& m) { return m.name; });
  for (const Member& member : members) {
    ToProto(member, *response.add_members());
  }
  return absl::OkStatus();
}

absl::Status SetMemberRole(const rpc::CallContext& call, Env& env,
                           const v1::SetMemberRoleRequest& request,
                           v1::SetMemberRoleResponse& response) {
  OTRP_RETURN_IF_ERROR(CheckMayChangeMembers(call, request.spid()));
  OTRP_RETURN_IF_ERROR(service::CheckName("name", request.name()));
  OTRP_RETURN_IF_ERROR(CheckRole(request.spid(), request.role()));
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.access.SetMemberRole(
          request.spid(), request.name(), request.role(),
          service::AuditOf(
              call, "member.set_role",
              SubjectOf(request.spid(), request.name()), store::kAuditOk,
              service::AuditDetails().Set("role", request.role()))));
  call.Changed(change.changed);
  OTRP_ASSIGN_OR_RETURN(const Member member,
                        env.access.GetMember(request.spid(), request.name()));
  ToProto(member, *response.mutable_member());
  return absl::OkStatus();
}

absl::Status RemoveMember(const rpc::CallContext& call, Env& env,
                          const v1::RemoveMemberRequest& request,
                          v1::RemoveMemberResponse&) {
  OTRP_RETURN_IF_ERROR(CheckMayChangeMembers(call, request.spid()));
  OTRP_RETURN_IF_ERROR(service::CheckName("name", request.name()));
  return env.access.RemoveMember(
      request.spid(), request.name(), env.clock.Now(),
      service::AuditOf(call, "member.remove",
                       SubjectOf(request.spid(), request.name())));
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

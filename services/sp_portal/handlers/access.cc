#include "services/sp_portal/handlers/access.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/time.h"
#include "libs/service/names.h"
#include "services/sp_portal/domain/names.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/handlers/tenancy.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace handlers {
namespace {

constexpr absl::string_view kMemberPrefix = "member/";

}  // namespace

absl::Status CheckTenantOrSide(const rpc::CallContext& call,
                               absl::string_view spid) {
  if (spid == kOperatorsSide && call.caller().kind != rpc::CallerKind::kSp) {
    return absl::OkStatus();
  }
  OTRP_RETURN_IF_ERROR(service::CheckName("spid", spid));
  return CheckTenant(call, spid);
}

std::string RoleOf(const rpc::CallContext& call) {
  const rpc::Identity& caller = call.caller();
  if (caller.role != rpc::Role::kFull) {
    return std::string(rpc::RoleName(caller.role));
  }
  switch (caller.kind) {
    case rpc::CallerKind::kSp: return kOwner;
    case rpc::CallerKind::kOperator: return kOperator;
    case rpc::CallerKind::kAuditor: return kAuditor;
    case rpc::CallerKind::kService:
    case rpc::CallerKind::kAnonymous: break;
  }
  return "";
}

std::string MemberOf(const rpc::CallContext& call) {
  absl::string_view agent = call.caller().agent;
  return absl::ConsumePrefix(&agent, kMemberPrefix) ? std::string(agent) : "";
}

absl::Status CheckPerson(const rpc::CallContext& call) {
  const std::string& agent = call.caller().agent;
  return agent.empty() || absl::StartsWith(agent, kMemberPrefix)
             ? absl::OkStatus()
             : errors::NotForTokens();
}

absl::Status CheckMayChangeMembers(const rpc::CallContext& call,
                                   absl::string_view spid) {
  OTRP_RETURN_IF_ERROR(CheckTenantOrSide(call, spid));
  if (spid == kOperatorsSide && !call.caller().agent.empty()) {
    return errors::CertificateOnly();
  }
  return CheckPerson(call);
}

bool MayRevoke(const rpc::CallContext& call, absl::string_view member) {
  const std::string role = RoleOf(call);
  return role == kOwner || role == kOperator ||
         (!member.empty() && member == MemberOf(call));
}

std::string SubjectOf(absl::string_view tenant, absl::string_view what) {
  return absl::StrCat(tenant == kOperatorsSide ? "operators" : tenant, "/",
                      what);
}

absl::Status BadRoleOf(absl::string_view tenant) {
  return errors::BadRole(tenant == kOperatorsSide ? errors::kOperatorRoles
                                                  : errors::kSpRoles);
}

absl::StatusOr<absl::Duration> LifetimeOf(int64_t seconds, absl::Duration min,
                                          absl::Duration standard,
                                          absl::Duration max) {
  if (seconds == 0) return standard < max ? standard : max;
  const absl::Duration asked = absl::Seconds(seconds);
  if (asked < min || asked > max) return errors::BadLifetime(min, max);
  return asked;
}

absl::Status CheckText(absl::string_view field, absl::string_view text) {
  return CheckDisplayName(text).ok() ? absl::OkStatus()
                                     : errors::BadText(field);
}

absl::StatusOr<std::vector<std::string>> TaidsOf(
    const rpc::CallContext& call,
    const google::protobuf::RepeatedPtrField<std::string>& asked) {
  std::vector<std::string> taids(asked.begin(), asked.end());
  if (taids.size() > kMaxTokenTaids) return errors::TooManyTaids();
  const std::vector<std::string>& own = call.caller().taids;
  for (size_t i = 0; i < taids.size(); ++i) {
    OTRP_RETURN_IF_ERROR(
        service::CheckName(absl::StrCat("taids[", i, "]"), taids[i]));
    if (!own.empty() &&
        std::find(own.begin(), own.end(), taids[i]) == own.end()) {
      return errors::TaidsBeyond();
    }
  }
  return taids.empty() ? own : taids;
}

void ToProto(const Registration& registration, v1::Registration& out) {
  out.set_registration_id(registration.id);
  out.set_spid(registration.spid);
  out.set_name(registration.name);
  out.set_contact(registration.contact);
  out.set_state(registration.state);
  *out.mutable_registered_at() = rpc::ToProto(registration.registered_at);
  out.set_decided_by(registration.decided_by);
  if (registration.decided_at.has_value()) {
    *out.mutable_decided_at() = rpc::ToProto(*registration.decided_at);
  }
  out.set_reason(registration.reason);
}

void ToProto(const Invitation& invitation, v1::Invitation& out) {
  out.set_invitation_id(invitation.id);
  out.set_spid(invitation.tenant);
  out.set_role(invitation.role);
  out.set_invited_by(invitation.invited_by);
  *out.mutable_created_at() = rpc::ToProto(invitation.created_at);
  *out.mutable_expires_at() = rpc::ToProto(invitation.expires_at);
}

void ToProto(const Member& member, v1::Member& out) {
  out.set_name(member.name);
  out.set_role(member.role);
  *out.mutable_added_at() = rpc::ToProto(member.added_at);
}

void ToProto(const Token& token, v1::Principal& out) {
  if (token.tenant != kOperatorsSide) {
    out.set_kind("sp");
    out.set_name(token.tenant);
  } else {
    out.set_kind(token.role == kAuditor ? "auditor" : "operator");
    out.set_name(token.member);
  }
  out.set_role(token.role);
  out.set_agent(AgentOf(token));
  for (const std::string& taid : token.taids) out.add_taids(taid);
  *out.mutable_expires_at() = rpc::ToProto(token.expires_at);
}

void ToProto(const Token& token, v1::Token& out) {
  out.set_token_id(token.id);
  out.set_name(token.name);
  out.set_role(token.role);
  for (const std::string& taid : token.taids) out.add_taids(taid);
  out.set_member(token.member);
  out.set_publisher_id(token.publisher);
  *out.mutable_created_at() = rpc::ToProto(token.created_at);
  *out.mutable_expires_at() = rpc::ToProto(token.expires_at);
  if (token.last_used_at.has_value()) {
    *out.mutable_last_used_at() = rpc::ToProto(*token.last_used_at);
  }
  if (token.revoked_at.has_value()) {
    *out.mutable_revoked_at() = rpc::ToProto(*token.revoked_at);
  }
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

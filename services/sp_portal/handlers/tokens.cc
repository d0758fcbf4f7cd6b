#include "services/sp_portal/handlers/tokens.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "libs/service/paging.h"
#include "services/sp_portal/domain/bearer.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/handlers/access.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/session_errors.h"

namespace otrp {
namespace portal {
namespace handlers {
namespace {

// A service provider's are made by itself, those of the operators' side by the
// user that they stand for.
absl::Status CheckMayCreate(const rpc::CallContext& call,
                            const std::string& spid) {
  OTRP_RETURN_IF_ERROR(CheckTenantOrSide(call, spid));
  OTRP_RETURN_IF_ERROR(CheckPerson(call));
  const bool of_sp = call.caller().kind == rpc::CallerKind::kSp;
  if (!of_sp && spid != kOperatorsSide) return errors::TokensOfAnother();
  if (!of_sp && MemberOf(call).empty()) return errors::NoTokenForCertificate();
  return absl::OkStatus();
}

// The token that the caller has shown, where what the front says of him tells
// it from others: a member has one of his own, a publisher's have one name.
absl::StatusOr<absl::optional<Token>> ShownToken(const rpc::CallContext& call,
                                                 Env& env) {
  const rpc::Identity& caller = call.caller();
  if (caller.agent.empty()) return absl::nullopt;
  const std::string tenant = caller.kind == rpc::CallerKind::kSp
                                 ? caller.name
                                 : std::string(kOperatorsSide);
  return env.access.FindTokenOf(tenant, caller.agent, env.clock.Now());
}

}  // namespace

absl::Status Authenticate(const rpc::CallContext&, Env& env,
                          const v1::AuthenticateRequest& request,
                          v1::AuthenticateResponse& response) {
  const bool session = !request.session().empty();
  if (session && !request.token().empty()) return errors::BothSecrets();
  const absl::optional<std::string> sha256 =
      session ? BearerDigest(kSessionPrefix, request.session())
              : BearerDigest(kTokenPrefix, request.token());
  if (!sha256.has_value()) return errors::BadToken();
  const absl::Time now = env.clock.Now();
  Token token;
  if (session) {
    OTRP_ASSIGN_OR_RETURN(AccessStore::SessionUse use,
                          env.access.UseSession(*sha256, now));
    token = std::move(use.token);
  } else {
    OTRP_ASSIGN_OR_RETURN(token, env.access.UseToken(*sha256, now));
  }
  handlers::ToProto(token, *response.mutable_principal());
  return absl::OkStatus();
}

absl::Status GetCaller(const rpc::CallContext& call, Env& env,
                       const v1::GetCallerRequest&,
                       v1::GetCallerResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const absl::optional<Token> shown,
                        ShownToken(call, env));
  const rpc::Identity& caller = call.caller();
  v1::Principal& principal = *response.mutable_principal();
  principal.set_kind(std::string(rpc::KindName(caller.kind)));
  principal.set_name(caller.name);
  principal.set_role(RoleOf(call));
  principal.set_agent(caller.agent);
  for (const std::string& taid : caller.taids) principal.add_taids(taid);
  if (shown.has_value()) {
    response.set_token_id(shown->id);
    *principal.mutable_expires_at() = rpc::ToProto(shown->expires_at);
  }
  return absl::OkStatus();
}

absl::Status CreateToken(const rpc::CallContext& call, Env& env,
                         const v1::CreateTokenRequest& request,
                         v1::CreateTokenResponse& response) {
  OTRP_RETURN_IF_ERROR(CheckMayCreate(call, request.spid()));
  OTRP_RETURN_IF_ERROR(CheckText("name", request.name()));
  if (!IsRoleOf(request.spid(), request.role())) {
    return BadRoleOf(request.spid());
  }
  if (!Includes(request.spid(), RoleOf(call), request.role())) {
    return errors::RoleAbove(RoleOf(call));
  }
  Token token;
  OTRP_ASSIGN_OR_RETURN(token.taids, TaidsOf(call, request.taids()));
  OTRP_ASSIGN_OR_RETURN(const absl::Duration life,
                        LifetimeOf(request.lifetime_seconds(), kMinTokenLife,
                                   kDefaultTokenLife, env.max_token_life));
  token.id = NewId("tok_", env.random);
  token.tenant = request.spid();
  token.member = MemberOf(call);
  token.name = request.name();
  token.role = request.role();
  token.created_at = env.clock.Now();
  token.expires_at = token.created_at + life;
  const Bearer secret = NewBearer(kTokenPrefix, env.random);
  OTRP_RETURN_IF_ERROR(env.access.CreateToken(
      token, secret.sha256,
      service::AuditOf(call, "token.create", SubjectOf(token.tenant, token.id),
                       store::kAuditOk,
                       service::AuditDetails()
                           .Set("name", token.name)
                           .Set("role", token.role)
                           .SetList("taids", token.taids)
                           .Set("life_seconds", absl::ToInt64Seconds(life)))));
  handlers::ToProto(token, *response.mutable_token());
  response.set_secret(secret.secret);
  return absl::OkStatus();
}

absl::Status ListTokens(const rpc::CallContext& call, Env& env,
                        const v1::ListTokensRequest& request,
                        v1::ListTokensResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_RETURN_IF_ERROR(CheckTenantOrSide(call, request.spid()));
  OTRP_ASSIGN_OR_RETURN(
      std::vector<Token> tokens,
      env.access.ListTokens(request.spid(), request.include_dead(),
                            env.clock.Now(), page.after(), page.limit()));
  page.Finish(tokens, response, [](const Token& token) { return token.id; });
  for (const Token& token : tokens) {
    handlers::ToProto(token, *response.add_tokens());
  }
  return absl::OkStatus();
}

absl::Status GiveUpToken(const rpc::CallContext& call, Env& env,
                         const v1::GiveUpTokenRequest& request,
                         v1::GiveUpTokenResponse&) {
  const absl::optional<std::string> sha256 =
      BearerDigest(kTokenPrefix, request.token());
  if (!sha256.has_value()) return errors::BadToken();
  const absl::Time now = env.clock.Now();
  OTRP_ASSIGN_OR_RETURN(const Token token, env.access.UseToken(*sha256, now));
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.access.RevokeToken(
          token.tenant, token.id, now,
          service::AuditOf(
              call, "token.give_up", SubjectOf(token.tenant, token.id),
              store::kAuditOk,
              service::AuditDetails().Set("agent", AgentOf(token)))));
  call.Changed(change.changed);
  return absl::OkStatus();
}

absl::Status RevokeToken(const rpc::CallContext& call, Env& env,
                         const v1::RevokeTokenRequest& request,
                         v1::RevokeTokenResponse&) {
  const std::string& id = request.token_id();
  OTRP_RETURN_IF_ERROR(CheckTenantOrSide(call, request.spid()));
  OTRP_RETURN_IF_ERROR(service::CheckName("token_id", id));
  OTRP_ASSIGN_OR_RETURN(const Token token,
                        env.access.GetToken(request.spid(), id));
  if (!MayRevoke(call, token.member) && AgentOf(token) != call.caller().agent) {
    return errors::TokenNotFound(id);
  }
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.access.RevokeToken(request.spid(), id, env.clock.Now(),
                             service::AuditOf(call, "token.revoke",
                                              SubjectOf(request.spid(), id))));
  call.Changed(change.changed);
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

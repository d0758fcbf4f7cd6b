#include "services/sp_portal/handlers/console_sessions.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/identity.h"
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

void ToProto(const Session& session, v1::ConsoleSession& out) {
  out.set_session_id(session.id);
  out.set_token_id(session.token_id);
  out.set_member(session.member);
  *out.mutable_created_at() = rpc::ToProto(session.created_at);
  *out.mutable_expires_at() = rpc::ToProto(session.expires_at);
  if (session.last_used_at.has_value()) {
    *out.mutable_last_used_at() = rpc::ToProto(*session.last_used_at);
  }
}

// The front calls, in nobody's name yet: the record names who holds the token.
store::AuditEvent AuditOfHolder(const rpc::CallContext& call,
                                absl::string_view action, const Token& token,
                                const std::string& session_id,
                                const service::AuditDetails& details) {
  v1::Principal principal;
  handlers::ToProto(token, principal);
  rpc::Identity holder(
      rpc::ParseKind(principal.kind()).value_or(rpc::CallerKind::kAnonymous),
      principal.name());
  holder.agent = principal.agent();
  store::AuditEvent audit =
      service::AuditOf(call, action, SubjectOf(token.tenant, session_id),
                       store::kAuditOk, details);
  audit.actor = holder.ToString();
  return audit;
}

}  // namespace

absl::Status BeginConsoleSession(const rpc::CallContext& call, Env& env,
                                 const v1::BeginConsoleSessionRequest& request,
                                 v1::BeginConsoleSessionResponse& response) {
  const absl::optional<std::string> sha256 =
      BearerDigest(kTokenPrefix, request.token());
  if (!sha256.has_value()) return errors::BadToken();
  const absl::Time now = env.clock.Now();
  OTRP_ASSIGN_OR_RETURN(Token token, env.access.UseToken(*sha256, now));
  if (token.member.empty() || !token.publisher.empty()) {
    return errors::NoSessionForPrograms();
  }
  Session session;
  session.id = NewId("ses_", env.random);
  session.tenant = token.tenant;
  session.token_id = token.id;
  session.member = token.member;
  session.created_at = now;
  session.expires_at = std::min(now + kSessionLife, token.expires_at);
  const Bearer secret = NewBearer(kSessionPrefix, env.random);
  const absl::Status begun = env.access.BeginSession(
      session, secret.sha256,
      AuditOfHolder(call, "session.begin", token, session.id,
                    service::AuditDetails().Set("token_id", token.id)));
  // An account that was suspended since its token was looked at.
  if (absl::IsFailedPrecondition(begun)) return errors::BadToken();
  OTRP_RETURN_IF_ERROR(begun);
  ToProto(session, *response.mutable_session());
  response.set_secret(secret.secret);
  token.expires_at = session.expires_at;
  handlers::ToProto(token, *response.mutable_principal());
  return absl::OkStatus();
}

absl::Status EndConsoleSession(const rpc::CallContext& call, Env& env,
                               const v1::EndConsoleSessionRequest& request,
                               v1::EndConsoleSessionResponse& response) {
  const absl::optional<std::string> sha256 =
      BearerDigest(kSessionPrefix, request.secret());
  const absl::Time now = env.clock.Now();
  absl::StatusOr<AccessStore::SessionUse> use = errors::BadToken();
  if (sha256.has_value()) use = env.access.UseSession(*sha256, now);
  if (absl::IsUnauthenticated(use.status())) {
    call.Changed(false);
    return absl::OkStatus();
  }
  OTRP_RETURN_IF_ERROR(use.status());
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.access.EndSession(
          use->session_id, now,
          AuditOfHolder(call, "session.end", use->token, use->session_id,
                        service::AuditDetails())));
  call.Changed(change.changed);
  response.set_ended(change.changed);
  return absl::OkStatus();
}

absl::Status ListConsoleSessions(const rpc::CallContext& call, Env& env,
                                 const v1::ListConsoleSessionsRequest& request,
                                 v1::ListConsoleSessionsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_RETURN_IF_ERROR(CheckTenantOrSide(call, request.spid()));
  OTRP_ASSIGN_OR_RETURN(std::vector<Session> sessions,
                        env.access.ListSessions(request.spid(), env.clock.Now(),
                                                page.after(), page.limit()));
  page.Finish(sessions, response, [](const Session& s) { return s.id; });
  for (const Session& session : sessions) {
    ToProto(session, *response.add_sessions());
  }
  return absl::OkStatus();
}

absl::Status RevokeConsoleSession(
    const rpc::CallContext& call, Env& env,
    const v1::RevokeConsoleSessionRequest& request,
    v1::RevokeConsoleSessionResponse&) {
  const std::string& id = request.session_id();
  OTRP_RETURN_IF_ERROR(CheckTenantOrSide(call, request.spid()));
  OTRP_RETURN_IF_ERROR(service::CheckName("session_id", id));
  const absl::Time now = env.clock.Now();
  OTRP_ASSIGN_OR_RETURN(const Session session,
                        env.access.GetSession(request.spid(), id, now));
  if (!MayRevoke(call, session.member)) return errors::SessionNotFound(id);
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.access.EndSession(id, now,
                            service::AuditOf(call, "session.revoke",
                                             SubjectOf(request.spid(), id))));
  call.Changed(change.changed);
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

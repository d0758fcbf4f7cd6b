// otrp.portal.v1.ConsoleSessions. Each: validate, fetch, act, fill.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_CONSOLE_SESSIONS_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_CONSOLE_SESSIONS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/portal/v1/console_sessions.pb.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {
namespace handlers {

absl::Status BeginConsoleSession(const rpc::CallContext& call, Env& env,
                                 const v1::BeginConsoleSessionRequest& request,
                                 v1::BeginConsoleSessionResponse& response);

absl::Status EndConsoleSession(const rpc::CallContext& call, Env& env,
                               const v1::EndConsoleSessionRequest& request,
                               v1::EndConsoleSessionResponse& response);

absl::Status ListConsoleSessions(const rpc::CallContext& call, Env& env,
                                 const v1::ListConsoleSessionsRequest& request,
                                 v1::ListConsoleSessionsResponse& response);

absl::Status RevokeConsoleSession(
    const rpc::CallContext& call, Env& env,
    const v1::RevokeConsoleSessionRequest& request,
    v1::RevokeConsoleSessionResponse& response);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_CONSOLE_SESSIONS_H_

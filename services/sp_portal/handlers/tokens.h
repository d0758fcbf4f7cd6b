// otrp.portal.v1.Tokens and Authentication. Each: validate, fetch, act, fill.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_TOKENS_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_TOKENS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/portal/v1/access.pb.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {
namespace handlers {

absl::Status Authenticate(const rpc::CallContext& call, Env& env,
                          const v1::AuthenticateRequest& request,
                          v1::AuthenticateResponse& response);

absl::Status GetCaller(const rpc::CallContext& call, Env& env,
                       const v1::GetCallerRequest& request,
                       v1::GetCallerResponse& response);

absl::Status CreateToken(const rpc::CallContext& call, Env& env,
                         const v1::CreateTokenRequest& request,
                         v1::CreateTokenResponse& response);

absl::Status ListTokens(const rpc::CallContext& call, Env& env,
                        const v1::ListTokensRequest& request,
                        v1::ListTokensResponse& response);

absl::Status GiveUpToken(const rpc::CallContext& call, Env& env,
                         const v1::GiveUpTokenRequest& request,
                         v1::GiveUpTokenResponse& response);

absl::Status RevokeToken(const rpc::CallContext& call, Env& env,
                         const v1::RevokeTokenRequest& request,
                         v1::RevokeTokenResponse& response);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_TOKENS_H_

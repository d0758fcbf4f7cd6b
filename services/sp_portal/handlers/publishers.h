// otrp.portal.v1.Issuers, Publishers and TokenExchange. Each: validate, fetch,
// act, fill.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_PUBLISHERS_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_PUBLISHERS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/portal/v1/publishers.pb.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {
namespace handlers {

absl::Status SetIssuer(const rpc::CallContext& call, Env& env,
                       const v1::SetIssuerRequest& request,
                       v1::SetIssuerResponse& response);

absl::Status ListIssuers(const rpc::CallContext& call, Env& env,
                         const v1::ListIssuersRequest& request,
                         v1::ListIssuersResponse& response);

absl::Status RemoveIssuer(const rpc::CallContext& call, Env& env,
                          const v1::RemoveIssuerRequest& request,
                          v1::RemoveIssuerResponse& response);

absl::Status AddPublisher(const rpc::CallContext& call, Env& env,
                          const v1::AddPublisherRequest& request,
                          v1::AddPublisherResponse& response);

absl::Status ListPublishers(const rpc::CallContext& call, Env& env,
                            const v1::ListPublishersRequest& request,
                            v1::ListPublishersResponse& response);

absl::Status RemovePublisher(const rpc::CallContext& call, Env& env,
                             const v1::RemovePublisherRequest& request,
                             v1::RemovePublisherResponse& response);

absl::Status ExchangeToken(const rpc::CallContext& call, Env& env,
                           const v1::ExchangeTokenRequest& request,
                           v1::ExchangeTokenResponse& response);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_PUBLISHERS_H_

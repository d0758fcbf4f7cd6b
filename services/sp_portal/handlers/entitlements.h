// otrp.portal.v1.Entitlements. Each: validate, fetch, act, fill.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_ENTITLEMENTS_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_ENTITLEMENTS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/portal/v1/entitlements.pb.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {
namespace handlers {

absl::Status GrantEntitlement(const rpc::CallContext& call, Env& env,
                              const v1::GrantEntitlementRequest& request,
                              v1::GrantEntitlementResponse& response);

absl::Status RevokeEntitlement(const rpc::CallContext& call, Env& env,
                               const v1::RevokeEntitlementRequest& request,
                               v1::RevokeEntitlementResponse& response);

absl::Status ListEntitlements(const rpc::CallContext& call, Env& env,
                              const v1::ListEntitlementsRequest& request,
                              v1::ListEntitlementsResponse& response);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_ENTITLEMENTS_H_

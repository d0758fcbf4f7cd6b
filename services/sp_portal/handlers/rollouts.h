// otrp.portal.v1.Rollouts: how far versions have come.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_ROLLOUTS_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_ROLLOUTS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/portal/v1/rollouts.pb.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {
namespace handlers {

absl::Status ListRollouts(const rpc::CallContext& call, Env& env,
                          const v1::ListRolloutsRequest& request,
                          v1::ListRolloutsResponse& response);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_ROLLOUTS_H_

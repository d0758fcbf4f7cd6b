// otrp.ca.v1.Recovery.

#ifndef OTRP_SERVICES_CA_HANDLERS_RECOVERY_H_
#define OTRP_SERVICES_CA_HANDLERS_RECOVERY_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/ca/v1/recovery.pb.h"
#include "services/ca/env.h"

namespace otrp {
namespace ca {
namespace handlers {

absl::Status ReconcileCrl(const rpc::CallContext& call, Env& env,
                          const v1::ReconcileCrlRequest& request,
                          v1::ReconcileCrlResponse& response);

}  // namespace handlers
}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_HANDLERS_RECOVERY_H_

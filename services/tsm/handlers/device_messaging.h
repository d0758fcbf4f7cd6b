// otrp.tsm.v1.DeviceMessaging: one message of a device in, the next one out.

#ifndef OTRP_SERVICES_TSM_HANDLERS_DEVICE_MESSAGING_H_
#define OTRP_SERVICES_TSM_HANDLERS_DEVICE_MESSAGING_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "services/tsm/env.h"

namespace otrp {
namespace tsm {
namespace handlers {

absl::Status Advance(const rpc::CallContext& call, Env& env,
                     const v1::AdvanceRequest& request,
                     v1::AdvanceResponse& response);

}  // namespace handlers
}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_HANDLERS_DEVICE_MESSAGING_H_

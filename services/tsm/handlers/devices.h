// otrp.tsm.v1.Devices: what each device has and shall have.

#ifndef OTRP_SERVICES_TSM_HANDLERS_DEVICES_H_
#define OTRP_SERVICES_TSM_HANDLERS_DEVICES_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "services/tsm/env.h"

namespace otrp {
namespace tsm {
namespace handlers {

absl::Status ListDevices(const rpc::CallContext& call, Env& env,
                         const v1::ListDevicesRequest& request,
                         v1::ListDevicesResponse& response);
absl::Status GetDevice(const rpc::CallContext& call, Env& env,
                       const v1::GetDeviceRequest& request,
                       v1::GetDeviceResponse& response);
absl::Status RetryDevice(const rpc::CallContext& call, Env& env,
                         const v1::RetryDeviceRequest& request,
                         v1::RetryDeviceResponse& response);
absl::Status SetDeviceLabels(const rpc::CallContext& call, Env& env,
                             const v1::SetDeviceLabelsRequest& request,
                             v1::SetDeviceLabelsResponse& response);

}  // namespace handlers
}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_HANDLERS_DEVICES_H_

// What devices' next sessions would do, and the brake on removals.
//
// Thread-safety: functions without state.
// Errors: those of errors.h, and the store's.

#ifndef OTRP_SERVICES_TSM_HANDLERS_FLEET_H_
#define OTRP_SERVICES_TSM_HANDLERS_FLEET_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/tsm/v1/fleet.pb.h"
#include "services/tsm/env.h"

namespace otrp {
namespace tsm {
namespace handlers {

absl::Status GetDevicePlan(const rpc::CallContext& call, Env& env,
                           const v1::GetDevicePlanRequest& request,
                           v1::GetDevicePlanResponse& response);

absl::Status GetRemovalBrake(const rpc::CallContext& call, Env& env,
                             const v1::GetRemovalBrakeRequest& request,
                             v1::GetRemovalBrakeResponse& response);

absl::Status SetRemovalBrake(const rpc::CallContext& call, Env& env,
                             const v1::SetRemovalBrakeRequest& request,
                             v1::SetRemovalBrakeResponse& response);

absl::Status PauseRemovals(const rpc::CallContext& call, Env& env,
                           const v1::PauseRemovalsRequest& request,
                           v1::PauseRemovalsResponse& response);

absl::Status ReleaseRemovals(const rpc::CallContext& call, Env& env,
                             const v1::ReleaseRemovalsRequest& request,
                             v1::ReleaseRemovalsResponse& response);

}  // namespace handlers
}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_HANDLERS_FLEET_H_

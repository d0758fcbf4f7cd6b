#include "services/tsm/handlers/fleet.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "services/tsm/domain/foresee.h"
#include "services/tsm/errors.h"
#include "services/tsm/handlers/validate.h"
#include "services/tsm/limits.h"

namespace otrp {
namespace tsm {
namespace handlers {
namespace {

constexpr char kSubject[] = "fleet";

void ToProto(const ForeseenStep& step, v1::PlanStep* out) {
  out->set_message(step.message);
  out->set_action(step.action);
  out->set_state(step.state);
  for (const ForeseenReason& reason : step.reasons) {
    v1::PlanReason* to = out->add_reasons();
    to->set_goal(reason.goal);
    to->set_text(reason.text);
    to->set_rule(reason.rule);
    to->set_actor(reason.actor);
    if (!reason.actor.empty()) *to->mutable_at() = rpc::ToProto(reason.at);
  }
}

void ToProto(const Kept& kept, v1::KeptContent* out) {
  out->set_sdname(kept.sdname);
  out->set_spid(kept.spid);
  out->set_taid(kept.taid);
  out->set_version(kept.version);
  out->set_kind(kept.ours ? "undecided" : "foreign");
  out->set_text(kept.ours
                    ? "no assignment reaches this device any more, and nobody "
                      "has decided to remove it: unassign the application "
                      "from the device, or assign it again"
                    : "this TSM didn't put it there");
}

// As it is now, also in this process.
absl::Status Fill(Env& env, v1::RemovalBrake* out) {
  OTRP_RETURN_IF_ERROR(env.brake.Refresh());
  OTRP_ASSIGN_OR_RETURN(const BrakeState state,
                        env.brakes.Read(env.clock.Now()));
  out->set_paused(state.paused());
  out->set_paused_by(state.paused_by);
  out->set_reason(state.reason);
  if (state.paused())
    *out->mutable_paused_at() = rpc::ToProto(*state.paused_at);
  if (state.released_until.has_value()) {
    *out->mutable_released_until() = rpc::ToProto(*state.released_until);
  }
  out->set_released_by(state.released_by);
  out->set_percent(state.percent);
  out->set_min_devices(state.min_devices);
  out->set_devices_last_hour(state.devices);
  out->set_limit(state.limit);
  return absl::OkStatus();
}

}  // namespace

absl::Status GetDevicePlan(const rpc::CallContext&, Env& env,
                           const v1::GetDevicePlanRequest& request,
                           v1::GetDevicePlanResponse& response) {
  OTRP_RETURN_IF_ERROR(service::CheckDid("did", request.did()));
  OTRP_ASSIGN_OR_RETURN(std::vector<DeviceContext> devices,
                        env.store.LoadDevices({request.did()}));
  DeviceContext& device = devices.front();
  if (!device.device.verdict.has_value()) return errors::NoSuchDevice();
  const absl::Time now = env.clock.Now();
  OTRP_ASSIGN_OR_RETURN(const BrakeState brake, env.brakes.Read(now));
  response.set_removals_paused(brake.paused());
  response.set_catalogue_version(device.catalogue_version);
  // A session with one that isn't accepted ends before it begins.
  const bool served = device.device.verdict == Verdict::kAccepted;
  const Foresight foresight = Foresee(std::move(device), now, brake.paused());
  for (const ForeseenStep& step : foresight.steps) {
    if (served) ToProto(step, response.add_steps());
  }
  for (const Kept& kept : foresight.kept) ToProto(kept, response.add_kept());
  return absl::OkStatus();
}

absl::Status GetRemovalBrake(const rpc::CallContext&, Env& env,
                             const v1::GetRemovalBrakeRequest&,
                             v1::GetRemovalBrakeResponse& response) {
  return Fill(env, response.mutable_brake());
}

absl::Status SetRemovalBrake(const rpc::CallContext& call, Env& env,
                             const v1::SetRemovalBrakeRequest& request,
                             v1::SetRemovalBrakeResponse& response) {
  if (request.percent() < 1 || request.percent() > 100) {
    return errors::BadPercent();
  }
  if (request.min_devices() < 1 || request.min_devices() > kMaxBrakeDevices) {
    return errors::BadMinDevices(kMaxBrakeDevices);
  }
  OTRP_RETURN_IF_ERROR(env.brakes.Set(
      request.percent(), request.min_devices(),
      service::AuditOf(
          call, "fleet.set-brake", kSubject, store::kAuditOk,
          service::AuditDetails()
              .Set("percent", static_cast<int64_t>(request.percent()))
              .Set("min_devices", request.min_devices()))));
  return Fill(env, response.mutable_brake());
}

absl::Status PauseRemovals(const rpc::CallContext& call, Env& env,
                           const v1::PauseRemovalsRequest& request,
                           v1::PauseRemovalsResponse& response) {
  OTRP_RETURN_IF_ERROR(
      CheckSize("reason", request.reason(), 1, kMaxBrakeReasonBytes));
  const store::AuditEvent audit =
      service::AuditOf(call, "fleet.pause-removals", kSubject, store::kAuditOk,
                       service::AuditDetails().Set("reason", request.reason()));
  OTRP_ASSIGN_OR_RETURN(
      const bool changed,
      env.brakes.Pause(env.clock.Now(), audit.actor, request.reason(),
                       /*unless_released=*/false, audit));
  call.Changed(changed);
  return Fill(env, response.mutable_brake());
}

absl::Status ReleaseRemovals(const rpc::CallContext& call, Env& env,
                             const v1::ReleaseRemovalsRequest& request,
                             v1::ReleaseRemovalsResponse& response) {
  OTRP_RETURN_IF_ERROR(
      CheckSize("reason", request.reason(), 1, kMaxBrakeReasonBytes));
  const int minutes =
      request.minutes() == 0 ? kUsualReleaseMinutes : request.minutes();
  if (minutes < 1 || minutes > kMaxReleaseMinutes) {
    return errors::BadMinutes(kMaxReleaseMinutes);
  }
  const store::AuditEvent audit = service::AuditOf(
      call, "fleet.release-removals", kSubject, store::kAuditOk,
      service::AuditDetails()
          .Set("reason", request.reason())
          .Set("minutes", static_cast<int64_t>(minutes)));
  OTRP_RETURN_IF_ERROR(env.brakes.Release(
      env.clock.Now() + absl::Minutes(minutes), audit.actor, audit));
  return Fill(env, response.mutable_brake());
}

}  // namespace handlers
}  // namespace tsm
}  // namespace otrp

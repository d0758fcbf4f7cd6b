// What devices' next sessions would do, and the brake on removals.

#include <cstdint>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/find_device.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "otrp/tsm/v1/fleet.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::tsm::v1;

json::Value ReasonsValue(const v1::PlanStep& step) {
  json::Value reasons = json::Value::Array();
  for (const v1::PlanReason& reason : step.reasons()) {
    json::Value item = json::Value::Object();
    item.Set("goal", json::Value::String(reason.goal()));
    item.Set("rule", json::Value::String(reason.rule()));
    item.Set("text", json::Value::String(reason.text()));
    item.Set("actor", json::Value::String(reason.actor()));
    item.Set("at", Time(reason.at(), reason.has_at()));
    reasons.Append(std::move(item));
  }
  return reasons;
}

// "unassigned bank/wallet all, by otrp://..": for one cell of a table.
std::string WhyOf(const v1::PlanStep& step) {
  std::string why;
  for (const v1::PlanReason& reason : step.reasons()) {
    absl::StrAppend(&why, why.empty() ? "" : "; ", reason.rule(), ": ",
                    reason.text());
    if (!reason.actor().empty()) absl::StrAppend(&why, ", by ", reason.actor());
  }
  return why;
}

absl::StatusOr<Result> ShowPlan(const cli::Args& args,
                                Connections& connections) {
  v1::GetDevicePlanRequest request;
  OTRP_ASSIGN_OR_RETURN(*request.mutable_did(),
                        FindDid(args.Get("device"), connections));
  OTRP_ASSIGN_OR_RETURN(
      const v1::GetDevicePlanResponse response,
      connections.Call<v1::Fleet>(Service::kTsm,
                                  &v1::Fleet::Stub::GetDevicePlan, request));
  json::Value steps = json::Value::Array();
  for (const v1::PlanStep& step : response.steps()) {
    json::Value item = json::Value::Object();
    item.Set("message", json::Value::String(step.message()));
    item.Set("action", json::Value::String(step.action()));
    item.Set("state", json::Value::String(step.state()));
    item.Set("why", json::Value::String(WhyOf(step)));
    item.Set("reasons", ReasonsValue(step));
    steps.Append(std::move(item));
  }
  Result result;
  json::Value kept = json::Value::Array();
  for (const v1::KeptContent& content : response.kept()) {
    json::Value item = json::Value::Object();
    item.Set("sdname", json::Value::String(content.sdname()));
    item.Set("spid", json::Value::String(content.spid()));
    item.Set("taid", json::Value::String(content.taid()));
    item.Set("version", json::Value::String(content.version()));
    item.Set("kind", json::Value::String(content.kind()));
    item.Set("text", json::Value::String(content.text()));
    kept.Append(std::move(item));
    result.notes.push_back(absl::StrCat(
        "stays: ", content.sdname(), content.taid().empty() ? "" : "/",
        content.taid(), " (", content.kind(), "): ", content.text()));
  }
  if (response.removals_paused()) {
    result.notes.push_back("removals are paused: otrpctl brake show");
  }
  result.value.Set("steps", std::move(steps));
  result.value.Set("kept", std::move(kept));
  result.value.Set("removals_paused",
                   json::Value::Bool(response.removals_paused()));
  result.value.Set("catalogue_version",
                   json::Value::Integer(response.catalogue_version()));
  result.list = "steps";
  result.columns = {{"STATE", "state"},
                    {"MESSAGE", "message"},
                    {"ACTION", "action"},
                    {"WHY", "why"}};
  result.name = {"action"};
  return result;
}

Result BrakeResult(const v1::RemovalBrake& brake) {
  Result result;
  json::Value& value = result.value;
  value.Set("state",
            json::Value::String(brake.paused() ? "paused" : "released"));
  value.Set("devices_last_hour",
            json::Value::Integer(brake.devices_last_hour()));
  value.Set("limit", json::Value::Integer(brake.limit()));
  value.Set("percent", json::Value::Integer(brake.percent()));
  value.Set("min_devices", json::Value::Integer(brake.min_devices()));
  value.Set("paused_by", json::Value::String(brake.paused_by()));
  value.Set("paused_at", Time(brake.paused_at(), brake.has_paused_at()));
  value.Set("reason", json::Value::String(brake.reason()));
  value.Set("released_by", json::Value::String(brake.released_by()));
  value.Set("released_until",
            Time(brake.released_until(), brake.has_released_until()));
  return result;
}

absl::StatusOr<Result> BrakeShow(const cli::Args&, Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const v1::GetRemovalBrakeResponse response,
                        connections.Call<v1::Fleet>(
                            Service::kTsm, &v1::Fleet::Stub::GetRemovalBrake,
                            v1::GetRemovalBrakeRequest()));
  return BrakeResult(response.brake());
}

absl::StatusOr<int64_t> NumberOf(const cli::Args& args, const char* flag,
                                 int64_t max) {
  int64_t number = 0;
  if (absl::SimpleAtoi(args.Get(flag), &number) && number >= 1 &&
      number <= max) {
    return number;
  }
  return cli::UsageError(
      absl::StrCat("--", flag, ": must be a number of 1 to ", max));
}

absl::StatusOr<Result> BrakeSet(const cli::Args& args,
                                Connections& connections) {
  v1::SetRemovalBrakeRequest request;
  OTRP_ASSIGN_OR_RETURN(const int64_t percent, NumberOf(args, "percent", 100));
  OTRP_ASSIGN_OR_RETURN(const int64_t devices,
                        NumberOf(args, "min-devices", 1000000));
  request.set_percent(static_cast<int32_t>(percent));
  request.set_min_devices(devices);
  OTRP_ASSIGN_OR_RETURN(
      const v1::SetRemovalBrakeResponse response,
      connections.Call<v1::Fleet>(Service::kTsm,
                                  &v1::Fleet::Stub::SetRemovalBrake, request));
  return BrakeResult(response.brake());
}

absl::StatusOr<Result> BrakePause(const cli::Args& args,
                                  Connections& connections) {
  v1::PauseRemovalsRequest request;
  request.set_reason(args.Get("reason"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::PauseRemovalsResponse response,
      connections.Call<v1::Fleet>(Service::kTsm,
                                  &v1::Fleet::Stub::PauseRemovals, request));
  return BrakeResult(response.brake());
}

absl::StatusOr<Result> BrakeRelease(const cli::Args& args,
                                    Connections& connections) {
  v1::ReleaseRemovalsRequest request;
  request.set_reason(args.Get("reason"));
  if (args.Has("minutes")) {
    OTRP_ASSIGN_OR_RETURN(const int64_t minutes,
                          NumberOf(args, "minutes", 7 * 24 * 60));
    request.set_minutes(static_cast<int32_t>(minutes));
  }
  OTRP_ASSIGN_OR_RETURN(
      const v1::ReleaseRemovalsResponse response,
      connections.Call<v1::Fleet>(Service::kTsm,
                                  &v1::Fleet::Stub::ReleaseRemovals, request));
  return BrakeResult(response.brake());
}

}  // namespace

std::vector<Command> FleetCommands() {
  const cli::Flag reason = {"reason", "TEXT", true, "for the audit log",
                            "reason"};
  return {
      {{"plan",
        "",
        {},
        {{"device", "DID", true, "its id, or the first digits of it", "did"}},
        "Says what a device's next session would do, and why."},
       ShowPlan},
      {{"brake",
        "show",
        {},
        {},
        "Shows whether removals are paused, and how many devices lose "
        "something."},
       BrakeShow},
      {{"brake",
        "set",
        {},
        {{"percent", "N", true,
          "of the accepted devices may lose something within an hour",
          "percent"},
         {"min-devices", "N", true, "so many may in any case", "min_devices"}},
        "Sets when removals pause."},
       BrakeSet},
      {{"brake",
        "pause",
        {},
        {reason},
        "Pauses removals: devices keep what they have."},
       BrakePause},
      Asking({{"brake",
               "release",
               {},
               {reason,
                {"minutes", "N", false,
                 "so long nothing is counted, 60 without it", "minutes"}},
               "Lets removals go on."},
              BrakeRelease}),
  };
}

}  // namespace otrp::ctl

#include <utility>

#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "otrp/portal/v1/rollouts.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::portal::v1;

json::Value Value(const v1::Rollout& rollout) {
  json::Value value = json::Value::Object();
  value.Set("spid", json::Value::String(rollout.spid()));
  value.Set("taid", json::Value::String(rollout.taid()));
  value.Set("version", json::Value::String(rollout.version()));
  value.Set("devices", json::Value::Integer(rollout.devices()));
  value.Set("failures", json::Value::Integer(rollout.failures()));
  value.Set("changed_at", Time(rollout.changed_at(), rollout.has_changed_at()));
  return value;
}

absl::StatusOr<Result> RolloutList(const cli::Args& args,
                                   Connections& connections) {
  v1::ListRolloutsRequest request;
  request.set_spid(args.Get("spid"));
  request.set_taid(args.Get("taid"));
  ListShape shape;
  shape.list = "rollouts";
  shape.columns = {{"SPID", "spid"},       {"TAID", "taid"},
                   {"VERSION", "version"}, {"DEVICES", "devices"},
                   {"FAILED", "failures"}, {"CHANGED", "changed_at"}};
  shape.name = {"spid", "taid", "version"};
  shape.time = "changed_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::Rollouts>(
      connections, Service::kPortal, &v1::Rollouts::Stub::ListRollouts, request,
      [](const v1::ListRolloutsResponse& response) -> const auto& {
        return response.rollouts();
      },
      [](const v1::Rollout& rollout) { return Value(rollout); }, &selection));
  return selection.ToResult();
}

}  // namespace

std::vector<Command> RolloutCommands() {
  return {
      {{"rollout",
        "list",
        {},
        With({{"spid", "S", false, "only this service provider's", "spid"},
              {"taid", "T", false, "only of this trusted application", "taid"}},
             SelectionFlags("changed")),
        "Lists how many devices have which version."},
       RolloutList},
  };
}

}  // namespace otrp::ctl

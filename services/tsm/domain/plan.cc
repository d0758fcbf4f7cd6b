#include "services/tsm/domain/plan.h"

#include "services/tsm/domain/lower_otrp.h"
#include "services/tsm/domain/refused_sps.h"
#include "services/tsm/domain/retry.h"

namespace otrp {
namespace tsm {

bool IsRemoval(const PlannedRequest& request) {
  return request.kind == protocol::MessageKind::kDeleteTa ||
         request.kind == protocol::MessageKind::kDeleteSd;
}

PlanResult Plan(const Goals& goals, const std::vector<SecurityDomain>& domains,
                absl::FunctionRef<bool(absl::string_view action)> blocked,
                const PlanOptions& options) {
  return LowerToOtrp(Compare(goals, domains).changes, domains, blocked,
                     options);
}

PlanResult Plan(const DeviceContext& device, absl::Time now,
                const PlanOptions& options) {
  return Plan(
      device.goals, device.domains,
      [&](absl::string_view action) {
        return Blocked(device.tasks, action, now) ||
               IsRefusedBySp(device.device, action);
      },
      options);
}

}  // namespace tsm
}  // namespace otrp

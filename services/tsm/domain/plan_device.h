// From a device's rows to the planner's values (libs/protocol/plan.h), and
// from a planned request to what the session remembers of it.
//
// Pure functions over values.

#ifndef OTRP_SERVICES_TSM_DOMAIN_PLAN_DEVICE_H_
#define OTRP_SERVICES_TSM_DOMAIN_PLAN_DEVICE_H_

#include <vector>

#include "absl/time/time.h"
#include "libs/protocol/dsi.h"
#include "libs/protocol/plan.h"
#include "services/tsm/domain/model.h"
#include "services/tsm/domain/reconcile.h"
#include "services/tsm/domain/session_memory.h"

namespace otrp {
namespace tsm {

// What comes next for this device at `now`; failed actions that wait or were
// given up are stepped over.
protocol::PlanResult PlanDevice(const DeviceContext& context, absl::Time now);

std::vector<ReportedDomain> DomainsOf(const protocol::Dsi& dsi);

Outstanding OutstandingOf(const protocol::PlannedRequest& request);

// The effect of an outstanding request that the TEE answered with "pass".
void ApplyEffect(const Outstanding& outstanding,
                 std::vector<SecurityDomain>* domains);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_PLAN_DEVICE_H_

// otrp.tsm.v1.Outcomes: what the portal tells service providers.

#ifndef OTRP_SERVICES_TSM_HANDLERS_OUTCOMES_H_
#define OTRP_SERVICES_TSM_HANDLERS_OUTCOMES_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/tsm/v1/outcomes.pb.h"
#include "services/tsm/env.h"

namespace otrp {
namespace tsm {
namespace handlers {

absl::Status TakeOutcomes(const rpc::CallContext& call, Env& env,
                          const v1::TakeOutcomesRequest& request,
                          v1::TakeOutcomesResponse& response);

}  // namespace handlers
}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_HANDLERS_OUTCOMES_H_

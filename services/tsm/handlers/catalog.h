// otrp.tsm.v1.Catalog: the wishes of service providers.

#ifndef OTRP_SERVICES_TSM_HANDLERS_CATALOG_H_
#define OTRP_SERVICES_TSM_HANDLERS_CATALOG_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "services/tsm/env.h"

namespace otrp {
namespace tsm {
namespace handlers {

absl::Status Apply(const rpc::CallContext& call, Env& env,
                   const v1::ApplyRequest& request,
                   v1::ApplyResponse& response);
absl::Status GetPullLog(const rpc::CallContext& call, Env& env,
                        const v1::GetPullLogRequest& request,
                        v1::GetPullLogResponse& response);

}  // namespace handlers
}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_HANDLERS_CATALOG_H_

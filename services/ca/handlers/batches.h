// otrp.ca.v1.Batches.

#ifndef OTRP_SERVICES_CA_HANDLERS_BATCHES_H_
#define OTRP_SERVICES_CA_HANDLERS_BATCHES_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/ca/v1/batch.pb.h"
#include "services/ca/env.h"

namespace otrp {
namespace ca {
namespace handlers {

absl::Status IssueBatch(const rpc::CallContext& call, Env& env,
                        const v1::IssueBatchRequest& request,
                        v1::IssueBatchResponse& response);

}  // namespace handlers
}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_HANDLERS_BATCHES_H_

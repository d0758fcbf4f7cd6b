// otrp.ca.v1.TsmIds.

#ifndef OTRP_SERVICES_CA_HANDLERS_TSM_IDS_H_
#define OTRP_SERVICES_CA_HANDLERS_TSM_IDS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/ca/v1/tsm_ids.pb.h"
#include "services/ca/env.h"

namespace otrp {
namespace ca {
namespace handlers {

absl::Status AddTsmId(const rpc::CallContext& call, Env& env,
                      const v1::AddTsmIdRequest& request,
                      v1::AddTsmIdResponse& response);
absl::Status TransferTsmId(const rpc::CallContext& call, Env& env,
                           const v1::TransferTsmIdRequest& request,
                           v1::TransferTsmIdResponse& response);
absl::Status ReleaseTsmId(const rpc::CallContext& call, Env& env,
                          const v1::ReleaseTsmIdRequest& request,
                          v1::ReleaseTsmIdResponse& response);
absl::Status ListTsmIds(const rpc::CallContext& call, Env& env,
                        const v1::ListTsmIdsRequest& request,
                        v1::ListTsmIdsResponse& response);

}  // namespace handlers
}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_HANDLERS_TSM_IDS_H_

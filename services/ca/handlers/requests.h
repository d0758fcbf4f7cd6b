// otrp.ca.v1.IssuanceRequests.

#ifndef OTRP_SERVICES_CA_HANDLERS_REQUESTS_H_
#define OTRP_SERVICES_CA_HANDLERS_REQUESTS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/ca/v1/issuance.pb.h"
#include "services/ca/env.h"

namespace otrp {
namespace ca {
namespace handlers {

absl::Status RequestIssuance(const rpc::CallContext& call, Env& env,
                             const v1::RequestIssuanceRequest& request,
                             v1::RequestIssuanceResponse& response);
absl::Status ApproveIssuance(const rpc::CallContext& call, Env& env,
                             const v1::ApproveIssuanceRequest& request,
                             v1::ApproveIssuanceResponse& response);
absl::Status RejectIssuance(const rpc::CallContext& call, Env& env,
                            const v1::RejectIssuanceRequest& request,
                            v1::RejectIssuanceResponse& response);
absl::Status GetIssuanceRequest(const rpc::CallContext& call, Env& env,
                                const v1::GetIssuanceRequestRequest& request,
                                v1::GetIssuanceRequestResponse& response);
absl::Status ListIssuanceRequests(
    const rpc::CallContext& call, Env& env,
    const v1::ListIssuanceRequestsRequest& request,
    v1::ListIssuanceRequestsResponse& response);

}  // namespace handlers
}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_HANDLERS_REQUESTS_H_

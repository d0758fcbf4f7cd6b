// otrp.ca.v1.AuthorityDirectory and otrp.ca.v1.RevocationStatus.

#ifndef OTRP_SERVICES_CA_HANDLERS_DIRECTORY_H_
#define OTRP_SERVICES_CA_HANDLERS_DIRECTORY_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/ca/v1/ca.pb.h"
#include "services/ca/env.h"

namespace otrp {
namespace ca {
namespace handlers {

absl::Status ListAuthorities(const rpc::CallContext& call, Env& env,
                             const v1::ListAuthoritiesRequest& request,
                             v1::ListAuthoritiesResponse& response);
absl::Status GetCrl(const rpc::CallContext& call, Env& env,
                    const v1::GetCrlRequest& request,
                    v1::GetCrlResponse& response);
absl::Status GetOcspResponse(const rpc::CallContext& call, Env& env,
                             const v1::GetOcspResponseRequest& request,
                             v1::GetOcspResponseResponse& response);

}  // namespace handlers
}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_HANDLERS_DIRECTORY_H_

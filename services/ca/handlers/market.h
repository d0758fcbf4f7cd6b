// AuthorityMarket: authorities that compete, and who may have certificates of
// which.

#ifndef OTRP_SERVICES_CA_HANDLERS_MARKET_H_
#define OTRP_SERVICES_CA_HANDLERS_MARKET_H_

#include <string>

#include "absl/status/status.h"
#include "libs/pki/profile.h"
#include "libs/rpc/run.h"
#include "otrp/ca/v1/market.pb.h"
#include "services/ca/env.h"

namespace otrp {
namespace ca {
namespace handlers {

absl::Status CreateAuthority(const rpc::CallContext& call, Env& env,
                             const v1::CreateAuthorityRequest& request,
                             v1::CreateAuthorityResponse& response);
absl::Status SetAuthorityPolicies(
    const rpc::CallContext& call, Env& env,
    const v1::SetAuthorityPoliciesRequest& request,
    v1::SetAuthorityPoliciesResponse& response);

// Whether `caller` may have certificates of the profile by that authority, or
// by the role's default where it is empty: who owns one may have what it
// issues, and nothing else.
absl::Status CheckMayHaveOf(const Env& env, const rpc::Identity& caller,
                            const pki::Profile& profile,
                            const std::string& authority);

}  // namespace handlers
}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_HANDLERS_MARKET_H_

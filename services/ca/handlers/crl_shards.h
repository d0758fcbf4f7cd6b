// otrp.ca.v1.CrlShards.

#ifndef OTRP_SERVICES_CA_HANDLERS_CRL_SHARDS_H_
#define OTRP_SERVICES_CA_HANDLERS_CRL_SHARDS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/ca/v1/crl_shards.pb.h"
#include "services/ca/env.h"

namespace otrp {
namespace ca {
namespace handlers {

absl::Status SetCrlShards(const rpc::CallContext& call, Env& env,
                          const v1::SetCrlShardsRequest& request,
                          v1::SetCrlShardsResponse& response);
absl::Status GetCrlShards(const rpc::CallContext& call, Env& env,
                          const v1::GetCrlShardsRequest& request,
                          v1::GetCrlShardsResponse& response);

}  // namespace handlers
}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_HANDLERS_CRL_SHARDS_H_

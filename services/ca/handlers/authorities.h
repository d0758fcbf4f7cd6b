// otrp.ca.v1.Authorities.

#ifndef OTRP_SERVICES_CA_HANDLERS_AUTHORITIES_H_
#define OTRP_SERVICES_CA_HANDLERS_AUTHORITIES_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/ca/v1/authorities.pb.h"
#include "services/ca/env.h"

namespace otrp {
namespace ca {
namespace handlers {

absl::Status ListGenerations(const rpc::CallContext& call, Env& env,
                             const v1::ListGenerationsRequest& request,
                             v1::ListGenerationsResponse& response);
absl::Status GetGeneration(const rpc::CallContext& call, Env& env,
                           const v1::GetGenerationRequest& request,
                           v1::GetGenerationResponse& response);
absl::Status PrepareGeneration(const rpc::CallContext& call, Env& env,
                               const v1::PrepareGenerationRequest& request,
                               v1::PrepareGenerationResponse& response);
absl::Status ActivateGeneration(const rpc::CallContext& call, Env& env,
                                const v1::ActivateGenerationRequest& request,
                                v1::ActivateGenerationResponse& response);
absl::Status RetireGeneration(const rpc::CallContext& call, Env& env,
                              const v1::RetireGenerationRequest& request,
                              v1::RetireGenerationResponse& response);
absl::Status RevokeGeneration(const rpc::CallContext& call, Env& env,
                              const v1::RevokeGenerationRequest& request,
                              v1::RevokeGenerationResponse& response);
absl::Status CrossSignGeneration(const rpc::CallContext& call, Env& env,
                                 const v1::CrossSignGenerationRequest& request,
                                 v1::CrossSignGenerationResponse& response);

absl::Status RequestGeneration(const rpc::CallContext& call, Env& env,
                               const v1::RequestGenerationRequest& request,
                               v1::RequestGenerationResponse& response);
absl::Status ImportGeneration(const rpc::CallContext& call, Env& env,
                              const v1::ImportGenerationRequest& request,
                              v1::ImportGenerationResponse& response);

}  // namespace handlers
}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_HANDLERS_AUTHORITIES_H_

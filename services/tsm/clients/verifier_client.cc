#include "services/tsm/clients/verifier_client.h"

#include "libs/rpc/channel.h"
#include "services/tsm/limits.h"

namespace otrp {
namespace tsm {

absl::StatusOr<verifier::v1::AppraiseResponse> GrpcVerifierClient::Appraise(
    const verifier::v1::AppraiseRequest& request,
    const rpc::CallContext& call) {
  rpc::CallOptions options;
  options.timeout = kAppraiseTimeout;
  options.traceparent = call.traceparent();
  options.deadline = call.deadline();
  return rpc::Call<verifier::v1::AppraiseResponse>(
      *stub_, &verifier::v1::Appraiser::Stub::Appraise, request, options);
}

}  // namespace tsm
}  // namespace otrp

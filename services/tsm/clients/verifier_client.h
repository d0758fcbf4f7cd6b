// The attestation verifier as the TSM sees it.
//
// Thread-safety: implementations are thread-safe.
// Errors: UNAVAILABLE and DEADLINE_EXCEEDED where it can't be reached; evidence
// that is not believed is an answer, not an error.

#ifndef OTRP_SERVICES_TSM_CLIENTS_VERIFIER_CLIENT_H_
#define OTRP_SERVICES_TSM_CLIENTS_VERIFIER_CLIENT_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "grpcpp/channel.h"
#include "libs/rpc/run.h"
#include "otrp/verifier/v1/verifier.grpc.pb.h"

namespace otrp {
namespace tsm {

class VerifierClient {
 public:
  virtual ~VerifierClient() = default;

  // For `call`, whose deadline holds; bounded in time whatever that is.
  virtual absl::StatusOr<verifier::v1::AppraiseResponse> Appraise(
      const verifier::v1::AppraiseRequest& request,
      const rpc::CallContext& call) = 0;
};

class GrpcVerifierClient : public VerifierClient {
 public:
  explicit GrpcVerifierClient(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(verifier::v1::Appraiser::NewStub(channel)) {}

  absl::StatusOr<verifier::v1::AppraiseResponse> Appraise(
      const verifier::v1::AppraiseRequest& request,
      const rpc::CallContext& call) override;

 private:
  std::unique_ptr<verifier::v1::Appraiser::Stub> stub_;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_CLIENTS_VERIFIER_CLIENT_H_

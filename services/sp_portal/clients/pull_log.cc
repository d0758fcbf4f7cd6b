#include "services/sp_portal/clients/pull_log.h"

#include <utility>

#include "libs/rpc/channel.h"
#include "otrp/tsm/v1/tsm.grpc.pb.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace {

namespace pb = ::otrp::tsm::v1;

class GrpcPullLog : public PullLog {
 public:
  explicit GrpcPullLog(std::shared_ptr<grpc::Channel> channel)
      : stub_(pb::Catalog::NewStub(std::move(channel))) {}

  absl::StatusOr<pb::GetPullLogResponse> Get(
      const pb::GetPullLogRequest& request,
      const rpc::CallContext& call) override {
    return rpc::Call<pb::GetPullLogResponse>(
        *stub_, &pb::Catalog::Stub::GetPullLog, request,
        {kPullLogTimeout, call.traceparent(), /*wait_for_ready=*/false,
         call.deadline()});
  }

 private:
  const std::unique_ptr<pb::Catalog::Stub> stub_;
};

}  // namespace

std::unique_ptr<PullLog> NewGrpcPullLog(
    std::shared_ptr<grpc::Channel> tsm_channel) {
  return std::make_unique<GrpcPullLog>(std::move(tsm_channel));
}

}  // namespace portal
}  // namespace otrp

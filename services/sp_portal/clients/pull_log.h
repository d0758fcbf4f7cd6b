// What came of the TSM's requests to pull endpoints
// (otrp.tsm.v1.Catalog.GetPullLog).
//
// Thread-safety: implementations are thread-safe.
// Errors: those of the call: UNAVAILABLE, DEADLINE_EXCEEDED.

#ifndef OTRP_SERVICES_SP_PORTAL_CLIENTS_PULL_LOG_H_
#define OTRP_SERVICES_SP_PORTAL_CLIENTS_PULL_LOG_H_

#include <memory>

#include "absl/status/statusor.h"
#include "grpcpp/channel.h"
#include "libs/rpc/run.h"
#include "otrp/tsm/v1/tsm.pb.h"

namespace otrp {
namespace portal {

class PullLog {
 public:
  virtual ~PullLog() = default;

  virtual absl::StatusOr<tsm::v1::GetPullLogResponse> Get(
      const tsm::v1::GetPullLogRequest& request,
      const rpc::CallContext& call) = 0;
};

std::unique_ptr<PullLog> NewGrpcPullLog(
    std::shared_ptr<grpc::Channel> tsm_channel);

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_CLIENTS_PULL_LOG_H_

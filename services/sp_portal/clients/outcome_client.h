// What became of applications on devices, taken from the TSM
// (otrp.tsm.v1.Outcomes).
//
// Thread-safety: belongs to one thread.

#ifndef OTRP_SERVICES_SP_PORTAL_CLIENTS_OUTCOME_CLIENT_H_
#define OTRP_SERVICES_SP_PORTAL_CLIENTS_OUTCOME_CLIENT_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "otrp/tsm/v1/outcomes.grpc.pb.h"
#include "services/sp_portal/storage/rollout_store.h"

namespace otrp {
namespace portal {

class OutcomeClient {
 public:
  // `store` must outlive it.
  OutcomeClient(std::shared_ptr<grpc::Channel> tsm_channel,
                RolloutStore& store);

  // Takes and applies what is there, up to kOutcomeBatchesPerRound batches.
  // The TSM gives one again until it is told that it was kept; a batch that
  // comes again changes nothing. Errors: the TSM's, and those of the store.
  absl::Status TakeAll(absl::Time now);

 private:
  const std::unique_ptr<tsm::v1::Outcomes::Stub> stub_;
  RolloutStore& store_;
  // The batch that was kept, of which the TSM hasn't heard yet.
  std::string kept_;
};

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_CLIENTS_OUTCOME_CLIENT_H_

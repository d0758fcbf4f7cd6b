// Takes the verifier's withdrawals in the background, and stops serving those
// devices: at their next evidence they are appraised anew.
//
// Thread-safety: belongs to one task. Errors: the verifier's and the store's.

#ifndef OTRP_SERVICES_TSM_CLIENTS_WITHDRAWALS_H_
#define OTRP_SERVICES_TSM_CLIENTS_WITHDRAWALS_H_

#include <memory>

#include "absl/status/status.h"
#include "grpcpp/channel.h"
#include "otrp/verifier/v1/reference_values.grpc.pb.h"
#include "services/tsm/storage/withdrawal_store.h"

namespace otrp {
namespace tsm {

class WithdrawalPull {
 public:
  // `store` must outlive it.
  WithdrawalPull(const std::shared_ptr<grpc::Channel>& verifier,
                 WithdrawalStore& store)
      : stub_(verifier::v1::Withdrawals::NewStub(verifier)), store_(store) {}

  // Until there are no more.
  absl::Status Run();

 private:
  std::unique_ptr<verifier::v1::Withdrawals::Stub> stub_;
  WithdrawalStore& store_;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_CLIENTS_WITHDRAWALS_H_

#include "services/tsm/clients/withdrawals.h"

#include <string>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/time.h"
#include "libs/telemetry/log.h"

namespace otrp {
namespace tsm {

absl::Status WithdrawalPull::Run() {
  for (;;) {
    verifier::v1::TakeWithdrawalsRequest request;
    OTRP_ASSIGN_OR_RETURN(const int64_t applied, store_.Applied());
    request.set_after_id(applied);
    OTRP_ASSIGN_OR_RETURN(
        const verifier::v1::TakeWithdrawalsResponse response,
        rpc::Call<verifier::v1::TakeWithdrawalsResponse>(
            *stub_, &verifier::v1::Withdrawals::Stub::TakeWithdrawals,
            request));
    std::vector<DeviceWithdrawal> batch;
    for (const verifier::v1::Withdrawal& entry : response.withdrawals()) {
      batch.push_back({entry.id(), entry.did(), rpc::FromProto(entry.at()),
                       entry.code(), entry.detail()});
    }
    if (batch.empty()) return absl::OkStatus();
    OTRP_ASSIGN_OR_RETURN(const int64_t devices, store_.Apply(batch));
    if (devices > 0) {
      OTRP_LOG(
          WARNING, "devices are no longer served: withdrawn",
          {{"devices", std::to_string(devices)}, {"code", batch.front().code}});
    }
  }
}

}  // namespace tsm
}  // namespace otrp

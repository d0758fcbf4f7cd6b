#include "services/sp_portal/clients/outcome_client.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/rpc/channel.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace {

namespace pb = ::otrp::tsm::v1;

// False: of a kind that only a newer TSM knows.
bool FromProto(const pb::Outcome& outcome, DeviceOutcome* out) {
  switch (outcome.kind()) {
    case pb::OUTCOME_KIND_INSTALLED:
      out->kind = DeviceOutcome::Kind::kInstalled;
      break;
    case pb::OUTCOME_KIND_REMOVED:
      out->kind = DeviceOutcome::Kind::kRemoved;
      break;
    case pb::OUTCOME_KIND_FAILED:
      out->kind = DeviceOutcome::Kind::kFailed;
      break;
    case pb::OUTCOME_KIND_REFUSED:
      out->kind = DeviceOutcome::Kind::kRefused;
      break;
    default: return false;
  }
  out->did = outcome.did();
  out->spid = outcome.spid();
  out->taid = outcome.taid();
  out->version = outcome.version();
  out->action = outcome.action();
  out->code = outcome.code();
  out->detail = outcome.detail();
  out->given_up = outcome.given_up();
  return true;
}

}  // namespace

OutcomeClient::OutcomeClient(std::shared_ptr<grpc::Channel> tsm_channel,
                             RolloutStore& store)
    : stub_(pb::Outcomes::NewStub(std::move(tsm_channel))), store_(store) {}

absl::Status OutcomeClient::TakeAll(absl::Time now) {
  for (int i = 0; i < kOutcomeBatchesPerRound; ++i) {
    pb::TakeOutcomesRequest request;
    request.set_done_batch_id(kept_);
    rpc::CallOptions options;
    options.timeout = kTakeOutcomesTimeout;
    OTRP_ASSIGN_OR_RETURN(
        const pb::TakeOutcomesResponse response,
        rpc::Call<pb::TakeOutcomesResponse>(
            *stub_, &pb::Outcomes::Stub::TakeOutcomes, request, options));
    kept_.clear();
    if (response.batch_id().empty()) return absl::OkStatus();
    OutcomeBatch batch;
    batch.id = response.batch_id();
    for (const pb::Outcome& outcome : response.outcomes()) {
      DeviceOutcome read;
      if (FromProto(outcome, &read)) batch.outcomes.push_back(std::move(read));
    }
    OTRP_RETURN_IF_ERROR(store_.Apply(batch, now).status());
    kept_ = batch.id;
  }
  return absl::OkStatus();
}

}  // namespace portal
}  // namespace otrp

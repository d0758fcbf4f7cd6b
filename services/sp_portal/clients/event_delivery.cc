#include "services/sp_portal/clients/event_delivery.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/channel.h"
#include "libs/store/outbox.h"
#include "otrp/tsm/v1/tsm.grpc.pb.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/storage/portal_store.h"

namespace otrp {
namespace portal {
namespace {

namespace pb = ::otrp::tsm::v1;

// What we can't fill in is our own fault (a key that isn't the right one, say),
// and may be mended: it must not look like the TSM's refusal, which parks.
absl::Status OfOurs(const absl::Status& status) {
  if (store::OutboxFailureOf(status.code()) != store::OutboxFailure::kRefused) {
    return status;
  }
  return absl::InternalError(
      absl::StrCat("the portal can't fill it in: ", status.message()));
}

class GrpcEventDelivery : public EventDelivery {
 public:
  GrpcEventDelivery(store::Pool& pool, BlobStore& blobs,
                    std::shared_ptr<grpc::Channel> channel)
      : store_(pool),
        blobs_(blobs),
        stub_(pb::Catalog::NewStub(std::move(channel))),
        dispatcher_(store::OutboxDispatcher::Start(
            &pool, [this](const store::OutboxMessage& message) {
              return Deliver(message);
            })) {}

  bool WaitDelivered(int64_t id, absl::Duration timeout) override {
    return dispatcher_->WaitDelivered(id, timeout);
  }

 private:
  absl::Status Deliver(const store::OutboxMessage& message) {
    pb::ApplyRequest request;
    if (!request.ParseFromString(message.payload)) {
      return absl::DataLossError("an event in the outbox isn't readable");
    }
    if (request.has_version_released() && !request.version_released().pull()) {
      OTRP_RETURN_IF_ERROR(OfOurs(FillIn(*request.mutable_version_released())));
    }
    if (request.has_channel_version_released() &&
        !request.channel_version_released().pull()) {
      OTRP_RETURN_IF_ERROR(
          OfOurs(FillIn(*request.mutable_channel_version_released())));
    }
    if (request.has_personalization_changed()) {
      OTRP_RETURN_IF_ERROR(
          OfOurs(FillIn(*request.mutable_personalization_changed())));
    }
    return rpc::Call<pb::ApplyResponse>(*stub_, &pb::Catalog::Stub::Apply,
                                        request,
                                        {kDeliveryTimeout, message.traceparent,
                                         /*wait_for_ready=*/false})
        .status();
  }

  absl::Status FillIn(pb::VersionReleased& event) {
    OTRP_ASSIGN_OR_RETURN(
        Image image,
        blobs_.GetImage(event.spid(), event.taid(), event.version()));
    event.set_image(std::move(image.image));
    event.set_personalization_data(std::move(image.personalization_data));
    return absl::OkStatus();
  }

  // With what there is now: what was there before needn't get there.
  absl::Status FillIn(pb::PersonalizationChanged& event) {
    OTRP_ASSIGN_OR_RETURN(
        const absl::optional<Personalization> own,
        store_.FindPersonalization(event.spid(), event.taid(), event.did()));
    if (!own.has_value()) return absl::OkStatus();
    OTRP_ASSIGN_OR_RETURN(*event.mutable_data(),
                          blobs_.Read(own->blob_id, own->sha256));
    return absl::OkStatus();
  }

  PortalStore store_;
  BlobStore& blobs_;
  const std::unique_ptr<pb::Catalog::Stub> stub_;
  // Last: its thread uses the others.
  const std::unique_ptr<store::OutboxDispatcher> dispatcher_;
};

}  // namespace

std::unique_ptr<EventDelivery> StartGrpcEventDelivery(
    store::Pool& pool, BlobStore& blobs,
    std::shared_ptr<grpc::Channel> tsm_channel) {
  return std::make_unique<GrpcEventDelivery>(pool, blobs,
                                             std::move(tsm_channel));
}

}  // namespace portal
}  // namespace otrp

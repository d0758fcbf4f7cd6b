// Gets the portal's events to the TSM (otrp.tsm.v1.Catalog.Apply), through
// the outbox: in order, at least once; the TSM's inbox makes it once.
//
// An event of a release stands in the outbox without the image, which never
// changes and is filled in at delivery.
//
// Thread-safety: implementations are thread-safe.

#ifndef OTRP_SERVICES_SP_PORTAL_CLIENTS_EVENT_DELIVERY_H_
#define OTRP_SERVICES_SP_PORTAL_CLIENTS_EVENT_DELIVERY_H_

#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "libs/store/pool.h"
#include "services/sp_portal/storage/blob_store.h"

namespace otrp {
namespace portal {

class EventDelivery {
 public:
  virtual ~EventDelivery() = default;

  // True once message `id` is with the TSM; false when it isn't in time (it
  // will get there).
  virtual bool WaitDelivered(int64_t id, absl::Duration timeout) = 0;
};

// Starts a dispatcher thread; pool and blobs must outlive the delivery.
std::unique_ptr<EventDelivery> StartGrpcEventDelivery(
    store::Pool& pool, BlobStore& blobs,
    std::shared_ptr<grpc::Channel> tsm_channel);

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_CLIENTS_EVENT_DELIVERY_H_

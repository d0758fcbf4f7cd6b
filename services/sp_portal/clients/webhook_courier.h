// Delivers events to webhooks: takes what is due from the database, posts it,
// and writes down what came of it. Any number of threads and replicas share the
// work; to one webhook one of them delivers at a time.
//
// Thread-safety: thread-safe.

#ifndef OTRP_SERVICES_SP_PORTAL_CLIENTS_WEBHOOK_COURIER_H_
#define OTRP_SERVICES_SP_PORTAL_CLIENTS_WEBHOOK_COURIER_H_

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "services/sp_portal/domain/webhook.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/storage/webhook_store.h"

namespace otrp {
namespace portal {

class WebhookCourier {
 public:
  struct Options {
    // Also plain http, and hosts that aren't of the public Internet.
    bool any_host = false;
    // PEM roots for https; empty: the system's.
    std::string ca_file;
    // Of one delivery.
    absl::Duration timeout = kWebhookTimeout;
  };

  // All must outlive it.
  WebhookCourier(WebhookStore& store, const Clock& clock, Random& random,
                 Options options)
      : store_(store), clock_(clock), random_(random), options_(options) {}

  // What is due next, which is the caller's from then on; nothing: nothing is.
  absl::StatusOr<absl::optional<DueDelivery>> Take();
  // Posts it and writes down what came of it. Errors: those of the store.
  absl::Status Deliver(const DueDelivery& due);
  // Both; false: nothing was due.
  absl::StatusOr<bool> DeliverNext();

 private:
  DeliveryResult Post(const DueDelivery& due, absl::Time now) const;
  double Jitter();

  WebhookStore& store_;
  const Clock& clock_;
  Random& random_;
  const Options options_;
};

// Threads that deliver as long as it lives. Its end waits for the deliveries
// under way.
class WebhookCouriers {
 public:
  // `courier` must outlive it. Looks for what is due every `period`.
  WebhookCouriers(WebhookCourier& courier, int threads, absl::Duration period);
  ~WebhookCouriers();
  WebhookCouriers(const WebhookCouriers&) = delete;
  WebhookCouriers& operator=(const WebhookCouriers&) = delete;

 private:
  void Loop();
  // Waits until something is due; nothing: it is over.
  absl::optional<DueDelivery> Wait();

  WebhookCourier& courier_;
  const absl::Duration period_;
  // Held by the one who looks, so that idle threads don't ask the database.
  std::mutex turn_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_CLIENTS_WEBHOOK_COURIER_H_

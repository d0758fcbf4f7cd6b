// Webhooks, and what is delivered to them (otrp.portal.v1.Webhooks). Events
// come by webhook_events.h.
//
// Each mutation is one transaction with its audit event, or nothing where the
// state is as wanted already. Secrets stand sealed in the database.
//
// Thread-safety: thread-safe.
// Errors: the named ones of errors.h; those of libs/store/pool.h and, for the
// key-encryption key, of BlobStore.

#ifndef OTRP_SERVICES_SP_PORTAL_STORAGE_WEBHOOK_STORE_H_
#define OTRP_SERVICES_SP_PORTAL_STORAGE_WEBHOOK_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/base/secret.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"
#include "services/sp_portal/domain/webhook.h"
#include "services/sp_portal/storage/blob_store.h"

namespace otrp {
namespace portal {

class WebhookStore {
 public:
  // Both must outlive the store.
  WebhookStore(store::Pool& pool, BlobStore& blobs)
      : pool_(pool), blobs_(blobs) {}

  // --- Webhooks -------------------------------------------------------------
  // Of all: UUIDs in lower case; NOT_FOUND where the SP has no such webhook.

  // RESOURCE_EXHAUSTED beyond kMaxWebhooksPerSp.
  absl::Status Create(const Webhook& webhook, const SecretBytes& secret,
                      const store::AuditEvent& audit);
  absl::StatusOr<Webhook> Get(const std::string& spid, const std::string& id);
  // By id, those after `after`; all SPs' where only_spid is empty.
  absl::StatusOr<std::vector<Webhook>> List(const std::string& only_spid,
                                            const std::string& after,
                                            int limit);
  // What may be changed; what isn't given stays.
  struct Update {
    std::string url;
    std::vector<std::string> event_types;
    absl::optional<bool> enabled;
  };
  // True where something changed.
  absl::StatusOr<bool> Change(const std::string& spid, const std::string& id,
                              const Update& update,
                              const store::AuditEvent& audit);
  // The one in use signs beside the new one until `old_until`.
  absl::Status Rotate(const std::string& spid, const std::string& id,
                      const SecretBytes& secret, absl::Time now,
                      absl::Time old_until, const store::AuditEvent& audit);
  absl::Status Delete(const std::string& spid, const std::string& id,
                      const store::AuditEvent& audit);

  // --- Deliveries -----------------------------------------------------------
  struct Filter {
    // All where empty.
    std::string spid;
    std::string webhook_id;
    absl::optional<DeliveryState> state;
    // Those that come before it in time; then by ids.
    absl::Time before = absl::InfiniteFuture();
    std::string before_event;
    std::string before_webhook;
    int limit = 0;
  };
  // Newest first.
  absl::StatusOr<std::vector<WebhookDelivery>> ListDeliveries(
      const Filter& filter);
  // Makes it due at once. FAILED_PRECONDITION while the webhook is disabled.
  absl::Status Replay(const std::string& spid, const std::string& id,
                      const std::string& event_id, absl::Time now,
                      const store::AuditEvent& audit);
  // A test event for this webhook alone; the event's id. FAILED_PRECONDITION
  // while it is disabled.
  absl::StatusOr<std::string> SendTest(const std::string& spid,
                                       const std::string& id,
                                       const store::AuditEvent& audit);

  // The delivery that has been due longest, of a webhook to which nobody
  // delivers: for kWebhookLease the caller does.
  absl::StatusOr<absl::optional<DueDelivery>> Take(absl::Time now);
  // What came of it. Nothing is written where the caller's time was over.
  absl::Status Finish(const DueDelivery& due, const DeliveryResult& result);

  // --- Now and then ---------------------------------------------------------
  // Tells of up to `limit` certificates that expire soon: 30, 7 and 1 days
  // before, once each; how many it were.
  absl::StatusOr<int> TellOfExpiry(absl::Time now, int limit);

  struct Backlog {
    int64_t pending = 0;
    // Of the one that has been due longest; zero where none is.
    absl::Duration lateness;
  };
  absl::StatusOr<Backlog> GetBacklog(absl::Time now);

 private:
  absl::StatusOr<SecretBytes> OpenSecret(const std::string& id,
                                         const std::string& sealed) const;
  // False where they aren't what was sealed for this webhook.
  bool OpenSecrets(const std::string& secret,
                   const absl::optional<std::string>& old_secret,
                   DueDelivery* due) const;

  store::Pool& pool_;
  BlobStore& blobs_;
};

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_STORAGE_WEBHOOK_STORE_H_

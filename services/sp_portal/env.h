// The collaborators of the portal's handlers.

#ifndef OTRP_SERVICES_SP_PORTAL_ENV_H_
#define OTRP_SERVICES_SP_PORTAL_ENV_H_

#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/rpc/guard.h"
#include "services/sp_portal/clients/ca_client.h"
#include "services/sp_portal/clients/event_delivery.h"
#include "services/sp_portal/clients/issuer_fetcher.h"
#include "services/sp_portal/clients/pull_log.h"
#include "services/sp_portal/storage/access_store.h"
#include "services/sp_portal/storage/blob_store.h"
#include "services/sp_portal/storage/portal_store.h"
#include "services/sp_portal/storage/publisher_store.h"
#include "services/sp_portal/storage/rollout_store.h"
#include "services/sp_portal/storage/upload_store.h"
#include "services/sp_portal/storage/webhook_store.h"

namespace otrp {
namespace portal {

struct Env {
  const rpc::Guard& guard;
  PortalStore& store;
  BlobStore& blobs;
  UploadStore& uploads;
  CaClient& ca;
  EventDelivery& delivery;
  PullLog& pull_log;
  const Clock& clock;
  Random& random;
  AccessStore& access;
  // What no token may live beyond.
  absl::Duration max_token_life;
  PublisherStore& publishers;
  IssuerFetcher& issuers;
  // Issuers over plain http are taken.
  bool insecure_issuers = false;
  WebhookStore& webhooks;
  RolloutStore& rollouts;
  // Webhooks may have plain http, and hosts that aren't of the public Internet.
  bool any_webhook_host = false;
  // Whether a version must be approved before it is released.
  bool require_review = false;
  Quotas quotas = {};
};

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_ENV_H_

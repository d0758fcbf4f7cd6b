// What webhooks are told, in the transaction of what happened. For the files of
// this folder.
//
// Thread-safety: functions without state. Errors: as libs/store/pool.h.

#ifndef OTRP_SERVICES_SP_PORTAL_STORAGE_WEBHOOK_EVENTS_H_
#define OTRP_SERVICES_SP_PORTAL_STORAGE_WEBHOOK_EVENTS_H_

#include "absl/status/status.h"
#include "libs/store/pool.h"
#include "services/sp_portal/domain/webhook.h"

namespace otrp {
namespace portal {
namespace steps {

// For each of the SP's webhooks that is enabled and wants the event; nothing is
// written where there is none.
absl::Status TellWebhooks(store::Tx& tx, const WebhookEvent& event);

}  // namespace steps
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_STORAGE_WEBHOOK_EVENTS_H_

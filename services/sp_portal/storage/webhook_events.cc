#include "services/sp_portal/storage/webhook_events.h"

namespace otrp {
namespace portal {
namespace steps {
namespace {

// FOR SHARE: a webhook that somebody disables or deletes at this moment is
// waited for, so that nothing is left to one that has ended.
constexpr char kTell[] = R"sql(
    WITH wanted AS (
        SELECT id
        FROM webhook
        WHERE spid = $1 AND enabled AND event_types && ARRAY[$2, '*']
        FOR SHARE),
    event AS (
        INSERT INTO webhook_event (id, type, subject, data, at)
        SELECT gen_random_uuid(), $2, $3, $4, now()
        WHERE EXISTS (SELECT 1 FROM wanted)
        RETURNING id, at)
    INSERT INTO webhook_delivery (webhook_id, event_id, created_at,
                                  next_attempt_at)
    SELECT wanted.id, event.id, event.at, event.at
    FROM wanted CROSS JOIN event
    )sql";

}  // namespace

absl::Status TellWebhooks(store::Tx& tx, const WebhookEvent& event) {
  return tx.Exec(kTell, event.spid, event.type, event.subject, event.data)
      .status();
}

}  // namespace steps
}  // namespace portal
}  // namespace otrp

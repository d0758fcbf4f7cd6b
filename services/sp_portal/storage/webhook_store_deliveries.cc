// What is delivered to webhooks.

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/storage/disable_webhook.h"
#include "services/sp_portal/storage/webhook_events.h"
#include "services/sp_portal/storage/webhook_store.h"

namespace otrp {
namespace portal {
namespace {

using store::BytesOut;
using store::Row;
using store::Rows;
using store::Tx;

constexpr char kListAll[] = R"sql(
    SELECT webhook.spid, delivery.webhook_id::text, delivery.event_id::text,
           event.type, event.subject, delivery.state, delivery.attempts,
           delivery.last_status, delivery.last_error, delivery.created_at,
           delivery.last_attempt_at, delivery.next_attempt_at
    FROM webhook_delivery AS delivery
    JOIN webhook ON webhook.id = delivery.webhook_id
    JOIN webhook_event AS event ON event.id = delivery.event_id
    WHERE (delivery.created_at, delivery.event_id, delivery.webhook_id)
              < ($1::timestamptz, $2::uuid, $3::uuid)
    ORDER BY delivery.created_at DESC, delivery.event_id DESC,
             delivery.webhook_id DESC
    LIMIT $4
    )sql";

constexpr char kListState[] = R"sql(
    SELECT webhook.spid, delivery.webhook_id::text, delivery.event_id::text,
           event.type, event.subject, delivery.state, delivery.attempts,
           delivery.last_status, delivery.last_error, delivery.created_at,
           delivery.last_attempt_at, delivery.next_attempt_at
    FROM webhook_delivery AS delivery
    JOIN webhook ON webhook.id = delivery.webhook_id
    JOIN webhook_event AS event ON event.id = delivery.event_id
    WHERE (delivery.created_at, delivery.event_id, delivery.webhook_id)
              < ($1::timestamptz, $2::uuid, $3::uuid)
      AND delivery.state = $5
    ORDER BY delivery.created_at DESC, delivery.event_id DESC,
             delivery.webhook_id DESC
    LIMIT $4
    )sql";

// Of a few webhooks: the newest of each, and of these the newest.
constexpr char kListSome[] = R"sql(
    SELECT webhook.spid, webhook.id::text, delivery.event_id::text,
           event.type, event.subject, delivery.state, delivery.attempts,
           delivery.last_status, delivery.last_error, delivery.created_at,
           delivery.last_attempt_at, delivery.next_attempt_at
    FROM webhook
    CROSS JOIN LATERAL (
        SELECT *
        FROM webhook_delivery AS one
        WHERE one.webhook_id = webhook.id
          AND (one.created_at, one.event_id, one.webhook_id)
                  < ($1::timestamptz, $2::uuid, $3::uuid)
          AND ($4::text = '' OR one.state = $4)
        ORDER BY one.created_at DESC, one.event_id DESC
        LIMIT $5) AS delivery
    JOIN webhook_event AS event ON event.id = delivery.event_id
    WHERE webhook.id = ANY($6::uuid[])
    ORDER BY delivery.created_at DESC, delivery.event_id DESC,
             delivery.webhook_id DESC
    LIMIT $5
    )sql";

constexpr char kIdsOf[] = R"sql(
    SELECT id::text
    FROM webhook
    WHERE spid = $1 AND ($2::text = '' OR id::text = $2)
    )sql";

constexpr char kIsEnabled[] = R"sql(
    SELECT enabled FROM webhook WHERE id = $1::uuid AND spid = $2 FOR SHARE
    )sql";

constexpr char kReplay[] = R"sql(
    UPDATE webhook_delivery
    SET state = 'pending', attempts = 0, next_attempt_at = $3
    WHERE webhook_id = $1::uuid AND event_id = $2::uuid
    )sql";

constexpr char kTest[] = R"sql(
    WITH event AS (
        INSERT INTO webhook_event (id, type, subject, data, at)
        VALUES (gen_random_uuid(), $2, $3, $4, now())
        RETURNING id, at)
    INSERT INTO webhook_delivery (webhook_id, event_id, created_at,
                                  next_attempt_at)
    SELECT $1::uuid, id, at, at FROM event
    RETURNING event_id::text
    )sql";

// The webhooks that something waits for are found one after the other, each by
// one look at the index, however much waits for one of them. An SP has no more
// than $2 of them delivered to at a time.
constexpr char kNextFree[] = R"sql(
    WITH RECURSIVE head AS (
        (SELECT webhook_id, next_attempt_at
         FROM webhook_delivery
         WHERE state = 'pending'
         ORDER BY webhook_id, next_attempt_at
         LIMIT 1)
      UNION ALL
        SELECT later.webhook_id, later.next_attempt_at
        FROM head
        CROSS JOIN LATERAL (
            SELECT one.webhook_id, one.next_attempt_at
            FROM webhook_delivery AS one
            WHERE one.state = 'pending' AND one.webhook_id > head.webhook_id
            ORDER BY one.webhook_id, one.next_attempt_at
            LIMIT 1) AS later)
    SELECT webhook.id::text, webhook.spid, webhook.url, webhook.secret,
           CASE WHEN webhook.old_secret_until > $1 THEN webhook.old_secret END
    FROM head JOIN webhook ON webhook.id = head.webhook_id
    WHERE head.next_attempt_at <= $1 AND webhook.enabled
      AND (webhook.busy_until IS NULL OR webhook.busy_until <= $1)
      AND (SELECT count(*)
           FROM webhook AS other
           WHERE other.spid = webhook.spid AND other.busy_until > $1) < $2
    ORDER BY head.next_attempt_at
    LIMIT 1
    FOR NO KEY UPDATE OF webhook SKIP LOCKED
    )sql";

constexpr char kNextDue[] = R"sql(
    SELECT delivery.event_id::text, delivery.attempts, event.type,
           event.subject, event.data, event.at
    FROM webhook_delivery AS delivery
    JOIN webhook_event AS event ON event.id = delivery.event_id
    WHERE delivery.webhook_id = $1::uuid AND delivery.state = 'pending'
      AND delivery.next_attempt_at <= $2
    ORDER BY delivery.next_attempt_at, delivery.event_id
    LIMIT 1
    )sql";

constexpr char kKeepBusy[] = R"sql(
    UPDATE webhook SET busy_until = $2 WHERE id = $1::uuid
    )sql";

// Nothing where another one delivers to it by now, or it was deleted.
constexpr char kEndBusy[] = R"sql(
    UPDATE webhook
    SET busy_until = NULL,
        failing_since = CASE WHEN NOT $3::boolean
                             THEN coalesce(failing_since, $4) END
    WHERE id = $1::uuid AND busy_until = $2
    RETURNING enabled, failing_since
    )sql";

constexpr char kWriteDown[] = R"sql(
    UPDATE webhook_delivery
    SET state = $3, attempts = attempts + 1, last_status = $4,
        last_error = $5, last_attempt_at = $6, next_attempt_at = $7
    WHERE webhook_id = $1::uuid AND event_id = $2::uuid
      AND (state = 'pending' OR $3 = 'delivered')
    )sql";

constexpr char kExpiring[] = R"sql(
    UPDATE sp_certificate AS certificate
    SET expiry_notice = soon.days
    FROM (SELECT spid, fingerprint,
                 CASE WHEN not_after <= $1::timestamptz + interval '1 day'
                      THEN 1
                      WHEN not_after <= $1::timestamptz + interval '7 days'
                      THEN 7
                      ELSE 30 END AS days
          FROM sp_certificate
          WHERE is_current AND not_after > $1
            AND not_after <= $1::timestamptz + interval '30 days'
            AND (expiry_notice IS NULL
                 OR expiry_notice > 7
                    AND not_after <= $1::timestamptz + interval '7 days'
                 OR expiry_notice > 1
                    AND not_after <= $1::timestamptz + interval '1 day')
          ORDER BY not_after
          LIMIT $2
          FOR UPDATE SKIP LOCKED) AS soon
    WHERE certificate.spid = soon.spid
      AND certificate.fingerprint = soon.fingerprint
    RETURNING certificate.spid, certificate.serial, certificate.fingerprint,
              certificate.not_after, soon.days
    )sql";

constexpr char kBacklog[] = R"sql(
    SELECT count(*), min(next_attempt_at)
    FROM webhook_delivery
    WHERE state = 'pending'
    )sql";

// Behind all others.
constexpr char kLastUuid[] = "ffffffff-ffff-ffff-ffff-ffffffffffff";

constexpr char kSecretIsLost[] =
    "its secret can't be read any more: rotate it, and enable it again";

std::string WordOf(DeliveryState state) {
  switch (state) {
    case DeliveryState::kPending: return "pending";
    case DeliveryState::kDelivered: return "delivered";
    case DeliveryState::kDead: return "dead";
  }
  return "";
}

absl::StatusOr<DeliveryState> StateOf(const std::string& word) {
  for (const DeliveryState state :
       {DeliveryState::kPending, DeliveryState::kDelivered,
        DeliveryState::kDead}) {
    if (WordOf(state) == word) return state;
  }
  return absl::DataLossError("a delivery's state can't be read");
}

absl::StatusOr<WebhookDelivery> ReadDelivery(const Row& row) {
  WebhookDelivery d;
  std::string state;
  OTRP_RETURN_IF_ERROR(row.Scan(&d.spid, &d.webhook_id, &d.event_id,
                                &d.event_type, &d.subject, &state, &d.attempts,
                                &d.last_status, &d.last_error, &d.created_at,
                                &d.last_attempt_at, &d.next_attempt_at));
  OTRP_ASSIGN_OR_RETURN(d.state, StateOf(state));
  return d;
}

// Whoever disables or deletes it meanwhile comes after us.
absl::Status CheckEnabled(Tx& tx, const std::string& spid,
                          const std::string& id) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, tx.Exec(kIsEnabled, id, spid));
  if (rows.empty()) return errors::WebhookNotFound(id);
  bool enabled = false;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(&enabled));
  return enabled ? absl::OkStatus() : errors::WebhookDisabled();
}

// Why it is to be disabled; empty: it isn't.
std::string ReasonToDisable(const DueDelivery& due,
                            const DeliveryResult& result,
                            const absl::optional<absl::Time>& failing_since) {
  if (result.gone) return "the endpoint answered 410 Gone";
  // Not by the first attempt after a long silence.
  if (!failing_since.has_value() || due.attempts + 1 < kAttemptsToDisable ||
      result.at - *failing_since < kFailingToDisable) {
    return "";
  }
  return absl::StrCat("every delivery has failed since ",
                      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", *failing_since,
                                       absl::UTCTimeZone()));
}

// By nobody's call.
absl::Status DisableByItself(Tx& tx, const DueDelivery& due,
                             const std::string& reason) {
  OTRP_RETURN_IF_ERROR(steps::DisableWebhook(tx, due.webhook_id, reason));
  json::Value details = json::Value::Object();
  details.Set("reason", json::Value::String(reason));
  store::AuditEvent audit;
  audit.actor = "otrp://service/sp_portal";
  audit.action = "webhook.disable";
  audit.subject = absl::StrCat(due.event.spid, "/", due.webhook_id);
  audit.details_json = details.Serialize();
  return store::AppendAudit(tx, audit);
}

}  // namespace

absl::StatusOr<std::vector<WebhookDelivery>> WebhookStore::ListDeliveries(
    const Filter& filter) {
  const std::string state =
      filter.state.has_value() ? WordOf(*filter.state) : "";
  const std::string event =
      filter.before_event.empty() ? kLastUuid : filter.before_event;
  const std::string webhook =
      filter.before_webhook.empty() ? kLastUuid : filter.before_webhook;
  absl::StatusOr<Rows> rows;
  if (filter.spid.empty() && filter.webhook_id.empty()) {
    rows = state.empty() ? pool_.Query(kListAll, filter.before, event, webhook,
                                       filter.limit)
                         : pool_.Query(kListState, filter.before, event,
                                       webhook, filter.limit, state);
  } else {
    std::vector<std::string> ids = {filter.webhook_id};
    if (!filter.spid.empty()) {
      OTRP_ASSIGN_OR_RETURN(
          Rows of_sp, pool_.Query(kIdsOf, filter.spid, filter.webhook_id));
      ids.clear();
      for (Row row : of_sp) {
        OTRP_RETURN_IF_ERROR(row.Scan(&ids.emplace_back()));
      }
    }
    rows = pool_.Query(kListSome, filter.before, event, webhook, state,
                       filter.limit, store::TextArray(ids));
  }
  OTRP_RETURN_IF_ERROR(rows.status());
  std::vector<WebhookDelivery> deliveries;
  for (Row row : *rows) {
    OTRP_ASSIGN_OR_RETURN(WebhookDelivery delivery, ReadDelivery(row));
    deliveries.push_back(std::move(delivery));
  }
  return deliveries;
}

absl::Status WebhookStore::Replay(const std::string& spid,
                                  const std::string& id,
                                  const std::string& event_id, absl::Time now,
                                  const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(CheckEnabled(tx, spid, id));
    OTRP_ASSIGN_OR_RETURN(const int64_t replayed,
                          tx.ExecCount(kReplay, id, event_id, now));
    if (replayed == 0) return errors::DeliveryNotFound(event_id);
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<std::string> WebhookStore::SendTest(
    const std::string& spid, const std::string& id,
    const store::AuditEvent& audit) {
  const WebhookEvent event = WebhookTest(spid, id);
  std::string event_id;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(CheckEnabled(tx, spid, id));
    OTRP_ASSIGN_OR_RETURN(
        Row row, tx.Exec1(kTest, id, event.type, event.subject, event.data));
    OTRP_RETURN_IF_ERROR(row.Scan(&event_id));
    return store::AppendAudit(tx, audit);
  }));
  return event_id;
}

absl::StatusOr<absl::optional<DueDelivery>> WebhookStore::Take(absl::Time now) {
  OTRP_RETURN_IF_ERROR(blobs_.CheckKek());
  absl::optional<DueDelivery> taken;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    taken.reset();
    OTRP_ASSIGN_OR_RETURN(Rows free,
                          tx.Exec(kNextFree, now, kMaxBusyWebhooksPerSp));
    if (free.empty()) return absl::OkStatus();
    DueDelivery due;
    std::string secret;
    absl::optional<std::string> old_secret;
    OTRP_RETURN_IF_ERROR(free[0].Scan(&due.webhook_id, &due.event.spid,
                                      &due.url, BytesOut(&secret),
                                      BytesOut(&old_secret)));
    if (!OpenSecrets(secret, old_secret, &due)) {
      // It must not hold up all others.
      return DisableByItself(tx, due, kSecretIsLost);
    }
    // With the webhook ours: what was due before may be delivered by now.
    OTRP_ASSIGN_OR_RETURN(Rows next, tx.Exec(kNextDue, due.webhook_id, now));
    if (next.empty()) return absl::OkStatus();
    OTRP_RETURN_IF_ERROR(next[0].Scan(&due.event_id, &due.attempts,
                                      &due.event.type, &due.event.subject,
                                      &due.event.data, &due.at));
    // As the database keeps it, to be compared.
    due.busy_until =
        absl::FromUnixMicros(absl::ToUnixMicros(now + kWebhookLease));
    OTRP_RETURN_IF_ERROR(
        tx.Exec(kKeepBusy, due.webhook_id, due.busy_until).status());
    taken = std::move(due);
    return absl::OkStatus();
  }));
  return taken;
}

bool WebhookStore::OpenSecrets(const std::string& secret,
                               const absl::optional<std::string>& old_secret,
                               DueDelivery* due) const {
  absl::StatusOr<SecretBytes> opened = OpenSecret(due->webhook_id, secret);
  if (!opened.ok()) return false;
  due->secret = *std::move(opened);
  if (!old_secret.has_value()) return true;
  opened = OpenSecret(due->webhook_id, *old_secret);
  if (!opened.ok()) return false;
  due->old_secret = *std::move(opened);
  return true;
}

absl::Status WebhookStore::Finish(const DueDelivery& due,
                                  const DeliveryResult& result) {
  const DeliveryState state = result.delivered ? DeliveryState::kDelivered
                              : result.retry_at.has_value()
                                  ? DeliveryState::kPending
                                  : DeliveryState::kDead;
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(Rows ours,
                          tx.Exec(kEndBusy, due.webhook_id, due.busy_until,
                                  result.delivered, result.at));
    if (ours.empty()) return absl::OkStatus();
    bool enabled = false;
    absl::optional<absl::Time> failing_since;
    OTRP_RETURN_IF_ERROR(ours[0].Scan(&enabled, &failing_since));
    OTRP_RETURN_IF_ERROR(tx.Exec(kWriteDown, due.webhook_id, due.event_id,
                                 WordOf(state), result.status, result.error,
                                 result.at, result.retry_at)
                             .status());
    const std::string reason = ReasonToDisable(due, result, failing_since);
    if (!enabled || reason.empty()) return absl::OkStatus();
    return DisableByItself(tx, due, reason);
  });
}

absl::StatusOr<int> WebhookStore::TellOfExpiry(absl::Time now, int limit) {
  int told = 0;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    told = 0;
    OTRP_ASSIGN_OR_RETURN(Rows rows, tx.Exec(kExpiring, now, limit));
    for (Row row : rows) {
      std::string spid;
      SpCertificate certificate;
      int32_t days = 0;
      OTRP_RETURN_IF_ERROR(row.Scan(&spid, &certificate.serial,
                                    BytesOut(&certificate.fingerprint),
                                    &certificate.not_after, &days));
      OTRP_RETURN_IF_ERROR(steps::TellWebhooks(
          tx, CertificateExpiring(spid, certificate, days)));
      ++told;
    }
    return absl::OkStatus();
  }));
  return told;
}

absl::StatusOr<WebhookStore::Backlog> WebhookStore::GetBacklog(absl::Time now) {
  OTRP_ASSIGN_OR_RETURN(Row row, pool_.Query1(kBacklog));
  Backlog backlog;
  absl::optional<absl::Time> oldest;
  OTRP_RETURN_IF_ERROR(row.Scan(&backlog.pending, &oldest));
  if (oldest.has_value() && *oldest < now) backlog.lateness = now - *oldest;
  return backlog;
}

}  // namespace portal
}  // namespace otrp

// Webhooks themselves.

#include "services/sp_portal/storage/webhook_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/status_macros.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/storage/disable_webhook.h"

namespace otrp {
namespace portal {
namespace {

using store::Bytes;
using store::Row;
using store::Rows;
using store::Tx;

constexpr char kSwitchedOff[] = "switched off by a call";

constexpr char kLockSp[] = R"sql(
    SELECT 1 FROM sp WHERE spid = $1 FOR UPDATE
    )sql";

constexpr char kCount[] = R"sql(
    SELECT count(*) FROM webhook WHERE spid = $1
    )sql";

constexpr char kInsert[] = R"sql(
    INSERT INTO webhook (id, spid, url, event_types, secret, created_at)
    VALUES ($1::uuid, $2, $3, $4::text[], $5, $6)
    )sql";

constexpr char kGet[] = R"sql(
    SELECT id::text, spid, url, array_to_string(event_types, ','), enabled,
           disabled_reason, failing_since, old_secret_until, created_at
    FROM webhook
    WHERE id = $1::uuid AND spid = $2
    )sql";

constexpr char kLock[] = R"sql(
    SELECT id::text, spid, url, array_to_string(event_types, ','), enabled,
           disabled_reason, failing_since, old_secret_until, created_at
    FROM webhook
    WHERE id = $1::uuid AND spid = $2
    FOR UPDATE
    )sql";

constexpr char kList[] = R"sql(
    SELECT id::text, spid, url, array_to_string(event_types, ','), enabled,
           disabled_reason, failing_since, old_secret_until, created_at
    FROM webhook
    WHERE id > $1::uuid AND ($2::text = '' OR spid = $2)
    ORDER BY id
    LIMIT $3
    )sql";

constexpr char kUpdate[] = R"sql(
    UPDATE webhook
    SET url = $2, event_types = $3::text[]
    WHERE id = $1::uuid
    )sql";

constexpr char kEnable[] = R"sql(
    UPDATE webhook
    SET enabled = true, disabled_reason = '', failing_since = NULL
    WHERE id = $1::uuid
    )sql";

constexpr char kRotate[] = R"sql(
    UPDATE webhook
    SET secret = $3,
        old_secret = CASE WHEN $4::timestamptz > $5 THEN secret END,
        old_secret_until = CASE WHEN $4::timestamptz > $5
                                THEN $4::timestamptz END
    WHERE id = $1::uuid AND spid = $2
    )sql";

constexpr char kDelete[] = R"sql(
    DELETE FROM webhook WHERE id = $1::uuid AND spid = $2
    )sql";

absl::StatusOr<Webhook> ReadWebhook(const Row& row) {
  Webhook webhook;
  std::string types;
  OTRP_RETURN_IF_ERROR(row.Scan(
      &webhook.id, &webhook.spid, &webhook.url, &types, &webhook.enabled,
      &webhook.disabled_reason, &webhook.failing_since,
      &webhook.old_secret_until, &webhook.created_at));
  webhook.event_types = absl::StrSplit(types, ',');
  return webhook;
}

// A sealed secret is good in its webhook's row alone.
std::string PlaceOf(const std::string& id) {
  return absl::StrCat("webhook.", id);
}

}  // namespace

namespace steps {

absl::Status DisableWebhook(Tx& tx, const std::string& id,
                            const std::string& reason) {
  static constexpr char kDisable[] = R"sql(
    UPDATE webhook
    SET enabled = false, disabled_reason = $2
    WHERE id = $1::uuid
    )sql";
  static constexpr char kGiveUp[] = R"sql(
    UPDATE webhook_delivery
    SET state = 'dead', next_attempt_at = NULL,
        last_error = 'the webhook was disabled'
    WHERE webhook_id = $1::uuid AND state = 'pending'
    )sql";
  OTRP_RETURN_IF_ERROR(tx.Exec(kDisable, id, reason).status());
  return tx.Exec(kGiveUp, id).status();
}

}  // namespace steps

absl::Status WebhookStore::Create(const Webhook& webhook,
                                  const SecretBytes& secret,
                                  const store::AuditEvent& audit) {
  OTRP_ASSIGN_OR_RETURN(const std::string sealed,
                        blobs_.SealValue(PlaceOf(webhook.id), secret.view()));
  return pool_.Run([&](Tx& tx) -> absl::Status {
    // So that two at once are counted one after the other.
    OTRP_ASSIGN_OR_RETURN(Rows sp, tx.Exec(kLockSp, webhook.spid));
    if (sp.empty()) return errors::SpNotFound(webhook.spid);
    OTRP_ASSIGN_OR_RETURN(Row row, tx.Exec1(kCount, webhook.spid));
    int64_t count = 0;
    OTRP_RETURN_IF_ERROR(row.Scan(&count));
    if (count >= kMaxWebhooksPerSp) return errors::TooManyWebhooks();
    OTRP_RETURN_IF_ERROR(tx.Exec(kInsert, webhook.id, webhook.spid, webhook.url,
                                 store::TextArray(webhook.event_types),
                                 Bytes(sealed), webhook.created_at)
                             .status());
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<Webhook> WebhookStore::Get(const std::string& spid,
                                          const std::string& id) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kGet, id, spid));
  return rows.empty() ? errors::WebhookNotFound(id) : ReadWebhook(rows[0]);
}

absl::StatusOr<std::vector<Webhook>> WebhookStore::List(
    const std::string& only_spid, const std::string& after, int limit) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kList, after, only_spid, limit));
  std::vector<Webhook> webhooks;
  for (Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(Webhook webhook, ReadWebhook(row));
    webhooks.push_back(std::move(webhook));
  }
  return webhooks;
}

absl::StatusOr<bool> WebhookStore::Change(const std::string& spid,
                                          const std::string& id,
                                          const Update& update,
                                          const store::AuditEvent& audit) {
  bool changed = false;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    changed = false;
    OTRP_ASSIGN_OR_RETURN(Rows rows, tx.Exec(kLock, id, spid));
    if (rows.empty()) return errors::WebhookNotFound(id);
    OTRP_ASSIGN_OR_RETURN(Webhook webhook, ReadWebhook(rows[0]));
    const Webhook before = webhook;
    if (!update.url.empty()) webhook.url = update.url;
    if (!update.event_types.empty()) webhook.event_types = update.event_types;
    webhook.enabled = update.enabled.value_or(before.enabled);
    if (webhook.url != before.url ||
        webhook.event_types != before.event_types) {
      changed = true;
      OTRP_RETURN_IF_ERROR(tx.Exec(kUpdate, id, webhook.url,
                                   store::TextArray(webhook.event_types))
                               .status());
    }
    if (webhook.enabled != before.enabled) {
      changed = true;
      OTRP_RETURN_IF_ERROR(webhook.enabled
                               ? tx.Exec(kEnable, id).status()
                               : steps::DisableWebhook(tx, id, kSwitchedOff));
    }
    return changed ? store::AppendAudit(tx, audit) : absl::OkStatus();
  }));
  return changed;
}

absl::Status WebhookStore::Rotate(const std::string& spid,
                                  const std::string& id,
                                  const SecretBytes& secret, absl::Time now,
                                  absl::Time old_until,
                                  const store::AuditEvent& audit) {
  OTRP_ASSIGN_OR_RETURN(const std::string sealed,
                        blobs_.SealValue(PlaceOf(id), secret.view()));
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(
        const int64_t rotated,
        tx.ExecCount(kRotate, id, spid, Bytes(sealed), old_until, now));
    if (rotated == 0) return errors::WebhookNotFound(id);
    return store::AppendAudit(tx, audit);
  });
}

absl::Status WebhookStore::Delete(const std::string& spid,
                                  const std::string& id,
                                  const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(const int64_t deleted,
                          tx.ExecCount(kDelete, id, spid));
    if (deleted == 0) return errors::WebhookNotFound(id);
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<SecretBytes> WebhookStore::OpenSecret(
    const std::string& id, const std::string& sealed) const {
  return blobs_.OpenValue(PlaceOf(id), sealed);
}

}  // namespace portal
}  // namespace otrp

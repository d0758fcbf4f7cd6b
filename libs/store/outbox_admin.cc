#include "libs/store/outbox_admin.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace otrp {
namespace store {
namespace {

constexpr char kColumns[] = R"sql(
    SELECT id, event_id, lane, topic, type, content_type, key, attempts,
           failures, created_at, next_try_at, parked_at, delivered_at, skipped,
           last_error, octet_length(payload)::bigint, sha256(payload)
    FROM outbox
    )sql";

constexpr char kList[] = R"sql(
    WHERE delivered_at IS NULL AND id > $1::bigint
      AND (attempts > 0 OR $2::boolean)
    ORDER BY id
    LIMIT $3::integer
    )sql";

constexpr char kRetry[] = R"sql(
    UPDATE outbox
    SET parked_at = NULL, next_try_at = NULL, failures = 0
    WHERE id = $1 AND delivered_at IS NULL
    )sql";

constexpr char kSkip[] = R"sql(
    UPDATE outbox
    SET delivered_at = clock_timestamp(), skipped = true, next_try_at = NULL,
        payload = ''
    WHERE id = $1 AND delivered_at IS NULL AND attempts > 0
    )sql";

absl::StatusOr<StoredOutboxMessage> Read(const Row& row) {
  StoredOutboxMessage stored;
  OutboxMessage& message = stored.message;
  OTRP_RETURN_IF_ERROR(
      row.Scan(&message.id, &message.event_id, &message.lane, &message.topic,
               &message.type, &message.content_type, &message.key,
               &message.attempts, &message.failures, &stored.created_at,
               &stored.next_try_at, &stored.parked_at, &stored.delivered_at,
               &stored.skipped, &stored.last_error, &stored.payload_bytes,
               BytesOut(&stored.payload_sha256)));
  return stored;
}

absl::Status Change(Pool& pool, absl::string_view sql, int64_t id,
                    absl::string_view refusal, const AuditEvent& audit) {
  return pool.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(const int64_t changed, tx.ExecCount(sql, id));
    if (changed == 0) {
      return absl::FailedPreconditionError(
          absl::StrCat("id: message ", id, " ", refusal));
    }
    return AppendAudit(tx, audit);
  });
}

}  // namespace

absl::StatusOr<std::vector<StoredOutboxMessage>> ListOutbox(
    Pool& pool, const OutboxFilter& filter) {
  OTRP_ASSIGN_OR_RETURN(
      const Rows rows,
      pool.Query(absl::StrCat(kColumns, kList), filter.after_id,
                 filter.include_waiting, filter.limit));
  std::vector<StoredOutboxMessage> messages;
  for (const Row& row : rows) {
    OTRP_ASSIGN_OR_RETURN(StoredOutboxMessage message, Read(row));
    messages.push_back(std::move(message));
  }
  return messages;
}

absl::StatusOr<StoredOutboxMessage> GetOutboxMessage(Pool& pool, int64_t id) {
  OTRP_ASSIGN_OR_RETURN(
      const Rows rows,
      pool.Query(absl::StrCat(kColumns, " WHERE id = $1::bigint"), id));
  if (rows.empty()) {
    return absl::NotFoundError(
        absl::StrCat("id: there is no message ", id, " in the outbox"));
  }
  return Read(rows[0]);
}

absl::Status RetryOutboxMessage(Pool& pool, int64_t id,
                                const AuditEvent& audit) {
  return Change(pool, kRetry, id, "is delivered", audit);
}

absl::Status SkipOutboxMessage(Pool& pool, int64_t id,
                               const AuditEvent& audit) {
  return Change(pool, kSkip, id,
                "is delivered, or was never tried in vain: only what holds up "
                "its lane is skipped",
                audit);
}

}  // namespace store
}  // namespace otrp

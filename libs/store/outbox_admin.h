// The outbox for those who look after it: what is in it, and what becomes of
// messages that can't be delivered.
//
// Thread-safety: free functions.
// Errors: as libs/store/pool.h; NOT_FOUND for an unknown message and
// FAILED_PRECONDITION for one whose state doesn't allow it, both naming "id".

#ifndef OTRP_LIBS_STORE_OUTBOX_ADMIN_H_
#define OTRP_LIBS_STORE_OUTBOX_ADMIN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/store/audit.h"
#include "libs/store/outbox.h"
#include "libs/store/pool.h"

namespace otrp {
namespace store {

struct StoredOutboxMessage {
  // Without its payload, which is its receiver's alone.
  OutboxMessage message;
  absl::Time created_at;
  absl::optional<absl::Time> next_try_at;
  absl::optional<absl::Time> parked_at;
  absl::optional<absl::Time> delivered_at;
  // At delivered_at.
  bool skipped = false;
  // A status as text; empty where there was none.
  std::string last_error;
  // Of the payload as it is kept: nothing once it is delivered.
  int64_t payload_bytes = 0;
  std::string payload_sha256;
};

struct OutboxFilter {
  // Only messages with a greater id.
  int64_t after_id = 0;
  // Also what wasn't tried yet.
  bool include_waiting = false;
  int limit = 100;
};

// What was tried in vain and isn't delivered, the oldest first.
absl::StatusOr<std::vector<StoredOutboxMessage>> ListOutbox(
    Pool& pool, const OutboxFilter& filter);

absl::StatusOr<StoredOutboxMessage> GetOutboxMessage(Pool& pool, int64_t id);

// Tries a message at once, and as often as a new one.
absl::Status RetryOutboxMessage(Pool& pool, int64_t id,
                                const AuditEvent& audit);

// Gives a message up that was tried in vain; its payload goes.
absl::Status SkipOutboxMessage(Pool& pool, int64_t id, const AuditEvent& audit);

}  // namespace store
}  // namespace otrp

#endif  // OTRP_LIBS_STORE_OUTBOX_ADMIN_H_

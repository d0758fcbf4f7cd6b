// Reliable messages between services: written to the sender's outbox in the
// same transaction as the change that they tell of, delivered in order and at
// least once by a dispatcher thread, applied once by the receiver's inbox.
//
// Order: messages of transactions that follow one another are delivered in
// that order. A message that can't be delivered holds up those behind it (the
// receiver relies on order); it is tried again with growing pauses.
//
// Thread-safety: OutboxDispatcher is thread-safe.
// Errors: as libs/store/pool.h.

#ifndef OTRP_LIBS_STORE_OUTBOX_H_
#define OTRP_LIBS_STORE_OUTBOX_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/store/pool.h"

namespace otrp {
namespace store {

struct OutboxMessage {
  // Set by the database.
  int64_t id = 0;
  // UUID, chosen by the writer; the receiver's idempotency key.
  std::string event_id;
  // What `payload` is, e.g. "tsm.catalog".
  std::string topic;
  // What it is about, for people: "spid/taid".
  std::string key;
  std::string payload;
  // W3C traceparent of the request that caused it; may be empty.
  std::string traceparent;
  // Deliveries tried before.
  int32_t attempts = 0;
};

// Writes a message in the caller's transaction; its id.
absl::StatusOr<int64_t> Enqueue(Tx& tx, const OutboxMessage& message);

class OutboxDispatcher {
 public:
  // Delivers one message. Must be bounded in time (a few seconds): it is
  // called inside a transaction that holds the schema's dispatcher lock.
  using Deliver = std::function<absl::Status(const OutboxMessage&)>;

  struct Options {
    // Looks for messages this often, beside Notify().
    absl::Duration poll_interval = absl::Seconds(1);
    absl::Duration min_backoff = absl::Milliseconds(200);
    absl::Duration max_backoff = absl::Seconds(5);
    // Delivered messages are removed after this.
    absl::Duration keep_delivered = absl::Hours(24 * 7);
  };

  // Starts the thread. `pool` must outlive the dispatcher.
  static std::unique_ptr<OutboxDispatcher> Start(Pool* pool, Deliver deliver,
                                                 Options options);
  static std::unique_ptr<OutboxDispatcher> Start(Pool* pool, Deliver deliver);
  // Stops after the delivery under way.
  ~OutboxDispatcher();

  // Call after the commit: looks at once.
  void Notify();

  // Waits until message `id` (and so all before it) is delivered; false when
  // it isn't within `timeout`. Calls Notify().
  bool WaitDelivered(int64_t id, absl::Duration timeout);

 private:
  class Impl;
  explicit OutboxDispatcher(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// What is not delivered yet.
struct OutboxBacklog {
  int64_t messages = 0;
  // Of the oldest; zero where there is none.
  absl::Duration age;
};
absl::StatusOr<OutboxBacklog> OutboxPending(Pool& pool);

// For the receiver, in the transaction that applies the message: true the
// first time that `event_id` of `source` is seen, false for a repetition
// (then do nothing and answer as before).
absl::StatusOr<bool> InboxFirstTime(Tx& tx, absl::string_view source,
                                    absl::string_view event_id);

// Forgets events that were applied before `cutoff`: one that comes again
// after that counts as new. The run-time role must be granted DELETE on inbox
// and have an index on applied_at: services that take events in do.
absl::StatusOr<int64_t> PurgeInbox(Pool& pool, absl::Time cutoff,
                                   absl::Duration budget);

}  // namespace store
}  // namespace otrp

#endif  // OTRP_LIBS_STORE_OUTBOX_H_

// Reliable messages between services: written to the sender's outbox in the
// same transaction as the change that they tell of, delivered in order and at
// least once by a dispatcher thread, applied once by the receiver's inbox.
//
// Order: messages of one lane are delivered in the order of the transactions
// that wrote them. One that can't be delivered holds up those behind it in its
// lane (the receiver relies on order), and no other lane. It is tried again
// with growing pauses; one that the receiver refuses for good, or that failed
// max_failures times, is parked: its lane waits for an operator
// (outbox_admin.h). While the receiver is away nothing is parked.
//
// Whoever writes a message holds the lock of its lane until his transaction
// ends, so within a lane ids are in the order of commits, on any server and
// behind any pooler. A transaction that writes to several lanes does it in the
// order of their names, and writes its messages last: two could wait for each
// other else.
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
  // Whose it is: a spid; empty where it is nobody's. See "Order".
  std::string lane;
  // Where `payload` goes, e.g. "tsm.catalog".
  std::string topic;
  // What happened and what form `payload` has, as CloudEvents 1.0 has them
  // (type, datacontenttype).
  std::string type;
  std::string content_type;
  // What it is about, for people: "spid/taid".
  std::string key;
  // Kept until it is delivered.
  std::string payload;
  // W3C traceparent of the request that caused it; may be empty.
  std::string traceparent;
  // Deliveries tried before; those that failed because of this message.
  int32_t attempts = 0;
  int32_t failures = 0;
};

// Writes a message in the caller's transaction; its id. Waits for the lane.
absl::StatusOr<int64_t> Enqueue(Tx& tx, const OutboxMessage& message);

enum class OutboxFailure {
  // The receiver, or our way to it: nothing about the message.
  kReceiverAway,
  // May pass: counts.
  kMayPass,
  // It won't pass however often it is tried: parked at once.
  kRefused,
};
// Of a status that isn't OK.
OutboxFailure OutboxFailureOf(absl::StatusCode code);

class OutboxDispatcher {
 public:
  // Delivers one message. Must be bounded in time (ten seconds): it is called
  // inside a transaction that holds the schema's dispatcher lock. Its status
  // decides what becomes of the message: OutboxFailureOf().
  using Deliver = std::function<absl::Status(const OutboxMessage&)>;

  struct Options {
    // Looks for messages this often, beside Notify().
    absl::Duration poll_interval = absl::Seconds(1);
    absl::Duration min_backoff = absl::Milliseconds(200);
    // While the receiver is away.
    absl::Duration max_backoff = absl::Seconds(5);
    // Of a lane whose first message fails while others get through.
    absl::Duration max_lane_backoff = absl::Minutes(5);
    // With the backoff above some 50 minutes.
    int max_failures = 20;
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

  // Waits until message `id` (and so those before it in its lane) is delivered;
  // false when it isn't within `timeout`, or was skipped. Calls Notify().
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
  // Messages that wait for an operator.
  int64_t parked = 0;
  // Lanes whose first message is parked or waits for its next try.
  int64_t lanes_waiting = 0;
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

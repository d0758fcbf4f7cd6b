// One round of the outbox's dispatcher: the messages that are due, in the order
// of their lanes, to the receiver. For outbox_dispatcher.cc.
//
// Thread-safety: functions without state. Errors: as libs/store/pool.h.

#ifndef OTRP_LIBS_STORE_OUTBOX_ROUND_H_
#define OTRP_LIBS_STORE_OUTBOX_ROUND_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/store/outbox.h"
#include "libs/store/pool.h"

namespace otrp {
namespace store {
namespace internal {

struct OutboxRound {
  int delivered = 0;
  // More is due at once.
  bool more = false;
  // The last failure; OK where all were delivered.
  absl::Status failure;
  // Nothing was taken, and not because of the messages.
  bool receiver_away = false;
  // The first lane that failed is tried again after this.
  absl::Duration retry_after = absl::InfiniteDuration();
};

// What a dispatcher remembers from round to round: whether the receiver took
// anything between two failures of a message. Then it isn't away, whatever it
// answers. Of a process: another one begins anew.
struct OutboxMemory {
  int64_t taken = 0;
  // `taken` when a lane's first message failed last.
  std::map<std::string, int64_t> taken_at_failure;
};

// Does nothing where another process is at it.
absl::StatusOr<OutboxRound> DeliverRound(
    Pool& pool, const OutboxDispatcher::Deliver& deliver,
    const OutboxDispatcher::Options& options, OutboxMemory* memory);

}  // namespace internal
}  // namespace store
}  // namespace otrp

#endif  // OTRP_LIBS_STORE_OUTBOX_ROUND_H_

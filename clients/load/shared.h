// What the processes of a run tell each other while it goes on: atomics in
// memory that they have in common.

#ifndef CLIENTS_LOAD_SHARED_H_
#define CLIENTS_LOAD_SHARED_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace otrp::load {

inline constexpr int kMaxProcesses = 64;
inline constexpr size_t kMaxTas = 64;

struct Shared {
  // No more transactions.
  std::atomic<bool> stop{false};
  // Processes whose devices have what they begin with.
  std::atomic<int> settled{0};
  // Begin of the run on the monotonic clock; 0: not yet.
  std::atomic<int64_t> start_nanos{0};
  // Number of each TA's current version.
  std::atomic<size_t> version[kMaxTas] = {};

  struct Child {
    std::atomic<int64_t> ok{0};
    std::atomic<int64_t> errors{0};
    std::atomic<int64_t> latency_micros{0};
    // Updates of each TA that ended well.
    std::atomic<int64_t> updated[kMaxTas] = {};
  };
  Child children[kMaxProcesses];
};

static_assert(std::atomic<int64_t>::is_always_lock_free,
              "atomics work between processes");

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_SHARED_H_

// Requests under a key that the caller chose: the same request with the same
// key gets the first one's answer, and is done once.
//
//   OTRP_ASSIGN_OR_RETURN(const KeyClaim claim, ClaimKey(pool, request, {}));
//   // KeyState::kMine:
//   pool.Run([&](Tx& tx) {
//     ...;
//     event.attempt = request.attempt;
//     return AppendAudit(tx, event);  // MarkActed()
//   });
//   KeepAnswer(pool, request.attempt, answer);
//   // or, where the outcome isn't final:
//   ReleaseKey(pool, request.attempt);
//
// No transaction is open while a handler works. What it did and that it did it
// are committed together, so that after a crash anyone knows whether the deed
// is there: a try whose lease is over and that hasn't acted is taken over; one
// that has acted isn't, though its answer is lost. A try that was taken over
// can't commit any more.
//
// Thread-safety: functions without state. Errors: as libs/store/pool.h.

#ifndef OTRP_LIBS_STORE_IDEMPOTENCY_H_
#define OTRP_LIBS_STORE_IDEMPOTENCY_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/store/pool.h"

namespace otrp {
namespace store {

// How long a key and its answer are kept.
inline constexpr absl::Duration kKeepIdempotencyKeys = absl::Hours(24);

struct KeyedRequest {
  // Caller and method, so that callers can't see one another's keys.
  std::string scope;
  std::string key;
  // 32 octets that tell requests apart.
  std::string request_sha256;
  // A new UUID.
  std::string attempt;
};

struct KeyRules {
  absl::Duration keep = kKeepIdempotencyKeys;
  // Longer than any call of the REST front may take.
  absl::Duration lease = absl::Seconds(30);
};

enum class KeyState {
  // Nothing is known of it.
  kFree,
  // Claimed now.
  kMine,
  kRunning,
  kAnswered,
  // The key was used for another request.
  kOtherRequest,
  // It was done, and the answer is lost.
  kAnswerLost,
};

struct KeyClaim {
  KeyState state = KeyState::kFree;
  // Where it is kAnswered.
  std::string answer;
};

// Never kFree.
absl::StatusOr<KeyClaim> ClaimKey(Pool& pool, const KeyedRequest& request,
                                  const KeyRules& rules);
// Never kMine.
absl::StatusOr<KeyClaim> FindKey(Pool& pool, const KeyedRequest& request,
                                 const KeyRules& rules);

// In the transaction of the deed. ABORTED where another try has taken over.
absl::Status MarkActed(Tx& tx, const std::string& attempt);

// ABORTED where another try has taken over.
absl::Status KeepAnswer(Pool& pool, const std::string& attempt,
                        absl::string_view answer);

// The next request may claim the key, unless this try has acted.
absl::Status ReleaseKey(Pool& pool, const std::string& attempt);

// Removes keys from before `cutoff`; for a periodic task.
absl::StatusOr<int64_t> PurgeIdempotencyKeys(Pool& pool, absl::Time cutoff,
                                             absl::Duration budget);

}  // namespace store
}  // namespace otrp

#endif  // OTRP_LIBS_STORE_IDEMPOTENCY_H_

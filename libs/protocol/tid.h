// Transaction ids, first request ids and content keys, all derived from the
// session secret: an anonymous first contact leaves nothing behind at the TSM,
// and no content key is ever stored.
//
// A tid is a version 4 UUID like any other. Of its 122 free bits one says
// which algorithm signed the first request, 57 are random and 64 are a MAC over
// those and the epoch of 5 minutes in which it was made. It is taken in its
// epoch, the two that follow, and the one before: clocks of replicas differ.
//
// Not a proof of who sends it: it says only that we made it, lately.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT for a tid that isn't ours, or isn't any more.
// Secrets: `session_secret` is 32 octets or more, the same at all replicas.

#ifndef OTRP_LIBS_PROTOCOL_TID_H_
#define OTRP_LIBS_PROTOCOL_TID_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/base/random.h"
#include "libs/base/secret.h"

namespace otrp {
namespace protocol {

inline constexpr absl::Duration kTidEpoch = absl::Minutes(5);
// Epochs after its own in which a tid is still taken.
inline constexpr int kTidEpochsAfter = 2;
// Epochs before its own: a replica whose clock is ahead made it.
inline constexpr int kTidEpochsBefore = 1;

struct TidInfo {
  // The first request was signed with ES256, else with RS256.
  bool es256 = false;
};

// `es256`: the signature's algorithm.
std::string NewTid(absl::string_view session_secret, bool es256, absl::Time now,
                   Random& random);

absl::StatusOr<TidInfo> CheckTid(absl::string_view session_secret,
                                 absl::string_view tid, absl::Time now);

// The rid of the first request of a session. Later ones are random.
std::string FirstRid(absl::string_view session_secret, absl::string_view tid);

// The content key of the request (tid, rid): `size` is jose::CekSize(enc).
SecretBytes DeriveCek(absl::string_view session_secret, absl::string_view tid,
                      absl::string_view rid, size_t size);

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_TID_H_

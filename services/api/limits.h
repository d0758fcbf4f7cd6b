// The front's numbers, each with its reason.

#ifndef OTRP_SERVICES_API_LIMITS_H_
#define OTRP_SERVICES_API_LIMITS_H_

#include <cstddef>

#include "absl/time/time.h"

namespace otrp {
namespace api {

// JSON of a request. Lists of ids and certificate requests are below 100 KiB;
// images come another way.
inline constexpr size_t kMaxBodyBytes = size_t{1} << 20;

// A call to a service: the longest waits for the CA's signature and the
// delivery of an event. Less than what people and proxies wait (30 s).
inline constexpr absl::Duration kCallTimeout = absl::Seconds(10);

// Finding out who holds a token: one row.
inline constexpr absl::Duration kAuthenticateTimeout = absl::Seconds(3);

// How long an answer about a token counts, and so how long a revoked one may
// still be used: a page of a console makes its calls within that.
inline constexpr absl::Duration kTokenMemory = absl::Seconds(5);
// Tokens that are remembered, some 300 octets each.
inline constexpr size_t kMaxRememberedTokens = 10000;
// A token as the portal takes it.
inline constexpr size_t kMaxTokenBytes = 128;

// A certificate request of EST: 16 KiB, as the ca takes it, in base64 with line
// breaks.
inline constexpr size_t kMaxEstBytes = 24 << 10;

// {"token": "..."} with some room.
inline constexpr size_t kMaxSignInBytes = 1024;

// The console as it is built has 20 files with half a MiB.
inline constexpr size_t kMaxConsoleFiles = 500;
inline constexpr size_t kMaxConsoleFileBytes = size_t{4} << 20;
inline constexpr size_t kMaxConsoleBytes = size_t{32} << 20;

// Failed tries and calls without a credential of one address (IPv6: /64): a
// typo or a retry loop gets through, guessing doesn't.
inline constexpr double kStrangersTriesPerSecond = 0.5;
inline constexpr double kStrangersTriesAtOnce = 20;

// Callers and addresses whose use is remembered; beyond, all further ones
// share what one may have.
inline constexpr size_t kMaxBuckets = 65536;

// A stream's looks at what there is now: a person takes two seconds for at
// once. Each is a call to a service; 256 streams are 128 a second.
inline constexpr absl::Duration kWatchInterval = absl::Seconds(2);
// Something is sent at least this often: proxies end what is silent for 30 s.
inline constexpr absl::Duration kWatchHeartbeat = absl::Seconds(15);
// Then the client connects again, maybe to another replica.
inline constexpr absl::Duration kMaxWatch = absl::Hours(1);
// Of one caller: two pages of the console beside some programs.
inline constexpr int kMaxStreamsOfCaller = 8;
// Until it is worth to ask for a stream again.
inline constexpr absl::Duration kStreamRetry = absl::Seconds(5);

// Running calls are answered before the process ends.
inline constexpr absl::Duration kDrain = absl::Seconds(12);

// A browser that has seen the front over HTTPS uses nothing else for so long.
inline constexpr absl::Duration kHstsMaxAge = absl::Hours(24 * 365);

}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_LIMITS_H_

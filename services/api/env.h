// What the front's handlers work with.
//
// Thread-safety: all of it is thread-safe.

#ifndef OTRP_SERVICES_API_ENV_H_
#define OTRP_SERVICES_API_ENV_H_

#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/rest/routes.h"
#include "libs/rpc/revocation_view.h"
#include "services/api/clients/authenticator.h"
#include "services/api/clients/backends.h"
#include "services/api/clients/console_sessions.h"
#include "services/api/domain/places.h"
#include "services/api/domain/token_buckets.h"
#include "services/api/handlers/console_files.h"
#include "services/api/limits.h"

namespace otrp {
namespace api {

// When a stream does what.
struct WatchTimes {
  absl::Duration interval = kWatchInterval;
  absl::Duration heartbeat = kWatchHeartbeat;
  absl::Duration most = kMaxWatch;
};

struct Env {
  const rest::RouteTable& routes;
  const Backends& backends;
  Authenticator& authenticator;
  // Of those whose credential is good.
  TokenBuckets& callers;
  // Of addresses that have shown nothing good.
  TokenBuckets& strangers;
  // Of those who show a certificate.
  const rpc::RevocationView& revocations;
  const Clock& clock;
  Random& random;
  const ConsoleSessions& sessions;
  // Null where the console isn't served here.
  const handlers::ConsoleFiles* console;
  // Of open streams, by caller. It ends before the rest.
  Places& streams;
  WatchTimes watch = {};
};

}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_ENV_H_

// What the front's handlers work with.
//
// Thread-safety: all of it is thread-safe.

#ifndef OTRP_SERVICES_API_ENV_H_
#define OTRP_SERVICES_API_ENV_H_

#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/rest/routes.h"
#include "services/api/clients/authenticator.h"
#include "services/api/clients/backends.h"
#include "services/api/domain/token_buckets.h"

namespace otrp {
namespace api {

struct Env {
  const rest::RouteTable& routes;
  const Backends& backends;
  Authenticator& authenticator;
  // Of those whose credential is good.
  TokenBuckets& callers;
  // Of addresses that have shown nothing good.
  TokenBuckets& strangers;
  const Clock& clock;
  Random& random;
};

}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_ENV_H_

// OTrP over HTTP: a URI a dialect and, below it, one a signature algorithm for
// agents that know what their TEE would rather check; POST only.
//
//   400 the body isn't JSON     406 Accept excludes application/otrp+json
//   413 (libs/http)             415 another Content-Type
//   503 + Retry-After: the TSM can't take it now; the same bytes may be sent
//       again
//   200 the next message        204 nothing more to do
// What is wrong inside of a message is the TSM's to judge: 200 or 204.
//
// Thread-safety: thread-safe.
// Source: draft-ietf-teep-otrp-over-http-02, docs/wire.md section 7.

#ifndef OTRP_SERVICES_GATEWAY_HANDLERS_DEVICES_H_
#define OTRP_SERVICES_GATEWAY_HANDLERS_DEVICES_H_

#include "libs/http/message.h"
#include "libs/http/router.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "services/gateway/env.h"

namespace otrp {
namespace gateway {
namespace handlers {

inline constexpr char kOtrpMediaType[] = "application/otrp+json";

// What the path says that a device called.
struct DevicePath {
  tsm::v1::Dialect dialect = tsm::v1::DIALECT_IETF03;
  // Sessions begin with ES256, else RS256.
  bool es256 = false;
};

// Hands the message to the TSM and returns; the answer comes with the TSM's.
void PostMessage(const Env& env, DevicePath path, http::Request request,
                 http::Respond respond);

}  // namespace handlers
}  // namespace gateway
}  // namespace otrp

#endif  // OTRP_SERVICES_GATEWAY_HANDLERS_DEVICES_H_

// Turns a planned request into the octets that a device gets: fetches what it
// needs (images, SP certificates, the TEE's keys) and signs.
//
// Thread-safety: functions without state.
// Errors: UNAVAILABLE where our identity or the database is away; anything
// else means that this request can't be made for this device.

#ifndef OTRP_SERVICES_TSM_MESSAGING_REQUESTS_H_
#define OTRP_SERVICES_TSM_MESSAGING_REQUESTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "libs/json/json.h"
#include "libs/protocol/dialect.h"
#include "services/tsm/domain/device_context.h"
#include "services/tsm/domain/plan.h"
#include "services/tsm/messaging/tools.h"

namespace otrp {
namespace tsm {

struct SignedRequest {
  std::string rid;
  std::string message;
  // Lower-case hex; empty for GetDeviceState.
  std::string encrypted_key_sha256;
  // Of the session secret behind its content key; empty where it has none.
  std::string secret_id;
  // Of ours, that signed it.
  std::string identity;
};

// The session that a request is for.
struct RequestFrame {
  std::string tid;
  protocol::Dialect dialect = protocol::Dialect::kIetf03;
  bool es256 = false;
  // Of ours, that the session began with; empty: the current one of es256's
  // type.
  std::string identity;
};

// `device` keeps what had to be parsed for it. `pulled`: what the SP's endpoint
// gave for the device, where the planned TA is one that is pulled, else null.
absl::StatusOr<SignedRequest> BuildRequest(Tools& tools,
                                           const RequestFrame& frame,
                                           const PlannedRequest& planned,
                                           DeviceContext& device,
                                           const json::Value* pulled);

// Always by the current identity: it brings its certificate and staples.
absl::StatusOr<SignedRequest> BuildGetDeviceState(Tools& tools,
                                                  const RequestFrame& frame);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_MESSAGING_REQUESTS_H_

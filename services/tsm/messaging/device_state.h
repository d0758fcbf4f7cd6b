// GetDeviceStateResponse: who the TEEs are and what they have.
//
// Thread-safety: functions without state. Errors: as exchange.h.

#ifndef OTRP_SERVICES_TSM_MESSAGING_DEVICE_STATE_H_
#define OTRP_SERVICES_TSM_MESSAGING_DEVICE_STATE_H_

#include <string>

#include "absl/status/statusor.h"
#include "libs/protocol/message.h"
#include "services/tsm/messaging/exchange.h"

namespace otrp {
namespace tsm {

// The reply; empty: nothing to send.
absl::StatusOr<std::string> TakeDeviceState(Exchange& exchange,
                                            protocol::Incoming incoming);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_MESSAGING_DEVICE_STATE_H_

// The answers to the six requests that change a TEE, and agents' errors.
//
// Thread-safety: functions without state. Errors: as exchange.h.

#ifndef OTRP_SERVICES_TSM_MESSAGING_RESPONSE_H_
#define OTRP_SERVICES_TSM_MESSAGING_RESPONSE_H_

#include <string>

#include "absl/status/statusor.h"
#include "libs/protocol/message.h"
#include "services/tsm/messaging/exchange.h"

namespace otrp {
namespace tsm {

// The reply; empty: nothing to send.
absl::StatusOr<std::string> TakeResponse(Exchange& exchange,
                                         protocol::Incoming incoming);

// Unsigned: ends the session, but changes nothing about a device or its tasks.
absl::StatusOr<std::string> TakeAgentError(Exchange& exchange,
                                           const protocol::Incoming& incoming);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_MESSAGING_RESPONSE_H_

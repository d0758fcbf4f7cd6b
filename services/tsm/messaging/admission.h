// Whether a message may be taken at all: a first message with a tid that we
// made lately, or the answer to a session's outstanding request.
//
// Thread-safety: functions without state. Errors: as exchange.h.

#ifndef OTRP_SERVICES_TSM_MESSAGING_ADMISSION_H_
#define OTRP_SERVICES_TSM_MESSAGING_ADMISSION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "libs/protocol/message.h"
#include "services/tsm/messaging/exchange.h"
#include "services/tsm/messaging/step.h"

namespace otrp {
namespace tsm {

struct Admitted {
  // Set: the message isn't taken, this is the answer.
  absl::optional<std::string> reply;
  // Else the step that takes it: session, memory, expected version and rid are
  // filled in, and the context of the outstanding request's device is loaded.
  SessionStep step;
  // The session has no row yet.
  bool first = false;
};

// `may_be_first`: the message may answer a session's first request.
absl::StatusOr<Admitted> AdmitMessage(Exchange& exchange,
                                      const protocol::Incoming& incoming,
                                      bool may_be_first);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_MESSAGING_ADMISSION_H_

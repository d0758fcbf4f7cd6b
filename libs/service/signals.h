// SIGTERM and SIGINT, waited for in main().
//
// BlockSignals() must run before the first thread is started: threads inherit
// the mask, and only WaitForStopSignal() then receives them.

#ifndef OTRP_LIBS_SERVICE_SIGNALS_H_
#define OTRP_LIBS_SERVICE_SIGNALS_H_

#include "absl/time/time.h"

namespace otrp {
namespace service {

// Blocks SIGTERM and SIGINT for this thread and its children; ignores SIGPIPE.
void BlockSignals();

// Returns the number of the signal that came.
int WaitForStopSignal();
// 0 when none came within `timeout`.
int WaitForStopSignal(absl::Duration timeout);

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_SIGNALS_H_

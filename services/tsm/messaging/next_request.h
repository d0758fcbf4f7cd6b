// What comes next for a device: plans, builds the request, and writes both into
// the step that is about to be committed.
//
// Thread-safety: functions without state.
// Errors: UNAVAILABLE where the database or our identity is away. What goes
// wrong with one action (no image, no key of the TEE for the SP) is that
// action's failure: it is recorded as a task and the next one is tried.

#ifndef OTRP_SERVICES_TSM_MESSAGING_NEXT_REQUEST_H_
#define OTRP_SERVICES_TSM_MESSAGING_NEXT_REQUEST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/tsm/domain/model.h"
#include "services/tsm/domain/retry.h"
#include "services/tsm/domain/session_memory.h"
#include "services/tsm/messaging/exchange.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {

// A step in the making.
struct SessionStep {
  SessionCommit commit;
  SessionMemory memory;
  // TEEs of memory.queue as far as they are loaded, in the state that this
  // step leaves them in.
  std::vector<DeviceContext> contexts;
  // Messages in the session's log so far, those of this step included.
  int32_t logged = 0;

  // The update of this device in `commit`; made where it isn't there.
  DeviceUpdate& UpdateOf(const std::string& did, absl::Time now);
  // Null where it isn't loaded.
  DeviceContext* ContextOf(const std::string& did);
  // Records that `action` failed, for the plan and for the commit.
  void Fail(DeviceContext* context, const std::string& action,
            absl::string_view error, Retry retry, absl::Time now);
};

// Plans for the TEEs of step->memory.queue, the first one first, and sets the
// reply and the session's new state: the next request, or nothing (done).
absl::Status PlanNext(Exchange& exchange, SessionStep* step);

// A fresh GetDeviceState in the session; the caller has counted it in
// step->memory.progress.
absl::Status Restart(Exchange& exchange, SessionStep* step);

// Ends the session without a further request.
void Finish(Exchange& exchange, const char* state, SessionStep* step);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_MESSAGING_NEXT_REQUEST_H_

// A step of a session in the making: what the device's message changes, what
// comes next for it, and the reply; all of it ends up in one commit.
//
// Thread-safety: functions without state.
// Errors: UNAVAILABLE where the database or our identity is away. What goes
// wrong with one action (no image, no key of the TEE for the SP) is that
// action's failure: it is recorded as a task and the next one is tried.

#ifndef OTRP_SERVICES_TSM_MESSAGING_STEP_H_
#define OTRP_SERVICES_TSM_MESSAGING_STEP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/tsm/domain/device_context.h"
#include "services/tsm/domain/retry.h"
#include "services/tsm/domain/session.h"
#include "services/tsm/domain/session_memory.h"
#include "services/tsm/messaging/exchange.h"
#include "services/tsm/pulling/pull_queue.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {

struct SessionStep {
  SessionCommit commit;
  SessionMemory memory;
  // TEEs of memory.queue as far as they are loaded, in the state that this
  // step leaves them in.
  std::vector<DeviceContext> contexts;
  // Messages in the session's log so far, those of this step included.
  int32_t logged = 0;
  // When the first of what is parked may be there; zero: nothing is.
  absl::Duration come_again;
  // The update of this device in `commit`; made where it isn't there.
  DeviceUpdate& UpdateOf(const std::string& did, absl::Time now);
  // Null where it isn't loaded.
  DeviceContext* ContextOf(const std::string& did);
  // The device has `context->domains` now and had `before`.
  void Changed(const DeviceContext& context,
               const std::vector<SecurityDomain>& before, absl::Time now);
  // Records that `action` failed, for the plan and for the commit.
  void Fail(DeviceContext* context, const std::string& action,
            const Failure& failure, absl::Time now);
  // Records that `action` waits for what isn't there yet, which is no failure
  // of the device's: the number of attempts stays.
  void Park(DeviceContext* context, const std::string& action,
            const PullProgress& progress, absl::Time now);
  // Forgets tasks that aren't among `open`: no plan will have them again.
  void Forget(DeviceContext* context, const std::vector<std::string>& open,
              absl::Time now);
};

// Does what the session machine says, and sets the reply and the session's new
// state: the next request, a fresh GetDeviceState, or nothing (it is over). The
// first TEE of step->memory.queue has its turn, then the others.
absl::Status Follow(Exchange& exchange, const Transition& transition,
                    SessionStep* step);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_MESSAGING_STEP_H_

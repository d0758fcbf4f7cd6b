// The planner: from what a device has and what it should have to the one
// request that comes next, or to none and why. In two levels: what has to
// change in no protocol's terms (changes.h), then the messages of the device's
// protocol that do it (lower_otrp.h).
//
// Pure: called again after each response with the new state, it brings the
// device to what is desired and then says so. Never asks for more.
//
// Blocked actions (waiting after a failure, or given up) are stepped over,
// together with what depends on them; so are removals while those are paused.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_SERVICES_TSM_DOMAIN_PLAN_H_
#define OTRP_SERVICES_TSM_DOMAIN_PLAN_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/protocol/messages.h"
#include "services/tsm/domain/changes.h"
#include "services/tsm/domain/device_context.h"
#include "services/tsm/domain/model.h"

namespace otrp {
namespace tsm {

// What isn't meant by `kind` is empty.
struct PlannedRequest {
  protocol::MessageKind kind = protocol::MessageKind::kGetDeviceState;
  // Stable name of the task: "InstallTA bank/wallet@1.0.0",
  // "DeleteTA bank/wallet", "CreateSD bank", "UpdateSD bank +aaaa -bbbb",
  // "DeleteSD bank.sd".
  std::string action;
  std::string sdname;
  std::string spid;
  std::string taid;
  // Version to install.
  std::string version;
  // Fingerprints of SP certificates. CreateSD: exactly one to add. UpdateSD:
  // one or more of both together.
  std::vector<std::string> add_certs;
  std::vector<std::string> remove_certs;

  friend bool operator==(const PlannedRequest& a, const PlannedRequest& b) {
    return a.kind == b.kind && a.action == b.action && a.sdname == b.sdname &&
           a.spid == b.spid && a.taid == b.taid && a.version == b.version &&
           a.add_certs == b.add_certs && a.remove_certs == b.remove_certs;
  }
};

// Takes something from the device that only an installation brings back.
bool IsRemoval(const PlannedRequest& request);

struct PlanResult {
  enum class Reason {
    // `request` is set.
    kNext,
    // The device has what it shall have.
    kInStep,
    // Something is left to do, but all of it is blocked or paused.
    kBlocked,
  };
  Reason reason = Reason::kInStep;
  absl::optional<PlannedRequest> request;
  // Actions that were stepped over, in order.
  std::vector<std::string> blocked;
  // Removals that wait until they are released.
  std::vector<std::string> paused;
  // Names of all actions that are left to do: the request's, blocked and paused
  // ones, and those that come after them. A task of another name is nobody's
  // any more.
  std::vector<std::string> open;
  // Their requests, in the same order.
  std::vector<PlannedRequest> all;
};

struct PlanOptions {
  // Removals wait.
  bool removals_paused = false;
};

// `goals`: what the device is entitled to; the planner doesn't ask who may have
// what. `blocked(action)`: true while that task must not be tried.
PlanResult Plan(const Goals& goals, const std::vector<SecurityDomain>& domains,
                absl::FunctionRef<bool(absl::string_view action)> blocked,
                const PlanOptions& options = {});

// With the device's own failed actions blocked, as they are at `now`, and what
// their service providers' policies refuse.
PlanResult Plan(const DeviceContext& device, absl::Time now,
                const PlanOptions& options = {});

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_PLAN_H_

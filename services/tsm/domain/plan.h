// The planner: from what a device has and what it should have to the one
// request that comes next, or to none and why.
//
// Pure: called again after each response with the new state, it brings the
// device to what is desired and then says so. Never asks for more.
//
// Order: DeleteTA of what isn't desired, UpdateSD (certificates), CreateSD,
// InstallTA, UpdateTA, DeleteSD. An SP has one security domain, "<spid>.sd";
// a domain of ours under another name is emptied and deleted, and so is another
// SP's domain that has the name of a desired one.
//
// A certificate leaves a domain when no version that the device has or shall
// have needs it. One that was revoked so that nothing of what it signed counts
// (services/tsm/domain/signers.h) leaves at once, though a TEE that checks
// signatures when it loads a TA may then refuse what it signed: nobody knows
// any more whose code that is, and in the domain the certificate would let in
// whatever else the key signs.
//
// Versions only go up: a device that has a higher one keeps it, such as one
// that was taken off a channel which is ahead.
//
// Blocked actions (waiting after a failure, or given up) are stepped over,
// together with what depends on them.
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

struct PlanResult {
  enum class Reason {
    // `request` is set.
    kNext,
    // The device has what it shall have.
    kInStep,
    // Something is left to do, but all of it is blocked.
    kBlocked,
  };
  Reason reason = Reason::kInStep;
  absl::optional<PlannedRequest> request;
  // Actions that were stepped over, in order.
  std::vector<std::string> blocked;
  // Names of all actions that are left to do: the request's, blocked ones, and
  // those that come after them. A task of another name is nobody's any more.
  std::vector<std::string> open;
};

// "<spid>.sd".
std::string SdNameOf(absl::string_view spid);

// `desired`: what the device is entitled to; the planner doesn't ask who may
// have what. `blocked(action)`: true while that task must not be tried.
PlanResult Plan(const std::vector<DesiredTa>& desired,
                const std::vector<SecurityDomain>& domains,
                absl::FunctionRef<bool(absl::string_view action)> blocked);

// With the device's own failed actions blocked, as they are at `now`.
PlanResult Plan(const DeviceContext& device, absl::Time now);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_PLAN_H_

// What a device's next session would do, step by step, and why: the planner run
// ahead on a copy, as if the device did all it is asked for. Nothing is sent.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_SERVICES_TSM_DOMAIN_FORESEE_H_
#define OTRP_SERVICES_TSM_DOMAIN_FORESEE_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/tsm/domain/changes.h"
#include "services/tsm/domain/device_context.h"

namespace otrp {
namespace tsm {

struct ForeseenReason {
  // "trust-add", "component-remove", ...
  std::string goal;
  // For people.
  std::string text;
  // "assignment bank/wallet group:eu", "left group:eu", ...
  std::string rule;
  // Empty where it isn't recorded; then `at` means nothing.
  std::string actor;
  absl::Time at;
};

struct ForeseenStep {
  // "CreateSDRequest".
  std::string message;
  std::string action;
  // "next", "planned", "waiting", "given-up", "paused" or "blocked".
  std::string state;
  std::vector<ForeseenReason> reasons;
};

struct Foresight {
  // In the order of sending; what can't be sent now comes last.
  std::vector<ForeseenStep> steps;
  std::vector<Kept> kept;
};

Foresight Foresee(DeviceContext device, absl::Time now, bool removals_paused);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_FORESEE_H_

#include "services/tsm/domain/foresee.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/protocol/messages.h"
#include "services/tsm/domain/lower_otrp.h"
#include "services/tsm/domain/plan.h"
#include "services/tsm/domain/reconcile.h"

namespace otrp {
namespace tsm {
namespace {

// More than any device needs; the planner ends by itself.
constexpr int kMaxSteps = 1000;

const char* GoalOf(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::kTrustAdd: return "trust-add";
    case Change::Kind::kTrustRemove: return "trust-remove";
    case Change::Kind::kComponentAdd: return "component-add";
    case Change::Kind::kComponentUpgrade: return "component-upgrade";
    case Change::Kind::kComponentRemove: return "component-remove";
  }
  return "";
}

std::string AppOf(const DesiredTa& ta) {
  return absl::StrCat(ta.spid, "/", ta.taid);
}

void ExplainDecision(const Decision& decision, ForeseenReason* reason) {
  const std::string app = absl::StrCat(decision.spid, "/", decision.taid);
  reason->actor = decision.actor;
  reason->at = decision.at;
  switch (decision.kind) {
    case Decision::Kind::kUnassigned:
      reason->rule = absl::StrCat("unassigned ", app, " ", decision.target);
      reason->text = absl::StrCat("was unassigned from ", decision.target);
      return;
    case Decision::Kind::kWithdrawn:
      reason->rule = absl::StrCat("withdrawn ", app);
      reason->text = "was withdrawn from all devices";
      return;
    case Decision::Kind::kMarkRemoved:
      reason->rule = absl::StrCat("left ", decision.target);
      reason->text =
          absl::StrCat("is assigned to devices with ", decision.target,
                       ", which was taken from this one");
      return;
    case Decision::Kind::kProvesLess:
      reason->rule = absl::StrCat("assignment ", app, " ", decision.target);
      reason->text = absl::StrCat("demands ", decision.target,
                                  "; the device's evidence proves less");
      return;
  }
}

void ExplainTrust(const Change& change, ForeseenReason* reason) {
  if (change.kind == Change::Kind::kTrustRemove) {
    reason->rule = absl::StrCat("certificate ", change.spid);
    reason->text = absl::StrCat(
        "certificate ", change.certificate.substr(0, 8),
        change.revoked ? " was revoked"
                       : " was replaced, and nothing here needs it");
    return;
  }
  if (change.current) {
    reason->rule = absl::StrCat("certificate ", change.spid);
    reason->text = absl::StrCat("certificate ", change.certificate.substr(0, 8),
                                " is the current one");
    return;
  }
  reason->rule = absl::StrCat("release ", AppOf(*change.wanted), "@",
                              change.wanted->version);
  reason->text = absl::StrCat("certificate ", change.certificate.substr(0, 8),
                              " has signed it");
}

ForeseenReason Explain(const Change& change) {
  ForeseenReason reason;
  reason.goal = GoalOf(change.kind);
  if (change.decision.has_value()) {
    ExplainDecision(*change.decision, &reason);
  } else if (!change.certificate.empty()) {
    ExplainTrust(change, &reason);
  } else if (change.wanted.has_value()) {
    reason.rule = absl::StrCat("assignment ", AppOf(*change.wanted), " ",
                               change.wanted->target);
    reason.text = absl::StrCat("is to have ", change.version, " by it");
  }
  return reason;
}

std::vector<ForeseenReason> ReasonsOf(const PlannedRequest& request,
                                      const std::vector<Change>& changes) {
  std::vector<ForeseenReason> reasons;
  for (const Change& change : DoneBy(request, changes)) {
    reasons.push_back(Explain(change));
  }
  return reasons;
}

// What isn't sent now, and why not.
const char* StateOf(const PlanResult& plan, const std::vector<Task>& tasks,
                    const std::string& action) {
  if (std::count(plan.paused.begin(), plan.paused.end(), action) > 0) {
    return "paused";
  }
  for (const Task& task : tasks) {
    if (task.action != action) continue;
    return task.state == TaskState::kGivenUp ? "given-up" : "waiting";
  }
  return "blocked";
}

}  // namespace

Foresight Foresee(DeviceContext device, absl::Time now, bool removals_paused) {
  Foresight foresight;
  PlanOptions options;
  options.removals_paused = removals_paused;
  foresight.kept = Compare(device.goals, device.domains).kept;
  PlanResult plan = Plan(device, now, options);
  for (int i = 0; i < kMaxSteps && plan.request.has_value(); ++i) {
    const std::vector<Change> changes =
        Compare(device.goals, device.domains).changes;
    const PlannedRequest& request = *plan.request;
    foresight.steps.push_back(
        {std::string(protocol::RowOf(request.kind).request), request.action,
         foresight.steps.empty() ? "next" : "planned",
         ReasonsOf(request, changes)});
    ApplyEffect(request, device.catalogue_version, &device.domains);
    device.Decide();
    plan = Plan(device, now, options);
  }
  const std::vector<Change> left =
      Compare(device.goals, device.domains).changes;
  for (const PlannedRequest& request : plan.all) {
    foresight.steps.push_back(
        {std::string(protocol::RowOf(request.kind).request), request.action,
         StateOf(plan, device.tasks, request.action),
         ReasonsOf(request, left)});
  }
  return foresight;
}

}  // namespace tsm
}  // namespace otrp

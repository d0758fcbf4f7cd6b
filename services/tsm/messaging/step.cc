#include "services/tsm/messaging/step.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/advice/advice.h"
#include "libs/base/printable.h"
#include "libs/base/status_macros.h"
#include "libs/protocol/messages.h"
#include "libs/telemetry/metrics.h"
#include "services/tsm/domain/outcome.h"
#include "services/tsm/domain/plan.h"
#include "services/tsm/limits.h"
#include "services/tsm/messaging/requests.h"
#include "services/tsm/messaging/wishes.h"

namespace otrp {
namespace tsm {
namespace {

// Trouble of ours that passes; everything else is the action's own.
bool Passes(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

RequestFrame FrameOf(const SessionStep& step) {
  return {step.commit.session.tid, step.commit.session.dialect,
          step.memory.progress.es256, step.memory.identity};
}

// `catalogue_version`: that it was planned with; 0: it follows from none.
void Send(Exchange& exchange, SignedRequest request, PlannedRequest planned,
          const std::string& did, int64_t catalogue_version,
          SessionStep* step) {
  SessionCommit& commit = step->commit;
  step->memory.outstanding = {std::move(planned),
                              std::move(request.encrypted_key_sha256),
                              std::move(request.secret_id), catalogue_version};
  step->memory.identity = std::move(request.identity);
  commit.session.state = SessionState::kOpen;
  commit.session.expected_rid = request.rid;
  commit.session.current_did = did;
  commit.session.expires_at = exchange.now + kSessionIdle;
  commit.session.memory = step->memory.Serialize();
  commit.messages.push_back(exchange.Log(
      ++step->logged, Direction::kToDevice,
      protocol::RowOf(step->memory.outstanding.request.kind).request,
      request.rid));
  commit.reply = std::move(request.message);
}

// A fresh GetDeviceState in the session; it is counted in memory.progress.
absl::Status Restart(Exchange& exchange, SessionStep* step) {
  OTRP_ASSIGN_OR_RETURN(SignedRequest request,
                        BuildGetDeviceState(exchange.tools, FrameOf(*step)));
  const std::string did =
      step->memory.queue.empty() ? "" : step->memory.queue.front();
  Send(exchange, std::move(request), PlannedRequest(), did,
       /*catalogue_version=*/0, step);
  return absl::OkStatus();
}

// Ends the session without a further request.
void Finish(Exchange& exchange, SessionState state, SessionStep* step) {
  SessionCommit& commit = step->commit;
  step->memory.outstanding = Outstanding();
  commit.session.state = state;
  commit.session.expected_rid.clear();
  commit.session.current_did.clear();
  // The last answer is kept for a device that asks for it again.
  commit.session.expires_at = exchange.now + kSessionIdle;
  commit.session.memory = step->memory.Serialize();
  commit.reply.clear();
}

// The context of the first TEE in the queue; null where it can't be served:
// another session has refused it meanwhile.
absl::StatusOr<DeviceContext*> FirstInQueue(Exchange& exchange,
                                            SessionStep* step) {
  const std::string& did = step->memory.queue.front();
  if (step->ContextOf(did) == nullptr) {
    OTRP_ASSIGN_OR_RETURN(std::vector<DeviceContext> loaded,
                          exchange.tools.store.LoadDevices({did}));
    for (DeviceContext& context : loaded) {
      step->contexts.push_back(std::move(context));
    }
  }
  DeviceContext* context = step->ContextOf(did);
  const bool servable = context != nullptr && context->state.has_value() &&
                        context->device.verdict == Verdict::kAccepted;
  return servable ? context : nullptr;
}

bool Contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

PlanResult PlanNow(const Exchange& exchange, const DeviceContext& context) {
  PlanResult plan = Plan(context, exchange.now);
  if (!plan.request.has_value() || !IsRemoval(*plan.request) ||
      exchange.tools.brake.MayRemove(context.device.did,
                                     context.losing_since)) {
    return plan;
  }
  PlanOptions options;
  options.removals_paused = true;
  return Plan(context, exchange.now, options);
}

// What takes something away is counted, by all processes together.
void NoteRemoval(Exchange& exchange, const PlannedRequest& planned,
                 const std::string& did, SessionStep* step) {
  if (!IsRemoval(planned)) return;
  exchange.tools.brake.Note(did);
  step->commit.losing.push_back(did);
  telemetry::kRemovals
      .With(planned.kind == protocol::MessageKind::kDeleteTa ? "component"
                                                             : "domain")
      .Increment();
}

PlanResult PlanFor(Exchange& exchange, DeviceContext* context,
                   SessionStep* step) {
  const absl::Time now = exchange.now;
  PlanResult plan = PlanNow(exchange, *context);
  // What is still to be done has had no effect, whatever the TEE says: asking
  // for the same again would never end.
  for (const std::string& action : context->claimed) {
    if (!Contains(plan.open, action)) continue;
    step->Fail(context, action, {advice::code::kNoEffect, "", Retry::kLater},
               now);
  }
  if (!context->claimed.empty()) {
    context->claimed.clear();
    plan = PlanNow(exchange, *context);
  }
  // Else the plan is made with what the TEE only says.
  if (context->state->fresh) step->Forget(context, plan.open, now);
  return plan;
}

absl::StatusOr<SignedRequest> BuildWith(Exchange& exchange,
                                        const SessionStep& step,
                                        const PlannedRequest& planned,
                                        const absl::StatusOr<PullState>& pull,
                                        DeviceContext* context) {
  if (!pull.ok()) return pull.status();
  const Pulled* pulled = absl::get_if<Pulled>(&*pull);
  return BuildRequest(exchange.tools, FrameOf(step), planned, *context,
                      pulled == nullptr ? nullptr : &pulled->encrypted_ta);
}

// Waits for a service provider's endpoint, and for nothing of the device's.
bool IsParked(const Task& task) {
  return task.state == TaskState::kWaiting && task.not_before.has_value() &&
         (task.last_error == advice::code::kPullWaits ||
          task.last_error == advice::code::kPullFailed);
}

// A device's turn: true where a request goes out.
absl::StatusOr<bool> Serve(Exchange& exchange, PlanResult plan,
                           DeviceContext* context, SessionStep* step) {
  Progress counted = step->memory.progress;
  if (!CountRequest(&counted)) {
    step->memory.failed = true;
    return false;
  }
  // Each round either gives a request or blocks one action.
  while (plan.request.has_value()) {
    absl::StatusOr<PullState> pull = PullStateOf(
        exchange.tools, step->commit.session.dialect, *plan.request, *context);
    if (pull.ok() && absl::holds_alternative<PullProgress>(*pull)) {
      step->Park(context, plan.request->action, absl::get<PullProgress>(*pull),
                 exchange.now);
      plan = PlanNow(exchange, *context);
      step->memory.blocked = true;
      continue;
    }
    absl::StatusOr<SignedRequest> request =
        BuildWith(exchange, *step, *plan.request, pull, context);
    if (request.ok()) {
      if (const Pulled* pulled = absl::get_if<Pulled>(&*pull)) {
        step->commit.taken_pulls.emplace_back(context->device.did,
                                              pulled->release_id);
      }
      step->memory.progress = counted;
      NoteRemoval(exchange, *plan.request, context->device.did, step);
      Send(exchange, *std::move(request), *std::move(plan.request),
           context->device.did, context->catalogue_version, step);
      return true;
    }
    if (Passes(request.status())) return request.status();
    step->Fail(context, plan.request->action,
               {absl::StrCat(advice::code::kRequestNotPossible, ": ",
                             request.status().message()),
                "", Retry::kLater},
               exchange.now);
    plan = PlanNow(exchange, *context);
  }
  return false;
}

void EndTurn(SessionStep* step) {
  step->memory.queue.erase(step->memory.queue.begin());
}

SessionState EndOf(const SessionMemory& memory) {
  if (memory.failed) return SessionState::kFailed;
  return memory.blocked ? SessionState::kBlocked : SessionState::kDone;
}

// When a device that gets nothing more now had better come again, for what was
// parked in this session or in one before.
void NoteParked(const DeviceContext& context, absl::Time now,
                SessionStep* step) {
  for (const Task& task : context.tasks) {
    if (!IsParked(task) || *task.not_before <= now) continue;
    const absl::Duration wait = *task.not_before - now;
    step->come_again = step->come_again == absl::ZeroDuration()
                           ? wait
                           : std::min(step->come_again, wait);
  }
}

// Whether what the session began with may still sign. Else the TEE is shown a
// certificate that may, together with its staples.
bool HasSigner(const Exchange& exchange, const SessionMemory& memory) {
  return memory.identity.empty() ||
         exchange.tools.identity.ById(memory.identity) != nullptr;
}

absl::Status PlanNext(Exchange& exchange, SessionStep* step) {
  SessionMemory& memory = step->memory;
  while (!memory.queue.empty()) {
    OTRP_ASSIGN_OR_RETURN(DeviceContext * context,
                          FirstInQueue(exchange, step));
    if (context == nullptr) {
      memory.failed = true;
    } else {
      PlanResult plan = PlanFor(exchange, context, step);
      if (plan.request.has_value() &&
          (!context->state->fresh || !HasSigner(exchange, memory))) {
        return Follow(
            exchange,
            Advance(memory.progress, {SessionEvent::Kind::kNotFresh, ""}),
            step);
      }
      if (plan.reason == PlanResult::Reason::kBlocked) memory.blocked = true;
      OTRP_ASSIGN_OR_RETURN(const bool sent,
                            Serve(exchange, std::move(plan), context, step));
      if (sent) return absl::OkStatus();
      NoteParked(*context, exchange.now, step);
    }
    EndTurn(step);
  }
  Finish(exchange, EndOf(memory), step);
  exchange.come_again = step->come_again;
  return absl::OkStatus();
}

// The task of `action` becomes this.
void ReplaceTask(const Task& task, std::vector<Task>* tasks) {
  auto same = std::find_if(
      tasks->begin(), tasks->end(),
      [&](const Task& other) { return other.action == task.action; });
  if (same == tasks->end()) {
    tasks->push_back(task);
  } else {
    *same = task;
  }
}

// For the plan and for the commit.
void SetTask(const Task& task, DeviceContext* context, DeviceUpdate* update) {
  ReplaceTask(task, &context->tasks);
  ReplaceTask(task, &update->tasks);
  update->cleared_tasks.erase(
      std::remove(update->cleared_tasks.begin(), update->cleared_tasks.end(),
                  task.action),
      update->cleared_tasks.end());
}

}  // namespace

DeviceUpdate& SessionStep::UpdateOf(const std::string& did, absl::Time now) {
  for (DeviceUpdate& update : commit.devices) {
    if (update.did == did) return update;
  }
  commit.devices.emplace_back();
  commit.devices.back().did = did;
  commit.devices.back().last_seen = now;
  return commit.devices.back();
}

DeviceContext* SessionStep::ContextOf(const std::string& did) {
  for (DeviceContext& context : contexts) {
    if (context.device.did == did) return &context;
  }
  return nullptr;
}

void SessionStep::Changed(const DeviceContext& context,
                          const std::vector<SecurityDomain>& before,
                          absl::Time now) {
  const std::string& did = context.device.did;
  UpdateOf(did, now).domains = context.domains;
  for (Outcome& outcome : ChangesOf(did, before, context.domains)) {
    commit.outcomes.push_back(std::move(outcome));
  }
}

void SessionStep::Fail(DeviceContext* context, const std::string& action,
                       const Failure& failure, absl::Time now) {
  const Task task = Failed(context->tasks, action, failure, now);
  for (Outcome& outcome : FailureOf(context->device.did, task)) {
    commit.outcomes.push_back(std::move(outcome));
  }
  SetTask(task, context, &UpdateOf(context->device.did, now));
  memory.failed = true;
}

void SessionStep::Park(DeviceContext* context, const std::string& action,
                       const PullProgress& progress, absl::Time now) {
  SetTask(Parked(context->tasks, action,
                 progress.error.ok() ? advice::code::kPullWaits
                                     : advice::code::kPullFailed,
                 Printable(progress.error.message(), kMaxDetailBytes),
                 now + progress.wait),
          context, &UpdateOf(context->device.did, now));
}

void SessionStep::Forget(DeviceContext* context,
                         const std::vector<std::string>& open, absl::Time now) {
  const auto is_over = [&](const Task& task) {
    return !Contains(open, task.action);
  };
  std::vector<Task>& tasks = context->tasks;
  const auto over =
      std::stable_partition(tasks.begin(), tasks.end(),
                            [&](const Task& task) { return !is_over(task); });
  if (over == tasks.end()) return;
  DeviceUpdate& update = UpdateOf(context->device.did, now);
  for (auto task = over; task != tasks.end(); ++task) {
    update.cleared_tasks.push_back(task->action);
  }
  tasks.erase(over, tasks.end());
  update.tasks.erase(
      std::remove_if(update.tasks.begin(), update.tasks.end(), is_over),
      update.tasks.end());
}

absl::Status Follow(Exchange& exchange, const Transition& transition,
                    SessionStep* step) {
  SessionMemory& memory = step->memory;
  memory.progress = transition.progress;
  switch (transition.next) {
    case Transition::Next::kPlan: return PlanNext(exchange, step);
    case Transition::Next::kRestart: return Restart(exchange, step);
    case Transition::Next::kFinish: break;
  }
  if (!memory.queue.empty()) EndTurn(step);
  if (transition.end == SessionState::kRefused) {
    Finish(exchange, SessionState::kRefused, step);
    return absl::OkStatus();
  }
  memory.failed = true;
  return PlanNext(exchange, step);
}

}  // namespace tsm
}  // namespace otrp

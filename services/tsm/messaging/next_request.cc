#include "services/tsm/messaging/next_request.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/protocol/messages.h"
#include "libs/protocol/plan.h"
#include "libs/protocol/session.h"
#include "services/tsm/domain/plan_device.h"
#include "services/tsm/limits.h"
#include "services/tsm/messaging/request_builder.h"

namespace otrp {
namespace tsm {
namespace {

// Our own reason for a failed action, beside the TEE's error codes.
constexpr char kCantBuild[] = "TSM_REQUEST_NOT_POSSIBLE";

// Trouble of ours that passes; everything else is the action's own.
bool Passes(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

RequestFrame FrameOf(const SessionStep& step) {
  return {step.commit.session.tid, step.commit.session.dialect,
          step.memory.progress.es256};
}

void Send(Exchange& exchange, SignedRequest request, Outstanding outstanding,
          const std::string& did, SessionStep* step) {
  SessionCommit& commit = step->commit;
  outstanding.encrypted_key_sha256 = request.encrypted_key_sha256;
  outstanding.secret_id = std::move(request.secret_id);
  step->memory.outstanding = std::move(outstanding);
  commit.session.state = kSessionOpen;
  commit.session.expected_rid = request.rid;
  commit.session.current_did = did;
  commit.session.expires_at = exchange.now + kSessionIdle;
  commit.session.memory = step->memory.Serialize();
  commit.messages.push_back(exchange.Log(
      ++step->logged, kToDevice,
      protocol::RowOf(step->memory.outstanding.kind).request, request.rid));
  commit.reply = std::move(request.message);
}

enum class Served { kRequest, kNothing };

// A device's turn.
absl::StatusOr<Served> Serve(Exchange& exchange, DeviceContext* context,
                             SessionStep* step) {
  // Each round either gives a request or blocks one action.
  for (;;) {
    protocol::PlanResult plan = PlanDevice(*context, exchange.now);
    if (!plan.request.has_value()) return Served::kNothing;
    absl::StatusOr<SignedRequest> request =
        BuildRequest(exchange.env, FrameOf(*step), *context, *plan.request);
    if (request.ok()) {
      Send(exchange, *std::move(request), OutstandingOf(*plan.request),
           context->device.did, step);
      return Served::kRequest;
    }
    if (Passes(request.status())) return request.status();
    step->Fail(context, plan.request->action,
               absl::StrCat(kCantBuild, ": ", request.status().message()),
               Retry::kLater, exchange.now);
  }
}

// The TEE has changed and didn't show how: a request made for the old state
// would be refused.
bool NeedsState(const DeviceContext& context, absl::Time now) {
  return !context.state->fresh && PlanDevice(context, now).request.has_value();
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

void SessionStep::Fail(DeviceContext* context, const std::string& action,
                       absl::string_view error, Retry retry, absl::Time now) {
  const Task task = Failed(context->tasks, action, error, retry, now);
  auto replace = [&](std::vector<Task>* tasks) {
    auto same =
        std::find_if(tasks->begin(), tasks->end(),
                     [&](const Task& other) { return other.action == action; });
    if (same == tasks->end()) {
      tasks->push_back(task);
    } else {
      *same = task;
    }
  };
  replace(&context->tasks);
  DeviceUpdate& update = UpdateOf(context->device.did, now);
  replace(&update.tasks);
  update.cleared_tasks.erase(std::remove(update.cleared_tasks.begin(),
                                         update.cleared_tasks.end(), action),
                             update.cleared_tasks.end());
  memory.failed = true;
}

absl::Status PlanNext(Exchange& exchange, SessionStep* step) {
  SessionMemory& memory = step->memory;
  while (!memory.queue.empty()) {
    const std::string did = memory.queue.front();
    if (step->ContextOf(did) == nullptr) {
      OTRP_ASSIGN_OR_RETURN(std::vector<DeviceContext> loaded,
                            exchange.env.store.LoadDevices({did}));
      for (DeviceContext& context : loaded) {
        step->contexts.push_back(std::move(context));
      }
    }
    DeviceContext* context = step->ContextOf(did);
    if (context != nullptr && context->state.has_value() &&
        context->device.verdict == kVerdictAccepted) {
      protocol::Progress counted = memory.progress;
      if (!protocol::CountRequest(&counted)) {
        memory.failed = true;
        break;
      }
      if (NeedsState(*context, exchange.now)) {
        const protocol::Step again = protocol::Advance(
            memory.progress,
            {protocol::Event::Kind::kFailed, "ERR_DEV_STATE_MISMATCH"});
        if (again.next == protocol::Step::Next::kRestart) {
          memory.progress = again.progress;
          return Restart(exchange, step);
        }
        memory.failed = true;
      } else {
        protocol::Progress before = memory.progress;
        memory.progress = counted;
        OTRP_ASSIGN_OR_RETURN(Served served, Serve(exchange, context, step));
        if (served == Served::kRequest) return absl::OkStatus();
        memory.progress = before;
      }
    }
    memory.queue.erase(memory.queue.begin());
  }
  Finish(exchange, memory.failed ? kSessionFailed : kSessionDone, step);
  return absl::OkStatus();
}

absl::Status Restart(Exchange& exchange, SessionStep* step) {
  OTRP_ASSIGN_OR_RETURN(SignedRequest request,
                        BuildGetDeviceState(exchange.env, FrameOf(*step)));
  const std::string did =
      step->memory.queue.empty() ? "" : step->memory.queue.front();
  Send(exchange, std::move(request), Outstanding(), did, step);
  return absl::OkStatus();
}

void Finish(Exchange& exchange, const char* state, SessionStep* step) {
  SessionCommit& commit = step->commit;
  step->memory.queue.clear();
  step->memory.outstanding = Outstanding();
  commit.session.state = state;
  commit.session.expected_rid.clear();
  commit.session.current_did.clear();
  // The last answer is kept for a device that asks for it again.
  commit.session.expires_at = exchange.now + kSessionIdle;
  commit.session.memory = step->memory.Serialize();
  commit.reply.clear();
}

}  // namespace tsm
}  // namespace otrp

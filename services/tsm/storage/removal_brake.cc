#include "services/tsm/storage/removal_brake.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/json/json.h"
#include "libs/store/audit.h"
#include "libs/telemetry/metrics.h"
#include "services/tsm/limits.h"

namespace otrp {
namespace tsm {
namespace {

constexpr char kActor[] = "otrp://service/tsm";

std::string ReasonOf(const BrakeState& state) {
  return absl::StrCat("more than ", state.limit,
                      " devices would have lost something within an hour");
}

store::AuditEvent AuditOf(const std::string& reason) {
  json::Value details = json::Value::Object();
  details.Set("reason", json::Value::String(reason));
  store::AuditEvent event;
  event.actor = kActor;
  event.action = "fleet.pause-removals";
  event.subject = "fleet";
  event.details_json = details.Serialize();
  return event;
}

void Report(const BrakeState& state) {
  telemetry::kRemovalsPaused.With().Set(state.paused() ? 1 : 0);
  telemetry::kDevicesLosing.With().Set(static_cast<double>(state.devices));
}

}  // namespace

absl::Status RemovalBrake::Refresh() {
  const absl::Time now = clock_.Now();
  std::set<std::string> before;
  bool exceeded = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    before = std::exchange(noted_, {});
    exceeded = exceeded_;
  }
  absl::StatusOr<BrakeState> state = store_.Read(now);
  const bool too_many = state.ok() && !state->paused() &&
                        !state->ReleasedAt(now) &&
                        (state->devices > state->limit ||
                         (exceeded && state->devices >= state->limit));
  if (too_many) {
    const std::string reason = ReasonOf(*state);
    absl::StatusOr<bool> paused = store_.Pause(
        now, kActor, reason, /*unless_released=*/true, AuditOf(reason));
    state = paused.ok() ? store_.Read(now) : paused.status();
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!state.ok()) {
    noted_.merge(before);
    return state.status();
  }
  Report(*state);
  state_ = *std::move(state);
  read_at_ = now;
  exceeded_ = false;
  return absl::OkStatus();
}

bool RemovalBrake::MayRemove(const std::string& did, absl::Time losing_since) {
  const absl::Time now = clock_.Now();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!state_.has_value() || now - read_at_ > kBrakeMaxAge) return false;
  if (state_->paused()) return false;
  if (state_->ReleasedAt(now) || noted_.count(did) > 0) return true;
  if (now - losing_since < absl::Hours(1)) return true;
  if (state_->devices + static_cast<int64_t>(noted_.size()) < state_->limit) {
    return true;
  }
  exceeded_ = true;
  return false;
}

void RemovalBrake::Note(const std::string& did) {
  const std::lock_guard<std::mutex> lock(mutex_);
  noted_.insert(did);
}

}  // namespace tsm
}  // namespace otrp

#include "libs/http/peers.h"

#include <algorithm>

namespace otrp {
namespace http {
namespace internal {
namespace {

// What has been idle for so long has a full bucket again.
constexpr std::chrono::seconds kSweepPeriod(2);

}  // namespace

Peers::Place::~Place() {
  std::lock_guard<std::mutex> lock(peers_->mutex_);
  --state_->connections;
}

std::unique_ptr<Peers::Place> Peers::Enter(const IpAddress& peer, Time now) {
  std::lock_guard<std::mutex> lock(mutex_);
  State& state = Find(peer, now);
  if (limits_.connections > 0 && state.connections >= limits_.connections) {
    return nullptr;
  }
  ++state.connections;
  return std::make_unique<Place>(this, &state);
}

bool Peers::Request(const IpAddress& peer, Time now) {
  if (limits_.requests == 0) return true;
  std::lock_guard<std::mutex> lock(mutex_);
  State& state = Find(peer, now);
  Fill(&state, now);
  if (state.tokens < 1) return false;
  state.tokens -= 1;
  return true;
}

Peers::State& Peers::Find(const IpAddress& peer, Time now) {
  IpAddress key = peer.Subscriber();
  auto found = states_.find(key);
  if (found != states_.end()) return found->second;
  if (states_.size() >= kMaxPeers) ForgetTheIdle(now);
  if (states_.size() >= kMaxPeers) {
    // Nobody has this one.
    key = IpAddress({});
    found = states_.find(key);
    if (found != states_.end()) return found->second;
  }
  State state;
  state.tokens = 2.0 * limits_.requests;
  state.filled = now;
  state.octets = std::make_shared<Budget>(limits_.octets);
  return states_.emplace(key, std::move(state)).first->second;
}

void Peers::Fill(State* state, Time now) const {
  const std::chrono::duration<double> passed = now - state->filled;
  state->tokens = std::min(2.0 * limits_.requests,
                           state->tokens + passed.count() * limits_.requests);
  state->filled = now;
}

void Peers::ForgetTheIdle(Time now) {
  // Looking through all of them isn't for each new address.
  if (now - swept_ < kSweepPeriod) return;
  swept_ = now;
  for (auto it = states_.begin(); it != states_.end();) {
    Fill(&it->second, now);
    const bool idle = it->second.connections == 0 &&
                      it->second.tokens >= 2.0 * limits_.requests;
    it = idle ? states_.erase(it) : std::next(it);
  }
}

}  // namespace internal
}  // namespace http
}  // namespace otrp

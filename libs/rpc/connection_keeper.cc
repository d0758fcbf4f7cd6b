#include "libs/rpc/connection_keeper.h"

#include <chrono>
#include <utility>

#include "libs/telemetry/metrics.h"

namespace otrp {
namespace rpc {
namespace {

constexpr std::chrono::milliseconds kPause(100);
// On a connected channel, polls just long enough to notice that the peer is
// gone: more would take events away from the calls that wait for them.
constexpr std::chrono::milliseconds kLook(1);
// Connecting takes some 10 ms on one's own network. One channel's wait polls
// for all of them.
constexpr std::chrono::milliseconds kWait(200);

}  // namespace

ConnectionKeeper::ConnectionKeeper(std::vector<Peer> peers)
    : peers_(std::move(peers)), thread_([this] { Loop(); }) {}

ConnectionKeeper::~ConnectionKeeper() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void ConnectionKeeper::Loop() {
  for (const Peer& peer : peers_) {
    telemetry::kPeerConnected.With(peer.name).Set(0);
  }
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stop_) {
    lock.unlock();
    for (const Peer& peer : peers_) {
      const auto now = std::chrono::system_clock::now();
      grpc::Channel& channel = *peer.channel;
      const bool connected =
          (channel.GetState(/*try_to_connect=*/true) == GRPC_CHANNEL_READY &&
           !channel.WaitForStateChange(GRPC_CHANNEL_READY, now + kLook)) ||
          channel.WaitForConnected(now + kWait);
      telemetry::kPeerConnected.With(peer.name).Set(connected ? 1 : 0);
    }
    lock.lock();
    wake_.wait_for(lock, kPause, [this] { return stop_; });
  }
}

}  // namespace rpc
}  // namespace otrp

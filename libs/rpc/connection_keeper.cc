#include "libs/rpc/connection_keeper.h"

#include <chrono>
#include <utility>

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

ConnectionKeeper::ConnectionKeeper(
    std::vector<std::shared_ptr<grpc::Channel>> channels)
    : channels_(std::move(channels)), thread_([this] { Loop(); }) {}

ConnectionKeeper::~ConnectionKeeper() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void ConnectionKeeper::Loop() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stop_) {
    lock.unlock();
    for (const std::shared_ptr<grpc::Channel>& channel : channels_) {
      const auto now = std::chrono::system_clock::now();
      if (channel->GetState(/*try_to_connect=*/true) == GRPC_CHANNEL_READY) {
        channel->WaitForStateChange(GRPC_CHANNEL_READY, now + kLook);
      } else {
        channel->WaitForConnected(now + kWait);
      }
    }
    lock.lock();
    wake_.wait_for(lock, kPause, [this] { return stop_; });
  }
}

}  // namespace rpc
}  // namespace otrp

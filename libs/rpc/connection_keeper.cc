#include "libs/rpc/connection_keeper.h"

#include <chrono>
#include <utility>

namespace otrp {
namespace rpc {
namespace {

// Looking at a connected channel costs nothing.
constexpr std::chrono::milliseconds kPause(100);
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
      if (channel->GetState(/*try_to_connect=*/true) ==
          GRPC_CHANNEL_READY) {
        continue;
      }
      channel->WaitForConnected(std::chrono::system_clock::now() + kWait);
    }
    lock.lock();
    wake_.wait_for(lock, kPause, [this] { return stop_; });
  }
}

}  // namespace rpc
}  // namespace otrp

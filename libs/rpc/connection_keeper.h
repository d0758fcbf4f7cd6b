// Keeps channels connected in a process that serves no gRPC itself.
//
// A channel works only while some thread polls. A gRPC server's threads always
// do; in a process without one, calls that fail at once poll so little that a
// connection attempt runs into its time limit again and again, and a peer that
// restarted is not found for long. It also counts whether each is connected
// (otrp_peer_connected).
//
// Thread-safety: a value with a thread of its own; ends within half a second.
// Errors: none; a call says what is wrong with its channel.

#ifndef OTRP_LIBS_RPC_CONNECTION_KEEPER_H_
#define OTRP_LIBS_RPC_CONNECTION_KEEPER_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "grpcpp/channel.h"

namespace otrp {
namespace rpc {

class ConnectionKeeper {
 public:
  struct Peer {
    // The metric's label, a constant.
    std::string name;
    std::shared_ptr<grpc::Channel> channel;
  };

  explicit ConnectionKeeper(std::vector<Peer> peers);
  ~ConnectionKeeper();
  ConnectionKeeper(const ConnectionKeeper&) = delete;
  ConnectionKeeper& operator=(const ConnectionKeeper&) = delete;

 private:
  void Loop();

  const std::vector<Peer> peers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  // Last, so that all above is there before it runs.
  std::thread thread_;
};

}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_CONNECTION_KEEPER_H_

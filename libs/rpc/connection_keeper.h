// Keeps channels connected in a process that serves no gRPC itself.
//
// A channel works only while some thread polls. A gRPC server's threads always
// do; in a process without one, calls that fail at once poll so little that a
// connection attempt runs into its time limit again and again, and a peer that
// restarted is not found for long.
//
// Thread-safety: a value with a thread of its own; ends within half a second.
// Errors: none; a call says what is wrong with its channel.

#ifndef OTRP_LIBS_RPC_CONNECTION_KEEPER_H_
#define OTRP_LIBS_RPC_CONNECTION_KEEPER_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "grpcpp/channel.h"

namespace otrp {
namespace rpc {

class ConnectionKeeper {
 public:
  explicit ConnectionKeeper(
      std::vector<std::shared_ptr<grpc::Channel>> channels);
  ~ConnectionKeeper();
  ConnectionKeeper(const ConnectionKeeper&) = delete;
  ConnectionKeeper& operator=(const ConnectionKeeper&) = delete;

 private:
  void Loop();

  const std::vector<std::shared_ptr<grpc::Channel>> channels_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  // Last, so that all above is there before it runs.
  std::thread thread_;
};

}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_CONNECTION_KEEPER_H_

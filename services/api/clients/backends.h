// Calls to the services by the descriptor of the RPC: no line an RPC.
//
// Thread-safety: thread-safe.

#ifndef OTRP_SERVICES_API_CLIENTS_BACKENDS_H_
#define OTRP_SERVICES_API_CLIENTS_BACKENDS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "grpcpp/channel.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/idempotency.h"

namespace otrp {
namespace api {

using AnyMessage = std::unique_ptr<google::protobuf::Message>;

// A new message of a type of the linked code.
AnyMessage NewMessage(const google::protobuf::Descriptor& type);

class Backends {
 public:
  using Channels = std::map<std::string, std::shared_ptr<grpc::Channel>>;
  using Done = std::function<void(absl::StatusOr<AnyMessage>)>;
  using KeyedDone =
      std::function<void(absl::StatusOr<AnyMessage>, const rpc::KeyOutcome&)>;

  // By the services' names.
  explicit Backends(Channels channels) : channels_(std::move(channels)) {}

  // One unary call; `request` is of the RPC's input type. Calls `done` once,
  // on a thread of gRPC's, which it must not block, with the response or the
  // server's status; INTERNAL for a backend that isn't there.
  void Call(absl::string_view backend,
            const google::protobuf::MethodDescriptor& method,
            AnyMessage request, const rpc::CallOptions& options,
            Done done) const;
  // The same with what became of the request under options.key.
  void CallKeyed(absl::string_view backend,
                 const google::protobuf::MethodDescriptor& method,
                 AnyMessage request, const rpc::CallOptions& options,
                 KeyedDone done) const;

 private:
  const Channels channels_;
};

}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_CLIENTS_BACKENDS_H_

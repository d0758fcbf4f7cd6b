// The part of run.h's frame that answers a request under a key.
//
// Thread-safety: as run.h.

#ifndef OTRP_LIBS_RPC_KEYED_RUN_H_
#define OTRP_LIBS_RPC_KEYED_RUN_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "grpcpp/server_context.h"
#include "libs/rpc/keyed_calls.h"
#include "libs/rpc/run.h"

namespace otrp {
namespace rpc {
namespace internal {

// `act` where there is no key, or where it is the first request under its key;
// else the first answer, or why there is none. `act` must read call->attempt()
// no earlier than it is called. `calls` may be null: then a key is refused.
absl::Status RunKeyed(grpc::ServerContext* context, KeyedCalls* calls,
                      CallContext* call,
                      const google::protobuf::Message& request,
                      google::protobuf::Message* response,
                      absl::FunctionRef<absl::Status()> act);

}  // namespace internal
}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_KEYED_RUN_H_

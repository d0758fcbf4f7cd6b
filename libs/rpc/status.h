// The one mapping between absl::Status and grpc::Status.
//
// Outgoing: code and message pass, except that the messages of INTERNAL,
// DATA_LOSS and UNKNOWN are replaced (they may tell of our insides; the log
// has them under the trace id), and long messages are cut.

#ifndef OTRP_LIBS_RPC_STATUS_H_
#define OTRP_LIBS_RPC_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpcpp/support/status.h"

namespace otrp {
namespace rpc {

// gRPC puts the message into a header; proxies refuse long ones.
inline constexpr int kMaxStatusMessageBytes = 1024;

grpc::Status ToGrpcStatus(const absl::Status& status,
                          absl::string_view trace_id);
absl::Status FromGrpcStatus(const grpc::Status& status);

}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_STATUS_H_

#include "libs/rpc/status.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace otrp {
namespace rpc {

// Both enumerations follow google.rpc.Code.
static_assert(static_cast<int>(absl::StatusCode::kUnauthenticated) ==
                  static_cast<int>(grpc::StatusCode::UNAUTHENTICATED),
              "absl and gRPC must number status codes alike");

grpc::Status ToGrpcStatus(const absl::Status& status,
                          absl::string_view trace_id) {
  std::string message;
  switch (status.code()) {
    case absl::StatusCode::kOk: return grpc::Status::OK;
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss:
      message =
          absl::StrCat("internal error; the log has it under trace ", trace_id);
      break;
    case absl::StatusCode::kUnknown:
      message = absl::StrCat(
          "the outcome is unknown; ask for the state or "
          "repeat the call (trace ",
          trace_id, ")");
      break;
    default:
      message = std::string(status.message());
      if (message.size() > kMaxStatusMessageBytes) {
        message.resize(kMaxStatusMessageBytes - 3);
        message += "...";
      }
  }
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), message);
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      status.error_message());
}

}  // namespace rpc
}  // namespace otrp

#include "services/api/handlers/idempotency_key.h"

#include <string>

#include "absl/strings/match.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/field_error.h"

namespace otrp {
namespace api {
namespace handlers {

absl::StatusOr<rpc::KeyOfCall> KeyOfRequest(const http::Request& request,
                                            bool has_caller) {
  rpc::KeyOfCall key;
  if (request.method == "GET" || request.method == "HEAD") return key;
  int count = 0;
  for (const http::Header& header : request.headers) {
    if (!absl::EqualsIgnoreCase(header.first, rpc::kIdempotencyKey)) continue;
    ++count;
    key.key = header.second;
  }
  if (count == 0) return key;
  if (count > 1) return rpc::FieldMust(rpc::kIdempotencyKey, "be there once");
  OTRP_RETURN_IF_ERROR(rpc::CheckIdempotencyKey(key.key));
  if (!has_caller) {
    return rpc::FieldMust(rpc::kIdempotencyKey, "come with a credential");
  }
  return key;
}

}  // namespace handlers
}  // namespace api
}  // namespace otrp

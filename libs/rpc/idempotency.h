// A request under a key that the caller chose, between processes: the metadata
// "otrp-idempotency-key" of the request, and "otrp-idempotency" of the answer,
// which says what became of it. Anyone may send a key: it counts for himself
// alone, whoever he is.
//
// Thread-safety: functions without state. Errors: INVALID_ARGUMENT.
// Source: draft-ietf-httpapi-idempotency-key-header-07.

#ifndef OTRP_LIBS_RPC_IDEMPOTENCY_H_
#define OTRP_LIBS_RPC_IDEMPOTENCY_H_

#include <cstddef>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpcpp/client_context.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/string_ref.h"

namespace otrp {
namespace rpc {

// The header's name, with which errors begin.
inline constexpr char kIdempotencyKey[] = "Idempotency-Key";
inline constexpr size_t kMaxIdempotencyKeyBytes = 255;

// 1 to 255 printable characters of ASCII.
absl::Status CheckIdempotencyKey(absl::string_view key);

// What a call's metadata says.
struct KeyOfCall {
  // Empty: there is none.
  std::string key;
  // The call is for the first answer alone; nothing is done without one.
  bool only_replay = false;
};
void SetKey(const KeyOfCall& key, grpc::ClientContext* context);
absl::StatusOr<KeyOfCall> KeyOf(
    const std::multimap<grpc::string_ref, grpc::string_ref>& metadata);

// What became of a request under a key.
struct KeyOutcome {
  enum class Kind {
    // It was carried out now, or there was no key.
    kNone,
    // The answer is the first one's.
    kReplayed,
    // The first one is still running: ABORTED.
    kRunning,
    // The key was used for another request: ALREADY_EXISTS.
    kOtherRequest,
  };
  Kind kind = Kind::kNone;
  // Of the call whose answer it is, where it is kReplayed.
  std::string trace_id;
};
void SetOutcome(const KeyOutcome& outcome, grpc::ServerContext* context);
// After the call.
KeyOutcome OutcomeOf(const grpc::ClientContext& context);

}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_IDEMPOTENCY_H_

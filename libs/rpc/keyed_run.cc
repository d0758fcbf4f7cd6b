#include "libs/rpc/keyed_run.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/field_error.h"
#include "libs/rpc/idempotency.h"
#include "libs/rpc/status.h"

namespace otrp {
namespace rpc {
namespace internal {
namespace {

using google::protobuf::Message;

// Whether the same request would find the same: what is busy, late or broken
// may be well the next time.
bool IsFinal(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange: return true;
    default: return false;
  }
}

std::string OctetsOf(const Message& message) {
  std::string octets;
  google::protobuf::io::StringOutputStream stream(&octets);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return octets;
}

absl::Status Replay(const KeyedCalls::Answer& answer,
                    grpc::ServerContext* context, Message* response) {
  if (!response->ParseFromString(answer.response)) {
    return absl::DataLossError("a kept answer can't be read");
  }
  SetOutcome({KeyOutcome::Kind::kReplayed, answer.trace_id}, context);
  return answer.status;
}

// For what isn't this call's to do.
absl::Status Tell(const KeyedCalls::Begun& begun, grpc::ServerContext* context,
                  Message* response) {
  switch (begun.state) {
    case KeyedCalls::State::kAnswered:
      return Replay(begun.answer, context, response);
    case KeyedCalls::State::kRunning:
      SetOutcome({KeyOutcome::Kind::kRunning, ""}, context);
      return absl::AbortedError(absl::StrCat(
          kIdempotencyKey, ": its first request is still running; try again"));
    case KeyedCalls::State::kOtherRequest:
      SetOutcome({KeyOutcome::Kind::kOtherRequest, ""}, context);
      return absl::AlreadyExistsError(absl::StrCat(
          kIdempotencyKey, ": was used for another request; choose a new one"));
    case KeyedCalls::State::kAnswerLost:
      return absl::AlreadyExistsError(absl::StrCat(
          kIdempotencyKey,
          ": its request was carried out, but the answer is lost; look at "
          "what it made before a request with a new key"));
    case KeyedCalls::State::kFree:
    case KeyedCalls::State::kMine: break;
  }
  return absl::NotFoundError(
      absl::StrCat(kIdempotencyKey, ": no request came with it"));
}

}  // namespace

absl::Status RunKeyed(grpc::ServerContext* context, KeyedCalls* calls,
                      CallContext* call, const Message& request,
                      Message* response,
                      absl::FunctionRef<absl::Status()> act) {
  OTRP_ASSIGN_OR_RETURN(const KeyOfCall key, KeyOf(context->client_metadata()));
  if (key.key.empty()) return act();
  // Who has no identity of his own would share his keys with all others.
  if (call->caller().kind == CallerKind::kService) {
    return FieldMust(kIdempotencyKey, "come with the caller's own credential");
  }
  if (calls == nullptr) {
    return FieldIs(kIdempotencyKey, "not kept by this service");
  }
  const KeyedCalls::Request keyed = {
      absl::StrCat(call->caller().ToString(), " ", call->method()), key.key,
      OctetsOf(request)};
  OTRP_ASSIGN_OR_RETURN(
      const KeyedCalls::Begun begun,
      key.only_replay ? calls->Find(keyed) : calls->Begin(keyed));
  if (begun.state != KeyedCalls::State::kMine) {
    return Tell(begun, context, response);
  }
  call->set_attempt(begun.attempt);
  const absl::Status status = act();
  if (!IsFinal(status.code())) {
    calls->Release(begun.attempt);
    return status;
  }
  calls->Keep(keyed, begun.attempt,
              {status, call->trace_id(),
               status.ok() ? response->SerializeAsString() : std::string()});
  return status;
}

}  // namespace internal
}  // namespace rpc
}  // namespace otrp

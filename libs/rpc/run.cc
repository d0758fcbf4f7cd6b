#include "libs/rpc/run.h"

#include <chrono>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "libs/crypto/random.h"
#include "libs/rpc/delegation.h"
#include "libs/rpc/keyed_run.h"
#include "libs/rpc/status.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"
#include "libs/telemetry/trace.h"

namespace otrp {
namespace rpc {
namespace {

constexpr char kTraceparentKey[] = "traceparent";

// The method that takes this request. The services of our protos are in the
// generated pool; one request belongs to one method of its file.
std::string MethodOf(const google::protobuf::Descriptor& request) {
  const google::protobuf::FileDescriptor* file = request.file();
  for (int s = 0; s < file->service_count(); ++s) {
    for (int m = 0; m < file->service(s)->method_count(); ++m) {
      const auto* method = file->service(s)->method(m);
      if (method->input_type() == &request) return method->full_name();
    }
  }
  return absl::StrCat("unknown method of ", request.full_name());
}

std::string MetadataValue(const grpc::ServerContext& context, const char* key) {
  const auto& metadata = context.client_metadata();
  const auto it = metadata.find(key);
  if (it == metadata.end()) return "";
  return std::string(it->second.data(), it->second.size());
}

absl::Time DeadlineOf(const grpc::ServerContext& context) {
  const auto deadline = context.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) {
    return absl::InfiniteFuture();
  }
  return absl::FromChrono(deadline);
}

// Client faults are the client's; these are ours or the surroundings'.
bool IsOurs(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kUnimplemented: return true;
    default: return false;
  }
}

// Exactly one record for a mutating RPC that succeeded, none for a reading
// one or where nothing was changed.
absl::Status CheckAudit(const CallContext& call, const AuthzRule& rule) {
  const bool wanted =
      rule.effect == Effect::kMutates && !call.nothing_changed();
  if (call.audit_records() == (wanted ? 1 : 0)) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat(rule.method, " succeeded with ", call.audit_records(),
                   " audit records instead of ", wanted ? 1 : 0));
}

bool Mutates(const Guard& guard, const CallContext& call) {
  const AuthzRule* rule = guard.table().Find(call.method());
  return rule != nullptr && rule->effect == Effect::kMutates;
}

absl::Status ActAudited(
    const Guard& guard, const CallContext& call,
    absl::FunctionRef<absl::Status(const CallContext&)> handler) {
  absl::Status status = handler(call);
  const AuthzRule* rule = guard.table().Find(call.method());
  if (!status.ok() || rule == nullptr) return status;
  absl::Status audit = CheckAudit(call, *rule);
  if (audit.ok()) return status;
  OTRP_LOG(ERROR, "audit record count is wrong",
           {{"problem", std::string(audit.message())},
            {"trace_id", call.trace_id()}});
  return guard.audit_check() == Guard::AuditCheck::kEnforce ? audit : status;
}

}  // namespace

CallContext::CallContext(Identity caller, std::string method,
                         std::string traceparent, absl::Time deadline)
    : caller_(std::move(caller)),
      method_(std::move(method)),
      deadline_(deadline) {
  const telemetry::TraceContext trace =
      telemetry::TraceContext::FromHeaderOrNew(traceparent,
                                               crypto::SystemRandom());
  traceparent_ = trace.ToHeader();
  trace_id_ = trace.trace_id;
}

namespace internal {

grpc::Status RunErased(
    grpc::ServerContext* context, const Guard& guard,
    const google::protobuf::Message& request,
    google::protobuf::Message* response,
    absl::FunctionRef<absl::Status(const CallContext&)> handler) {
  const auto start = std::chrono::steady_clock::now();
  const telemetry::InFlight in_flight(telemetry::kRpcInFlight.With());
  const Identity peer = IdentityOf(*context->auth_context());
  absl::StatusOr<Identity> caller = CallerOf(peer, context->client_metadata());
  CallContext call(guard.Here(caller.ok() ? *std::move(caller) : peer),
                   MethodOf(*request.GetDescriptor()),
                   MetadataValue(*context, kTraceparentKey),
                   DeadlineOf(*context));
  absl::Status status = caller.status();
  if (status.ok()) status = guard.table().Check(call.method(), call.caller());
  if (status.ok()) {
    const auto act = [&] { return ActAudited(guard, call, handler); };
    status = Mutates(guard, call) ? RunKeyed(context, guard.keyed_calls(),
                                             &call, request, response, act)
                                  : act();
  }
  const std::string code = absl::StatusCodeToString(status.code());
  telemetry::kRpcHandled.With(guard.service_name(), call.method(), code)
      .Increment();
  telemetry::kRpcDuration.With(guard.service_name(), call.method())
      .Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                             start)
                   .count());
  if (!status.ok()) {
    const bool ours = IsOurs(status.code());
    // Callers' mistakes are no reason to leave out our own.
    static telemetry::LogSite our_site;
    static telemetry::LogSite their_site;
    telemetry::Log(
        ours ? our_site : their_site,
        ours ? telemetry::Severity::ERROR : telemetry::Severity::WARNING,
        "rpc failed",
        {{"method", call.method()},
         {"caller", call.caller().ToString()},
         {"code", code},
         {"error", std::string(status.message())},
         {"trace_id", call.trace_id()}});
  }
  return ToGrpcStatus(status, call.trace_id());
}

}  // namespace internal
}  // namespace rpc
}  // namespace otrp

// The frame around every handler: identity, authorization, trace, metrics,
// log line, status mapping. A generated service's methods are one-liners:
//
//   grpc::Status IssueCertificate(grpc::ServerContext* context,
//                                 const IssueCertificateRequest* request,
//                                 IssueCertificateResponse* response)
//       override {
//     return rpc::Run(context, env_, request, response,
//                     &handlers::IssueCertificate);
//   }
//
// and a handler is a free function
//
//   absl::Status IssueCertificate(const rpc::CallContext& call, Env& env,
//                                 const IssueCertificateRequest& request,
//                                 IssueCertificateResponse& response);
//
// The method is found by the type of its request: one request message per
// RPC, which authz_test_util.h checks.
//
// A mutating call that comes with an idempotency key is done once: the same
// request gets the first answer again (keyed_calls.h).
//
// The server's own door (server.h) has checked the table before; Run() checks
// again, so that a service used without that door isn't open.
//
// Thread-safety: Run() is called by many threads; a CallContext belongs to
// one call. Errors: PERMISSION_DENIED; INTERNAL for an audit mismatch under
// AuditCheck::kEnforce; else what the handler says, through status.h.

#ifndef OTRP_LIBS_RPC_RUN_H_
#define OTRP_LIBS_RPC_RUN_H_

#include <string>
#include <type_traits>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"
#include "libs/rpc/guard.h"
#include "libs/rpc/identity.h"

namespace otrp {
namespace rpc {

// One call, as handlers see it.
class CallContext {
 public:
  CallContext(Identity caller, std::string method, std::string traceparent,
              absl::Time deadline);

  const Identity& caller() const { return caller_; }
  // With dots: "otrp.ca.v1.CertificateAuthority.IssueCertificate".
  const std::string& method() const { return method_; }
  // 32 lower-case hex digits, never empty.
  const std::string& trace_id() const { return trace_id_; }
  // W3C traceparent to hand on to further calls and outbox messages.
  const std::string& traceparent() const { return traceparent_; }
  // absl::InfiniteFuture() where the caller set none.
  absl::Time deadline() const { return deadline_; }
  // The try of a request under a key (keyed_calls.h), which the call's audit
  // record brings into the transaction of what it does; empty for others.
  const std::string& attempt() const { return attempt_; }
  void set_attempt(std::string attempt) { attempt_ = std::move(attempt); }

  // libs/service/audit.h calls this when it makes a record; Run() holds the
  // count against the table's Effect.
  void NoteAuditRecord() const { ++audit_records_; }
  // What the store did with the record that it was given: false where it found
  // nothing to do (an idempotent repetition) and wrote none.
  void Changed(bool changed) const {
    if (changed) return;
    ResetAuditRecords();
    nothing_changed_ = true;
  }
  // A transaction that is tried again makes its record again: call at the
  // start of the transaction's function.
  void ResetAuditRecords() const { audit_records_ = 0; }
  int audit_records() const { return audit_records_; }
  bool nothing_changed() const { return nothing_changed_; }

 private:
  Identity caller_;
  std::string method_;
  std::string traceparent_;
  std::string trace_id_;
  absl::Time deadline_;
  std::string attempt_;
  mutable int audit_records_ = 0;
  mutable bool nothing_changed_ = false;
};

namespace internal {

grpc::Status RunErased(
    grpc::ServerContext* context, const Guard& guard,
    const google::protobuf::Message& request,
    google::protobuf::Message* response,
    absl::FunctionRef<absl::Status(const CallContext&)> handler);

inline const Guard& AsGuard(const Guard& guard) { return guard; }
inline const Guard& AsGuard(const Guard* guard) { return *guard; }

}  // namespace internal

template <typename Env, typename Request, typename Response>
grpc::Status Run(grpc::ServerContext* context, Env& env, const Request* request,
                 Response* response,
                 std::common_type_t<absl::Status (*)(const CallContext&, Env&,
                                                     const Request&, Response&)>
                     handler) {
  return internal::RunErased(context, internal::AsGuard(env.guard), *request,
                             response, [&](const CallContext& call) {
                               return handler(call, env, *request, *response);
                             });
}

}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_RUN_H_

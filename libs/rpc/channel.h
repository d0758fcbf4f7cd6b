// Client channels with mutual TLS, and calls that always have a deadline.
//
//   OTRP_ASSIGN_OR_RETURN(auto channel, rpc::CreateChannel(
//       {"127.0.0.1:9101", "ca", tls_dir}));
//   auto stub = otrp::ca::v1::CertificateAuthority::NewStub(channel);
//   OTRP_ASSIGN_OR_RETURN(auto response, rpc::Call<IssueCertificateResponse>(
//       *stub, &otrp::ca::v1::CertificateAuthority::Stub::IssueCertificate,
//       request, {absl::Seconds(3), call.traceparent()}));
//
// The server must show a certificate for "<service>.otrp.internal", whatever
// its address is. Certificates are reloaded when their files change. A lost
// connection is made again within about a second; calls that find no
// connection fail at once with UNAVAILABLE (set wait_for_ready to wait up to
// the deadline instead).
//
// A name with several addresses is a service of several replicas: the calls
// take turns among all that can be reached. The name is asked for again, at
// most once a second, whenever a connection ends, which servers see to
// (Server::Options::max_connection_age).
//
// Thread-safety: channels and stubs are thread-safe.
// Errors: FAILED_PRECONDITION for TLS files that can't be read; Call() gives
// the server's status.

#ifndef OTRP_LIBS_RPC_CHANNEL_H_
#define OTRP_LIBS_RPC_CHANNEL_H_

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/utility/utility.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "libs/rpc/idempotency.h"
#include "libs/rpc/identity.h"
#include "libs/rpc/status.h"

namespace otrp {
namespace rpc {

struct ChannelOptions {
  // "host:port", which is gRPC's "dns:///host:port", or another target of
  // gRPC's own.
  std::string target;
  // The server's name: "ca", "tsm", "attestation_verifier", "sp_portal".
  std::string service;
  // Directory with cert.pem, key.pem, ca.pem of the caller.
  std::string tls_dir;
  // How often a connection is tried, calls or none: a peer that vanished is
  // noticed by this, not by a caller's deadline. Not more often than the
  // servers' min_ping_interval.
  absl::Duration keepalive = absl::Seconds(20);
  // Tries a call once more that found no server or one that was just ending,
  // at another replica where there is one. Only for methods that may be done
  // twice: the first try may have had its effect.
  bool try_again = false;
};

absl::StatusOr<std::shared_ptr<grpc::Channel>> CreateChannel(
    const ChannelOptions& options);

struct CallOptions {
  // Always finite. From now.
  absl::Duration timeout = absl::Seconds(5);
  // W3C traceparent; empty: none is sent (the server makes one).
  std::string traceparent;
  bool wait_for_ready = false;
  // Of the call that this one is made for: nobody waits any longer.
  absl::Time deadline = absl::InfiniteFuture();
  // Whom the REST front calls for; nobody else may set it (delegation.h).
  absl::optional<Identity> caller = {};
  // idempotency.h.
  KeyOfCall key = {};
};

// Sets metadata, and the earlier one of the two deadlines.
void Prepare(const CallOptions& options, grpc::ClientContext* context);

// One unary call.
template <typename Response, typename Stub, typename Method, typename Request>
absl::StatusOr<Response> Call(Stub& stub, Method method, const Request& request,
                              const CallOptions& options = {}) {
  grpc::ClientContext context;
  Prepare(options, &context);
  Response response;
  grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return FromGrpcStatus(status);
  return response;
}

// One unary call that nobody waits for. `done` gets what Call() would return,
// once, on a thread of gRPC's, which it must not block, and where it must not
// give up the last reference to the channel: gRPC would wait there for its own
// thread to end.
//
//   rpc::CallAsync(*stub->async(), &Service::StubInterface::async_interface::M,
//                  std::move(request), options,
//                  [](absl::StatusOr<MResponse> response) { ... });
template <typename Stub, typename Interface, typename Request,
          typename Response>
void CallAsync(
    Stub& stub,
    void (Interface::*method)(grpc::ClientContext*, const Request*, Response*,
                              std::function<void(grpc::Status)>),
    std::common_type_t<Request> request, const CallOptions& options,
    std::function<void(absl::StatusOr<std::common_type_t<Response>>)> done) {
  struct State {
    absl::optional<grpc::ClientContext> context{absl::in_place};
    Request request;
    Response response;
    std::function<void(absl::StatusOr<Response>)> done;
  };
  auto state = std::make_shared<State>();
  Prepare(options, &*state->context);
  state->request = std::move(request);
  state->done = std::move(done);
  (stub.*method)(&*state->context, &state->request, &state->response,
                 [state](const grpc::Status& status) {
                   // It holds the channel, which the caller may give up as
                   // soon as he is told.
                   state->context.reset();
                   if (!status.ok()) return state->done(FromGrpcStatus(status));
                   state->done(std::move(state->response));
                 });
}

}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_CHANNEL_H_

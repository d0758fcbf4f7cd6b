#include "services/api/clients/console_sessions.h"

#include <utility>

#include "absl/status/status.h"
#include "libs/rpc/channel.h"
#include "services/api/clients/portal_authenticator.h"
#include "services/api/limits.h"

namespace otrp {
namespace api {
namespace {

using Stub = portal::v1::ConsoleSessions::StubInterface;

rpc::CallOptions Options(const std::string& traceparent) {
  rpc::CallOptions options;
  options.timeout = kAuthenticateTimeout;
  options.traceparent = traceparent;
  return options;
}

}  // namespace

ConsoleSessions::ConsoleSessions(const std::shared_ptr<grpc::Channel>& portal)
    : stub_(portal::v1::ConsoleSessions::NewStub(portal)) {}

void ConsoleSessions::Begin(
    const std::string& token, const std::string& traceparent,
    std::function<void(absl::StatusOr<Begun>)> done) const {
  portal::v1::BeginConsoleSessionRequest request;
  request.set_token(token);
  rpc::CallAsync(
      *stub_->async(), &Stub::async_interface::BeginConsoleSession,
      std::move(request), Options(traceparent),
      [done = std::move(done)](
          absl::StatusOr<portal::v1::BeginConsoleSessionResponse> response) {
        // This one is told: the token is good.
        if (absl::IsPermissionDenied(response.status())) {
          return done(response.status());
        }
        if (!response.ok()) return done(SecretNotGood(response.status()));
        absl::StatusOr<Principal> principal =
            PrincipalFromProto(response->principal());
        if (!principal.ok()) return done(principal.status());
        done(Begun{response->secret(), *std::move(principal)});
      });
}

void ConsoleSessions::End(
    const std::string& secret, const std::string& traceparent,
    std::function<void(absl::StatusOr<bool>)> done) const {
  portal::v1::EndConsoleSessionRequest request;
  request.set_secret(secret);
  rpc::CallAsync(
      *stub_->async(), &Stub::async_interface::EndConsoleSession,
      std::move(request), Options(traceparent),
      [done = std::move(done)](
          absl::StatusOr<portal::v1::EndConsoleSessionResponse> response) {
        if (!response.ok()) return done(SecretNotGood(response.status()));
        done(response->ended());
      });
}

}  // namespace api
}  // namespace otrp

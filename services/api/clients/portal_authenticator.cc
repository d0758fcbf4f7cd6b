#include "services/api/clients/portal_authenticator.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/delegation.h"
#include "libs/rpc/time.h"
#include "services/api/limits.h"

namespace otrp {
namespace api {
namespace {

using Stub = portal::v1::Authentication::StubInterface;

// What the services would refuse isn't sent to them.
absl::StatusOr<rpc::Identity> CallerOf(const portal::v1::Principal& principal) {
  common::v1::Caller message;
  message.set_kind(principal.kind());
  message.set_name(principal.name());
  message.set_role(principal.role());
  message.set_agent(principal.agent());
  *message.mutable_taids() = principal.taids();
  OTRP_ASSIGN_OR_RETURN(rpc::Identity caller, rpc::CallerIdentity(message));
  if (caller.agent.empty()) {
    return absl::InvalidArgumentError("agent: must be there");
  }
  return caller;
}

}  // namespace

// A portal that knows no tokens has given none.
absl::Status SecretNotGood(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kPermissionDenied:
      return absl::UnauthenticatedError("the token or session is not good");
    default:
      return absl::UnavailableError("tokens and sessions can't be checked now");
  }
}

PortalAuthenticator::PortalAuthenticator(
    const std::shared_ptr<grpc::Channel>& portal)
    : stub_(portal::v1::Authentication::NewStub(portal)) {}

void PortalAuthenticator::Authenticate(const Secret& secret,
                                       const std::string& traceparent,
                                       Done done) {
  portal::v1::AuthenticateRequest request;
  switch (secret.kind) {
    case Secret::Kind::kToken: request.set_token(secret.value); break;
    case Secret::Kind::kSession: request.set_session(secret.value); break;
  }
  rpc::CallOptions options;
  options.timeout = kAuthenticateTimeout;
  options.traceparent = traceparent;
  rpc::CallAsync(
      *stub_->async(), &Stub::async_interface::Authenticate, std::move(request),
      options,
      [done = std::move(done)](
          absl::StatusOr<portal::v1::AuthenticateResponse> response) {
        if (!response.ok()) return done(SecretNotGood(response.status()));
        done(PrincipalFromProto(response->principal()));
      });
}

absl::StatusOr<Principal> PrincipalFromProto(
    const portal::v1::Principal& principal) {
  absl::StatusOr<rpc::Identity> caller = CallerOf(principal);
  if (!caller.ok()) {
    return absl::InternalError(
        absl::StrCat("principal of the portal: ", caller.status().message()));
  }
  return Principal{*std::move(caller), rpc::FromProto(principal.expires_at())};
}

}  // namespace api
}  // namespace otrp

// Asks the portal.

#ifndef OTRP_SERVICES_API_CLIENTS_PORTAL_AUTHENTICATOR_H_
#define OTRP_SERVICES_API_CLIENTS_PORTAL_AUTHENTICATOR_H_

#include <memory>
#include <string>

#include "grpcpp/channel.h"
#include "otrp/portal/v1/access.grpc.pb.h"
#include "services/api/clients/authenticator.h"

namespace otrp {
namespace api {

class PortalAuthenticator final : public Authenticator {
 public:
  explicit PortalAuthenticator(const std::shared_ptr<grpc::Channel>& portal);

  void Authenticate(const Secret& secret, const std::string& traceparent,
                    Done done) override;
  // It remembers nothing.
  void Forget(const Secret&) override {}

 private:
  const std::unique_ptr<portal::v1::Authentication::StubInterface> stub_;
};

// For callers: UNAUTHENTICATED or UNAVAILABLE for what a call about a secret
// failed with.
absl::Status SecretNotGood(const absl::Status& status);

// INTERNAL for a principal that the portal should never give: of another kind,
// with a role of another kind, or without an agent.
absl::StatusOr<Principal> PrincipalFromProto(
    const portal::v1::Principal& principal);

}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_CLIENTS_PORTAL_AUTHENTICATOR_H_

// Begins and ends sessions of the console.
//
// Thread-safety: thread-safe.

#ifndef OTRP_SERVICES_API_CLIENTS_CONSOLE_SESSIONS_H_
#define OTRP_SERVICES_API_CLIENTS_CONSOLE_SESSIONS_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/channel.h"
#include "otrp/portal/v1/console_sessions.grpc.pb.h"
#include "services/api/clients/authenticator.h"

namespace otrp {
namespace api {

// At the portal.
class ConsoleSessions {
 public:
  struct Begun {
    // The session's own; not the token.
    std::string secret;
    Principal principal;
  };

  explicit ConsoleSessions(const std::shared_ptr<grpc::Channel>& portal);

  // Each calls `done` once, on a thread of gRPC's, which it must not block.
  // UNAUTHENTICATED for a token that isn't good, PERMISSION_DENIED for one
  // that is for programs.
  void Begin(const std::string& token, const std::string& traceparent,
             std::function<void(absl::StatusOr<Begun>)> done) const;
  // Whether there was one.
  void End(const std::string& secret, const std::string& traceparent,
           std::function<void(absl::StatusOr<bool>)> done) const;

 private:
  const std::unique_ptr<portal::v1::ConsoleSessions::StubInterface> stub_;
};

}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_CLIENTS_CONSOLE_SESSIONS_H_

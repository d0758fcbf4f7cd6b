// Whom a bearer token stands for.
//
// Thread-safety: thread-safe.

#ifndef OTRP_SERVICES_API_CLIENTS_AUTHENTICATOR_H_
#define OTRP_SERVICES_API_CLIENTS_AUTHENTICATOR_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/rpc/identity.h"

namespace otrp {
namespace api {

// The caller behind a good token.
struct Principal {
  rpc::Identity caller;
  // Until when the token is good.
  absl::Time expires_at;
};

class Authenticator {
 public:
  using Done = std::function<void(absl::StatusOr<Principal>)>;

  virtual ~Authenticator() = default;

  // Calls `done` once, on any thread, which it must not block, maybe before it
  // returns. UNAUTHENTICATED for a token that isn't good; UNAVAILABLE and the
  // like where that can't be found out.
  virtual void Authenticate(const std::string& token,
                            const std::string& traceparent, Done done) = 0;

 protected:
  Authenticator() = default;
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;
};

}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_CLIENTS_AUTHENTICATOR_H_

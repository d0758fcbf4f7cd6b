// Whom a bearer token, or a session of the console, stands for.
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

// Says who one is by being known. Nobody has checked it.
struct Secret {
  enum class Kind { kToken, kSession };

  Kind kind = Kind::kToken;
  std::string value;
};

// The caller behind a good secret.
struct Principal {
  rpc::Identity caller;
  // Until when the secret is good.
  absl::Time expires_at;
};

class Authenticator {
 public:
  using Done = std::function<void(absl::StatusOr<Principal>)>;

  virtual ~Authenticator() = default;

  // Calls `done` once, on any thread, which it must not block, maybe before it
  // returns. UNAUTHENTICATED for a secret that isn't good; UNAVAILABLE and the
  // like where that can't be found out.
  virtual void Authenticate(const Secret& secret,
                            const std::string& traceparent, Done done) = 0;
  // What is remembered of it counts no more.
  virtual void Forget(const Secret& secret) = 0;

 protected:
  Authenticator() = default;
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;
};

}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_CLIENTS_AUTHENTICATOR_H_

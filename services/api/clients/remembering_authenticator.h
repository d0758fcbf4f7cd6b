// Asks another one, and remembers for some seconds what it said of good
// secrets.
//
// Secrets aren't kept: only SHA-256 over them.

#ifndef OTRP_SERVICES_API_CLIENTS_REMEMBERING_AUTHENTICATOR_H_
#define OTRP_SERVICES_API_CLIENTS_REMEMBERING_AUTHENTICATOR_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/base/clock.h"
#include "services/api/clients/authenticator.h"

namespace otrp {
namespace api {

class RememberingAuthenticator final : public Authenticator {
 public:
  // `other` and `clock` must outlive it, and the calls under way with them.
  RememberingAuthenticator(Authenticator& other, const Clock& clock);

  void Authenticate(const Secret& secret, const std::string& traceparent,
                    Done done) override;
  // What is being asked at that moment may yet be remembered.
  void Forget(const Secret& secret) override;

 private:
  struct Entry {
    Principal principal;
    // Until when it counts; never after the secret's end.
    absl::Time until;
  };
  // What calls under way need, too.
  class Memory {
   public:
    absl::optional<Principal> Find(const std::string& digest, absl::Time now);
    void Keep(const std::string& digest, const Principal& principal,
              absl::Time now);
    void Forget(const std::string& digest);

   private:
    std::mutex mutex_;
    std::map<std::string, Entry> entries_;
  };

  Authenticator& other_;
  const Clock& clock_;
  const std::shared_ptr<Memory> memory_ = std::make_shared<Memory>();
};

}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_CLIENTS_REMEMBERING_AUTHENTICATOR_H_

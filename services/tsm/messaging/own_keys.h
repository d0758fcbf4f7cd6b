// Our private keys as messages need them: to sign with, and to read what is
// encrypted to us. They are held as long as this is, so that a renewal on the
// way changes nothing.
//
// Thread-safety: values. Errors: UNAVAILABLE where there is no usable identity.

#ifndef OTRP_SERVICES_TSM_MESSAGING_OWN_KEYS_H_
#define OTRP_SERVICES_TSM_MESSAGING_OWN_KEYS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "libs/protocol/device_state.h"
#include "services/tsm/identity/identity.h"

namespace otrp {
namespace tsm {

// Counts a private-key operation of ours ("sign", "decrypt"): they are what a
// message costs.
void CountKeyOp(const char* op, crypto::KeyType type);

// ES256's where `es256`, else RS256's.
absl::StatusOr<std::shared_ptr<const SigningIdentity>> SignerFor(
    const IdentitySource& source, bool es256);

class OwnKeys {
 public:
  explicit OwnKeys(const IdentitySource& source);
  protocol::TsmKeys keys() const;

 private:
  std::shared_ptr<const SigningIdentity> rsa_;
  std::shared_ptr<const SigningIdentity> ec_;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_MESSAGING_OWN_KEYS_H_

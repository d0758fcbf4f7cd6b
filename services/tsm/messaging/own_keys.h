// Our private keys as messages need them: to sign with, and to read what is
// encrypted to us. They are held as long as this is, so that a renewal on the
// way changes nothing.
//
// Thread-safety: values. Errors: UNAVAILABLE where there is no usable identity,
// or no key to read with.

#ifndef OTRP_SERVICES_TSM_MESSAGING_OWN_KEYS_H_
#define OTRP_SERVICES_TSM_MESSAGING_OWN_KEYS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/protocol/device_state.h"
#include "services/tsm/identity/identity.h"

namespace otrp {
namespace tsm {

// Counts a private-key operation of ours ("sign", "decrypt"): they are what a
// message costs.
void CountKeyOp(const char* op, crypto::KeyType type);

// Of a session that began with the identity `id`, that one; where `id` is
// empty, the current one: ES256's where `es256`, else RS256's.
absl::StatusOr<std::shared_ptr<const SigningIdentity>> SignerFor(
    const IdentitySource& source, bool es256, absl::string_view id = "");

// All keys that a device may have encrypted to; needs neither certificates nor
// staples. A device encrypts to the one that signed the request it answers, so
// after a key was replaced there are several to try for a while.
class OwnKeys {
 public:
  static absl::StatusOr<OwnKeys> Of(const IdentitySource& source);

  // How many tries there are; 1 but for the day after a rotation.
  size_t tries() const;
  // The n-th key of each type, the current ones first.
  protocol::TsmKeys Try(size_t n) const;
  // The id of what Try(n) has of a type; empty where that is nothing.
  std::string IdOf(size_t n, crypto::KeyType type) const;

 private:
  using Readers = std::vector<std::shared_ptr<const ReadingKey>>;
  OwnKeys(Readers rsa, Readers ec) : rsa_(std::move(rsa)), ec_(std::move(ec)) {}

  Readers rsa_;
  Readers ec_;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_MESSAGING_OWN_KEYS_H_

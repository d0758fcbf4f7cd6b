// Makes, seals and opens the TSM's private keys. A sealed key opens for its own
// identity's id alone.
//
// Thread-safety: thread-safe.
// Errors: DATA_LOSS where a sealed key doesn't open (another KEK).

#ifndef OTRP_SERVICES_TSM_IDENTITY_IDENTITY_KEYS_H_
#define OTRP_SERVICES_TSM_IDENTITY_IDENTITY_KEYS_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "libs/base/random.h"
#include "libs/base/secret.h"
#include "libs/crypto/keys.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {

class IdentityKeys {
 public:
  // `kek`: 32 octets. `random` must outlive this.
  IdentityKeys(SecretBytes kek, Random& random)
      : kek_(std::move(kek)), random_(random) {}

  // The first one of its type; its id is the type's name.
  absl::StatusOr<NewIdentity> MakeFirst(crypto::KeyType type) const;
  // One to follow another.
  absl::StatusOr<NewIdentity> MakeNext(crypto::KeyType type) const;

  absl::StatusOr<crypto::PrivateKey> Open(const StoredIdentity& stored) const;

 private:
  absl::StatusOr<NewIdentity> Make(crypto::KeyType type, std::string id) const;

  const SecretBytes kek_;
  Random& random_;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_IDENTITY_IDENTITY_KEYS_H_

// Where the CA's private keys are: in the database, sealed with AES-256-GCM
// under the key-encryption key, or in a PKCS #11 token (crypto/pkcs11.h), of
// which the database has the name, sealed the same way. Either is bound to its
// owner ("authority.tee-ca"), so that a row can't be passed off as another's.
//
// With a token the keys of new authorities are made there and never leave it;
// those that were made before stay where they are. OCSP signers' keys are in
// the database: they live for days, sign what anybody may ask for, and are
// delegated so that the authorities' keys needn't.
//
// Thread-safety: thread-safe; copies share the token.
// Errors: FAILED_PRECONDITION when a key doesn't open (another --kek_file, no
// --pkcs11_library) or isn't its certificate's; those of crypto/pkcs11.h.

#ifndef OTRP_SERVICES_CA_ISSUING_KEY_VAULT_H_
#define OTRP_SERVICES_CA_ISSUING_KEY_VAULT_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/random.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/pkcs11.h"
#include "libs/pki/certificate.h"
#include "libs/pki/key_kind.h"

namespace otrp {
namespace ca {

// "authority.tee-ca".
std::string KeyOwner(const std::string& authority);

class KeyVault {
 public:
  // Without a token. `kek` must outlive it.
  KeyVault(absl::string_view kek)  // NOLINT: what a vault is most of the time
      : kek_(kek) {}
  // `library` must outlive it; new keys are made in the token that
  // `token_uri`, "pkcs11:token=ca", means, and are called as their authority.
  // Empty: none are, but those that are there are used.
  KeyVault(absl::string_view kek, crypto::Pkcs11* library,
           std::string token_uri)
      : kek_(kek), library_(library), token_uri_(std::move(token_uri)) {}

  // With the key-encryption key before, or the one to come: what it has sealed
  // opens. Must outlive the vault; empty: there is none.
  KeyVault WithPrevious(absl::string_view previous_kek) const;

  // For a new authority of this name.
  absl::StatusOr<crypto::PrivateKey> NewAuthorityKey(
      const std::string& authority, const pki::KeyKind& kind) const;

  // What the database keeps of a key that Open() gives back.
  absl::StatusOr<std::string> Seal(const std::string& owner,
                                   const crypto::PrivateKey& key,
                                   Random& random) const;
  absl::StatusOr<crypto::PrivateKey> Open(
      const std::string& owner, absl::string_view sealed,
      const pki::Certificate& certificate) const;

 private:
  std::string UriOf(absl::string_view authority) const;

  absl::string_view kek_;
  absl::string_view previous_kek_ = {};
  crypto::Pkcs11* library_ = nullptr;
  std::string token_uri_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ISSUING_KEY_VAULT_H_

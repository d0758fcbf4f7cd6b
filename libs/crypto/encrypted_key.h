// Private keys in files that a passphrase closes: PKCS#8
// EncryptedPrivateKeyInfo
// ("ENCRYPTED PRIVATE KEY") with PBES2, PBKDF2 and AES-256-CBC, as openssl's
// commands read and write them.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT for what is no such file, and for a wrong
// passphrase, without saying which octets. Source: RFC 5958 section 3, RFC
// 8018.

#ifndef OTRP_LIBS_CRYPTO_ENCRYPTED_KEY_H_
#define OTRP_LIBS_CRYPTO_ENCRYPTED_KEY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/crypto/keys.h"

namespace otrp {
namespace crypto {

// PEM.
absl::StatusOr<std::string> EncryptKey(const PrivateKey& key,
                                       absl::string_view passphrase);

// The one key of a PEM text, which may be on P-384. An open one ("PRIVATE KEY")
// is read too, where `passphrase` is empty.
absl::StatusOr<PrivateKey> DecryptKey(absl::string_view pem,
                                      absl::string_view passphrase);

// Whether DecryptKey() needs a passphrase for it.
bool IsEncryptedKey(absl::string_view pem);

}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_ENCRYPTED_KEY_H_

// Private keys that stay in a hardware security module, or in a program that
// behaves like one: they sign certificates, CRLs and OCSP responses in there,
// and nobody reads them. The module is a shared library of its maker's.
//
// A key is named by a PKCS #11 URI, "pkcs11:token=ca;object=sp-ca-1", which is
// no secret; the PIN is, and never stands in it. Each signature is checked with
// the public half before it is believed.
//
// Thread-safety: thread-safe; signatures run in as many sessions of the token
// as there are threads, or wait where it has no more.
// Errors: INVALID_ARGUMENT for a URI that names no single key of one token or
// carries a PIN, NOT_FOUND where the token or the key isn't there,
// ALREADY_EXISTS for a key to be made under a name that is taken,
// PERMISSION_DENIED for a PIN that the token refuses, FAILED_PRECONDITION for a
// library or a key that can't be used, UNAVAILABLE where the token doesn't
// answer. A signature that fails is INTERNAL to who asked for it, as with any
// other key; trouble() has the reason.
// Source: PKCS #11 v2.40, RFC 7512.

#ifndef OTRP_LIBS_CRYPTO_PKCS11_H_
#define OTRP_LIBS_CRYPTO_PKCS11_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/secret.h"
#include "libs/crypto/keys.h"

namespace otrp {
namespace crypto {

namespace internal {
class Pkcs11Library;
}  // namespace internal

// "pkcs11:...": names a key in a token instead of being one.
bool IsPkcs11Uri(absl::string_view text);

// That `uri` names one key of one token, as text alone tells: with "token" or
// "serial", and "object" or "id".
absl::Status CheckPkcs11Uri(absl::string_view uri);

class Pkcs11 {
 public:
  // `library` is the path of the maker's shared library; `pin` is the user's,
  // for all tokens that keys are looked for in.
  static absl::StatusOr<std::unique_ptr<Pkcs11>> Open(
      const std::string& library, SecretBytes pin);
  // Keys that were found go on working; they keep the library.
  ~Pkcs11();
  Pkcs11(const Pkcs11&) = delete;
  Pkcs11& operator=(const Pkcs11&) = delete;

  // RSA, P-256 or P-384; its public half must be in the token too.
  absl::StatusOr<PrivateKey> Find(absl::string_view uri);
  // A new one that can't leave the token. `uri` has "object"; `rsa_bits` means
  // nothing for EC.
  absl::StatusOr<PrivateKey> Generate(absl::string_view uri, KeyType type,
                                      int rsa_bits = 3072);

  // Why the last signature failed; OK where it didn't, or none was asked for.
  absl::Status trouble() const;

 private:
  absl::StatusOr<PrivateKey> FindOnce(absl::string_view uri);
  explicit Pkcs11(std::shared_ptr<internal::Pkcs11Library> library);
  std::shared_ptr<internal::Pkcs11Library> library_;
};

}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_PKCS11_H_

// SHA-256, HMAC, HKDF, and the comparison that doesn't tell where two MACs
// differ. SHA-1 only names things (OCSP CertID, key identifiers).
//
// Thread-safety: functions without state; a Sha256Hasher belongs to one
// thread.

#ifndef OTRP_LIBS_CRYPTO_HASH_H_
#define OTRP_LIBS_CRYPTO_HASH_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "libs/base/secret.h"

namespace otrp {
namespace crypto {

inline constexpr size_t kSha256Size = 32;

// 32 octets.
std::string Sha256(absl::string_view bytes);

// 20 octets. Never for anything that is signed or trusted: RFC 6960 and
// RFC 5280 4.2.1.2 name issuers and keys by it.
std::string Sha1(absl::string_view bytes);

// Copying it copies the state: a common beginning is hashed once.
class Sha256Hasher {
 public:
  Sha256Hasher();

  void Update(absl::string_view bytes);
  // 32 octets; afterwards the hasher is as new.
  std::string Finish();

 private:
  // BoringSSL's SHA256_CTX lives in here.
  alignas(8) unsigned char state_[128];
};

// RFC 2104; 32 and 64 octets.
std::string HmacSha256(absl::string_view key, absl::string_view message);
std::string HmacSha512(absl::string_view key, absl::string_view message);

// RFC 5869 with SHA-256: `n` octets, at most 255 * 32. More is a programming
// error and ends the process.
SecretBytes HkdfSha256(absl::string_view secret, absl::string_view salt,
                       absl::string_view info, size_t n);

// The time depends on the lengths only. Different lengths are not equal.
bool ConstantTimeEquals(absl::string_view a, absl::string_view b);

}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_HASH_H_

// Symmetric encryption: JOSE's AES-CBC with HMAC, AES-256-GCM for what is
// stored, bare AES-CBC for TA images, and AES key wrap.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT. Opening fails with one message whatever was wrong
// with the octets; a key or an IV of the wrong length is told apart, since that
// is the caller's mistake.

#ifndef OTRP_LIBS_CRYPTO_AEAD_H_
#define OTRP_LIBS_CRYPTO_AEAD_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/random.h"
#include "libs/base/secret.h"

namespace otrp {
namespace crypto {

inline constexpr size_t kAesBlockSize = 16;

// ---- RFC 7518 5.2: AES-CBC and HMAC-SHA2, encrypt then MAC.

enum class ContentEnc { kA128CbcHs256, kA256CbcHs512 };

// Octets of the key: 32 or 64 (MAC key first, then AES key).
size_t CekSize(ContentEnc enc);

struct CbcHmacSealed {
  std::string ciphertext;
  // 16 or 32 octets.
  std::string tag;
};

// `iv` is 16 octets, and fresh for each message under one key.
absl::StatusOr<CbcHmacSealed> AesCbcHmacSeal(ContentEnc enc,
                                             absl::string_view cek,
                                             absl::string_view iv,
                                             absl::string_view aad,
                                             absl::string_view plaintext);

// Looks at the padding only after the tag was right.
absl::StatusOr<std::string> AesCbcHmacOpen(
    ContentEnc enc, absl::string_view cek, absl::string_view iv,
    absl::string_view aad, absl::string_view ciphertext, absl::string_view tag);

// ---- AES-256-GCM, for keys at rest under a KEK.

// nonce (12 octets) || ciphertext || tag (16 octets). `key` is 32 octets; with
// random nonces one key is good for 2^32 messages. `aad` binds the sealed
// octets to their place, so that they can't be moved to another row.
absl::StatusOr<std::string> AesGcmSeal(absl::string_view key,
                                       absl::string_view plaintext,
                                       absl::string_view aad, Random& random);
absl::StatusOr<SecretBytes> AesGcmOpen(absl::string_view key,
                                       absl::string_view sealed,
                                       absl::string_view aad);

// ---- AES-CBC with PKCS#7 padding, without authentication. Only for
// `encrypted_ta`, which stands inside a signed message: whoever decrypts octets
// that weren't authenticated lets the padding be guessed.

// `key` is 16, 24 or 32 octets (OTrP: 32), `iv` 16.
absl::StatusOr<std::string> AesCbcEncrypt(absl::string_view key,
                                          absl::string_view iv,
                                          absl::string_view plaintext);
absl::StatusOr<std::string> AesCbcDecrypt(absl::string_view key,
                                          absl::string_view iv,
                                          absl::string_view ciphertext);

// ---- RFC 3394.

// `kek` is 16, 24 or 32 octets; `key` a multiple of 8, at least 16. The result
// is 8 octets longer.
absl::StatusOr<std::string> AesKeyWrap(absl::string_view kek,
                                       absl::string_view key);
absl::StatusOr<SecretBytes> AesKeyUnwrap(absl::string_view kek,
                                         absl::string_view wrapped);

}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_AEAD_H_

// Digests by the name of their algorithm, for identifiers whose algorithm
// others choose (the CertID of OCSP). What is signed here is signed with
// SHA-256 (hash.h).
//
// Thread-safety: functions without state.

#ifndef OTRP_LIBS_CRYPTO_DIGEST_H_
#define OTRP_LIBS_CRYPTO_DIGEST_H_

#include <string>

#include "absl/strings/string_view.h"

namespace otrp {
namespace crypto {

enum class DigestAlgorithm { kSha1, kSha256, kSha384, kSha512 };

// 20, 32, 48 or 64 octets.
std::string Digest(DigestAlgorithm algorithm, absl::string_view bytes);

}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_DIGEST_H_

// SHA-512, for names that others make with it (the UUIDs below a subkey of
// OP-TEE). What is signed here is signed with SHA-256 (hash.h).
//
// Thread-safety: a function without state.

#ifndef OTRP_LIBS_CRYPTO_SHA512_H_
#define OTRP_LIBS_CRYPTO_SHA512_H_

#include <string>

#include "absl/strings/string_view.h"

namespace otrp {
namespace crypto {

// 64 octets.
std::string Sha512(absl::string_view bytes);

}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_SHA512_H_

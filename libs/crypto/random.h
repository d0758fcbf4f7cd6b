// The operating system's randomness (BoringSSL's generator on getrandom).
//
// Thread-safety: thread-safe. Errors: none; without entropy the process ends.

#ifndef OTRP_LIBS_CRYPTO_RANDOM_H_
#define OTRP_LIBS_CRYPTO_RANDOM_H_

#include "libs/base/random.h"

namespace otrp {
namespace crypto {

// Lives as long as the process.
Random& SystemRandom();

}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_RANDOM_H_

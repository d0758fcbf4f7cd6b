// RSA moduli that anybody can factor, or that are no moduli at all.
//
// Finds: fewer than 2048 or more than 8192 bits, even numbers, factors up to
// 167, public exponents that are even, 1 or above 2^32, and the fingerprint of
// the ROCA keys (CVE-2017-15361), which chips of the very kind that a TEE
// stands on have made. It doesn't prove that a key is good.
//
// Thread-safety: functions without state.

#ifndef OTRP_LIBS_CRYPTO_WEAK_KEY_H_
#define OTRP_LIBS_CRYPTO_WEAK_KEY_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace crypto {

inline constexpr int kMinRsaBits = 2048;
// A verification costs with the square of the length, and the key comes from
// whoever sends a certificate.
inline constexpr int kMaxRsaBits = 8192;

// Both big-endian without leading zeros. INVALID_ARGUMENT says what is wrong.
absl::Status CheckRsaPublicKey(absl::string_view modulus,
                               absl::string_view exponent);

// True when the modulus is in the subgroup that 65537 generates, for every
// small prime: so one in 2^27 good moduli, and every modulus of the flawed
// library.
bool HasRocaFingerprint(absl::string_view modulus);

}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_WEAK_KEY_H_

#include "libs/crypto/weak_key.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"

namespace otrp {
namespace crypto {
namespace {

// The odd primes up to 167: those of the smallest flawed keys, whose primes are
// k * M + (65537^a mod M) with M the product of 2..167. Larger flawed keys have
// larger M, of which these are factors.
constexpr uint32_t kPrimes[] = {
    3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
    47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
    107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};

constexpr size_t kPrimeCount = sizeof(kPrimes) / sizeof(kPrimes[0]);

uint32_t Mod(absl::string_view number, uint32_t divisor) {
  uint64_t remainder = 0;
  size_t i = 0;
  for (; i + 4 <= number.size(); i += 4) {
    const uint64_t word = uint64_t{static_cast<uint8_t>(number[i])} << 24 |
                          uint64_t{static_cast<uint8_t>(number[i + 1])} << 16 |
                          uint64_t{static_cast<uint8_t>(number[i + 2])} << 8 |
                          uint64_t{static_cast<uint8_t>(number[i + 3])};
    remainder = (remainder << 32 | word) % divisor;
  }
  for (; i < number.size(); ++i) {
    remainder = (remainder << 8 | static_cast<uint8_t>(number[i])) % divisor;
  }
  return static_cast<uint32_t>(remainder);
}

// The residues for all primes. The long number is divided once by the product
// of as many primes as fit 32 bits, and not by each: every certificate of a
// chain comes through here.
void Residues(absl::string_view number, uint32_t (&out)[kPrimeCount]) {
  size_t first = 0;
  while (first < kPrimeCount) {
    uint64_t product = 1;
    size_t end = first;
    while (end < kPrimeCount && product * kPrimes[end] <= UINT32_MAX) {
      product *= kPrimes[end++];
    }
    const uint32_t remainder = Mod(number, static_cast<uint32_t>(product));
    for (; first < end; ++first) out[first] = remainder % kPrimes[first];
  }
}

bool IsPowerOf65537(uint32_t residue, uint32_t prime) {
  const uint32_t generator = 65537 % prime;
  uint32_t power = 1;
  do {
    if (power == residue) return true;
    power = power * generator % prime;
  } while (power != 1);
  return false;
}

int BitLength(absl::string_view number) {
  if (number.empty()) return 0;
  int bits = static_cast<int>(number.size()) * 8;
  for (uint8_t top = static_cast<uint8_t>(number[0]); !(top & 0x80);
       top = static_cast<uint8_t>(top << 1)) {
    --bits;
    if (top == 0) break;
  }
  return bits;
}

}  // namespace

bool HasRocaFingerprint(absl::string_view modulus) {
  uint32_t residues[kPrimeCount];
  Residues(modulus, residues);
  // A good modulus leaves at one of the first few.
  for (size_t i = 0; i < kPrimeCount; ++i) {
    if (!IsPowerOf65537(residues[i], kPrimes[i])) return false;
  }
  return true;
}

absl::Status CheckRsaPublicKey(absl::string_view modulus,
                               absl::string_view exponent) {
  if (modulus.empty() || modulus[0] == '\0') {
    return absl::InvalidArgumentError(
        "the RSA modulus is empty or has leading zeros");
  }
  const int bits = BitLength(modulus);
  if (bits < kMinRsaBits || bits > kMaxRsaBits) {
    return absl::InvalidArgumentError(
        absl::StrCat("the RSA modulus has ", bits, " bits; ", kMinRsaBits,
                     " to ", kMaxRsaBits, " are taken"));
  }
  if ((modulus.back() & 1) == 0) {
    return absl::InvalidArgumentError("the RSA modulus is even");
  }
  if (exponent.empty() || exponent[0] == '\0') {
    return absl::InvalidArgumentError(
        "the RSA public exponent is empty or has leading zeros");
  }
  if (exponent.size() > 4) {
    return absl::InvalidArgumentError(
        "the RSA public exponent has more than 32 bits");
  }
  if ((exponent.back() & 1) == 0) {
    return absl::InvalidArgumentError("the RSA public exponent is even");
  }
  if (exponent.size() == 1 && exponent[0] == 1) {
    return absl::InvalidArgumentError("the RSA public exponent is 1");
  }
  uint32_t residues[kPrimeCount];
  Residues(modulus, residues);
  for (size_t i = 0; i < kPrimeCount; ++i) {
    if (residues[i] == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("the RSA modulus is a multiple of ", kPrimes[i]));
    }
  }
  if (HasRocaFingerprint(modulus)) {
    return absl::InvalidArgumentError(
        "the RSA modulus has the ROCA fingerprint (CVE-2017-15361): the "
        "device needs a new key from mended firmware");
  }
  return absl::OkStatus();
}

}  // namespace crypto
}  // namespace otrp

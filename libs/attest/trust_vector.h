// What an appraisal says of an attester, in the terms that relying parties of
// any verifier know: the trustworthiness claims of AR4SI. Higher is worse; 0
// says nothing.
//
// Thread-safety: values and constants.
// Source: draft-ietf-rats-ar4si, sections 2.3.3 and 2.3.4.

#ifndef OTRP_LIBS_ATTEST_TRUST_VECTOR_H_
#define OTRP_LIBS_ATTEST_TRUST_VECTOR_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace otrp {
namespace attest {

// In the draft's order.
enum class TrustClaim {
  kInstanceIdentity,
  kConfiguration,
  kExecutables,
  kFileSystem,
  kHardware,
  kRuntimeOpaque,
  kStorageOpaque,
  kSourcedData,
};
inline constexpr size_t kTrustClaims = 8;

// "instance-identity" ..
absl::string_view TrustClaimName(TrustClaim claim);

// Values that the suite uses; the same numbers mean different things of
// different claims.
namespace trust_value {
inline constexpr int kNone = 0;
// Of anything: as it should be. Of hardware and firmware: they passed the
// verification that shows them to be genuine.
inline constexpr int kAffirmed = 2;
// Of executables: not known as good ones.
inline constexpr int kUnrecognizedRuntime = 33;
// Of anything: known as bad.
inline constexpr int kContraindicated = 96;
// Of an instance or of hardware: not recognized.
inline constexpr int kUnrecognized = 97;
// Of anything: a signature is wrong.
inline constexpr int kCryptoFailed = 99;
}  // namespace trust_value

enum class TrustTier { kNone, kAffirming, kWarning, kContraindicated };

// "none", "affirming", "warning", "contraindicated".
absl::string_view TrustTierName(TrustTier tier);
// Of one value.
TrustTier TierOfValue(int value);

class TrustVector {
 public:
  int Get(TrustClaim claim) const {
    return values_[static_cast<size_t>(claim)];
  }
  // The worse of the two.
  void Worsen(TrustClaim claim, int value);
  // The worst of all claims; kNone where none says anything.
  TrustTier tier() const;

  friend bool operator==(const TrustVector& a, const TrustVector& b) {
    return a.values_ == b.values_;
  }

 private:
  std::array<int, kTrustClaims> values_ = {};
};

}  // namespace attest
}  // namespace otrp

#endif  // OTRP_LIBS_ATTEST_TRUST_VECTOR_H_

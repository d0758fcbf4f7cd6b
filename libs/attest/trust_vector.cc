#include "libs/attest/trust_vector.h"

#include <algorithm>

namespace otrp {
namespace attest {
namespace {

constexpr absl::string_view kClaimNames[kTrustClaims] = {
    "instance-identity", "configuration",  "executables",    "file-system",
    "hardware",          "runtime-opaque", "storage-opaque", "sourced-data",
};

constexpr absl::string_view kTierNames[] = {"none", "affirming", "warning",
                                            "contraindicated"};

}  // namespace

absl::string_view TrustClaimName(TrustClaim claim) {
  return kClaimNames[static_cast<size_t>(claim)];
}

absl::string_view TrustTierName(TrustTier tier) {
  return kTierNames[static_cast<size_t>(tier)];
}

TrustTier TierOfValue(int value) {
  if (value >= 96) return TrustTier::kContraindicated;
  if (value >= 32) return TrustTier::kWarning;
  return value >= 2 ? TrustTier::kAffirming : TrustTier::kNone;
}

void TrustVector::Worsen(TrustClaim claim, int value) {
  int& held = values_[static_cast<size_t>(claim)];
  held = std::max(held, value);
}

TrustTier TrustVector::tier() const {
  return TierOfValue(*std::max_element(values_.begin(), values_.end()));
}

}  // namespace attest
}  // namespace otrp

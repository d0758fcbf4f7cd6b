#include "services/attestation_verifier/records/overdue_watch.h"

#include "absl/types/optional.h"
#include "libs/base/status_macros.h"
#include "libs/telemetry/metrics.h"
#include "services/attestation_verifier/limits.h"

namespace otrp {
namespace verifier {

absl::Status OverdueWatch::Run() {
  const absl::optional<VersionedPolicy> policy = trust_.policy();
  // Soon again: until then there is no number.
  if (!policy.has_value()) {
    return absl::UnavailableError("the policy isn't loaded yet");
  }
  int64_t overdue = 0;
  if (policy->policy.attest_by_hours > 0) {
    OTRP_ASSIGN_OR_RETURN(
        overdue, store_.CountOverdue(
                     clock_.Now() - absl::Hours(policy->policy.attest_by_hours),
                     kMaxCountedOverdue));
  }
  telemetry::kDevicesOverdue.With().Set(static_cast<double>(overdue));
  return absl::OkStatus();
}

}  // namespace verifier
}  // namespace otrp

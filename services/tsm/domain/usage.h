// What counts as used when a TEE has confirmed a request: one event of the
// ledger (libs/service/usage_ledger.h).
//
// Thread-safety: functions without state; values.

#ifndef OTRP_SERVICES_TSM_DOMAIN_USAGE_H_
#define OTRP_SERVICES_TSM_DOMAIN_USAGE_H_

#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "services/tsm/domain/plan.h"

namespace otrp {
namespace tsm {

struct Usage {
  // Of UsageKinds().
  std::string kind;
  std::string spid;
  // protocol::TaidKey(); empty where it isn't about one application.
  std::string taid;
  // As Device.tee_vendor.
  std::string tee_vendor;
  std::string tsm_id;
};

// "ta-install", "ta-update", "ta-delete", "domain-create".
std::vector<std::string> UsageKinds();

// Of a request that the TEE answered with "pass". Nothing for those that aren't
// counted: GetDeviceState, UpdateSD and DeleteSD.
absl::optional<Usage> UsageOf(const PlannedRequest& request,
                              const std::string& tee_vendor,
                              const std::string& tsm_id);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_USAGE_H_

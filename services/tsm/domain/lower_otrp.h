// Changes as OTrP's messages: the next request of those that bring a device
// there, in the fewest of them.
//
// Order: DeleteTA, UpdateSD (certificates of a domain in one message),
// CreateSD, InstallTA, UpdateTA, DeleteSD. An SP has one security domain,
// "<spid>.sd". Where a domain of another SP has that name, nothing is done for
// this one: it isn't ours to delete.
//
// Thread-safety: functions without state. Errors: none.
// Source: docs/wire.md section 3.

#ifndef OTRP_SERVICES_TSM_DOMAIN_LOWER_OTRP_H_
#define OTRP_SERVICES_TSM_DOMAIN_LOWER_OTRP_H_

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "services/tsm/domain/changes.h"
#include "services/tsm/domain/model.h"
#include "services/tsm/domain/plan.h"

namespace otrp {
namespace tsm {

// `changes`: as Compare() gives them for `domains`. As Plan() besides.
PlanResult LowerToOtrp(const std::vector<Change>& changes,
                       const std::vector<SecurityDomain>& domains,
                       absl::FunctionRef<bool(absl::string_view)> blocked,
                       const PlanOptions& options);

// What `request` does of `changes`.
std::vector<Change> DoneBy(const PlannedRequest& request,
                           const std::vector<Change>& changes);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_LOWER_OTRP_H_

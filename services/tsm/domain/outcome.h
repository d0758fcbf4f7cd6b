// What became of a service provider's applications on a device, as the portal
// is told (otrp.tsm.v1.Outcomes).
//
// Pure functions over values.

#ifndef OTRP_SERVICES_TSM_DOMAIN_OUTCOME_H_
#define OTRP_SERVICES_TSM_DOMAIN_OUTCOME_H_

#include <string>
#include <vector>

#include "services/tsm/domain/model.h"

namespace otrp {
namespace tsm {

// The versions of ours that a device has in `after` and hadn't in `before`, or
// the other way round. What was there before us, of an unknown version, is
// nobody's. Summed up, the outcomes of all devices are how many have which
// version by our records.
std::vector<Outcome> ChangesOf(const std::string& did,
                               const std::vector<SecurityDomain>& before,
                               const std::vector<SecurityDomain>& after);

// That `task` failed: of the first failure and of the one that gives it up;
// those between say nothing new. `sdname` of DeleteSD stands for its SP.
std::vector<Outcome> FailureOf(const std::string& did, const Task& task);

// That the evidence of a device isn't believed any more, for each SP who has,
// or is to have, something on it. `reason`: the first one,
// its detail printable.
std::vector<Outcome> RefusalOf(const std::string& did,
                               const std::vector<SecurityDomain>& domains,
                               const std::vector<DesiredTa>& desired,
                               const AttestationReason& reason);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_OUTCOME_H_

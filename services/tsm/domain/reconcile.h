// What a device has, put together from what its TEE reports and what we
// remember: the DSI tells domains and TAs, but neither the versions of TAs
// nor the SP certificates in a domain.
//
// Pure functions over values.

#ifndef OTRP_SERVICES_TSM_DOMAIN_RECONCILE_H_
#define OTRP_SERVICES_TSM_DOMAIN_RECONCILE_H_

#include <cstdint>
#include <vector>

#include "libs/protocol/dsi.h"
#include "services/tsm/domain/model.h"
#include "services/tsm/domain/plan.h"

namespace otrp {
namespace tsm {

// What the TEE reports is true; versions and certificates are kept for what
// we know and empty for what we don't. That is known since `catalogue_version`,
// so that no decision of before is about it, unless it is among `former`.
std::vector<SecurityDomain> Reconcile(const std::vector<SecurityDomain>& known,
                                      const std::vector<FormerContent>& former,
                                      const protocol::Dsi& reported,
                                      int64_t catalogue_version);

// True where both have the same domains with the same TAs, in any order.
bool SameDomains(const std::vector<SecurityDomain>& a,
                 const std::vector<SecurityDomain>& b);

// The effect of a request that the TEE answered with "pass", and that was
// planned with `catalogue_version`. What isn't there already, or is there in
// spite of it, is no error: the TEE's next report decides.
void ApplyEffect(const PlannedRequest& request, int64_t catalogue_version,
                 std::vector<SecurityDomain>* domains);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_RECONCILE_H_

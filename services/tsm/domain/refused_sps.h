// What a device doesn't get though it is accepted, because a service provider's
// own policy refuses it (AppraiseResponse.tenant_refusals).
//
// What that provider has there already stays, and may be deleted, or its domain
// rid of certificates: it gets nothing new.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_SERVICES_TSM_DOMAIN_REFUSED_SPS_H_
#define OTRP_SERVICES_TSM_DOMAIN_REFUSED_SPS_H_

#include "absl/strings/string_view.h"
#include "services/tsm/domain/model.h"

namespace otrp {
namespace tsm {

// Whether `action` (PlannedRequest::action) would bring the device something of
// a provider that refuses it.
bool IsRefusedBySp(const Device& device, absl::string_view action);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_REFUSED_SPS_H_

// What a device shall have, out of what its assignments offer it.
//
// Of an application's assignments that reach a device the most specific one
// decides the channel: the device itself before conditions, of these the more
// before the fewer (a group is one), and all devices last; of equally specific
// ones that on "beta". On "stable" the device shall have the version of
// "stable", on "beta" the higher one of both channels. One that is withheld
// (yanked, or its signer revoked) counts only where there is no other.
//
// The order of the offers means nothing.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_SERVICES_TSM_DOMAIN_RESOLVE_H_
#define OTRP_SERVICES_TSM_DOMAIN_RESOLVE_H_

#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/tsm/domain/model.h"

namespace otrp {
namespace tsm {

// What conditions are about.
struct DeviceFacts {
  // As service::DeviceConditions::HoldFor() takes them.
  std::set<std::string> marks;
  service::AttestationTier tier = service::AttestationTier::kNone;
};

// By spid and taid, each once. Of offers to conditions those count that hold of
// `facts`; an offer to a device itself or to all has reached the right one.
std::vector<DesiredTa> Resolve(const DeviceFacts& facts,
                               const std::vector<Offer>& offers);

// Number by number; false where one of them isn't made of numbers.
bool IsHigherVersion(absl::string_view a, absl::string_view b);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_RESOLVE_H_

// What a device shall have and why, and what it isn't to have any more: out of
// what holds of it, the rows about it alone, and the catalogue. The one place
// where that is decided, for sessions and for whoever asks what they would do.
//
// Of an application's assignments that reach a device the most specific one
// decides the channel: the device itself before conditions, of these the more
// before the fewer (a group is one), and all devices last; of equally specific
// ones that on "beta". On "stable" the device shall have the version of
// "stable", on "beta" the higher one of both channels. One that is withheld
// (yanked, or its signer revoked) counts only where there is no other.
//
// What no assignment gives is not what somebody has decided to remove: that is
// a Decision. One reaches a device where its target does, or did until a group
// or a label was taken from the device.
//
// The order of rows means nothing.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_SERVICES_TSM_DOMAIN_RESOLVE_H_
#define OTRP_SERVICES_TSM_DOMAIN_RESOLVE_H_

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/tsm/domain/catalogue.h"
#include "services/tsm/domain/model.h"

namespace otrp {
namespace tsm {

// What conditions are about.
struct DeviceFacts {
  // As service::DeviceConditions::HoldFor() takes them.
  std::set<std::string> marks;
  service::AttestationTier tier = service::AttestationTier::kNone;
  // SPs (spids) that it has something of: of others nothing can be removed.
  std::set<std::string> providers;
};

// What is written about one device alone.
struct OwnRows {
  // With the target "did:...".
  std::vector<Rule> assignments;
  std::vector<Decision> decisions;
  std::vector<RemovedMark> removed_marks;
  // (spid, taid): there is data of the device's own.
  std::set<std::pair<std::string, std::string>> personalized;
};

struct Goals {
  // By spid and taid, each once.
  std::vector<DesiredTa> desired;
  // Of applications of facts.providers; it may want them all the same. The
  // newest first.
  std::vector<Decision> decisions;
};

Goals Resolve(const DeviceFacts& facts, const OwnRows& own,
              const Catalogue& catalogue);

// Number by number; false where one of them isn't made of numbers.
bool IsHigherVersion(absl::string_view a, absl::string_view b);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_RESOLVE_H_

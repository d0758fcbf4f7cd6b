#include "services/ca/issuing/first_ends.h"

#include <map>

#include "absl/time/time.h"
#include "libs/base/status_macros.h"
#include "libs/pki/profile.h"
#include "libs/telemetry/metrics.h"

namespace otrp {
namespace ca {

absl::Status TellFirstEnds(CaStore& store, const Clock& clock) {
  OTRP_ASSIGN_OR_RETURN(const auto ends, store.FirstEnds(clock.Now()));
  for (const pki::Profile& profile : pki::Profiles()) {
    const auto end = ends.find(profile.role);
    // A profile that has none any more is told, too.
    telemetry::kProfileExpiry.With(profile.word)
        .Set(end == ends.end()
                 ? 0
                 : static_cast<double>(absl::ToUnixSeconds(end->second)));
  }
  return absl::OkStatus();
}

}  // namespace ca
}  // namespace otrp

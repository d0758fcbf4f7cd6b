#include "services/attestation_verifier/domain/revocation_sources.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/attestation_verifier/limits.h"

namespace otrp {
namespace verifier {

absl::string_view StateOf(const StoredSource& source, absl::Time now) {
  const absl::optional<absl::Time>& until = source.progress.current_until;
  if (!until.has_value()) return "waiting";
  if (now < *until) return "current";
  return now < *until + absl::Hours(source.source.allow_stale_hours) ? "stale"
                                                                     : "over";
}

bool IsDue(const StoredSource& source, absl::Time now) {
  const SourceProgress& progress = source.progress;
  if (!progress.tried_at.has_value()) return true;
  absl::Duration pause = kSourceRetry;
  if (progress.error.empty() && progress.current_until.has_value()) {
    // Several times within the life of what there is.
    pause = std::clamp((*progress.current_until - *progress.tried_at) / 4,
                       kSourceRetry, kSourcePeriod);
  }
  return now >= *progress.tried_at + pause;
}

std::string DataNameOf(const std::string& source, absl::string_view of) {
  return of.empty() ? absl::StrCat("source:", source)
                    : absl::StrCat("source:", source, ":", of);
}

}  // namespace verifier
}  // namespace otrp

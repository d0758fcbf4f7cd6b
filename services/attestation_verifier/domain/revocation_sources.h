// Where revocation data is fetched from, and how that does.
//
// Thread-safety: values and functions without state.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_REVOCATION_SOURCES_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_REVOCATION_SOURCES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "services/attestation_verifier/domain/model.h"

namespace otrp {
namespace verifier {

// How the last tries went.
struct SourceProgress {
  absl::optional<absl::Time> tried_at = {};
  absl::optional<absl::Time> fetched_at = {};
  // Of what is in use.
  absl::optional<absl::Time> current_until = {};
  std::string error = {};
  std::string etag = {};
};

struct StoredSource {
  RevocationSource source;
  SourceProgress progress = {};
};

// "waiting", "current", "stale" or "over" (RevocationSource.state).
absl::string_view StateOf(const StoredSource& source, absl::Time now);
// Whether it is to be read again.
bool IsDue(const StoredSource& source, absl::Time now);

// Under what name of revocation_data its list stands, or the answer about the
// certificate `of`.
std::string DataNameOf(const std::string& source, absl::string_view of = "");

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_REVOCATION_SOURCES_H_

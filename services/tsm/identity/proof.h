// A chain of ours and the OCSP staples that speak of it, verified against each
// other.
//
// Thread-safety: values; functions without state.
// Errors: INTERNAL for a chain that isn't ours; UNAVAILABLE for staples that
// aren't "good"; else those of libs/pki/ocsp.h.

#ifndef OTRP_SERVICES_TSM_IDENTITY_PROOF_H_
#define OTRP_SERVICES_TSM_IDENTITY_PROOF_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/crypto/keys.h"
#include "libs/pki/certificate.h"
#include "libs/pki/ocsp.h"

namespace otrp {
namespace tsm {

// Staples that were verified.
struct VerifiedStaples {
  // DER: leaf, then each CA below the root.
  std::vector<std::string> ders;
  // The first end among them.
  absl::Time until;
  // When they are to be fetched again: half of the shortest life is over.
  absl::Time renew_at;
};

// The CA is trusted to issue, not to be free of mistakes: what it gives must
// be for our key and our id, or devices would refuse every message.
absl::Status CheckIssued(const std::vector<pki::Certificate>& chain,
                         const crypto::PrivateKey& key,
                         const std::string& tsm_id);

// What `staple` says of the n-th certificate of the chain, which has its issuer
// behind it.
absl::StatusOr<pki::OcspAnswer> CheckStaple(
    absl::string_view staple, size_t n,
    const std::vector<pki::Certificate>& chain, absl::Time now);

// One for each certificate but the root, in its order; all say "good".
absl::StatusOr<VerifiedStaples> VerifyStaples(
    const std::vector<std::string>& staples,
    const std::vector<pki::Certificate>& chain, absl::Time now);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_IDENTITY_PROOF_H_

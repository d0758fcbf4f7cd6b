// The life of an authority's generations.
//
//   next ──activate──► active ──(another is activated)──► retiring
//     │                   │                                  │
//     └───────retire──────┼──────────────retire──────────────┤
//                         │                                  ▼
//                         └─revoke─► revoked ──retire──► retired
//
// next and retiring ones can be revoked too.
//
// Thread-safety: functions without state.
// Errors: FAILED_PRECONDITION that says what to do (services/ca/errors.h).

#ifndef OTRP_SERVICES_CA_DOMAIN_GENERATION_H_
#define OTRP_SERVICES_CA_DOMAIN_GENERATION_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace otrp {
namespace ca {

enum class AuthorityState { kNext, kActive, kRetiring, kRetired, kRevoked };

// "next", ...: in the database and in otrp.ca.v1.
absl::string_view AuthorityStateWord(AuthorityState state);
absl::optional<AuthorityState> AuthorityStateFromWord(absl::string_view word);

// Of generation `number` of `line`: "sp-ca", "sp-ca.2". Names of CRLs and
// issuers' certificates, so that they stay what the first generation's were.
std::string GenerationName(absl::string_view line, int number);

// Whether certificates of it are good as far as it goes: they may be answered
// with again, and an intent may be completed.
bool IsTrusted(AuthorityState state);

// Whether `name` may become the active one. One that is, may.
absl::Status CheckActivate(absl::string_view name, AuthorityState state,
                           absl::Time not_after, absl::Time now);
// Whether it may end. `live`: certificates of it that live.
absl::Status CheckRetire(absl::string_view name, AuthorityState state,
                         int64_t live);
// Whether it may be revoked. `has_parent`: one of our authorities certified it.
absl::Status CheckRevoke(absl::string_view name, AuthorityState state,
                         bool is_root, bool has_parent);

// The end of a certificate by an issuer that ends at `issuer_end`: as long as
// the profile says, or to the issuer's end. FAILED_PRECONDITION where that
// leaves less than half of what the profile promises: a certificate that
// ends so early is a surprise for whoever gets it, and the next generation is
// overdue.
absl::StatusOr<absl::Time> EndOfLeaf(absl::string_view issuer,
                                     absl::Time issuer_end,
                                     absl::Time not_before,
                                     absl::Duration lifetime);

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_DOMAIN_GENERATION_H_

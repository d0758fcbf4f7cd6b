// Certificates that need two people: what was asked for, and what became of it.
//
// Thread-safety: values.

#ifndef OTRP_SERVICES_CA_DOMAIN_ISSUANCE_REQUEST_H_
#define OTRP_SERVICES_CA_DOMAIN_ISSUANCE_REQUEST_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/pki/profile.h"

namespace otrp {
namespace ca {

enum class IssuanceState { kPending, kApproved, kRejected };

// "pending", "approved", "rejected": in the database and in otrp.ca.v1.
absl::string_view IssuanceStateWord(IssuanceState state);
absl::optional<IssuanceState> IssuanceStateFromWord(absl::string_view word);

struct IssuanceDecision {
  IssuanceState state = IssuanceState::kPending;
  // An identity with the agent; empty while pending.
  std::string by;
  absl::Time at = absl::InfinitePast();
  // Of a rejection.
  std::string reason;
};

struct IssuanceRequest {
  std::string id;
  pki::Role profile = pki::Role::kClient;
  std::string csr_der;
  std::string common_name;
  std::vector<std::string> san_uris;
  // The identity without and with its agent: whose names count, and who it was.
  std::string requester;
  std::string requested_by;
  absl::Time requested_at;
  IssuanceDecision decision;
  // As Wish::authority.
  std::string authority = {};
};

// Whether a certificate of the profile makes its holder somebody to the whole
// suite: an operator, a service, a TSM.
bool NeedsTwoPeople(const pki::Profile& profile);

// Whether two identities, each with its agent, may be one person: the same, or
// an account's own certificate and one of its people.
bool IsSamePerson(absl::string_view a, absl::string_view b);

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_DOMAIN_ISSUANCE_REQUEST_H_

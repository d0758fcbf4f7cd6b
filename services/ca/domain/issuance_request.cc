#include "services/ca/domain/issuance_request.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace otrp {
namespace ca {
namespace {

struct StateRow {
  IssuanceState state;
  absl::string_view word;
};

constexpr StateRow kStates[] = {
    {IssuanceState::kPending, "pending"},
    {IssuanceState::kApproved, "approved"},
    {IssuanceState::kRejected, "rejected"},
};

}  // namespace

absl::string_view IssuanceStateWord(IssuanceState state) {
  for (const StateRow& row : kStates) {
    if (row.state == state) return row.word;
  }
  return "";
}

absl::optional<IssuanceState> IssuanceStateFromWord(absl::string_view word) {
  for (const StateRow& row : kStates) {
    if (row.word == word) return row.state;
  }
  return absl::nullopt;
}

bool NeedsTwoPeople(const pki::Profile& profile) {
  return profile.names == pki::NameRule::kTsmId ||
         profile.names == pki::NameRule::kServiceIdentity ||
         profile.names == pki::NameRule::kClientIdentity;
}

bool IsSamePerson(absl::string_view a, absl::string_view b) {
  return a == b || absl::StartsWith(a, absl::StrCat(b, "/")) ||
         absl::StartsWith(b, absl::StrCat(a, "/"));
}

}  // namespace ca
}  // namespace otrp

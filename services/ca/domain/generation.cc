#include "services/ca/domain/generation.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/ca/errors.h"

namespace otrp {
namespace ca {
namespace {

struct StateRow {
  AuthorityState state;
  absl::string_view word;
};

constexpr StateRow kStates[] = {
    {AuthorityState::kNext, "next"},
    {AuthorityState::kActive, "active"},
    {AuthorityState::kRetiring, "retiring"},
    {AuthorityState::kRetired, "retired"},
    {AuthorityState::kRevoked, "revoked"},
};

}  // namespace

absl::string_view AuthorityStateWord(AuthorityState state) {
  for (const StateRow& row : kStates) {
    if (row.state == state) return row.word;
  }
  return "";
}

absl::optional<AuthorityState> AuthorityStateFromWord(absl::string_view word) {
  for (const StateRow& row : kStates) {
    if (row.word == word) return row.state;
  }
  return absl::nullopt;
}

std::string GenerationName(absl::string_view line, int number) {
  return number == 1 ? std::string(line) : absl::StrCat(line, ".", number);
}

bool IsTrusted(AuthorityState state) {
  return state == AuthorityState::kActive || state == AuthorityState::kRetiring;
}

absl::Status CheckActivate(absl::string_view name, AuthorityState state,
                           absl::Time not_after, absl::Time now) {
  if (state != AuthorityState::kNext && state != AuthorityState::kActive) {
    return errors::NotNext(name, AuthorityStateWord(state));
  }
  return not_after > now ? absl::OkStatus() : errors::AuthorityEnded(name);
}

absl::Status CheckRetire(absl::string_view name, AuthorityState state,
                         int64_t live) {
  if (state == AuthorityState::kActive) return errors::StillActive(name);
  // Nobody takes what a revoked one signed.
  if (state == AuthorityState::kRevoked) return absl::OkStatus();
  return live == 0 ? absl::OkStatus() : errors::StillNeeded(name, live);
}

absl::Status CheckRevoke(absl::string_view name, AuthorityState state,
                         bool is_root, bool has_parent) {
  if (is_root) return errors::RootCantBeRevoked(name);
  if (!has_parent) return errors::AnothersToRevoke(name);
  return state == AuthorityState::kRetired
             ? errors::NotNext(name, AuthorityStateWord(state))
             : absl::OkStatus();
}

absl::StatusOr<absl::Time> EndOfLeaf(absl::string_view issuer,
                                     absl::Time issuer_end,
                                     absl::Time not_before,
                                     absl::Duration lifetime) {
  if (issuer_end < not_before + lifetime / 2) {
    return errors::AuthorityEndsSoon(issuer, issuer_end);
  }
  return std::min(not_before + lifetime, issuer_end);
}

}  // namespace ca
}  // namespace otrp

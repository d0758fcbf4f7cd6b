#include "services/attestation_verifier/domain/policy_drafts.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/attestation_verifier/errors.h"

namespace otrp {
namespace verifier {
namespace {

struct StateRow {
  DraftState state;
  absl::string_view word;
};

constexpr StateRow kStates[] = {
    {DraftState::kDraft, "draft"},
    {DraftState::kTested, "tested"},
    {DraftState::kActivated, "activated"},
    {DraftState::kDiscarded, "discarded"},
};

}  // namespace

absl::string_view WordOf(DraftState state) {
  for (const StateRow& row : kStates) {
    if (row.state == state) return row.word;
  }
  return "";
}

absl::StatusOr<DraftState> DraftStateOf(absl::string_view word) {
  for (const StateRow& row : kStates) {
    if (row.word == word) return row.state;
  }
  return absl::DataLossError("the state of a policy draft can't be read");
}

absl::Status CheckStep(DraftState from, DraftState to) {
  if (from == DraftState::kActivated || from == DraftState::kDiscarded) {
    return errors::DraftIs(WordOf(from), "make another one of its text");
  }
  if (to == DraftState::kActivated && from != DraftState::kTested) {
    return errors::DraftIs(WordOf(from), "test it first (otrpctl policy try)");
  }
  return absl::OkStatus();
}

bool IsSamePerson(absl::string_view a, absl::string_view b) {
  return a == b || absl::StartsWith(a, absl::StrCat(b, "/")) ||
         absl::StartsWith(b, absl::StrCat(a, "/"));
}

}  // namespace verifier
}  // namespace otrp

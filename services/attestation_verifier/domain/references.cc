#include "services/attestation_verifier/domain/references.h"

namespace otrp {
namespace verifier {
namespace {

struct StateRow {
  ReferenceState state;
  absl::string_view word;
};

constexpr StateRow kStates[] = {
    {ReferenceState::kSubmitted, "submitted"},
    {ReferenceState::kActive, "active"},
    {ReferenceState::kInactive, "inactive"},
};

}  // namespace

absl::string_view WordOf(ReferenceState state) {
  for (const StateRow& row : kStates) {
    if (row.state == state) return row.word;
  }
  return "";
}

absl::StatusOr<ReferenceState> ReferenceStateOf(absl::string_view word) {
  for (const StateRow& row : kStates) {
    if (row.word == word) return row.state;
  }
  return absl::DataLossError("the state of a reference value can't be read");
}

attest::ReferenceTable TableOf(const ReferenceList& list) {
  std::vector<attest::ReferenceValue> values;
  for (const StoredReference& value : list.values) {
    values.push_back({value.name, value.tee.anchor, value.tee.tee_name,
                      value.tee.tee_version,
                      value.state == ReferenceState::kInactive});
  }
  return attest::ReferenceTable(values);
}

}  // namespace verifier
}  // namespace otrp

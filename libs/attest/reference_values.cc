#include "libs/attest/reference_values.h"

namespace otrp {
namespace attest {

ReferenceTable::ReferenceTable(const std::vector<ReferenceValue>& values) {
  for (const ReferenceValue& value : values) {
    ReferenceDecision& row =
        rows_[{value.anchor, value.tee_name, value.tee_version}];
    if (row.result == ReferenceResult::kWithdrawn) continue;
    row = {
        value.withdrawn ? ReferenceResult::kWithdrawn : ReferenceResult::kKnown,
        value.name};
  }
}

ReferenceDecision ReferenceTable::Find(const std::string& anchor,
                                       const std::string& tee_name,
                                       const std::string& tee_version) const {
  const auto found = rows_.find({anchor, tee_name, tee_version});
  return found == rows_.end() ? ReferenceDecision() : found->second;
}

}  // namespace attest
}  // namespace otrp

// Which TEEs are known as good: one row for each maker, name and version that
// an operator laid down, and those that were taken back.
//
// A withdrawn one is refused whatever the policy says. One that no row names is
// refused where the policy asks for rows.
//
// Thread-safety: immutable.
// Source: RFC 9334 (Reference Values).

#ifndef OTRP_LIBS_ATTEST_REFERENCE_VALUES_H_
#define OTRP_LIBS_ATTEST_REFERENCE_VALUES_H_

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/string_view.h"

namespace otrp {
namespace attest {

struct ReferenceValue {
  // What the operator calls it.
  std::string name;
  // Of the trust anchor that the TEE's chain ends at.
  std::string anchor;
  // As the TEE says them, exactly.
  std::string tee_name;
  std::string tee_version;
  bool withdrawn = false;
};

enum class ReferenceResult { kUnknown, kKnown, kWithdrawn };

struct ReferenceDecision {
  ReferenceResult result = ReferenceResult::kUnknown;
  // Of the row that decided; empty: none did.
  std::string name;
};

class ReferenceTable {
 public:
  // None at all.
  ReferenceTable() = default;
  // Of two rows about one TEE a withdrawn one counts.
  explicit ReferenceTable(const std::vector<ReferenceValue>& values);

  ReferenceDecision Find(const std::string& anchor, const std::string& tee_name,
                         const std::string& tee_version) const;

 private:
  std::map<std::tuple<std::string, std::string, std::string>, ReferenceDecision>
      rows_;
};

}  // namespace attest
}  // namespace otrp

#endif  // OTRP_LIBS_ATTEST_REFERENCE_VALUES_H_

#include "services/attestation_verifier/domain/evidence.h"

#include <algorithm>

namespace otrp {
namespace verifier {

const EvidenceAnchor* FindAnchor(const EvidenceAnchorList& list,
                                 absl::string_view name) {
  const auto found = std::find_if(
      list.anchors.begin(), list.anchors.end(),
      [name](const EvidenceAnchor& anchor) { return anchor.name == name; });
  return found == list.anchors.end() ? nullptr : &*found;
}

bool MaySign(const EvidenceAnchorList& list, absl::string_view anchor,
             absl::string_view scheme) {
  const EvidenceAnchor* found = FindAnchor(list, anchor);
  if (found == nullptr) return scheme == kOtrpDsi;
  return std::count(found->schemes.begin(), found->schemes.end(), scheme) > 0;
}

}  // namespace verifier
}  // namespace otrp

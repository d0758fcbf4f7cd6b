#include "services/sp_portal/domain/publisher.h"

#include "absl/strings/match.h"

namespace otrp {
namespace portal {
namespace {

// An exact subject says more than any pattern, a longer pattern more than a
// shorter one.
bool SaysMore(const Publisher& a, const Publisher& b) {
  const bool a_exact = !absl::EndsWith(a.subject, "*");
  const bool b_exact = !absl::EndsWith(b.subject, "*");
  if (a_exact != b_exact) return a_exact;
  if (a.subject.size() != b.subject.size()) {
    return a.subject.size() > b.subject.size();
  }
  if (a.claims.size() != b.claims.size()) {
    return a.claims.size() > b.claims.size();
  }
  return a.added_at < b.added_at;
}

}  // namespace

bool Fits(const Publisher& publisher, const IdToken& token) {
  return SubjectFits(publisher.subject, token.subject()) &&
         ClaimsFit(publisher.claims, token.claims());
}

const Publisher* BestFit(const std::vector<Publisher>& publishers,
                         const IdToken& token) {
  const Publisher* best = nullptr;
  for (const Publisher& publisher : publishers) {
    if (!Fits(publisher, token)) continue;
    if (best == nullptr || SaysMore(publisher, *best)) best = &publisher;
  }
  return best;
}

}  // namespace portal
}  // namespace otrp

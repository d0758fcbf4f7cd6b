#include "services/tsm/domain/resolve.h"

#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "libs/service/names.h"

namespace otrp {
namespace tsm {
namespace {

// Higher: more specific.
int SpecificityOf(absl::string_view target) {
  if (absl::StartsWith(target, "did:")) return 2;
  return target == "all" ? 0 : 1;
}

using Rank = std::pair<int, service::Channel>;

Rank RankOf(const Offer& offer) {
  return {SpecificityOf(offer.target), offer.channel};
}

bool IsBetter(const DesiredTa& a, const DesiredTa& b) {
  if (a.yanked != b.yanked) return !a.yanked;
  return IsHigherVersion(a.version, b.version);
}

struct Decision {
  Rank rank;
  const DesiredTa* ta = nullptr;
};

}  // namespace

bool IsHigherVersion(absl::string_view a, absl::string_view b) {
  const absl::StatusOr<service::Version> first = service::Version::Parse(a);
  const absl::StatusOr<service::Version> second = service::Version::Parse(b);
  return first.ok() && second.ok() && *second < *first;
}

std::vector<DesiredTa> Resolve(const std::vector<Offer>& offers) {
  std::map<std::pair<absl::string_view, absl::string_view>, Decision> decisions;
  for (const Offer& offer : offers) {
    const Rank rank = RankOf(offer);
    Decision& decision =
        decisions.try_emplace({offer.spid, offer.taid}, Decision{rank, nullptr})
            .first->second;
    if (rank < decision.rank) continue;
    if (rank > decision.rank) decision = {rank, nullptr};
    if (!offer.release.has_value()) continue;
    if (decision.ta == nullptr || IsBetter(*offer.release, *decision.ta)) {
      decision.ta = &*offer.release;
    }
  }
  std::vector<DesiredTa> desired;
  for (const auto& [application, decision] : decisions) {
    if (decision.ta != nullptr) desired.push_back(*decision.ta);
  }
  return desired;
}

}  // namespace tsm
}  // namespace otrp

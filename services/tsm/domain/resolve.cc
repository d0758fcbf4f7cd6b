#include "services/tsm/domain/resolve.h"

#include <limits>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "libs/service/names.h"

namespace otrp {
namespace tsm {
namespace {

// Higher: more specific. Nothing where the target's conditions don't hold, or
// can't be read.
absl::optional<int> SpecificityOf(const DeviceFacts& facts,
                                  const std::string& target) {
  if (target == "all") return 0;
  if (absl::StartsWith(target, "did:")) return std::numeric_limits<int>::max();
  const absl::optional<service::DeviceConditions> conditions =
      service::DeviceConditions::FromText(target);
  if (!conditions.has_value() ||
      !conditions->HoldFor(facts.marks, facts.tier)) {
    return absl::nullopt;
  }
  return conditions->count();
}

using Rank = std::pair<int, service::Channel>;

bool IsBetter(const DesiredTa& a, const DesiredTa& b) {
  if (a.withheld() != b.withheld()) return !a.withheld();
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

std::vector<DesiredTa> Resolve(const DeviceFacts& facts,
                               const std::vector<Offer>& offers) {
  std::map<std::pair<absl::string_view, absl::string_view>, Decision> decisions;
  for (const Offer& offer : offers) {
    const absl::optional<int> specificity = SpecificityOf(facts, offer.target);
    if (!specificity.has_value()) continue;
    const Rank rank = {*specificity, offer.channel};
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

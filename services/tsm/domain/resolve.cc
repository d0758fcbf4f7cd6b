#include "services/tsm/domain/resolve.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

#include "absl/strings/str_split.h"
#include "libs/service/names.h"

namespace otrp {
namespace tsm {
namespace {

constexpr auto kBestTier = service::AttestationTier::kFirmwareVerified;

using Rank = std::pair<int, service::Channel>;

bool IsBetter(const CatalogueRelease& a, bool a_withheld,
              const CatalogueRelease& b, bool b_withheld) {
  if (a_withheld != b_withheld) return !a_withheld;
  return IsHigherVersion(a.version, b.version);
}

// Of what has decided about an application so far.
struct Winner {
  Rank rank;
  const std::string* target = nullptr;
};

bool Meets(const Catalogue::Reach& reach, const std::set<std::string>& marks,
           service::AttestationTier tier) {
  return reach.all || (reach.conditions.has_value() &&
                       reach.conditions->HoldFor(marks, tier));
}

class Resolution {
 public:
  Resolution(const DeviceFacts& facts, const OwnRows& own,
             const Catalogue& catalogue)
      : facts_(facts), own_(own), catalogue_(catalogue), before_(facts.marks) {
    for (const RemovedMark& removed : own.removed_marks) {
      before_.insert(removed.mark);
    }
  }

  Goals Run() && {
    for (const std::string& word : Words()) {
      const Catalogue::Word* found = catalogue_.FindWord(word);
      if (found == nullptr) continue;
      for (const Catalogue::RuleRow& row : found->rules) Take(row);
      for (const Catalogue::DecisionRow& row : found->decisions) {
        if (Meets(row.reach, before_, kBestTier)) Add(row.decision);
      }
    }
    for (const Rule& rule : own_.assignments) {
      Weigh(rule, std::numeric_limits<int>::max());
    }
    for (const Decision& decision : own_.decisions) Add(decision);
    Goals goals;
    for (const auto& [app, winner] : winners_)
      Give(app, winner, &goals.desired);
    goals.decisions = SortedDecisions();
    return goals;
  }

 private:
  using App = std::pair<std::string, std::string>;

  // That targets which may reach the device, or did, begin with.
  std::set<std::string> Words() const {
    std::set<std::string> words = before_;
    words.insert({"all", "tier:tee-authenticated", "tier:firmware-verified"});
    return words;
  }

  void Take(const Catalogue::RuleRow& row) {
    if (Meets(row.reach, facts_.marks, facts_.tier)) {
      Weigh(row.rule, row.reach.all ? 0 : row.reach.conditions->count());
      return;
    }
    if (facts_.providers.count(row.rule.spid) == 0) return;
    Decision decision;
    decision.spid = row.rule.spid;
    decision.taid = row.rule.taid;
    if (Meets(row.reach, facts_.marks, kBestTier)) {
      decision.kind = Decision::Kind::kProvesLess;
      decision.target = row.rule.target;
      Add(decision);
    } else if (Meets(row.reach, before_, kBestTier)) {
      decision.kind = Decision::Kind::kMarkRemoved;
      AddForMarks(row.rule.target, std::move(decision));
    }
  }

  // Each mark that the target demands and that was taken away is a decision.
  void AddForMarks(const std::string& target, Decision decision) {
    const std::vector<absl::string_view> words = absl::StrSplit(target, ' ');
    for (const RemovedMark& removed : own_.removed_marks) {
      if (std::find(words.begin(), words.end(), removed.mark) == words.end() ||
          facts_.marks.count(removed.mark) > 0) {
        continue;
      }
      decision.target = removed.mark;
      decision.actor = removed.actor;
      decision.at = removed.at;
      decision.version = removed.version;
      Add(decision);
    }
  }

  void Weigh(const Rule& rule, int specificity) {
    const Rank rank = {specificity, rule.channel};
    Winner& winner = winners_[{rule.spid, rule.taid}];
    // Of equal ones the name that comes first is told.
    if (winner.target == nullptr || rank > winner.rank ||
        (rank == winner.rank && rule.target < *winner.target)) {
      winner = {rank, &rule.target};
    }
  }

  void Add(const Decision& decision) {
    if (facts_.providers.count(decision.spid) > 0) {
      decisions_.push_back(decision);
    }
  }

  DesiredTa Wanted(const CatalogueRelease& release,
                   const Catalogue::Provider& provider) const {
    DesiredTa ta;
    ta.spid = release.spid;
    ta.taid = release.taid;
    ta.version = release.version;
    ta.release_id = release.id;
    ta.signer_fingerprint = release.signer_fingerprint;
    if (!catalogue_.IsRevoked(provider.certificate)) {
      ta.current_fingerprint = provider.certificate;
    }
    ta.yanked = release.yanked;
    ta.pull = release.pull;
    ta.personalized = own_.personalized.count({ta.spid, ta.taid}) > 0;
    Judge(catalogue_.FactsOf(release), &ta);
    return ta;
  }

  void Give(const App& app, const Winner& winner,
            std::vector<DesiredTa>* desired) const {
    const Catalogue::Provider* provider = catalogue_.FindProvider(app.first);
    if (provider == nullptr) return;
    const auto found = provider->applications.find(app.second);
    if (found == provider->applications.end() || found->second.withdrawn) {
      return;
    }
    std::vector<int64_t> ids = {found->second.release_id};
    if (winner.rank.second == service::Channel::kBeta) {
      ids.push_back(found->second.beta_release_id);
    }
    absl::optional<DesiredTa> best;
    const CatalogueRelease* best_release = nullptr;
    for (const int64_t id : ids) {
      const auto release = provider->releases.find(id);
      if (release == provider->releases.end()) continue;
      DesiredTa ta = Wanted(release->second, *provider);
      if (best.has_value() && !IsBetter(release->second, ta.withheld(),
                                        *best_release, best->withheld())) {
        continue;
      }
      best_release = &release->second;
      best = std::move(ta);
    }
    if (!best.has_value()) return;
    best->target = *winner.target;
    desired->push_back(*std::move(best));
  }

  std::vector<Decision> SortedDecisions() {
    const auto key = [](const Decision& d) {
      return std::make_tuple(-d.version, std::cref(d.spid), std::cref(d.taid),
                             d.kind, std::cref(d.target));
    };
    std::sort(
        decisions_.begin(), decisions_.end(),
        [&](const Decision& a, const Decision& b) { return key(a) < key(b); });
    return std::move(decisions_);
  }

  const DeviceFacts& facts_;
  const OwnRows& own_;
  const Catalogue& catalogue_;
  // Its marks, those that were taken away included.
  std::set<std::string> before_;
  std::map<App, Winner> winners_;
  std::vector<Decision> decisions_;
};

}  // namespace

bool IsHigherVersion(absl::string_view a, absl::string_view b) {
  const absl::StatusOr<service::Version> first = service::Version::Parse(a);
  const absl::StatusOr<service::Version> second = service::Version::Parse(b);
  return first.ok() && second.ok() && *second < *first;
}

Goals Resolve(const DeviceFacts& facts, const OwnRows& own,
              const Catalogue& catalogue) {
  return Resolution(facts, own, catalogue).Run();
}

}  // namespace tsm
}  // namespace otrp

// What holds of every plan, whatever has happened: random histories of a device
// and of those who decide about it, with losses of what the TSM knows.

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "services/tsm/domain/plan.h"
#include "services/tsm/domain/reconcile.h"
#include "services/tsm/testing/model_tee.h"

namespace otrp {
namespace tsm {
namespace {

using protocol::MessageKind;
using service::AttestationTier;
using Dice = std::mt19937;
using testing::ModelTee;

int Roll(Dice& dice, int sides) {
  return std::uniform_int_distribution<int>(0, sides - 1)(dice);
}

bool Chance(Dice& dice, int one_of) { return Roll(dice, one_of) == 0; }

const char* const kSps[] = {"a", "b"};
const char* const kTas[] = {"t1", "t2", "t3"};
const char* const kMarks[] = {"group:g1", "group:g2", "label:l=1"};
const char* const kTargets[] = {"all",
                                "did:x",
                                "group:g1",
                                "group:g2",
                                "group:g1 label:l=1",
                                "label:l=1 vendor:acme",
                                "group:g2 tier:firmware-verified"};

// What somebody has decided, written down beside the product.
struct Deed {
  std::string spid;
  std::string taid;
  // Empty: an application; else of whatever demands this mark.
  std::string mark;
  int64_t version = 0;
};

// All that the TSM's database has: what a backup brings back.
struct Memory {
  int64_t version = 1;
  std::shared_ptr<const Catalogue> catalogue =
      std::make_shared<const Catalogue>();
  // (spid, taid, target).
  std::set<std::vector<std::string>> assigned;
  OwnRows own;
  std::set<std::string> marks;
  std::vector<SecurityDomain> known;
  std::vector<FormerContent> former;
  std::vector<Deed> deeds;
  // By SP.
  std::map<std::string, std::string> current;
};

class History {
 public:
  explicit History(int seed) : dice_(seed) {
    if (Chance(dice_, 3)) {
      tee_.sds.push_back({"other.sd", "a", {}, {{"t1", "1"}}});
    }
    if (Chance(dice_, 4)) tee_.sds.push_back({"b.sd", "thief", {}, {}});
    foreign_ = ForeignLines();
    kept_ = tee_.sds;
    for (const char* sp : kSps) NewCertificate(sp);
    backup_ = memory_;
  }

  void Run() {
    for (int i = 0; i < 40 && !::testing::Test::HasFatalFailure(); ++i) {
      Event();
      if (Chance(dice_, 2)) Session(/*may_crash=*/true);
    }
    if (::testing::Test::HasFatalFailure()) return;
    Session(/*may_crash=*/false);
    if (::testing::Test::HasFatalFailure()) return;
    ExpectGoalsReached();
    EXPECT_EQ(ForeignLines(), foreign_);
  }

  int removals() const { return removals_; }
  int requests() const { return requests_; }

 private:
  template <typename T, size_t n>
  std::string Any(const T (&list)[n]) {
    return list[Roll(dice_, n)];
  }

  void Apply(CatalogueChanges changes) {
    changes.version = ++memory_.version;
    memory_.catalogue = memory_.catalogue->With(changes);
  }

  void NewCertificate(const std::string& sp) {
    CatalogueChanges changes;
    const std::string next = absl::StrCat("c", ++last_id_);
    std::string& current = memory_.current[sp];
    if (!current.empty()) changes.former_certificates = {{sp, current}};
    current = next;
    changes.certificates = {{sp, next}};
    Apply(std::move(changes));
  }

  void Release() {
    CatalogueRelease release;
    release.id = ++last_id_;
    release.spid = Any(kSps);
    release.taid = Any(kTas);
    release.version = absl::StrCat(last_id_);
    release.signer_fingerprint = memory_.current[release.spid];
    CatalogueChanges changes;
    changes.applications = {{release.spid, release.taid, release.id, 0, false}};
    changes.releases = {std::move(release)};
    Apply(std::move(changes));
  }

  void Withdraw() {
    CatalogueChanges changes;
    const std::string spid = Any(kSps);
    const std::string taid = Any(kTas);
    changes.applications = {{spid, taid, 0, 0, true}};
    Decision decision;
    decision.kind = Decision::Kind::kWithdrawn;
    decision.spid = spid;
    decision.taid = taid;
    decision.target = "all";
    decision.version = memory_.version + 1;
    changes.decisions = {decision};
    Apply(std::move(changes));
    memory_.deeds.push_back({spid, taid, "", memory_.version});
  }

  void Assign() {
    const std::string spid = Any(kSps);
    const std::string taid = Any(kTas);
    const std::string target = Any(kTargets);
    memory_.assigned.insert({spid, taid, target});
    const Rule rule = {spid, taid, target, service::Channel::kStable};
    CatalogueChanges changes;
    if (target != "did:x") {
      changes.rules = {rule};
      Apply(std::move(changes));
      return;
    }
    ++memory_.version;
    ForgetOwn(spid, taid);
    memory_.own.assignments.push_back(rule);
  }

  void ForgetOwn(const std::string& spid, const std::string& taid) {
    const auto same = [&](const auto& row) {
      return row.spid == spid && row.taid == taid;
    };
    auto& rules = memory_.own.assignments;
    rules.erase(std::remove_if(rules.begin(), rules.end(), same), rules.end());
    auto& decisions = memory_.own.decisions;
    decisions.erase(std::remove_if(decisions.begin(), decisions.end(), same),
                    decisions.end());
  }

  void Unassign() {
    if (memory_.assigned.empty()) return;
    auto at = memory_.assigned.begin();
    std::advance(at, Roll(dice_, static_cast<int>(memory_.assigned.size())));
    Decision decision;
    decision.spid = (*at)[0];
    decision.taid = (*at)[1];
    decision.target = (*at)[2];
    decision.version = memory_.version + 1;
    memory_.assigned.erase(at);
    if (decision.target == "did:x") {
      ++memory_.version;
      ForgetOwn(decision.spid, decision.taid);
      memory_.own.decisions.push_back(decision);
    } else {
      CatalogueChanges changes;
      changes.decisions = {decision};
      Apply(std::move(changes));
    }
    memory_.deeds.push_back(
        {decision.spid, decision.taid, "", memory_.version});
  }

  void TakeMark() {
    const std::string mark = Any(kMarks);
    if (memory_.marks.erase(mark) == 0) return;
    ++memory_.version;
    memory_.own.removed_marks.push_back(
        {mark, "ann", absl::UnixEpoch(), memory_.version});
    memory_.deeds.push_back({"", "", mark, memory_.version});
  }

  void GiveMark() {
    const std::string mark = Any(kMarks);
    memory_.marks.insert(mark);
    auto& removed = memory_.own.removed_marks;
    removed.erase(
        std::remove_if(removed.begin(), removed.end(),
                       [&](const auto& row) { return row.mark == mark; }),
        removed.end());
  }

  // The TEE has another certificate: another id, of which nothing is known.
  void NewIdentity() {
    memory_.known.clear();
    memory_.former.clear();
    // What was decided before is about what it had under the former one.
    memory_.deeds.clear();
    memory_.marks.clear();
    memory_.own = OwnRows();
    for (auto it = memory_.assigned.begin(); it != memory_.assigned.end();) {
      it = (*it)[2] == "did:x" ? memory_.assigned.erase(it) : std::next(it);
    }
  }

  void Event() {
    switch (Roll(dice_, 14)) {
      case 0:
      case 1: return Release();
      case 2:
      case 3:
      case 4: return Assign();
      case 5:
      case 6: return Unassign();
      case 7: return Withdraw();
      case 8: return GiveMark();
      case 9: return TakeMark();
      case 10: return NewCertificate(Any(kSps));
      // Facts that change by themselves.
      case 11:
        memory_.marks.erase(Any(kMarks));
        vendor_ = Chance(dice_, 3) ? "acme-2" : "acme";
        return;
      case 12:
        tier_ = Chance(dice_, 3) ? AttestationTier::kTeeAuthenticated
                                 : AttestationTier::kFirmwareVerified;
        return;
      case 13: break;
    }
    if (Chance(dice_, 3)) return NewIdentity();
    // The TEE is restored from a backup.
    if (Chance(dice_, 3)) RestoreTee();
    if (Chance(dice_, 2)) {
      backup_ = memory_;
    } else {
      memory_ = backup_;
    }
  }

  void RestoreTee() {
    std::swap(tee_.sds, kept_);
    brought_back_.clear();
    for (const SecurityDomain& sd : tee_.sds) {
      for (const InstalledTa& ta : sd.tas) {
        brought_back_.insert({sd.sdname, ta.taid});
      }
    }
  }

  // As the store keeps it.
  void Know(std::vector<SecurityDomain> now) {
    const std::vector<SecurityDomain> before =
        std::exchange(memory_.known, std::move(now));
    for (const SecurityDomain& sd : before) {
      const auto same = std::find_if(
          memory_.known.begin(), memory_.known.end(),
          [&](const auto& other) { return other.sdname == sd.sdname; });
      const bool gone = same == memory_.known.end();
      if (gone) Remember(sd.sdname, "", sd.known_in);
      for (const InstalledTa& ta : sd.tas) {
        const bool stays =
            !gone &&
            std::any_of(same->tas.begin(), same->tas.end(),
                        [&](const auto& t) { return t.taid == ta.taid; });
        if (!stays) Remember(sd.sdname, ta.taid, ta.known_in);
      }
    }
  }

  void Remember(const std::string& sdname, const std::string& taid,
                int64_t known_in) {
    for (FormerContent& content : memory_.former) {
      if (content.sdname != sdname || content.taid != taid) continue;
      content.known_in = known_in;
      return;
    }
    memory_.former.push_back({sdname, taid, known_in});
  }

  DeviceContext Load() const {
    DeviceContext context;
    context.device.tee_vendor = vendor_;
    context.device.tier = tier_;
    for (const std::string& mark : memory_.marks) {
      const bool group = absl::StartsWith(mark, "group:");
      (group ? context.groups : context.labels).push_back(mark.substr(6));
    }
    context.own = memory_.own;
    context.catalogue = memory_.catalogue;
    context.catalogue_version = memory_.version;
    context.domains = memory_.known;
    context.Decide();
    return context;
  }

  // Everything shuffled: means the same.
  DeviceContext Shuffled(DeviceContext context) {
    std::shuffle(context.domains.begin(), context.domains.end(), dice_);
    for (SecurityDomain& sd : context.domains) {
      std::shuffle(sd.tas.begin(), sd.tas.end(), dice_);
      std::shuffle(sd.spcerts.begin(), sd.spcerts.end(), dice_);
    }
    std::shuffle(context.groups.begin(), context.groups.end(), dice_);
    std::shuffle(context.own.assignments.begin(), context.own.assignments.end(),
                 dice_);
    std::shuffle(context.own.decisions.begin(), context.own.decisions.end(),
                 dice_);
    std::shuffle(context.own.removed_marks.begin(),
                 context.own.removed_marks.end(), dice_);
    context.Decide();
    return context;
  }

  void Session(bool may_crash) {
    Know(Reconcile(memory_.known, memory_.former, tee_.Shows(),
                   memory_.version));
    int64_t fewest = Fewest(Load());
    bool undisturbed = true;
    int sent = 0;
    for (;; ++sent) {
      ASSERT_LT(sent, 60) << "the plan doesn't end";
      const DeviceContext context = Load();
      const PlanResult plan = Plan(context, absl::Now());
      ASSERT_EQ(Plan(Shuffled(context), absl::Now()).all, plan.all);
      if (!plan.request.has_value()) break;
      ++requests_;
      ExpectAllowed(context, *plan.request);
      if (::testing::Test::HasFatalFailure()) return;
      ASSERT_TRUE(tee_.Do(*plan.request))
          << "a real TEE would refuse " << plan.request->action;
      brought_back_.erase({plan.request->sdname, plan.request->taid});
      // The answer, or the process, is lost.
      if (may_crash && Chance(dice_, 8)) return;
      const int64_t planned_in = memory_.version;
      if (may_crash && Chance(dice_, 8)) {
        undisturbed = false;
        Event();
      }
      std::vector<SecurityDomain> effect = memory_.known;
      ApplyEffect(*plan.request, planned_in, &effect);
      Know(Reconcile(effect, memory_.former, tee_.Shows(), memory_.version));
    }
    if (undisturbed) {
      EXPECT_EQ(sent, fewest);
    }
  }

  // No message does the work of two, so that none can be saved: one for each
  // component, one for each domain that begins or ends, and one for the
  // certificates of a domain, before and after what needs them.
  static int64_t Fewest(DeviceContext context) {
    int64_t messages = 0;
    const auto changes = Compare(context.goals, context.domains).changes;
    std::set<std::string> founded;
    std::set<std::string> trust;
    for (const Change& change : changes) {
      const bool home =
          std::any_of(context.domains.begin(), context.domains.end(),
                      [&](const SecurityDomain& sd) {
                        return IsHome(sd) && sd.spid == change.spid;
                      });
      const bool taken = std::any_of(
          context.domains.begin(), context.domains.end(),
          [&](const SecurityDomain& sd) {
            return sd.sdname == SdNameOf(change.spid) && !IsHome(sd);
          });
      if (taken) continue;
      switch (change.kind) {
        case Change::Kind::kComponentAdd:
        case Change::Kind::kComponentUpgrade:
        case Change::Kind::kComponentRemove: ++messages; break;
        case Change::Kind::kTrustAdd:
          if (home || !change.current) {
            trust.insert(change.spid);
          } else {
            founded.insert(change.spid);
          }
          break;
        case Change::Kind::kTrustRemove:
          if (change.certificate.empty()) {
            ++messages;
          } else {
            trust.insert(change.spid);
          }
          break;
      }
    }
    messages += static_cast<int64_t>(founded.size() + trust.size());
    return messages + Late(std::move(context), trust);
  }

  // Domains that lose a certificate once what needed it was replaced or
  // removed, in a message more.
  static int64_t Late(DeviceContext context,
                      const std::set<std::string>& trust) {
    const auto before = Compare(context.goals, context.domains).changes;
    std::set<std::string> early;
    for (const Change& change : before) {
      if (change.kind == Change::Kind::kTrustRemove) {
        early.insert(absl::StrCat(change.spid, " ", change.certificate));
      }
    }
    for (int i = 0; i < 60; ++i) {
      const PlanResult plan =
          Plan(context.goals, context.domains, [](absl::string_view action) {
            return absl::StartsWith(action, "UpdateSD") &&
                   absl::StrContains(action, " -") &&
                   !absl::StrContains(action, " +");
          });
      if (!plan.request.has_value()) break;
      ApplyEffect(*plan.request, 0, &context.domains);
      context.Decide();
    }
    std::set<std::string> late;
    for (const Change& change :
         Compare(context.goals, context.domains).changes) {
      if (change.kind != Change::Kind::kTrustRemove) continue;
      const bool known =
          early.count(absl::StrCat(change.spid, " ", change.certificate)) > 0;
      // One that could go at once goes with the others of its domain.
      if (!known || (trust.count(change.spid) == 0)) late.insert(change.spid);
    }
    return static_cast<int64_t>(late.size());
  }

  bool Decided(const DeviceContext& context, const std::string& spid,
               const std::string& taid, int64_t known_in, bool ours) const {
    for (const Deed& deed : memory_.deeds) {
      if (deed.version <= known_in) continue;
      if (!deed.mark.empty()) return true;
      if (deed.spid == spid && (taid.empty() || deed.taid == taid)) return true;
    }
    return ours && context.device.tier == AttestationTier::kTeeAuthenticated;
  }

  // Of this TSM's domains, and nothing that nobody has decided.
  void ExpectAllowed(const DeviceContext& context,
                     const PlannedRequest& request) {
    ASSERT_EQ(request.sdname, SdNameOf(request.spid));
    for (const SecurityDomain& sd : tee_.sds) {
      if (sd.sdname == request.sdname) {
        ASSERT_EQ(sd.spid, request.spid);
      }
    }
    if (!IsRemoval(request)) return;
    ++removals_;
    for (const SecurityDomain& sd : context.domains) {
      if (sd.sdname != request.sdname) continue;
      if (request.kind == MessageKind::kDeleteSd) {
        ASSERT_TRUE(
            Decided(context, sd.spid, "", sd.known_in, !sd.spcerts.empty()))
            << request.action;
        continue;
      }
      for (const InstalledTa& ta : sd.tas) {
        if (ta.taid != request.taid) continue;
        ASSERT_TRUE(Decided(context, sd.spid, ta.taid, ta.known_in,
                            !ta.version.empty()))
            << request.action << " known since " << ta.known_in;
      }
    }
  }

  // A TEE shows what it has, but of no version. What a backup of it brought
  // back, and nothing was sent for since, is taken for the version that it had.
  bool IsTakenForNewer(const std::string& sdname,
                       const DesiredTa& wanted) const {
    if (brought_back_.count({sdname, wanted.taid}) == 0) return false;
    for (const SecurityDomain& sd : memory_.known) {
      if (sd.sdname != sdname) continue;
      for (const InstalledTa& ta : sd.tas) {
        if (ta.taid == wanted.taid && !ta.version.empty()) {
          return !IsHigherVersion(wanted.version, ta.version);
        }
      }
    }
    return false;
  }

  void ExpectGoalsReached() const {
    const DeviceContext context = Load();
    for (const DesiredTa& wanted : context.goals.desired) {
      bool there = false;
      bool taken = false;
      for (const SecurityDomain& sd : tee_.sds) {
        if (sd.sdname != SdNameOf(wanted.spid)) continue;
        taken = sd.spid != wanted.spid;
        for (const InstalledTa& ta : sd.tas) {
          if (ta.taid != wanted.taid) continue;
          there = !IsHigherVersion(wanted.version, ta.version) ||
                  IsTakenForNewer(sd.sdname, wanted);
        }
      }
      EXPECT_TRUE(there || taken) << wanted.spid << "/" << wanted.taid;
    }
  }

  // What was there before us.
  std::vector<std::string> ForeignLines() const {
    std::vector<std::string> lines;
    for (const SecurityDomain& sd : tee_.sds) {
      if (IsHome(sd)) continue;
      lines.push_back(sd.sdname);
      for (const InstalledTa& ta : sd.tas) {
        lines.push_back(absl::StrCat(sd.sdname, "/", ta.taid));
      }
    }
    return lines;
  }

  Dice dice_;
  ModelTee tee_;
  std::vector<SecurityDomain> kept_;
  // (sdname, taid) of what a backup of the TEE brought.
  std::set<std::pair<std::string, std::string>> brought_back_;
  Memory memory_;
  Memory backup_;
  std::vector<std::string> foreign_;
  std::string vendor_ = "acme";
  AttestationTier tier_ = AttestationTier::kFirmwareVerified;
  int64_t last_id_ = 0;
  int removals_ = 0;
  int requests_ = 0;
};

TEST(PlanHistoryTest, EveryPlanEndsAtItsGoalsAndRemovesWhatWasDecidedAlone) {
  int removals = 0;
  int requests = 0;
  for (int seed = 1; seed <= 10000; ++seed) {
    SCOPED_TRACE(absl::StrCat("history ", seed));
    History history(seed);
    history.Run();
    if (::testing::Test::HasFailure()) return;
    removals += history.removals();
    requests += history.requests();
  }
  // Else nothing was looked at.
  EXPECT_GT(removals, 5000);
  EXPECT_GT(requests, 30000);
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

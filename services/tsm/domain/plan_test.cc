#include "services/tsm/domain/plan.h"

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace otrp {
namespace tsm {
namespace {

using protocol::MessageKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

bool Free(absl::string_view) { return false; }

DesiredTa Want(const std::string& spid, const std::string& taid,
               const std::string& version, const std::string& signer = "c1",
               const std::string& current = "c1") {
  return {spid, taid, version, 0, signer, current};
}

DesiredTa Yanked(DesiredTa ta) {
  ta.yanked = true;
  return ta;
}

struct Case {
  const char* name;
  std::vector<DesiredTa> desired;
  std::vector<SecurityDomain> domains;
  std::vector<std::string> blocked;
  // Action of the next request; empty: none.
  const char* action;
  PlanResult::Reason reason;
};

constexpr auto kNext = PlanResult::Reason::kNext;
constexpr auto kInStep = PlanResult::Reason::kInStep;
constexpr auto kBlocked = PlanResult::Reason::kBlocked;

std::vector<Case> Cases() {
  const SecurityDomain bank = {"bank.sd", "bank", {"c1"}, {{"wallet", "1"}}};
  return {
      {"nothing wanted, nothing there", {}, {}, {}, "", kInStep},
      {"in step", {Want("bank", "wallet", "1")}, {bank}, {}, "", kInStep},
      {"a yanked version reaches nobody, nor does its domain",
       {Yanked(Want("bank", "wallet", "1"))},
       {},
       {},
       "",
       kInStep},
      {"who has it keeps it",
       {Yanked(Want("bank", "wallet", "1"))},
       {bank},
       {},
       "",
       kInStep},
      {"and who has an older one keeps that",
       {Yanked(Want("bank", "wallet", "2"))},
       {bank},
       {},
       "",
       kInStep},
      {"another one of the SP comes all the same",
       {Yanked(Want("bank", "wallet", "1")), Want("bank", "till", "1")},
       {},
       {},
       "CreateSD bank",
       kNext},
      {"a domain comes first",
       {Want("bank", "wallet", "1")},
       {},
       {},
       "CreateSD bank",
       kNext},
      {"then the TA",
       {Want("bank", "wallet", "1")},
       {{"bank.sd", "bank", {"c1"}, {}}},
       {},
       "InstallTA bank/wallet@1",
       kNext},
      {"another version is an update",
       {Want("bank", "wallet", "2")},
       {bank},
       {},
       "UpdateTA bank/wallet@2",
       kNext},
      {"an unknown version is an update",
       {Want("bank", "wallet", "1")},
       {{"bank.sd", "bank", {"c1"}, {{"wallet", ""}}}},
       {},
       "UpdateTA bank/wallet@1",
       kNext},
      {"a higher version stays",
       {Want("bank", "wallet", "0.9")},
       {bank},
       {},
       "",
       kInStep},
      {"and an unknown one doesn't",
       {Want("bank", "wallet", "0.9")},
       {{"bank.sd", "bank", {"c1"}, {{"wallet", ""}}}},
       {},
       "UpdateTA bank/wallet@0.9",
       kNext},
      {"1.10 is higher than 1.9",
       {Want("bank", "wallet", "1.10")},
       {{"bank.sd", "bank", {"c1"}, {{"wallet", "1.9"}}}},
       {},
       "UpdateTA bank/wallet@1.10",
       kNext},
      {"what isn't wanted goes before anything comes",
       {Want("bank", "card", "1"), Want("shop", "till", "1")},
       {bank},
       {},
       "DeleteTA bank/wallet",
       kNext},
      {"an emptied domain goes",
       {},
       {{"bank.sd", "bank", {"c1"}, {}}},
       {},
       "DeleteSD bank.sd",
       kNext},
      {"its TAs go first", {}, {bank}, {}, "DeleteTA bank/wallet", kNext},
      {"a new signer's certificate comes before its TA",
       {Want("bank", "wallet", "2", "c2")},
       {bank},
       {},
       "UpdateSD bank +c2",
       kNext},
      {"the SP's renewed certificate replaces the old one",
       {Want("bank", "wallet", "1", "c2", "c2")},
       {bank},
       {},
       "UpdateSD bank +c2 -c1",
       kNext},
      {"a domain whose certificates we don't know gets them",
       {Want("bank", "wallet", "1")},
       {{"bank.sd", "bank", {}, {{"wallet", "1"}}}},
       {},
       "UpdateSD bank +c1",
       kNext},
      {"certificates come before new domains",
       {Want("bank", "wallet", "1", "c2"), Want("acme", "x", "1")},
       {bank},
       {},
       "UpdateSD bank +c2",
       kNext},
      {"installing comes before updating",
       {Want("bank", "card", "1"), Want("bank", "wallet", "2")},
       {bank},
       {},
       "InstallTA bank/card@1",
       kNext},
      {"another domain of the SP is emptied",
       {Want("bank", "wallet", "1")},
       {{"old", "bank", {"c1"}, {{"wallet", "1"}}}, bank},
       {},
       "DeleteTA old/wallet",
       kNext},
      {"and deleted",
       {Want("bank", "wallet", "1")},
       {{"old", "bank", {"c1"}, {}}, bank},
       {},
       "DeleteSD old",
       kNext},
      {"a taken name is freed first",
       {Want("bank", "wallet", "1")},
       {{"bank.sd", "other", {"c1"}, {}}},
       {},
       "DeleteSD bank.sd",
       kNext},
      {"a blocked action is stepped over",
       {Want("bank", "card", "1"), Want("bank", "wallet", "2")},
       {bank},
       {"InstallTA bank/card@1"},
       "UpdateTA bank/wallet@2",
       kNext},
      {"what depends on a blocked domain waits",
       {Want("bank", "wallet", "1")},
       {},
       {"CreateSD bank"},
       "",
       kBlocked},
      {"another SP doesn't wait for it",
       {Want("bank", "wallet", "1"), Want("shop", "till", "1")},
       {},
       {"CreateSD bank"},
       "CreateSD shop",
       kNext},
      {"a TA waits for its signer's certificate",
       {Want("bank", "wallet", "2", "c2")},
       {bank},
       {"UpdateSD bank +c2"},
       "",
       kBlocked},
      {"a TA with another signer doesn't",
       {Want("bank", "wallet", "2", "c2"), Want("bank", "card", "1")},
       {bank},
       {"UpdateSD bank +c2"},
       "InstallTA bank/card@1",
       kNext},
      {"a new version isn't blocked by the old one's failure",
       {Want("bank", "wallet", "3")},
       {bank},
       {"UpdateTA bank/wallet@2"},
       "UpdateTA bank/wallet@3",
       kNext},
  };
}

TEST(PlanTest, TheTableOfSituations) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.name);
    const PlanResult result =
        Plan(c.desired, c.domains, [&](absl::string_view action) {
          return std::count(c.blocked.begin(), c.blocked.end(), action) > 0;
        });
    EXPECT_EQ(result.request ? result.request->action : "", c.action);
    EXPECT_EQ(result.reason, c.reason);
  }
}

TEST(PlanTest, RequestsCarryWhatTheirMessageNeeds) {
  const PlanResult create = Plan({Want("bank", "wallet", "1", "c2")}, {}, Free);
  ASSERT_TRUE(create.request);
  EXPECT_EQ(create.request->kind, MessageKind::kCreateSd);
  EXPECT_EQ(create.request->sdname, "bank.sd");
  EXPECT_EQ(create.request->spid, "bank");
  // The SP's current certificate; the signer's follows by UpdateSD.
  EXPECT_THAT(create.request->add_certs, ElementsAre("c1"));

  const PlanResult update = Plan({Want("bank", "wallet", "1", "c2")},
                                 {{"bank.sd", "bank", {"c0", "c1"}, {}}}, Free);
  ASSERT_TRUE(update.request);
  EXPECT_EQ(update.request->kind, MessageKind::kUpdateSd);
  EXPECT_THAT(update.request->add_certs, ElementsAre("c2"));
  EXPECT_THAT(update.request->remove_certs, ElementsAre("c0"));

  const PlanResult install = Plan({Want("bank", "wallet", "1")},
                                  {{"bank.sd", "bank", {"c1"}, {}}}, Free);
  ASSERT_TRUE(install.request);
  EXPECT_EQ(install.request->kind, MessageKind::kInstallTa);
  EXPECT_EQ(install.request->taid, "wallet");
  EXPECT_EQ(install.request->version, "1");
}

// A TEE that writes a UUID in upper case hasn't got another application.
TEST(PlanTest, OneUuidInTwoSpellingsIsOneApplication) {
  const std::string ours = "8aaaf200-2450-11e4-abe2-0002a5d5c51b";
  const std::string tees = "{8AAAF200-2450-11E4-ABE2-0002A5D5C51B}";
  const auto plan = [&](const char* version) {
    return Plan({Want("bank", ours, version)},
                {{"bank.sd", "bank", {"c1"}, {{tees, "1"}}}}, Free);
  };
  EXPECT_EQ(plan("1").reason, PlanResult::Reason::kInStep);
  const PlanResult update = plan("2");
  ASSERT_TRUE(update.request);
  EXPECT_EQ(update.request->kind, MessageKind::kUpdateTa);
  // Asked for as the TEE knows it; named as the catalogue does.
  EXPECT_EQ(update.request->taid, tees);
  EXPECT_EQ(update.request->action, "UpdateTA bank/" + ours + "@2");
  EXPECT_THAT(update.open, ElementsAre("UpdateTA bank/" + ours + "@2"));
}

TEST(PlanTest, TellsWhichActionsWereSteppedOver) {
  const PlanResult result =
      Plan({Want("bank", "wallet", "1"), Want("shop", "till", "1")}, {},
           [](absl::string_view) { return true; });
  EXPECT_THAT(result.blocked, ElementsAre("CreateSD bank", "CreateSD shop"));
  EXPECT_FALSE(result.request);
}

TEST(PlanTest, TellsAllThatIsLeftToDo) {
  // Another SP has the name, the domain lacks the signer's certificate, and a
  // domain that nobody wants still has a TA.
  const PlanResult result =
      Plan({Want("bank", "wallet", "2"), Want("shop", "till", "1"),
            Want("taxi", "meter", "1", "c9")},
           {{"bank.sd", "bank", {"c1"}, {{"wallet", "1"}}},
            {"shop.sd", "thief", {}, {{"x", "1"}}},
            {"taxi.sd", "taxi", {"c1"}, {}}},
           Free);
  EXPECT_THAT(result.open,
              ::testing::UnorderedElementsAre(
                  "DeleteTA shop.sd/x", "UpdateSD taxi +c9", "CreateSD shop",
                  "InstallTA shop/till@1", "InstallTA taxi/meter@1",
                  "UpdateTA bank/wallet@2", "DeleteSD shop.sd"));
  EXPECT_THAT(Plan({Want("bank", "wallet", "1")},
                   {{"bank.sd", "bank", {"c1"}, {{"wallet", "1"}}}}, Free)
                  .open,
              ::testing::IsEmpty());
}

// A TEE that does what it is asked and refuses what a real one would.
class ModelTee {
 public:
  explicit ModelTee(std::vector<SecurityDomain> sds) : sds_(std::move(sds)) {}

  const std::vector<SecurityDomain>& sds() const { return sds_; }

  // False, with nothing changed, where a real TEE would answer with an error.
  bool Do(const PlannedRequest& r) {
    SecurityDomain* sd = Find(r.sdname);
    switch (r.kind) {
      case MessageKind::kCreateSd:
        if (sd != nullptr || r.add_certs.size() != 1) return false;
        sds_.push_back({r.sdname, r.spid, r.add_certs, {}});
        return true;
      case MessageKind::kUpdateSd:
        if (sd == nullptr || sd->spid != r.spid) return false;
        for (const std::string& cert : r.remove_certs) {
          auto at = std::find(sd->spcerts.begin(), sd->spcerts.end(), cert);
          if (at == sd->spcerts.end()) return false;
          sd->spcerts.erase(at);
        }
        for (const std::string& cert : r.add_certs) {
          sd->spcerts.push_back(cert);
        }
        return true;
      case MessageKind::kDeleteSd:
        if (sd == nullptr || !sd->tas.empty()) return false;
        sds_.erase(sds_.begin() + (sd - sds_.data()));
        return true;
      case MessageKind::kInstallTa:
        if (sd == nullptr || FindTa(sd, r.taid) != nullptr) return false;
        sd->tas.push_back({r.taid, r.version});
        return true;
      case MessageKind::kUpdateTa: {
        InstalledTa* ta = sd == nullptr ? nullptr : FindTa(sd, r.taid);
        if (ta == nullptr) return false;
        ta->version = r.version;
        return true;
      }
      case MessageKind::kDeleteTa: {
        InstalledTa* ta = sd == nullptr ? nullptr : FindTa(sd, r.taid);
        if (ta == nullptr) return false;
        sd->tas.erase(sd->tas.begin() + (ta - sd->tas.data()));
        return true;
      }
      case MessageKind::kGetDeviceState: return false;
    }
    return false;
  }

 private:
  SecurityDomain* Find(const std::string& sdname) {
    for (SecurityDomain& sd : sds_) {
      if (sd.sdname == sdname) return &sd;
    }
    return nullptr;
  }
  static InstalledTa* FindTa(SecurityDomain* sd, const std::string& taid) {
    for (InstalledTa& ta : sd->tas) {
      if (ta.taid == taid) return &ta;
    }
    return nullptr;
  }

  std::vector<SecurityDomain> sds_;
};

using Dice = std::mt19937;

int Roll(Dice& dice, int sides) {
  return std::uniform_int_distribution<int>(0, sides - 1)(dice);
}

const char* const kSps[] = {"a", "b", "c"};
const char* const kTas[] = {"t1", "t2", "t3"};
const char* const kVersions[] = {"1", "2", "3"};
const char* const kCerts[] = {"c1", "c2", "c3"};

std::vector<DesiredTa> RandomWish(Dice& dice) {
  std::vector<DesiredTa> wanted;
  for (const char* sp : kSps) {
    const char* current = kCerts[Roll(dice, 3)];
    for (const char* ta : kTas) {
      if (Roll(dice, 2) == 0) continue;
      wanted.push_back(Want(sp, ta, kVersions[Roll(dice, 3)],
                            kCerts[Roll(dice, 3)], current));
    }
  }
  std::shuffle(wanted.begin(), wanted.end(), dice);
  return wanted;
}

std::vector<SecurityDomain> RandomState(Dice& dice) {
  std::vector<SecurityDomain> sds;
  std::set<std::string> names;
  for (int i = Roll(dice, 5); i > 0; --i) {
    SecurityDomain sd;
    sd.spid = kSps[Roll(dice, 3)];
    sd.sdname = Roll(dice, 3) == 0 ? absl::StrCat("x", Roll(dice, 3), ".sd")
                                   : SdNameOf(kSps[Roll(dice, 3)]);
    if (!names.insert(sd.sdname).second) continue;
    for (const char* cert : kCerts) {
      if (Roll(dice, 2) == 0) sd.spcerts.push_back(cert);
    }
    for (const char* ta : kTas) {
      if (Roll(dice, 2) == 0) continue;
      const bool known = Roll(dice, 3) != 0;
      sd.tas.push_back({ta, known ? kVersions[Roll(dice, 3)] : ""});
    }
    sds.push_back(std::move(sd));
  }
  return sds;
}

// What a device has, written so that two of them can be compared.
std::set<std::string> Holdings(const std::vector<SecurityDomain>& sds) {
  std::set<std::string> lines;
  for (const SecurityDomain& sd : sds) {
    lines.insert(absl::StrCat("sd ", sd.sdname, " of ", sd.spid));
    for (const std::string& cert : sd.spcerts) {
      lines.insert(absl::StrCat("cert ", sd.sdname, " ", cert));
    }
    for (const InstalledTa& ta : sd.tas) {
      lines.insert(
          absl::StrCat("ta ", sd.sdname, " ", ta.taid, "@", ta.version));
    }
  }
  return lines;
}

// The wish as a device fulfils it that keeps the higher versions of `has`.
std::vector<DesiredTa> Keeping(const std::vector<SecurityDomain>& has,
                               std::vector<DesiredTa> wanted) {
  for (DesiredTa& ta : wanted) {
    for (const SecurityDomain& sd : has) {
      if (sd.spid != ta.spid || sd.sdname != SdNameOf(ta.spid)) continue;
      for (const InstalledTa& installed : sd.tas) {
        if (installed.taid == ta.taid && installed.version > ta.version) {
          ta.version = installed.version;
        }
      }
    }
  }
  return wanted;
}

std::set<std::string> Holdings(const std::vector<DesiredTa>& wanted) {
  std::set<std::string> lines;
  for (const DesiredTa& ta : wanted) {
    const std::string sd = SdNameOf(ta.spid);
    lines.insert(absl::StrCat("sd ", sd, " of ", ta.spid));
    lines.insert(absl::StrCat("cert ", sd, " ", ta.current_fingerprint));
    lines.insert(absl::StrCat("cert ", sd, " ", ta.signer_fingerprint));
    lines.insert(absl::StrCat("ta ", sd, " ", ta.taid, "@", ta.version));
  }
  return lines;
}

void ExpectEntitled(const PlannedRequest& request,
                    const std::vector<DesiredTa>& wanted) {
  const std::set<std::string> entitled = Holdings(wanted);
  const bool brings_ta = request.kind == MessageKind::kInstallTa ||
                         request.kind == MessageKind::kUpdateTa;
  if (brings_ta) {
    EXPECT_EQ(entitled.count(absl::StrCat("ta ", request.sdname, " ",
                                          request.taid, "@", request.version)),
              1u)
        << request.action;
  }
  for (const std::string& cert : request.add_certs) {
    EXPECT_EQ(entitled.count(absl::StrCat("cert ", request.sdname, " ", cert)),
              1u)
        << request.action;
  }
}

TEST(PlanTest, BringsAnyDeviceToAnyWishAndNeverBeyond) {
  Dice dice(20261123);
  for (int round = 0; round < 5000; ++round) {
    ModelTee tee(RandomState(dice));
    // The wish changes on the way now and then.
    for (int wish = 0; wish < 3; ++wish) {
      const std::vector<DesiredTa> wanted = RandomWish(dice);
      const std::vector<DesiredTa> outcome = Keeping(tee.sds(), wanted);
      const bool settle = wish == 2 || Roll(dice, 2) == 0;
      const int steps = settle ? 100 : Roll(dice, 5);
      PlanResult result;
      for (int step = 0; step < steps; ++step) {
        const PlanResult before = std::exchange(result, PlanResult());
        result = Plan(wanted, tee.sds(), Free);
        ASSERT_EQ(result.open.empty(), !result.request);
        if (!result.request) break;
        // Nothing comes up that wasn't known to be left, but certificates of a
        // domain that wasn't there.
        ASSERT_TRUE(step == 0 ||
                    result.request->kind == MessageKind::kUpdateSd ||
                    std::count(before.open.begin(), before.open.end(),
                               result.request->action) == 1)
            << result.request->action;
        ExpectEntitled(*result.request, wanted);
        ASSERT_TRUE(tee.Do(*result.request))
            << "a real TEE would refuse " << result.request->action;
      }
      if (!settle) continue;
      ASSERT_EQ(result.reason, PlanResult::Reason::kInStep);
      ASSERT_EQ(Holdings(tee.sds()), Holdings(outcome));
    }
  }
}

TEST(PlanTest, ADeviceThatRefusesThingsGetsTheRestAndThenPeace) {
  Dice dice(7);
  for (int round = 0; round < 3000; ++round) {
    ModelTee tee(RandomState(dice));
    const std::vector<DesiredTa> wanted = RandomWish(dice);
    std::set<std::string, std::less<>> failed;
    auto blocked = [&](absl::string_view action) {
      return failed.count(action) > 0;
    };
    PlanResult result;
    int step = 0;
    for (; step < 200; ++step) {
      result = Plan(wanted, tee.sds(), blocked);
      if (!result.request) break;
      ASSERT_FALSE(blocked(result.request->action));
      ExpectEntitled(*result.request, wanted);
      if (Roll(dice, 4) == 0 || !tee.Do(*result.request)) {
        failed.insert(result.request->action);
      }
    }
    ASSERT_LT(step, 200) << "the planner goes round in circles";
    const bool in_step =
        Holdings(tee.sds()) == Holdings(Keeping(tee.sds(), wanted));
    EXPECT_EQ(in_step, result.reason == PlanResult::Reason::kInStep);
    if (!in_step) {
      EXPECT_FALSE(result.blocked.empty());
    }
  }
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

#include "services/tsm/domain/resolve.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/tsm/domain/device_context.h"

namespace otrp {
namespace tsm {
namespace {

using service::AttestationTier;
using service::Channel;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Channel kStable = Channel::kStable;
constexpr Channel kBeta = Channel::kBeta;

Rule To(const std::string& target, Channel channel = kStable,
        const std::string& taid = "wallet") {
  return {"bank", taid, target, channel};
}

// The bank's applications, and to whom they are assigned.
class World {
 public:
  // Versions with "!" are yanked; empty: there is none in the channel.
  World& App(const std::string& taid, const std::string& stable,
             const std::string& beta = "") {
    CatalogueApplication app{"bank", taid};
    app.release_id = Release(taid, stable);
    app.beta_release_id = Release(taid, beta);
    changes_.applications.push_back(std::move(app));
    return *this;
  }
  World& Assign(const Rule& rule) {
    const bool single = absl::StartsWith(rule.target, "did:");
    (single ? own.assignments : changes_.rules).push_back(rule);
    return *this;
  }
  World& Decide(Decision decision) {
    changes_.decisions.push_back(std::move(decision));
    return *this;
  }

  // Rows in another order each time: that means nothing.
  Goals Resolved() {
    Goals first = Resolve(facts, own, *Build());
    std::reverse(changes_.rules.begin(), changes_.rules.end());
    std::reverse(changes_.decisions.begin(), changes_.decisions.end());
    std::reverse(own.assignments.begin(), own.assignments.end());
    const Goals second = Resolve(facts, own, *Build());
    EXPECT_EQ(first.desired, second.desired);
    EXPECT_EQ(Texts(first.decisions), Texts(second.decisions));
    return first;
  }

  // "1.0", and "1.0!" for one that is yanked.
  std::vector<std::string> Versions() {
    std::vector<std::string> versions;
    for (const DesiredTa& ta : Resolved().desired) {
      versions.push_back(absl::StrCat(ta.version, ta.yanked ? "!" : ""));
    }
    return versions;
  }

  // "left group:eu by ann 7".
  std::vector<std::string> Decisions() { return Texts(Resolved().decisions); }

  std::shared_ptr<const Catalogue> Build() const {
    return Catalogue().With(changes_);
  }

  // Of a device that is in every group and has every label of these tests.
  DeviceFacts facts = {{"group:eu", "group:pilot", "label:site=b",
                        "label:pilot=yes", "vendor:acme"},
                       AttestationTier::kFirmwareVerified,
                       {"bank"}};
  OwnRows own;

 private:
  static std::vector<std::string> Texts(const std::vector<Decision>& list) {
    std::vector<std::string> texts;
    for (const Decision& d : list) {
      const char* kind = "unassigned";
      if (d.kind == Decision::Kind::kWithdrawn) kind = "withdrawn";
      if (d.kind == Decision::Kind::kMarkRemoved) kind = "left";
      if (d.kind == Decision::Kind::kProvesLess) kind = "less than";
      texts.push_back(
          absl::StrCat(kind, " ", d.target, " by ", d.actor, " ", d.version));
    }
    return texts;
  }

  int64_t Release(const std::string& taid, std::string version) {
    if (version.empty()) return 0;
    CatalogueRelease release;
    release.yanked = absl::EndsWith(version, "!");
    if (release.yanked) version.pop_back();
    release.id = static_cast<int64_t>(changes_.releases.size()) + 1;
    release.spid = "bank";
    release.taid = taid;
    release.version = std::move(version);
    changes_.releases.push_back(release);
    return release.id;
  }

  CatalogueChanges changes_;
};

World Wallet(const std::string& stable, const std::string& beta = "") {
  return World().App("wallet", stable, beta);
}

TEST(ResolveTest, OnBetaTheHigherOneOfBothChannelsCounts) {
  EXPECT_THAT(Wallet("1.9", "1.10").Assign(To("all", kBeta)).Versions(),
              ElementsAre("1.10"));
  EXPECT_THAT(Wallet("1.10", "1.9").Assign(To("all", kBeta)).Versions(),
              ElementsAre("1.10"));
  EXPECT_THAT(Wallet("1.9", "1.10").Assign(To("all")).Versions(),
              ElementsAre("1.9"));
  EXPECT_THAT(Wallet("", "1").Assign(To("all")).Versions(), IsEmpty());
}

TEST(ResolveTest, TheMostSpecificAssignmentDecidesTheChannel) {
  World world = Wallet("1", "2");
  world.Assign(To("all", kBeta)).Assign(To("group:eu"));
  EXPECT_THAT(world.Versions(), ElementsAre("1"));
  EXPECT_EQ(world.Resolved().desired[0].target, "group:eu");
  world.Assign(To("did:aa", kBeta));
  EXPECT_THAT(world.Versions(), ElementsAre("2"));
  EXPECT_EQ(world.Resolved().desired[0].target, "did:aa");
  EXPECT_THAT(Wallet("1", "2")
                  .Assign(To("all"))
                  .Assign(To("group:pilot", kBeta))
                  .Versions(),
              ElementsAre("2"));
}

TEST(ResolveTest, OfEquallySpecificOnesThatOnBetaDecides) {
  EXPECT_THAT(Wallet("1", "2")
                  .Assign(To("group:eu"))
                  .Assign(To("group:pilot", kBeta))
                  .Versions(),
              ElementsAre("2"));
}

// Else "beta for all" would reach the very device that was held to stable.
TEST(ResolveTest, AChannelWithoutReleaseIsNoWayToAnotherOne) {
  EXPECT_THAT(
      Wallet("", "2").Assign(To("all", kBeta)).Assign(To("did:aa")).Versions(),
      IsEmpty());
}

TEST(ResolveTest, WhatIsYankedCountsOnlyWhereThereIsNothingElse) {
  EXPECT_THAT(Wallet("1", "2!").Assign(To("all", kBeta)).Versions(),
              ElementsAre("1"));
  EXPECT_THAT(Wallet("2!").Assign(To("all")).Versions(), ElementsAre("2!"));
}

TEST(ResolveTest, MoreConditionsAreMoreSpecificThanFewer) {
  World world = Wallet("1", "2");
  world.Assign(To("group:eu", kBeta)).Assign(To("label:pilot=yes vendor:acme"));
  EXPECT_THAT(world.Versions(), ElementsAre("1"));
  world.Assign(To("group:eu label:pilot=yes tier:firmware-verified", kBeta));
  EXPECT_THAT(world.Versions(), ElementsAre("2"));
  world.Assign(To("did:aa"));
  EXPECT_THAT(world.Versions(), ElementsAre("1"));
}

TEST(ResolveTest, WhatDoesNotHoldOfTheDeviceOffersNothing) {
  for (const char* target :
       {"group:us", "label:pilot=no", "label:pilot=yes label:site=c",
        "vendor:acme-2", "group:eu vendor:other", "moon:full", ""}) {
    EXPECT_THAT(Wallet("1").Assign(To(target)).Versions(), IsEmpty()) << target;
  }
  World world = Wallet("1").Assign(To("tier:firmware-verified"));
  EXPECT_THAT(world.Versions(), ElementsAre("1"));
  world.facts.tier = AttestationTier::kTeeAuthenticated;
  EXPECT_THAT(world.Versions(), IsEmpty());
  // What doesn't hold decides no channel either.
  World both = Wallet("1", "2");
  both.Assign(To("all", kBeta)).Assign(To("group:eu tier:firmware-verified"));
  both.facts.tier = AttestationTier::kTeeAuthenticated;
  EXPECT_THAT(both.Versions(), ElementsAre("2"));
}

// Of evidence that comes in a session, what is decided before counts nothing.
TEST(ResolveTest, ADeviceIsDecidedAnewByWhatIsKnownOfItNow) {
  DeviceContext context;
  context.groups = {"eu"};
  context.labels = {"pilot=yes"};
  context.catalogue = Wallet("1")
                          .Assign(To("group:eu label:pilot=yes vendor:acme "
                                     "tier:firmware-verified"))
                          .Build();
  context.Decide();
  EXPECT_THAT(context.goals.desired, IsEmpty());
  context.device.tee_vendor = "acme";
  context.device.tier = AttestationTier::kFirmwareVerified;
  context.Decide();
  ASSERT_EQ(context.goals.desired.size(), 1u);
  EXPECT_EQ(context.goals.desired[0].version, "1");
  context.device.tier = AttestationTier::kTeeAuthenticated;
  context.Decide();
  EXPECT_THAT(context.goals.desired, IsEmpty());
}

TEST(ResolveTest, ApplicationsDontMix) {
  World world = Wallet("1");
  world.App("till", "", "7")
      .Assign(To("did:aa"))
      .Assign(To("all", kBeta, "till"));
  EXPECT_THAT(world.Versions(), ElementsAre("7", "1"));
}

// --- Decisions ---------------------------------------------------------------

Decision Unassigned(const std::string& target, int64_t version) {
  Decision decision;
  decision.spid = "bank";
  decision.taid = "wallet";
  decision.target = target;
  decision.actor = "bob";
  decision.version = version;
  return decision;
}

TEST(ResolveTest, WhatWasUnassignedFromATargetIsDecidedOfItsDevices) {
  World world = Wallet("1");
  world.Decide(Unassigned("group:eu", 7)).Decide(Unassigned("group:us", 8));
  world.own.decisions = {Unassigned("did:aa", 9)};
  EXPECT_THAT(world.Decisions(), ElementsAre("unassigned did:aa by bob 9",
                                             "unassigned group:eu by bob 7"));
  // It has nothing of the bank's: there is nothing to decide about.
  world.facts.providers = {"shop"};
  EXPECT_THAT(world.Decisions(), IsEmpty());
}

TEST(ResolveTest, AMarkThatWasTakenAwayIsADecisionAboutWhatDemandsIt) {
  World world = Wallet("1").Assign(To("group:eu label:pilot=yes"));
  world.facts.marks.erase("group:eu");
  world.own.removed_marks = {{"group:eu", "ann", absl::UnixEpoch(), 7},
                             {"label:old=1", "ann", absl::UnixEpoch(), 8}};
  EXPECT_THAT(world.Versions(), IsEmpty());
  EXPECT_THAT(world.Decisions(), ElementsAre("left group:eu by ann 7"));
  // Unassigned afterwards, it reaches those that were members.
  world.Decide(Unassigned("group:eu label:pilot=yes", 9));
  EXPECT_THAT(world.Decisions(),
              ElementsAre("unassigned group:eu label:pilot=yes by bob 9"));
}

// A label that went with a restored database, a maker with another name: nobody
// has said that the device is to lose anything.
TEST(ResolveTest, FactsThatChangeByThemselvesDecideNothing) {
  World world = Wallet("1").Assign(To("group:eu vendor:acme"));
  world.facts.marks.erase("vendor:acme");
  EXPECT_THAT(world.Versions(), IsEmpty());
  EXPECT_THAT(world.Decisions(), IsEmpty());
  world.facts.marks = {"vendor:acme"};
  EXPECT_THAT(world.Versions(), IsEmpty());
  EXPECT_THAT(world.Decisions(), IsEmpty());
}

TEST(ResolveTest, WhoProvesLessThanDemandedIsToLoseItBecauseTheDemandSaysSo) {
  World world = Wallet("1").Assign(To("group:eu tier:firmware-verified"));
  world.facts.tier = AttestationTier::kTeeAuthenticated;
  EXPECT_THAT(world.Decisions(),
              ElementsAre("less than group:eu tier:firmware-verified by  0"));
}

TEST(ResolveTest, VersionsAreComparedNumberByNumber) {
  EXPECT_TRUE(IsHigherVersion("1.10", "1.9"));
  EXPECT_FALSE(IsHigherVersion("1.9", "1.10"));
  EXPECT_FALSE(IsHigherVersion("1.0", "1"));
  EXPECT_FALSE(IsHigherVersion("", "1"));
  EXPECT_FALSE(IsHigherVersion("2", "v1"));
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

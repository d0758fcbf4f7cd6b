#include "services/tsm/domain/resolve.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/tsm/domain/device_context.h"

namespace otrp {
namespace tsm {
namespace {

using service::Channel;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Channel kStable = Channel::kStable;
constexpr Channel kBeta = Channel::kBeta;

DesiredTa Wallet(const std::string& version, bool yanked = false) {
  DesiredTa ta;
  ta.spid = "bank";
  ta.taid = "wallet";
  ta.version = version;
  ta.yanked = yanked;
  return ta;
}

Offer Of(const std::string& target, Channel channel, DesiredTa ta) {
  return {"bank", "wallet", target, channel, std::move(ta)};
}

Offer Nothing(const std::string& target, Channel channel) {
  return {"bank", "wallet", target, channel, absl::nullopt};
}

// Of a device that is in every group and has every label of these tests.
DeviceFacts Everything() {
  return {{"group:eu", "group:pilot", "label:site=b", "label:pilot=yes",
           "vendor:acme"},
          service::AttestationTier::kFirmwareVerified};
}

// "1.0", and "1.0!" for one that is yanked, whatever the order of the offers.
std::vector<std::string> Versions(std::vector<Offer> offers,
                                  const DeviceFacts& facts = Everything()) {
  const auto resolved = [&] {
    std::vector<std::string> versions;
    for (const DesiredTa& ta : Resolve(facts, offers)) {
      versions.push_back(absl::StrCat(ta.version, ta.yanked ? "!" : ""));
    }
    return versions;
  };
  const std::vector<std::string> first = resolved();
  std::reverse(offers.begin(), offers.end());
  EXPECT_EQ(resolved(), first);
  return first;
}

TEST(ResolveTest, OnBetaTheHigherOneOfBothChannelsCounts) {
  EXPECT_THAT(Versions({Of("all", kBeta, Wallet("1.9")),
                        Of("all", kBeta, Wallet("1.10"))}),
              ElementsAre("1.10"));
  EXPECT_THAT(Versions({Of("all", kStable, Wallet("1.9"))}),
              ElementsAre("1.9"));
  EXPECT_THAT(Versions({Nothing("all", kStable)}), IsEmpty());
}

TEST(ResolveTest, TheMostSpecificAssignmentDecidesTheChannel) {
  const Offer all = Of("all", kBeta, Wallet("2"));
  const Offer group = Of("group:eu", kStable, Wallet("1"));
  const Offer device = Of("did:aa", kBeta, Wallet("2"));
  EXPECT_THAT(Versions({all, group}), ElementsAre("1"));
  EXPECT_THAT(Versions({all, group, device}), ElementsAre("2"));
  EXPECT_THAT(Versions({Of("all", kStable, Wallet("1")),
                        Of("group:pilot", kBeta, Wallet("2"))}),
              ElementsAre("2"));
}

TEST(ResolveTest, OfEquallySpecificOnesThatOnBetaDecides) {
  EXPECT_THAT(Versions({Of("group:eu", kStable, Wallet("1")),
                        Of("group:pilot", kBeta, Wallet("2"))}),
              ElementsAre("2"));
}

// Else "beta for all" would reach the very device that was held to stable.
TEST(ResolveTest, AChannelWithoutReleaseIsNoWayToAnotherOne) {
  EXPECT_THAT(
      Versions({Of("all", kBeta, Wallet("2")), Nothing("did:aa", kStable)}),
      IsEmpty());
}

TEST(ResolveTest, WhatIsYankedCountsOnlyWhereThereIsNothingElse) {
  EXPECT_THAT(Versions({Of("all", kBeta, Wallet("1")),
                        Of("all", kBeta, Wallet("2", /*yanked=*/true))}),
              ElementsAre("1"));
  EXPECT_THAT(Versions({Of("all", kStable, Wallet("2", /*yanked=*/true))}),
              ElementsAre("2!"));
}

TEST(ResolveTest, MoreConditionsAreMoreSpecificThanFewer) {
  const Offer one = Of("group:eu", kBeta, Wallet("2"));
  const Offer two = Of("label:pilot=yes vendor:acme", kStable, Wallet("1"));
  const Offer three =
      Of("group:eu label:pilot=yes tier:firmware-verified", kBeta, Wallet("2"));
  EXPECT_THAT(Versions({one, two}), ElementsAre("1"));
  EXPECT_THAT(Versions({one, two, three}), ElementsAre("2"));
  EXPECT_THAT(Versions({one, two, three, Of("did:aa", kStable, Wallet("1"))}),
              ElementsAre("1"));
}

TEST(ResolveTest, WhatDoesNotHoldOfTheDeviceOffersNothing) {
  for (const char* target :
       {"group:us", "label:pilot=no", "label:pilot=yes label:site=c",
        "vendor:acme-2", "group:eu vendor:other", "moon:full", ""}) {
    EXPECT_THAT(Versions({Of(target, kStable, Wallet("1"))}), IsEmpty())
        << target;
  }
  DeviceFacts facts = Everything();
  const Offer verified = Of("tier:firmware-verified", kStable, Wallet("1"));
  EXPECT_THAT(Versions({verified}, facts), ElementsAre("1"));
  facts.tier = service::AttestationTier::kTeeAuthenticated;
  EXPECT_THAT(Versions({verified}, facts), IsEmpty());
  // What doesn't hold decides no channel either.
  EXPECT_THAT(
      Versions({Of("all", kBeta, Wallet("2")),
                Of("group:eu tier:firmware-verified", kStable, Wallet("1"))},
               facts),
      ElementsAre("2"));
}

// Of evidence that comes in a session, what is decided before counts nothing.
TEST(ResolveTest, ADeviceIsDecidedAnewByWhatIsKnownOfItNow) {
  DeviceContext context;
  context.groups = {"eu"};
  context.labels = {"pilot=yes"};
  context.offers = {
      Of("group:eu label:pilot=yes vendor:acme "
         "tier:firmware-verified",
         kStable, Wallet("1"))};
  context.Decide();
  EXPECT_THAT(context.desired, IsEmpty());
  context.device.tee_vendor = "acme";
  context.device.tier = service::AttestationTier::kFirmwareVerified;
  context.Decide();
  EXPECT_THAT(context.desired, ElementsAre(Wallet("1")));
  context.device.tier = service::AttestationTier::kTeeAuthenticated;
  context.Decide();
  EXPECT_THAT(context.desired, IsEmpty());
}

TEST(ResolveTest, ApplicationsDontMix) {
  Offer till = Of("all", kBeta, Wallet("7"));
  till.taid = "till";
  till.release->taid = "till";
  EXPECT_THAT(Versions({Of("did:aa", kStable, Wallet("1")), till}),
              ElementsAre("7", "1"));
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

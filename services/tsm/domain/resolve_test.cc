#include "services/tsm/domain/resolve.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

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

// "1.0", and "1.0!" for one that is yanked, whatever the order of the offers.
std::vector<std::string> Versions(std::vector<Offer> offers) {
  const auto resolved = [&] {
    std::vector<std::string> versions;
    for (const DesiredTa& ta : Resolve(offers)) {
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

#include "clients/load/mix.h"

#include <map>
#include <random>

#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp::load {
namespace {

bool Any(Kind) { return true; }

TEST(Mix, PicksByWeight) {
  const auto mix = Mix::Parse("first-install=6,heartbeat=3,update,replay=0");
  OTRP_ASSERT_OK(mix);
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::map<Kind, int> picked;
  for (int i = 0; i < 10000; ++i) {
    Kind kind = Kind::kAbort;
    ASSERT_TRUE(mix->Pick(uniform(random), Any, &kind));
    ++picked[kind];
  }
  EXPECT_NEAR(picked[Kind::kFirstInstall], 6000, 200);
  EXPECT_NEAR(picked[Kind::kHeartbeat], 3000, 200);
  EXPECT_NEAR(picked[Kind::kUpdate], 1000, 200);
  EXPECT_EQ(picked.size(), 3u);
}

TEST(Mix, PicksAmongWhatIsUsable) {
  const auto mix = Mix::Parse("first-install=6,heartbeat=3,update=1");
  OTRP_ASSERT_OK(mix);
  Kind kind = Kind::kAbort;
  for (const double draw : {0.0, 0.5, 0.999999}) {
    EXPECT_TRUE(mix->Pick(
        draw, [](Kind k) { return k == Kind::kHeartbeat; }, &kind));
    EXPECT_EQ(kind, Kind::kHeartbeat);
  }
  EXPECT_FALSE(mix->Pick(
      0.5, [](Kind) { return false; }, &kind));
}

TEST(Mix, KnowsItsRoles) {
  const auto mix = Mix::Parse("replay,withdraw=2");
  OTRP_ASSERT_OK(mix);
  EXPECT_TRUE(mix->Uses(Role::kInstall));
  EXPECT_TRUE(mix->Uses(Role::kWithdraw));
  EXPECT_FALSE(mix->Uses(Role::kUpdate));
  EXPECT_EQ(mix->ToString(), "replay=1,withdraw=2");
}

TEST(Mix, EveryKindHasANameThatIsRead) {
  for (const Kind kind : kKinds) {
    const auto mix = Mix::Parse(KindName(kind));
    OTRP_ASSERT_OK(mix);
    EXPECT_EQ(mix->Weight(kind), 1);
  }
}

TEST(Mix, RefusesTheRest) {
  for (const char* text :
       {"", "heartbeat=0", "heartbeat=-1", "heartbeat=x", "heartbeat=nan",
        "heartbeat=inf", "lunch", "update,update", "update,"}) {
    EXPECT_FALSE(Mix::Parse(text).ok()) << text;
  }
}

}  // namespace
}  // namespace otrp::load

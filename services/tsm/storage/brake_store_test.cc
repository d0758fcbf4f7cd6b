#include "services/tsm/storage/brake_store.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/tsm/testing/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::testing::ElementsAre;

class BrakeStoreTest : public TsmStoreTest {
 protected:
  BrakeState Read(absl::Time now) {
    auto state = brakes_.Read(now);
    EXPECT_TRUE(state.ok()) << state.status();
    return state.value_or(BrakeState());
  }

  // A device that loses something, seen now.
  void Lose(char did, absl::Time at) {
    SessionCommit commit = Open(absl::StrCat("tid-", next_++), did);
    commit.session.last_message_at = at;
    commit.losing = {Did(did)};
    EXPECT_THAT(store_.Commit(commit), IsOkAndHolds(true));
  }

  BrakeStore brakes_{database_.pool()};
  int next_ = 1;
};

TEST_F(BrakeStoreTest, TheLimitIsAShareOfTheAcceptedDevicesAndANumberAtLeast) {
  EXPECT_EQ(Read(At(0)).limit, 100);
  OTRP_ASSERT_OK(brakes_.Set(50, 2, Audit("set")));
  EXPECT_EQ(Read(At(0)).limit, 2);
  for (const char did : {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}) {
    EXPECT_THAT(store_.Commit(Open(std::string("open-") + did, did)),
                IsOkAndHolds(true));
  }
  EXPECT_EQ(Read(At(0)).limit, 4);
  EXPECT_THAT(actions()[0], "set");
}

TEST_F(BrakeStoreTest, ADeviceCountsOnceAnHour) {
  OTRP_ASSERT_OK(brakes_.Set(1, 3, Audit("set")));
  Lose('a', At(0));
  Lose('a', At(60));
  Lose('b', At(60));
  EXPECT_EQ(Read(At(61)).devices, 2);
  EXPECT_EQ(Read(At(3601)).devices, 1);
  // Still losing: again, for another hour.
  Lose('a', At(3700));
  EXPECT_EQ(Read(At(3701)).devices, 1);
  EXPECT_EQ(Read(At(7200)).devices, 1);
  EXPECT_EQ(Read(At(7301)).devices, 0);
}

TEST_F(BrakeStoreTest, NoMoreAreCountedThanTheLimitAndOne) {
  OTRP_ASSERT_OK(brakes_.Set(1, 3, Audit("set")));
  for (const char did : {'a', 'b', 'c', 'd', 'e', 'f'}) Lose(did, At(0));
  EXPECT_EQ(Read(At(1)).devices, 4);
}

TEST_F(BrakeStoreTest, ItIsPausedOnceAndReleasedForAWhile) {
  EXPECT_THAT(brakes_.Pause(At(0), "ann", "why", false, Audit("pause")),
              IsOkAndHolds(true));
  EXPECT_THAT(brakes_.Pause(At(1), "bob", "too", false, Audit("pause")),
              IsOkAndHolds(false));
  const BrakeState paused = Read(At(2));
  EXPECT_TRUE(paused.paused());
  EXPECT_EQ(*paused.paused_at, At(0));
  EXPECT_EQ(paused.paused_by, "ann");
  EXPECT_EQ(paused.reason, "why");

  Lose('a', At(3));
  OTRP_ASSERT_OK(brakes_.Release(At(100), "bob", Audit("release")));
  Lose('b', At(50));
  const BrakeState released = Read(At(60));
  EXPECT_FALSE(released.paused());
  EXPECT_TRUE(released.ReleasedAt(At(60)));
  EXPECT_FALSE(released.ReleasedAt(At(100)));
  EXPECT_EQ(released.released_by, "bob");
  // What was looked at isn't counted afterwards.
  EXPECT_EQ(Read(At(200)).devices, 0);
  Lose('c', At(150));
  EXPECT_EQ(Read(At(200)).devices, 1);
  // The count alone doesn't pause what an operator has released, an operator
  // does.
  EXPECT_THAT(brakes_.Pause(At(60), "count", "many", true, Audit("pause")),
              IsOkAndHolds(false));
  EXPECT_THAT(brakes_.Pause(At(101), "count", "many", true, Audit("pause")),
              IsOkAndHolds(true));
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

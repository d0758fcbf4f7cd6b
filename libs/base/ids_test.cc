#include "libs/base/ids.h"

#include <set>
#include <string>

#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/base/fake_random.h"

namespace otrp {
namespace {

TEST(IdsTest, MakesVersion4UuidsInUpperCase) {
  FakeRandom random(1);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = NewUuid(random);
    ASSERT_TRUE(IsUuid(id)) << id;
    EXPECT_EQ(id[14], '4') << id;
    EXPECT_NE(std::string("89AB").find(id[19]), std::string::npos) << id;
    EXPECT_EQ(id.find_first_of("abcdef"), std::string::npos) << id;
    EXPECT_TRUE(seen.insert(id).second) << id;
  }
}

TEST(IdsTest, KeepsTheGivenBitsButVersionAndVariant) {
  EXPECT_EQ(UuidFromBytes(std::string(16, '\xff')),
            "FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF");
  EXPECT_EQ(UuidFromBytes(std::string(16, '\0')),
            "00000000-0000-4000-8000-000000000000");
}

TEST(IdsTest, KnowsAUuidWhenItSeesOne) {
  EXPECT_TRUE(IsUuid("7c2d5a0e-93e1-4b6a-8f0d-1e2a3b4c5d6e"));
  for (const char* text : {"", "7c2d5a0e93e14b6a8f0d1e2a3b4c5d6e",
                           "{7c2d5a0e-93e1-4b6a-8f0d-1e2a3b4c5d}",
                           "7c2d5a0e-93e1-4b6a-8f0d-1e2a3b4c5d6g",
                           "7c2d5a0e-93e1-4b6a-8f0d-1e2a3b4c5d6e0",
                           "7c2d5a0e--3e1-4b6a-8f0d-1e2a3b4c5d6e"}) {
    EXPECT_FALSE(IsUuid(text)) << text;
  }
}

TEST(FakeRandomTest, RepeatsItselfForTheSameSeed) {
  FakeRandom one(7);
  FakeRandom same(7);
  FakeRandom other(8);
  EXPECT_EQ(one.Bytes(33), same.Bytes(33));
  EXPECT_NE(one.Bytes(16), other.Bytes(16));
  EXPECT_EQ(one.Bytes(0), "");
}

TEST(FakeClockTest, StandsStillUntilTold) {
  FakeClock clock(absl::FromUnixSeconds(1000));
  EXPECT_EQ(clock.Now(), clock.Now());
  clock.Advance(absl::Seconds(5));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(1005));
  clock.Set(absl::FromUnixSeconds(1));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(1));
}

}  // namespace
}  // namespace otrp

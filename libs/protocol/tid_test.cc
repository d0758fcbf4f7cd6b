#include "libs/protocol/tid.h"

#include <set>
#include <string>

#include "gtest/gtest.h"
#include "libs/base/ids.h"
#include "libs/crypto/random.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace protocol {
namespace {

using ::otrp::testing::IsOk;

const std::string& Secret() {
  static const auto* const kSecret = new std::string(32, 's');
  return *kSecret;
}

absl::Time Noon() { return absl::FromUnixSeconds(1795435200); }

std::string Make(bool es256, absl::Time now) {
  return NewTid(Secret(), es256, now, crypto::SystemRandom());
}

TEST(TidTest, IsAVersion4UuidThatRemembersItsAlgorithm) {
  for (bool es256 : {false, true}) {
    for (int i = 0; i < 200; ++i) {
      const std::string tid = Make(es256, Noon());
      ASSERT_TRUE(IsUuid(tid)) << tid;
      EXPECT_EQ(tid[14], '4');
      EXPECT_NE(std::string("89AB").find(tid[19]), std::string::npos) << tid;
      OTRP_ASSERT_OK_AND_ASSIGN(TidInfo info, CheckTid(Secret(), tid, Noon()));
      EXPECT_EQ(info.es256, es256);
    }
  }
}

TEST(TidTest, LivesForItsEpochAndTheTwoAfterIt) {
  const std::string tid = Make(false, Noon());
  for (int minutes : {0, 4, 5, 9, 14}) {
    EXPECT_TRUE(CheckTid(Secret(), tid, Noon() + absl::Minutes(minutes)).ok())
        << minutes;
  }
  for (int minutes : {15, 16, 60, -6}) {
    EXPECT_FALSE(CheckTid(Secret(), tid, Noon() + absl::Minutes(minutes)).ok())
        << minutes;
  }
}

TEST(TidTest, AReplicaWhoseClockIsBehindTakesItToo) {
  const std::string tid = Make(true, Noon());
  EXPECT_THAT(CheckTid(Secret(), tid, Noon() - absl::Seconds(2)), IsOk());
  EXPECT_THAT(CheckTid(Secret(), tid, Noon() - absl::Minutes(5)), IsOk());
  EXPECT_FALSE(
      CheckTid(Secret(), tid, Noon() - absl::Minutes(5) - absl::Seconds(1))
          .ok());
}

TEST(TidTest, EveryChangedDigitIsNoticed) {
  const std::string tid = Make(true, Noon());
  for (size_t i = 0; i < tid.size(); ++i) {
    std::string other = tid;
    other[i] = other[i] == '5' ? '6' : '5';
    EXPECT_FALSE(CheckTid(Secret(), other, Noon()).ok()) << other;
  }
}

TEST(TidTest, OtherSpellingsAndOtherTextsAreNotOurs) {
  std::string lower = Make(true, Noon());
  bool changed = false;
  for (char& c : lower) {
    if (c >= 'A' && c <= 'F') {
      c = static_cast<char>(c - 'A' + 'a');
      changed = true;
    }
  }
  EXPECT_NE(changed, CheckTid(Secret(), lower, Noon()).ok());
  for (const char* text : {"", "x", "00000000-0000-4000-8000-000000000000"}) {
    EXPECT_FALSE(CheckTid(Secret(), text, Noon()).ok()) << text;
  }
  EXPECT_FALSE(CheckTid(Secret(), std::string(1 << 20, 'A'), Noon()).ok());
}

TEST(TidTest, AnotherSecretDoesNotTakeIt) {
  const std::string tid = Make(false, Noon());
  EXPECT_FALSE(CheckTid(std::string(32, 't'), tid, Noon()).ok());
}

TEST(TidTest, NeverTheSameTwice) {
  std::set<std::string> seen;
  for (int i = 0; i < 2000; ++i) {
    EXPECT_TRUE(seen.insert(Make(false, Noon())).second);
  }
}

TEST(TidTest, TheFirstRidFollowsFromTidAndSecret) {
  const std::string tid = Make(false, Noon());
  EXPECT_TRUE(IsUuid(FirstRid(Secret(), tid)));
  EXPECT_EQ(FirstRid(Secret(), tid), FirstRid(Secret(), tid));
  EXPECT_NE(FirstRid(Secret(), tid), tid);
  EXPECT_NE(FirstRid(Secret(), tid), FirstRid(Secret(), Make(false, Noon())));
  EXPECT_NE(FirstRid(Secret(), tid), FirstRid(std::string(32, 't'), tid));
}

TEST(DeriveCekTest, DependsOnAllOfItsInput) {
  const std::string cek(DeriveCek(Secret(), "t", "r", 32).view());
  EXPECT_EQ(cek.size(), 32u);
  EXPECT_EQ(cek, DeriveCek(Secret(), "t", "r", 32).view());
  EXPECT_EQ(DeriveCek(Secret(), "t", "r", 64).size(), 64u);
  EXPECT_NE(cek, DeriveCek(std::string(32, 't'), "t", "r", 32).view());
  EXPECT_NE(cek, DeriveCek(Secret(), "u", "r", 32).view());
  EXPECT_NE(cek, DeriveCek(Secret(), "t", "s", 32).view());
  EXPECT_NE(std::string(DeriveCek(Secret(), "ab", "c", 32).view()),
            DeriveCek(Secret(), "a", "bc", 32).view());
}

}  // namespace
}  // namespace protocol
}  // namespace otrp

#include "services/ca/domain/generation.h"

#include <initializer_list>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using State = AuthorityState;

constexpr State kAll[] = {State::kNext, State::kActive, State::kRetiring,
                          State::kRetired, State::kRevoked};
const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr absl::Duration kYear = absl::Hours(365 * 24);

TEST(GenerationTest, EachStateHasItsWord) {
  for (State state : kAll) {
    EXPECT_EQ(AuthorityStateFromWord(AuthorityStateWord(state)), state);
  }
  EXPECT_EQ(AuthorityStateFromWord("asleep"), absl::nullopt);
}

TEST(GenerationTest, TheFirstGenerationHasTheLinesName) {
  EXPECT_EQ(GenerationName("sp-ca", 1), "sp-ca");
  EXPECT_EQ(GenerationName("sp-ca", 12), "sp-ca.12");
}

TEST(GenerationTest, OnlyANextOneThatLivesBecomesActive) {
  for (State state : kAll) {
    EXPECT_EQ(CheckActivate("x", state, kNow + kYear, kNow).ok(),
              state == State::kNext || state == State::kActive)
        << AuthorityStateWord(state);
  }
  EXPECT_THAT(
      CheckActivate("x", State::kNext, kNow, kNow),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("has ended")));
}

TEST(GenerationTest, WhatIsActiveOrStillNeededIsNotRetired) {
  for (State state : kAll) {
    EXPECT_EQ(CheckRetire("x", state, 0).ok(), state != State::kActive)
        << AuthorityStateWord(state);
  }
  EXPECT_THAT(CheckRetire("x", State::kRetiring, 3),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("3 certificates")));
  EXPECT_TRUE(CheckRetire("x", State::kRevoked, 3).ok());
}

TEST(GenerationTest, NoRootAndNoneOfAnothersIsRevoked) {
  EXPECT_TRUE(CheckRevoke("x", State::kActive, false, true).ok());
  EXPECT_TRUE(CheckRevoke("x", State::kNext, false, true).ok());
  EXPECT_FALSE(CheckRevoke("x", State::kActive, true, true).ok());
  EXPECT_FALSE(CheckRevoke("x", State::kActive, false, false).ok());
  EXPECT_FALSE(CheckRevoke("x", State::kRetired, false, true).ok());
}

TEST(GenerationTest, ALeafEndsWithItsIssuerOrIsRefused) {
  EXPECT_THAT(EndOfLeaf("x", kNow + 2 * kYear, kNow, kYear),
              IsOkAndHolds(kNow + kYear));
  EXPECT_THAT(EndOfLeaf("x", kNow + kYear / 2, kNow, kYear),
              IsOkAndHolds(kNow + kYear / 2));
  EXPECT_THAT(
      EndOfLeaf("x", kNow + kYear / 2 - absl::Seconds(1), kNow, kYear).status(),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("ca rotate")));
}

}  // namespace
}  // namespace ca
}  // namespace otrp

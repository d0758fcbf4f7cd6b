#include "services/attestation_verifier/domain/result_keys.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/attestation_verifier/limits.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace verifier {
namespace {

using ::testing::UnorderedElementsAre;

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

class ResultKeysTest : public ::testing::Test {
 protected:
  void Rotate(Rotation rotation, absl::Time now) {
    OTRP_ASSERT_OK_AND_ASSIGN(keys_,
                              AfterRotation(keys_, rotation, now, [this] {
                                StoredResultKey key;
                                key.kid = absl::StrCat("k", ++made_);
                                return absl::StatusOr<StoredResultKey>(key);
                              }));
  }

  std::vector<std::string> States() const {
    std::vector<std::string> states;
    for (const StoredResultKey& key : keys_) {
      states.push_back(absl::StrCat(key.kid, " ", WordOf(key.state)));
    }
    return states;
  }

  ResultKeys keys_;
  int made_ = 0;
};

TEST_F(ResultKeysTest, AKeyIsShownBeforeItSignsAndAfterwards) {
  EXPECT_TRUE(RotationIsDue(keys_, kStart));
  Rotate(Rotation::kWhenDue, kStart);
  EXPECT_THAT(States(), UnorderedElementsAre("k1 current", "k2 next"));
  EXPECT_FALSE(
      RotationIsDue(keys_, kStart + kResultKeyLife - absl::Seconds(1)));
  const absl::Time end = kStart + kResultKeyLife;
  EXPECT_TRUE(RotationIsDue(keys_, end));
  Rotate(Rotation::kWhenDue, end);
  EXPECT_THAT(States(),
              UnorderedElementsAre("k1 retired", "k2 current", "k3 next"));
  EXPECT_FALSE(RotationIsDue(keys_, end + kShowRetiredKey - absl::Seconds(1)));
  Rotate(Rotation::kWhenDue, end + kShowRetiredKey);
  EXPECT_THAT(States(), UnorderedElementsAre("k2 current", "k3 next"));
}

TEST_F(ResultKeysTest, WhatARetiredKeySignedIsValidNoLongerThanItIsShown) {
  EXPECT_GE(kShowRetiredKey, kMaxResultLife);
}

TEST_F(ResultKeysTest, ALeakedKeyIsForgottenAtOnce) {
  Rotate(Rotation::kWhenDue, kStart);
  Rotate(Rotation::kNow, kStart + absl::Hours(1));
  EXPECT_THAT(States(),
              UnorderedElementsAre("k1 retired", "k2 current", "k3 next"));
  Rotate(Rotation::kForget, kStart + absl::Hours(2));
  EXPECT_THAT(States(), UnorderedElementsAre("k3 current", "k4 next"));
}

TEST_F(ResultKeysTest, AKeyThatCantBeMadeChangesNothing) {
  EXPECT_FALSE(AfterRotation(keys_, Rotation::kWhenDue, kStart, [] {
                 return absl::StatusOr<StoredResultKey>(
                     absl::InternalError("no randomness"));
               }).ok());
}

}  // namespace
}  // namespace verifier
}  // namespace otrp

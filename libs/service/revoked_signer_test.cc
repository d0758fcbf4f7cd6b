#include "libs/service/revoked_signer.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/base/files.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace service {
namespace {

const absl::Time kRevoked = absl::FromUnixSeconds(1800000000);
const absl::Time kBefore = kRevoked - absl::Seconds(1);

TEST(RevokedSignerTest, WhatAStolenKeySignedNeverCountsHoweverOldItSeems) {
  for (int reason : {0, 1, 2, 9, 10}) {
    EXPECT_FALSE(SignatureCounts(absl::InfinitePast(), kRevoked, reason))
        << reason;
  }
}

TEST(RevokedSignerTest, WhatWasSignedWithAKeyThatOnlyRetiredCountsFromBefore) {
  for (int reason : {3, 4, 5}) {
    EXPECT_TRUE(SignatureCounts(kBefore, kRevoked, reason)) << reason;
    EXPECT_FALSE(SignatureCounts(kRevoked, kRevoked, reason)) << reason;
  }
}

TEST(RevokedSignerTest, AReasonThatNobodyKnowsLeavesNothing) {
  // 6 is certificateHold, which our CA doesn't have; 7 is none.
  for (int reason : {-1, 6, 7, 8, 11, 1000}) {
    EXPECT_FALSE(SignatureCounts(kBefore, kRevoked, reason)) << reason;
  }
}

TEST(RevokedSignerTest, ThePageForPeopleHasTheSameTable) {
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string page,
                            ReadWholeFile("docs/operations.md"));
  for (const RevocationRow& row : RevocationRows()) {
    EXPECT_TRUE(absl::StrContains(
        page,
        absl::StrCat("| `", row.word, "` | ",
                     row.leaves == Leaves::kNothing ? "nothing"
                                                    : "what was signed before",
                     " |")))
        << row.word;
  }
}

}  // namespace
}  // namespace service
}  // namespace otrp

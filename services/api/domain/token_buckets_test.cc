#include "services/api/domain/token_buckets.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace otrp {
namespace api {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1700000000);

TEST(TokenBucketsTest, ABurstThenTheRate) {
  TokenBuckets buckets({2, 4, 10});
  for (int left = 3; left >= 0; --left) {
    const TokenBuckets::Left got = buckets.Take("a", kNow);
    EXPECT_TRUE(got.taken);
    EXPECT_EQ(got.tokens, left);
  }
  TokenBuckets::Left got = buckets.Take("a", kNow);
  EXPECT_FALSE(got.taken);
  EXPECT_EQ(got.until, absl::Milliseconds(500));
  // Asking costs nothing.
  got = buckets.Take("a", kNow + absl::Milliseconds(500));
  EXPECT_TRUE(got.taken);
  EXPECT_EQ(got.until, absl::Seconds(2));
  EXPECT_FALSE(buckets.Take("a", kNow + absl::Milliseconds(500)).taken);
}

TEST(TokenBucketsTest, OneDoesNotTakeFromAnother) {
  TokenBuckets buckets({1, 1, 10});
  EXPECT_TRUE(buckets.Take("a", kNow).taken);
  EXPECT_FALSE(buckets.Take("a", kNow).taken);
  EXPECT_TRUE(buckets.Take("b", kNow).taken);
}

TEST(TokenBucketsTest, WhatDidNotCountIsGivenBackAndNoMore) {
  TokenBuckets buckets({1, 1, 10});
  EXPECT_TRUE(buckets.Take("a", kNow).taken);
  buckets.GiveBack("a", kNow);
  buckets.GiveBack("a", kNow);
  EXPECT_TRUE(buckets.Take("a", kNow).taken);
  EXPECT_FALSE(buckets.Take("a", kNow).taken);
}

TEST(TokenBucketsTest, AClockThatGoesBackTakesNothingAway) {
  TokenBuckets buckets({1, 2, 10});
  EXPECT_TRUE(buckets.Take("a", kNow).taken);
  EXPECT_TRUE(buckets.Take("a", kNow - absl::Hours(1)).taken);
}

TEST(TokenBucketsTest, EverNewKeysShareOneBucketAndDontFillTheMemory) {
  TokenBuckets buckets({1, 2, 100});
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(buckets.Take(absl::StrCat(i), kNow).taken);
  }
  int taken = 0;
  for (int i = 100; i < 1000; ++i) {
    taken += buckets.Take(absl::StrCat(i), kNow).taken ? 1 : 0;
  }
  EXPECT_EQ(taken, 2);
  // Those of before have theirs still.
  EXPECT_TRUE(buckets.Take("7", kNow).taken);
  // Who rests is forgotten, and there is room again.
  const absl::Time later = kNow + absl::Minutes(1);
  for (int i = 2000; i < 2003; ++i) {
    EXPECT_TRUE(buckets.Take(absl::StrCat(i), later).taken) << i;
  }
}

}  // namespace
}  // namespace api
}  // namespace otrp

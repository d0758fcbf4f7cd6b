#include "libs/telemetry/queue_time.h"

#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace otrp {
namespace telemetry {
namespace {

constexpr absl::Time kStart = absl::FromUnixSeconds(1700000000);

TEST(RecentMeanTest, WhatLiesBackIsForgotten) {
  RecentMean mean;
  EXPECT_EQ(mean.At(kStart), absl::ZeroDuration());
  mean.Add(absl::Seconds(3), kStart);
  mean.Add(absl::Seconds(1), kStart + absl::Seconds(1));
  EXPECT_EQ(mean.At(kStart + absl::Seconds(2)), absl::Seconds(2));
  // Of two spans.
  mean.Add(absl::Seconds(5), kStart + absl::Seconds(6));
  EXPECT_EQ(mean.At(kStart + absl::Seconds(7)), absl::Seconds(3));
  // The first span is over.
  mean.Add(absl::Seconds(7), kStart + absl::Seconds(12));
  EXPECT_EQ(mean.At(kStart + absl::Seconds(12)), absl::Seconds(6));
  EXPECT_EQ(mean.At(kStart + absl::Seconds(40)), absl::ZeroDuration());
}

TEST(RecentMeanTest, AClockThatIsSetBackHoldsNothingUp) {
  RecentMean mean;
  mean.Add(absl::Seconds(9), kStart);
  EXPECT_EQ(mean.At(kStart - absl::Hours(1)), absl::ZeroDuration());
  mean.Add(absl::Seconds(1), kStart - absl::Hours(1));
  EXPECT_EQ(mean.At(kStart - absl::Hours(1)), absl::Seconds(1));
}

TEST(QueueTimeTest, AllQueuesOfTheProcessCountTogether) {
  QueueTime("database").Observe(absl::Seconds(1));
  QueueTime("http").Observe(absl::Seconds(3));
  EXPECT_EQ(RecentQueueTime().At(absl::Now()), absl::Seconds(2));
  const std::string text = Default().Serialize();
  EXPECT_NE(
      text.find("otrp_queue_duration_seconds_sum{queue=\"database\"} 1\n"),
      std::string::npos);
  EXPECT_NE(text.find("otrp_queue_duration_seconds_sum{queue=\"http\"} 3\n"),
            std::string::npos);
}

}  // namespace
}  // namespace telemetry
}  // namespace otrp

#include "clients/load/arrivals.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp::load {
namespace {

std::vector<double> Until(Arrivals arrivals, double end) {
  std::vector<double> moments;
  while (true) {
    const double at = absl::ToDoubleSeconds(arrivals.Next());
    if (at >= end) return moments;
    moments.push_back(at);
  }
}

int CountIn(const std::vector<double>& moments, double from, double to) {
  return static_cast<int>(
      std::count_if(moments.begin(), moments.end(),
                    [&](double at) { return at >= from && at < to; }));
}

TEST(ParseRamp, TakesSteps) {
  const auto ramp = ParseRamp("0:50:30s,50:50:1m");
  OTRP_ASSERT_OK(ramp);
  ASSERT_EQ(ramp->size(), 2u);
  EXPECT_EQ((*ramp)[0].to, 50);
  EXPECT_EQ((*ramp)[1].duration, absl::Minutes(1));
}

TEST(ParseRamp, RefusesTheRest) {
  for (const char* text : {"", "1", "1:2", "1:2:3", "-1:2:3s", "1:2:0s",
                           "1:nan:3s", "1:inf:3s", "1:2:inf", "1:2:3s,"}) {
    EXPECT_FALSE(ParseRamp(text).ok()) << text;
  }
}

TEST(Arrivals, AnEvenStreamIsEven) {
  const std::vector<double> moments =
      Until(Arrivals({{}, 50, Spacing::kConstant}), 10);
  ASSERT_EQ(moments.size(), 500u);
  for (size_t i = 1; i < moments.size(); ++i) {
    EXPECT_NEAR(moments[i] - moments[i - 1], 0.02, 1e-6);
  }
}

// Processes take turns: together they are the even stream again.
TEST(Arrivals, SharesOfAnEvenStreamInterleave) {
  std::vector<double> all;
  for (int share = 0; share < 3; ++share) {
    for (const double at :
         Until(Arrivals({{}, 30, Spacing::kConstant, share, 3}), 10)) {
      all.push_back(at);
    }
  }
  std::sort(all.begin(), all.end());
  ASSERT_EQ(all.size(), 300u);
  for (size_t i = 1; i < all.size(); ++i) {
    EXPECT_NEAR(all[i] - all[i - 1], 1.0 / 30, 1e-6);
  }
}

// The number in an interval is its own variance, and gaps don't remember.
TEST(Arrivals, APoissonStreamIsOne) {
  const std::vector<double> moments =
      Until(Arrivals({{}, 100, Spacing::kPoisson, 0, 1, 42}), 1000);
  EXPECT_NEAR(moments.size(), 100000, 4 * std::sqrt(100000));
  double sum = 0;
  double squares = 0;
  for (int second = 0; second < 1000; ++second) {
    const double n = CountIn(moments, second, second + 1);
    sum += n;
    squares += n * n;
  }
  const double mean = sum / 1000;
  EXPECT_NEAR((squares / 1000 - mean * mean) / mean, 1, 0.2);
  int long_gaps = 0;
  for (size_t i = 1; i < moments.size(); ++i) {
    if (moments[i] - moments[i - 1] > 0.02) ++long_gaps;
  }
  EXPECT_NEAR(static_cast<double>(long_gaps) / moments.size(), std::exp(-2.0),
              0.01);
}

TEST(Arrivals, SharesOfAPoissonStreamDiffer) {
  EXPECT_NE(Until(Arrivals({{}, 10, Spacing::kPoisson, 0, 2, 1}), 5),
            Until(Arrivals({{}, 10, Spacing::kPoisson, 1, 2, 1}), 5));
}

TEST(Arrivals, FollowsARamp) {
  for (const Spacing spacing : {Spacing::kConstant, Spacing::kPoisson}) {
    const std::vector<double> moments = Until(
        Arrivals({*ParseRamp("0:200:20s,200:200:10s,200:0:20s"), 100, spacing}),
        60);
    const double within = spacing == Spacing::kConstant ? 2 : 200;
    // A triangle, half of it before 14.1 s; a plateau; a triangle; the rest.
    EXPECT_NEAR(CountIn(moments, 0, 20), 2000, within);
    EXPECT_NEAR(CountIn(moments, 0, 10), 500, within);
    EXPECT_NEAR(CountIn(moments, 20, 30), 2000, within);
    EXPECT_NEAR(CountIn(moments, 30, 40), 1500, within);
    EXPECT_NEAR(CountIn(moments, 50, 60), 1000, within);
    EXPECT_TRUE(std::is_sorted(moments.begin(), moments.end()));
  }
}

TEST(Arrivals, APauseIsPassedOver) {
  const std::vector<double> moments = Until(
      Arrivals({*ParseRamp("10:10:1s,0:0:5s"), 10, Spacing::kConstant}), 7);
  EXPECT_EQ(CountIn(moments, 0, 1), 10);
  EXPECT_EQ(CountIn(moments, 1.001, 6), 0);
  EXPECT_EQ(CountIn(moments, 6, 7), 10);
}

TEST(Arrivals, WithoutARateNobodyComes) {
  Arrivals arrivals({*ParseRamp("10:10:1s"), 0, Spacing::kConstant});
  for (int i = 0; i < 10; ++i) {
    EXPECT_LE(arrivals.Next(), absl::Seconds(1));
  }
  EXPECT_EQ(arrivals.Next(), absl::InfiniteDuration());
}

}  // namespace
}  // namespace otrp::load

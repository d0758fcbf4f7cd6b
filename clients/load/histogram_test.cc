#include "clients/load/histogram.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp::load {
namespace {

absl::Duration Us(int64_t n) { return absl::Microseconds(n); }

TEST(Histogram, AnEmptyOneHasZeros) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0);
  EXPECT_EQ(histogram.Percentile(50), absl::ZeroDuration());
  EXPECT_EQ(histogram.Mean(), absl::ZeroDuration());
  EXPECT_EQ(histogram.Max(), absl::ZeroDuration());
}

TEST(Histogram, SmallValuesAreExact) {
  Histogram histogram;
  for (int i = 0; i < 2048; ++i) histogram.Record(Us(i));
  for (int i = 1; i <= 2048; ++i) {
    EXPECT_EQ(histogram.Percentile(100.0 * i / 2048), Us(i - 1)) << i;
  }
}

// Against the sorted values themselves, over eleven powers of ten.
TEST(Histogram, ThreeDigitsEverywhere) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> exponent(0, 11);
  std::vector<int64_t> values;
  Histogram histogram;
  for (int i = 0; i < 20000; ++i) {
    values.push_back(static_cast<int64_t>(std::pow(10, exponent(random))));
    histogram.Record(Us(values.back()));
  }
  std::sort(values.begin(), values.end());
  for (const double p : {0.1, 1.0, 25.0, 50.0, 90.0, 99.0, 99.9, 99.99}) {
    const auto rank = static_cast<size_t>(std::ceil(p / 100 * values.size()));
    const auto expected = static_cast<double>(values[rank - 1]);
    EXPECT_NEAR(absl::ToDoubleMicroseconds(histogram.Percentile(p)), expected,
                expected / 1000 + 0.5)
        << p;
  }
  EXPECT_EQ(histogram.Max(), Us(values.back()));
  EXPECT_EQ(histogram.Min(), Us(values.front()));
  EXPECT_EQ(histogram.Percentile(100), Us(values.back()));
}

TEST(Histogram, WhatIsOutOfRangeIsAtItsEnds) {
  Histogram histogram;
  histogram.Record(absl::Seconds(-1));
  EXPECT_EQ(histogram.Max(), absl::ZeroDuration());
  histogram.Record(absl::InfiniteDuration());
  EXPECT_EQ(histogram.Max(), Us(Histogram::kMaxMicros));
  EXPECT_EQ(histogram.Percentile(100), Us(Histogram::kMaxMicros));
}

// A server that stands still for a second, once in 100 requests of 10 ms
// each: those who should have come meanwhile would have waited too.
TEST(Histogram, FillsInWhatWasLeftOut) {
  Histogram raw;
  Histogram corrected;
  for (int i = 0; i < 99; ++i) {
    raw.Record(absl::Milliseconds(10));
    corrected.RecordWithInterval(absl::Milliseconds(10),
                                 absl::Milliseconds(10));
  }
  raw.Record(absl::Seconds(1));
  corrected.RecordWithInterval(absl::Seconds(1), absl::Milliseconds(10));
  EXPECT_EQ(raw.count(), 100);
  // 990 ms, 980 ms, .. 10 ms.
  EXPECT_EQ(corrected.count(), 199);
  EXPECT_LT(raw.Percentile(90), absl::Milliseconds(11));
  EXPECT_GT(corrected.Percentile(90), absl::Milliseconds(700));
  EXPECT_EQ(corrected.Max(), raw.Max());
}

TEST(Histogram, WithoutAnIntervalNothingIsFilledIn) {
  Histogram histogram;
  histogram.RecordWithInterval(absl::Seconds(1), absl::ZeroDuration());
  EXPECT_EQ(histogram.count(), 1);
}

// In any order and through JSON the sum is that of one histogram for all.
TEST(Histogram, PartsMakeTheWhole) {
  std::mt19937_64 random(11);
  std::lognormal_distribution<double> latency(9, 2);
  Histogram whole;
  std::vector<Histogram> parts(3);
  for (int i = 0; i < 3000; ++i) {
    const absl::Duration value = Us(static_cast<int64_t>(latency(random)));
    whole.Record(value);
    parts[i % 3].Record(value);
  }
  Histogram sum;
  sum.Merge(Histogram());
  for (int i : {2, 0, 1}) {
    const absl::StatusOr<json::Value> text =
        json::Parse(parts[i].ToJson().Serialize(), json::kOurs);
    OTRP_ASSERT_OK(text);
    const absl::StatusOr<Histogram> read = Histogram::FromJson(*text);
    OTRP_ASSERT_OK(read);
    sum.Merge(*read);
  }
  sum.Merge(Histogram());
  EXPECT_EQ(sum.ToJson(), whole.ToJson());
  EXPECT_EQ(sum.count(), whole.count());
  EXPECT_EQ(sum.Min(), whole.Min());
  EXPECT_EQ(sum.Max(), whole.Max());
  EXPECT_EQ(sum.Mean(), whole.Mean());
}

TEST(Histogram, RefusesWhatIsNone) {
  for (const char* text :
       {R"({})", R"({"sum_us":0,"min_us":0,"max_us":0,"parts":[1]})",
        R"({"sum_us":0,"min_us":0,"max_us":0,"parts":[-1,1]})",
        R"({"sum_us":0,"min_us":0,"max_us":0,"parts":[1,0]})",
        R"({"sum_us":0,"min_us":0,"max_us":0,"parts":[99999999,1]})"}) {
    EXPECT_FALSE(Histogram::FromJson(*json::Parse(text, json::kOurs)).ok())
        << text;
  }
}

}  // namespace
}  // namespace otrp::load

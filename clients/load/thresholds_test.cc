// What a run must keep to, and what of it is measured.

#include "clients/load/thresholds.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp::load {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::SizeIs;

json::Value Report() {
  return *json::Parse(R"({"window_seconds":10,
    "totals":{"ok":90,"errors":10,
              "latency_ms":{"corrected":{"p99":150.5,"max":900}}},
    "transactions":{"heartbeat":{"ok":50,"errors":0,
                    "latency_ms":{"corrected":{"p50":10,"p99":100}}},
                    "update":{"ok":0,"errors":3,
                    "latency_ms":{"corrected":{"p99":0}}}},
    "messages_ms":{"open":{"errors":1,"raw":{"count":99},
                           "corrected":{"p99":7}}}})",
                      json::kOurs);
}

bool Held(const std::string& text) {
  const auto thresholds = ParseThresholds(text);
  EXPECT_THAT(thresholds, IsOk()) << text;
  return thresholds.ok() && IsHeld(thresholds->at(0), Report());
}

TEST(ThresholdsTest, EachMetricIsTheReportsNumber) {
  EXPECT_TRUE(Held("heartbeat.p99<200ms"));
  EXPECT_TRUE(Held("heartbeat.p99<=100ms"));
  EXPECT_FALSE(Held("heartbeat.p99<100ms"));
  EXPECT_FALSE(Held("heartbeat.p50<10ms"));
  EXPECT_TRUE(Held("heartbeat.p50<0.011s"));
  EXPECT_TRUE(Held("p99>150ms"));
  EXPECT_FALSE(Held("max<900ms"));
  EXPECT_TRUE(Held("errors<=10%"));
  EXPECT_FALSE(Held("errors<10%"));
  EXPECT_TRUE(Held("heartbeat.errors<=0%"));
  EXPECT_TRUE(Held("throughput>=9"));
  EXPECT_FALSE(Held("throughput>9"));
  EXPECT_TRUE(Held("heartbeat.throughput>4.9"));
  EXPECT_TRUE(Held("open.p99<8ms"));
  EXPECT_TRUE(Held("open.errors<=1%"));
  EXPECT_FALSE(Held("open.errors<1%"));
  EXPECT_TRUE(Held(" heartbeat.p99 < 200ms "));
}

// Nothing done is nothing fast.
TEST(ThresholdsTest, WhatWasNotMeasuredIsNotHeld) {
  for (const char* text : {"update.p99<1h", "withdraw.p99<1h",
                           "withdraw.errors<100%", "CreateSDResponse.p99<1h"}) {
    EXPECT_FALSE(Held(text)) << text;
    EXPECT_FALSE(Measured(ParseThresholds(text)->at(0), Report()).has_value());
  }
  EXPECT_FALSE(Held("update.errors<50%"));
  EXPECT_FALSE(Held("update.throughput>0"));
}

TEST(ThresholdsTest, SeveralHaveCommasBetween) {
  const auto thresholds = ParseThresholds("p99<1s,errors<=1%,open.max<2s");
  ASSERT_THAT(thresholds, IsOk());
  ASSERT_THAT(*thresholds, SizeIs(3));
  EXPECT_EQ((*thresholds)[2].what, "open");
  EXPECT_THAT(*ParseThresholds(""), SizeIs(0));
}

TEST(ThresholdsTest, ABadOneIsQuotedAndSaysWhatIsRight) {
  for (const char* text :
       {"p99", "p99=5ms", "p99<5", "p99<-5ms", "p98<5ms", "<5ms", "errors<1",
        "errors<x%", "throughput>inf", "throughput>5ms", "moon.p99<5ms",
        "a.b.p99<5ms", "MoonResponse.p99<5ms", "p99<"}) {
    EXPECT_THAT(ParseThresholds(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(text)))
        << text;
    EXPECT_THAT(std::string(ParseThresholds(text).status().message()),
                HasSubstr("heartbeat.p99<200ms"));
  }
}

TEST(ThresholdsTest, TheReportSaysWhatWasMeasured) {
  EXPECT_EQ(
      ThresholdsJson(*ParseThresholds("heartbeat.p99<200ms,update.p99<1s"),
                     Report())
          .Serialize(),
      R"([{"threshold":"heartbeat.p99<200ms","measured":100.0,"held":true},)"
      R"({"threshold":"update.p99<1s","measured":null,"held":false}])");
}

}  // namespace
}  // namespace otrp::load

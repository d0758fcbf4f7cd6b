// Two runs in one report.

#include "clients/load/compare.h"

#include <string>

#include "clients/load/page.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp::load {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

json::Value ReportOf(const std::string& p99, const std::string& more) {
  return *json::Parse(
      R"({"format":"otrp-load 1","started_at":"2026-01-01T00:00:00.000Z",
      "options":{"mix":"heartbeat=<1>"},"window_seconds":10,
      "interval_seconds":1,"series":[{"second":0,"ok":5,"p99_ms":)" +
          p99 + R"(}],"totals":{"ok":50,"errors":0,"transactions_per_second":5,
      "latency_ms":{"corrected":{"p50":1,"p90":2,"p99":)" +
          p99 + R"(,"max":9}},"curve_ms":[[50,1],[99,)" + p99 +
          R"(],[100,9]]},"messages_ms":{},"cpu":{"services":[
      {"name":"tsm","cpu_ms_per_transaction":2}],
      "services_ms_per_transaction":2},"transactions":{)" +
          more + "}}",
      json::kOurs);
}

const json::Value* RowOf(const json::Value& comparison, const std::string& what,
                         const std::string& metric) {
  for (const json::Value& row : comparison.Find("rows")->items()) {
    if (row.Find("what")->as_string() == what &&
        row.Find("metric")->as_string() == metric) {
      return &row;
    }
  }
  return nullptr;
}

TEST(CompareTest, EachNumberStandsBesideTheOther) {
  const json::Value comparison = CompareJson(
      ReportOf("100", R"("heartbeat":{"ok":50,"errors":0})"),
      ReportOf("125", R"("heartbeat":{"ok":40,"errors":2},"update":{"ok":1})"));
  const json::Value* p99 = RowOf(comparison, "all transactions", "p99 ms");
  ASSERT_NE(p99, nullptr);
  EXPECT_EQ(p99->Find("before")->as_number(), 100);
  EXPECT_EQ(p99->Find("after")->as_number(), 125);
  EXPECT_EQ(p99->Find("change_percent")->as_number(), 25);
  EXPECT_EQ(
      RowOf(comparison, "heartbeat", "ok")->Find("change_percent")->as_number(),
      -20);
  // From nothing to something is no percentage.
  EXPECT_TRUE(RowOf(comparison, "heartbeat", "errors")
                  ->Find("change_percent")
                  ->is_null());
  EXPECT_TRUE(RowOf(comparison, "update", "ok")->Find("before")->is_null());
  EXPECT_EQ(RowOf(comparison, "tsm", "CPU ms a transaction")
                ->Find("change_percent")
                ->as_number(),
            0);
  const std::string table = CompareTable(comparison);
  EXPECT_THAT(table, HasSubstr("+25.0 %"));
  EXPECT_THAT(table, HasSubstr("-20.0 %"));
}

TEST(CompareTest, ThePageHasBothCurvesAndNothingOfTheirWordsAsMarkup) {
  const std::string page =
      ComparePage(ReportOf("100", ""), ReportOf("125", ""));
  EXPECT_THAT(page, HasSubstr(">before</text>"));
  EXPECT_THAT(page, HasSubstr(">after</text>"));
  EXPECT_THAT(page, HasSubstr("+25.0 %"));
  EXPECT_THAT(page, HasSubstr("heartbeat=&lt;1&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("heartbeat=<1>")));
}

TEST(CompareTest, OnlyReportsOfRunsAreCompared) {
  EXPECT_THAT(CheckReport(ReportOf("1", "")), IsOk());
  for (const char* text :
       {"{}", "[]", "7", R"({"format":"otrp-load 2"})",
        R"({"format":"otrp-load 1"})", R"({"format":"otrp-load compare 1"})"}) {
    EXPECT_THAT(CheckReport(*json::Parse(text, json::kOurs)),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
}

}  // namespace
}  // namespace otrp::load

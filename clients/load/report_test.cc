#include "clients/load/report.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/load/page.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace otrp::load {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

RunOptions Options() {
  RunOptions options;
  options.mix = *Mix::Parse("first-install,heartbeat");
  options.duration = absl::Seconds(10);
  options.metrics = {{"tsm", "http://127.0.0.1:1/metrics"},
                     {"gateway", "http://127.0.0.1:2/metrics"}};
  return options;
}

RunOutcome Outcome() {
  RunOutcome outcome;
  Recorder::Options window;
  window.to = absl::Seconds(10);
  Recorder recorder(window);
  for (int i = 0; i < 100; ++i) {
    Transaction transaction;
    transaction.kind = i % 4 == 0 ? Kind::kHeartbeat : Kind::kFirstInstall;
    transaction.intended = absl::Milliseconds(100 * i);
    transaction.begun = absl::Milliseconds(100 * i + 5);
    transaction.ended = absl::Milliseconds(100 * i + 25);
    transaction.legs = {{"open", absl::Milliseconds(3)}};
    if (i == 50) {
      transaction.failure = Failure{"http-503", "<overload & co>"};
      transaction.legs.back().failed = true;
    }
    recorder.Add(transaction);
  }
  outcome.results = recorder.Take();
  outcome.window = absl::Seconds(10);
  outcome.started_at = absl::FromUnixSeconds(1800000000);
  outcome.before = {{1, 0, {{"type=\"a\"", 5}}}, {2, 0, {}}};
  outcome.after = {{2.98, 1024, {{"type=\"a\"", 25}, {"type=\"b\"", 1}}},
                   {3, 0, {}}};
  return outcome;
}

double At(const json::Value& value, std::vector<const char*> path) {
  const json::Value* at = &value;
  for (const char* name : path) {
    at = at->Find(name);
    if (at == nullptr) return -1;
  }
  return at->as_number();
}

TEST(Report, HasTheNumbers) {
  const json::Value report = ReportJson(Options(), Outcome());
  EXPECT_EQ(At(report, {"totals", "ok"}), 99);
  EXPECT_EQ(At(report, {"totals", "errors"}), 1);
  EXPECT_EQ(At(report, {"totals", "messages"}), 99);
  EXPECT_EQ(At(report, {"totals", "message_errors"}), 1);
  EXPECT_EQ(At(report, {"totals", "transactions_per_second"}), 9.9);
  EXPECT_EQ(At(report, {"transactions", "heartbeat", "ok"}), 25);
  EXPECT_EQ(At(report, {"transactions", "first-install", "ok"}), 74);
  EXPECT_NEAR(
      At(report, {"transactions", "heartbeat", "latency_ms", "raw", "p50"}), 20,
      0.02);
  EXPECT_NEAR(At(report, {"transactions", "heartbeat", "latency_ms",
                          "corrected", "p50"}),
              25, 0.02);
  EXPECT_EQ(At(report, {"messages_ms", "open", "corrected", "count"}), 99);
  EXPECT_EQ(At(report, {"messages_ms", "open", "errors"}), 1);
  EXPECT_EQ(report.Find("started_at")->as_string(), "2027-01-15T08:00:00.000Z");
  ASSERT_EQ(report.Find("errors")->size(), 1u);
  EXPECT_FALSE(report.Find("passed")->as_bool());
}

TEST(Report, HasTheServicesCost) {
  const json::Value report = ReportJson(Options(), Outcome());
  const json::Value& services = *report.Find("cpu")->Find("services");
  ASSERT_EQ(services.size(), 2u);
  EXPECT_EQ(services.items()[0].Find("name")->as_string(), "tsm");
  EXPECT_EQ(At(services.items()[0], {"cpu_seconds"}), 1.98);
  EXPECT_EQ(At(services.items()[0], {"cpu_ms_per_transaction"}), 20);
  EXPECT_EQ(At(report, {"cpu", "services_seconds"}), 2.98);
  EXPECT_EQ(At(report, {"server_messages", "type=\"a\""}), 20);
  EXPECT_EQ(At(report, {"server_messages", "type=\"b\""}), 1);
}

TEST(Report, WithoutMetricsThereIsNoCost) {
  RunOutcome outcome = Outcome();
  outcome.after.clear();
  const json::Value report = ReportJson(Options(), outcome);
  EXPECT_EQ(report.Find("cpu")->Find("services")->size(), 0u);
  EXPECT_THAT(ReportTable(report), Not(HasSubstr("CPU of the services")));
}

TEST(Report, WhatIsAGoodRun) {
  RunOptions options = Options();
  RunOutcome outcome = Outcome();
  EXPECT_FALSE(Passed(options, outcome));
  options.max_errors = 1;
  EXPECT_TRUE(Passed(options, outcome));
  outcome.results.before_errors = 1;
  EXPECT_FALSE(Passed(options, outcome));
  outcome.results.before_errors = 0;
  outcome.lost_processes = 1;
  EXPECT_FALSE(Passed(options, outcome));
  EXPECT_FALSE(Passed(options, RunOutcome()));
}

TEST(Report, AMissedThresholdIsNamedAndTheRunHasNotPassed) {
  RunOptions options = Options();
  options.max_errors = 1;
  options.thresholds = *ParseThresholds("p99<1s,errors<=0.5%");
  const json::Value report = ReportJson(options, Outcome());
  EXPECT_FALSE(HeldThresholds(report));
  EXPECT_FALSE(report.Find("passed")->as_bool());
  const std::string table = ReportTable(report);
  EXPECT_THAT(table, HasSubstr("threshold p99<1s: "));
  EXPECT_THAT(table, HasSubstr(", held"));
  EXPECT_THAT(table, HasSubstr("threshold errors<=0.5%: 1.000, MISSED"));
  options.thresholds = *ParseThresholds("p99<1s,errors<=1%");
  const json::Value held = ReportJson(options, Outcome());
  EXPECT_TRUE(HeldThresholds(held));
  EXPECT_TRUE(held.Find("passed")->as_bool());
}

TEST(Report, ATableForPeople) {
  const std::string table = ReportTable(ReportJson(Options(), Outcome()));
  EXPECT_THAT(table, HasSubstr("99 transactions in 10.0 s: 9.9/s"));
  EXPECT_THAT(table, HasSubstr("first-install                  74       1"));
  EXPECT_THAT(table, HasSubstr("open                           99       1"));
  EXPECT_THAT(table, HasSubstr("error: 1 x first-install http-503"));
  EXPECT_THAT(table, HasSubstr("tsm 20.00"));
}

TEST(Page, NeedsNothingElse) {
  const std::string page = ReportPage(ReportJson(Options(), Outcome()));
  EXPECT_THAT(page, HasSubstr("<svg"));
  EXPECT_THAT(page, HasSubstr("Throughput"));
  EXPECT_THAT(page, HasSubstr("percentile"));
  for (const char* other :
       {"<script", "<link", "<img", "url(", "@import", "src=", "href="}) {
    EXPECT_THAT(page, Not(HasSubstr(other)));
  }
  // What a server said doesn't become part of the page.
  EXPECT_THAT(page, HasSubstr("&lt;overload &amp; co&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("<overload")));
}

// A run that did nothing can be drawn too.
TEST(Page, OfAnEmptyRun) {
  const std::string page = ReportPage(ReportJson(Options(), RunOutcome()));
  EXPECT_THAT(page, HasSubstr("</svg>"));
  EXPECT_THAT(page, Not(HasSubstr("nan")));
  EXPECT_THAT(page, Not(HasSubstr("inf,")));
}

}  // namespace
}  // namespace otrp::load

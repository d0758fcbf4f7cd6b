#include <unistd.h>

#include <functional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/fake_random.h"
#include "libs/base/files.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"
#include "libs/telemetry/trace.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace telemetry {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(LogTest, ALineIsOneJsonObject) {
  EXPECT_EQ(FormatLogLine(Severity::WARNING, "it \"failed\"",
                          {{"error", "a\nb\x01"}, {"path", "c:\\x"}}, "ca",
                          absl::FromUnixMicros(1763900000000001)),
            "{\"ts\":\"2025-11-23T12:13:20.000001Z\",\"level\":\"warning\","
            "\"service\":\"ca\",\"msg\":\"it \\\"failed\\\"\",\"error\":"
            "\"a\\nb\\u0001\",\"path\":\"c:\\\\x\"}");
}

// What threads write to stderr while `work` runs, read from a pipe.
std::string StderrOf(const std::function<void()>& work) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const int before = dup(STDERR_FILENO);
  EXPECT_EQ(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
  close(ends[1]);
  std::string text;
  std::thread reader([&] {
    char buffer[1 << 16];
    for (ssize_t n; (n = read(ends[0], buffer, sizeof(buffer))) > 0;) {
      text.append(buffer, static_cast<size_t>(n));
    }
  });
  work();
  dup2(before, STDERR_FILENO);
  close(before);
  reader.join();
  close(ends[0]);
  return text;
}

// Gives back what the process began with.
class LogSettings {
 public:
  ~LogSettings() {
    SetLogLevel(Severity::INFO);
    SetLogLinesPerSecond(kDefaultLogLinesPerSecond);
  }
};

TEST(LogTest, LinesBelowTheLevelAreNeitherWrittenNorMade) {
  const LogSettings back;
  int made = 0;
  const auto field = [&made] { return std::to_string(++made); };
  EXPECT_EQ(StderrOf([&] { OTRP_LOG(DEBUG, "line", {{"n", field()}}); }), "");
  EXPECT_EQ(made, 0);
  SetLogLevel(Severity::ERROR);
  EXPECT_EQ(StderrOf([&] { OTRP_LOG(WARNING, "line", {{"n", field()}}); }), "");
  EXPECT_EQ(made, 0);
  SetLogLevel(Severity::DEBUG);
  EXPECT_THAT(StderrOf([&] {
                OTRP_LOG(DEBUG, "line", {{"n", field()}});
              }),
              HasSubstr("\"level\":\"debug\""));
  EXPECT_EQ(made, 1);
}

TEST(LogTest, AFloodOfOneKindIsCutAndTheNextLineTellsHowManyAreMissing) {
  LogSite flood;
  uint64_t left_out = 0;
  for (int i = 0; i < kDefaultLogLinesPerSecond; ++i) {
    ASSERT_TRUE(flood.Take(7, &left_out)) << i;
    ASSERT_EQ(left_out, 0u);
  }
  for (int i = 0; i < 123; ++i) ASSERT_FALSE(flood.Take(7, &left_out)) << i;
  LogSite other;
  EXPECT_TRUE(other.Take(7, &left_out));
  EXPECT_TRUE(flood.Take(8, &left_out));
  EXPECT_EQ(left_out, 123u);
  EXPECT_TRUE(flood.Take(8, &left_out));
  EXPECT_EQ(left_out, 0u);
}

TEST(LogTest, WhatIsMissingStandsInTheLine) {
  const LogSettings back;
  SetLogLinesPerSecond(1);
  const std::string text = StderrOf([] {
    for (int i = 0; i < 100; ++i) {
      if (i == 99) SetLogLinesPerSecond(0);
      OTRP_LOG(INFO, "line", {{"n", std::to_string(i)}});
    }
  });
  // However many seconds began meanwhile.
  int told = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    ++told;
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits("\"left_out\":\"", 1));
    int left_out = 0;
    EXPECT_EQ(absl::SimpleAtoi(parts.second.substr(0, parts.second.find('"')),
                               &left_out),
              !parts.second.empty());
    told += left_out;
  }
  EXPECT_EQ(told, 100);
  EXPECT_THAT(text, HasSubstr("left_out"));
}

TEST(LogTest, LevelsAreFlagsByName) {
  for (Severity severity :
       {Severity::DEBUG, Severity::INFO, Severity::WARNING, Severity::ERROR}) {
    Severity parsed = Severity::INFO;
    std::string error;
    EXPECT_TRUE(AbslParseFlag(AbslUnparseFlag(severity), &parsed, &error));
    EXPECT_EQ(parsed, severity);
  }
  Severity parsed;
  std::string error;
  EXPECT_FALSE(AbslParseFlag("verbose", &parsed, &error));
  EXPECT_EQ(error, "must be debug, info, warning or error");
}

TEST(LogTest, LinesOfManyThreadsDontMixAndNoneIsLost) {
  const LogSettings back;
  SetLogLinesPerSecond(0);
  const std::string text = StderrOf([] {
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([t] {
        for (int i = 0; i < 200; ++i) {
          OTRP_LOG(INFO, "line",
                   {{"thread", std::to_string(t)},
                    {"long", std::string(1000 + i * 10, 'a' + t)}});
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  int lines = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    ++lines;
    ASSERT_TRUE(absl::StartsWith(line, "{\"ts\":")) << line;
    ASSERT_TRUE(absl::EndsWith(line, "\"}")) << line;
    const size_t at = line.find("\"long\":\"");
    ASSERT_NE(at, absl::string_view::npos);
    const char letter = line[at + 8];
    EXPECT_EQ(line.find_first_not_of(letter, at + 8), line.size() - 2);
  }
  EXPECT_EQ(lines, 8 * 200);
}

TEST(LogTest, ALongLineIsCutAndSaysSo) {
  const std::string text = StderrOf([] {
    OTRP_LOG(INFO, "long",
             {{"a", std::string(100000, 'x')},
              {"b", absl::StrCat(std::string(511, 'y'), "銀銀")},
              {"c", std::string(3000, '\n')}});
  });
  EXPECT_LT(text.size(), kMaxLogLineBytes + 1);
  EXPECT_TRUE(absl::EndsWith(text, ",\"cut\":\"true\"}\n")) << text;
  EXPECT_TRUE(absl::StrContains(text, "\"b\":\"yyy")) << text;
  EXPECT_FALSE(absl::StrContains(text, "\xef\xbf\xbd")) << text;
}

TEST(LogTest, WhatIsNotUtf8IsReplaced) {
  EXPECT_EQ(QuoteForLog("ä€😀"), "\"ä€😀\"");
  EXPECT_EQ(QuoteForLog("a\xff"
                        "b\xc0\x80"),
            "\"a\xef\xbf\xbd"
            "b\xef\xbf\xbd\xef\xbf\xbd\"");
  EXPECT_EQ(QuoteForLog("\xed\xa0\x80"),
            "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(LogTest, WhatTurnsTextRoundIsWrittenOut) {
  EXPECT_EQ(QuoteForLog("a\xe2\x80\xae"
                        "b\xc2\x9b\x1b\n"),
            "\"a\\u202eb\\u009b\\u001b\\n\"");
}

TEST(MetricsTest, ThePageIsTrue) {
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string page,
                            ReadWholeFile("docs/metrics.md"));
  EXPECT_EQ(page, MetricsPage()) << "run ./otrp docs";
}

TEST(MetricsTest, NamesSayWhatTheyAre) {
  std::set<std::string> names;
  for (const MetricDef* def : AllMetrics()) {
    const std::string name = def->name;
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(name.rfind("otrp_", 0), 0u) << name;
    const bool total = absl::EndsWith(name, "_total");
    EXPECT_EQ(total, std::string(def->kind) == "counter") << name;
    if (std::string(def->kind) == "histogram") {
      EXPECT_TRUE(absl::EndsWith(name, "_seconds")) << name;
    }
  }
}

TEST(MetricsTest, InFlightCountsForAsLongAsItLives) {
  const auto line = [](int n) {
    return "otrp_rpc_in_flight " + std::to_string(n);
  };
  {
    const InFlight one(kRpcInFlight.With());
    const InFlight two(kRpcInFlight.With());
    EXPECT_THAT(Default().Serialize(), HasSubstr(line(2)));
  }
  EXPECT_THAT(Default().Serialize(), HasSubstr(line(0)));
}

TEST(MetricsTest, CountsByLabels) {
  Metrics metrics;
  metrics.With(kAuditEvents, "sp.create", "ok").Increment();
  metrics.With(kAuditEvents, std::string("sp.create"), "ok").Increment(2);
  metrics.With(kAuditEvents, "sp.create", "failed").Increment();
  metrics.With(kOutboxPending, "portal").Set(7);
  metrics.With(kRpcDuration, "ca", "m").Observe(0.003);
  const std::string text = metrics.Serialize();
  EXPECT_THAT(text, HasSubstr("otrp_audit_events_total{action=\"sp.create\","
                              "outcome=\"ok\"} 3"));
  EXPECT_THAT(text, HasSubstr("outcome=\"failed\"} 1"));
  EXPECT_THAT(text, HasSubstr("otrp_outbox_pending{schema=\"portal\"} 7"));
  EXPECT_THAT(text, HasSubstr("le=\"0.005\"} 1"));
  EXPECT_THAT(text, HasSubstr("le=\"0.0025\"} 0"));
  EXPECT_THAT(text, HasSubstr("otrp_process_cpu_seconds_total"));
  EXPECT_THAT(text, HasSubstr("otrp_process_resident_memory_bytes"));
}

TEST(MetricsTest, ThreadsDoNotLoseCounts) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&metrics] {
      for (int i = 0; i < 1000; ++i) {
        metrics.With(kSessions, std::to_string(i % 10)).Increment();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string text = metrics.Serialize();
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(text, HasSubstr("outcome=\"" + std::to_string(i) + "\"} 400"));
  }
}

TEST(MetricsTest, ValuesWithoutEndDoNotMakeSeriesWithoutEnd) {
  Metrics metrics;
  for (size_t i = 0; i < 3 * kMaxSeries; ++i) {
    metrics.With(kDeviceErrors, "A", std::to_string(i)).Increment();
  }
  const std::string text = metrics.Serialize();
  EXPECT_THAT(text, HasSubstr("code=\"999\",type=\"A\"} 1"));
  EXPECT_THAT(text, Not(HasSubstr("code=\"1000\"")));
  EXPECT_THAT(text, HasSubstr("code=\"other\",type=\"other\"} 2000"));
}

TEST(MetricsTest, EachDefinitionIsListed) {
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string header,
                            ReadWholeFile("libs/telemetry/metrics.h"));
  size_t defined = 0;
  for (absl::string_view line : absl::StrSplit(header, '\n')) {
    if (absl::StartsWith(line, "inline constexpr") &&
        absl::StrContains(line, "Def k")) {
      ++defined;
    }
  }
  EXPECT_EQ(AllMetrics().size(), defined);
}

TEST(MetricsTest, NamesAreUniqueAndOurs) {
  std::string last;
  for (const MetricDef* def : AllMetrics()) {
    EXPECT_NE(def->name, last);
    EXPECT_EQ(std::string(def->name).rfind("otrp_", 0), 0u) << def->name;
    EXPECT_STRNE(def->help, "");
    last = def->name;
  }
}

TEST(TraceTest, AHeaderGoesThrough) {
  const std::string header =
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  OTRP_ASSERT_OK_AND_ASSIGN(TraceContext context, TraceContext::Parse(header));
  EXPECT_EQ(context.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(context.ToHeader(), header);
  FakeRandom random(1);
  const TraceContext next = TraceContext::FromHeaderOrNew(header, random);
  EXPECT_EQ(next.trace_id, context.trace_id);
  EXPECT_NE(next.span_id, context.span_id);
}

TEST(TraceTest, MalformedHeadersStartANewTrace) {
  FakeRandom random(1);
  for (const char* header :
       {"", "00", "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x"}) {
    EXPECT_THAT(TraceContext::Parse(header),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << header;
    const TraceContext fresh = TraceContext::FromHeaderOrNew(header, random);
    EXPECT_EQ(fresh.trace_id.size(), 32u);
    OTRP_EXPECT_OK(TraceContext::Parse(fresh.ToHeader()));
  }
}

}  // namespace
}  // namespace telemetry
}  // namespace otrp

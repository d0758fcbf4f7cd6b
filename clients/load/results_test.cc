#include "clients/load/results.h"

#include "clients/load/metrics.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp::load {
namespace {

constexpr absl::Duration kMs = absl::Milliseconds(1);

Transaction Done(Kind kind, int intended, int begun, int ended) {
  Transaction transaction;
  transaction.kind = kind;
  transaction.intended = intended * kMs;
  transaction.begun = begun * kMs;
  transaction.ended = ended * kMs;
  transaction.legs = {{"open", 1 * kMs}, {"CreateSDResponse", 2 * kMs}};
  transaction.bytes_sent = 10;
  transaction.device_cpu = 5 * kMs;
  return transaction;
}

Transaction Failed(Kind kind, int at, const char* reason) {
  Transaction transaction = Done(kind, at, at, at + 1);
  transaction.failure = Failure{reason, "what it was"};
  return transaction;
}

Recorder::Options Window() {
  Recorder::Options options;
  options.from = absl::Seconds(1);
  options.to = absl::Seconds(3);
  return options;
}

TEST(Recorder, TellsRawFromCorrected) {
  Recorder recorder(Window());
  recorder.Add(Done(Kind::kHeartbeat, 1000, 1500, 1600));
  Results results = recorder.Take();
  const KindResults& kind = results.kinds["heartbeat"];
  EXPECT_EQ(kind.ok, 1);
  EXPECT_EQ(kind.latency.raw.Max(), 100 * kMs);
  EXPECT_EQ(kind.latency.corrected.Max(), 600 * kMs);
  // Waiting its turn is the first message's.
  EXPECT_EQ(results.legs["open"].latency.raw.Max(), 1 * kMs);
  EXPECT_EQ(results.legs["open"].latency.corrected.Max(), 501 * kMs);
  EXPECT_EQ(results.legs["CreateSDResponse"].latency.corrected.Max(), 2 * kMs);
  EXPECT_EQ(results.Messages(), 2);
}

TEST(Recorder, FillsInForAClosedLoop) {
  Recorder::Options options = Window();
  options.expected_interval = 10 * kMs;
  Recorder recorder(options);
  recorder.Add(Done(Kind::kHeartbeat, 1000, 1000, 1100));
  Results results = recorder.Take();
  EXPECT_EQ(results.kinds["heartbeat"].latency.raw.count(), 1);
  EXPECT_EQ(results.kinds["heartbeat"].latency.corrected.count(), 10);
}

TEST(Recorder, TheWindowIsHalfOpenAndByIntention) {
  Recorder recorder(Window());
  recorder.Add(Done(Kind::kHeartbeat, 999, 999, 1100));
  recorder.Add(Done(Kind::kHeartbeat, 1000, 1000, 1100));
  recorder.Add(Done(Kind::kHeartbeat, 2999, 2999, 3600));
  recorder.Add(Done(Kind::kHeartbeat, 3000, 3000, 3001));
  const Results results = recorder.Take();
  EXPECT_EQ(results.Ok(), 2);
  EXPECT_EQ(results.before_ok, 2);
  EXPECT_NEAR(results.last_end_seconds, 2.6, 1e-9);
}

TEST(Recorder, ErrorsAreNoThroughput) {
  Recorder recorder(Window());
  recorder.Add(Failed(Kind::kUpdate, 1500, "http-503"));
  recorder.Add(Failed(Kind::kUpdate, 1600, "http-503"));
  recorder.Add(Failed(Kind::kUpdate, 100, "timeout"));
  Results results = recorder.Take();
  EXPECT_EQ(results.Ok(), 0);
  EXPECT_EQ(results.Errors(), 2);
  EXPECT_EQ(results.before_errors, 1);
  EXPECT_EQ(results.kinds["update"].latency.raw.count(), 0);
  EXPECT_EQ((results.errors[{"update", "http-503"}].count), 2);
  EXPECT_EQ((results.errors[{"update", "http-503"}].example), "what it was");
  EXPECT_EQ((results.errors[{"update", "timeout"}].count), 1);
}

// A server that answers 503 at once isn't fast.
TEST(Recorder, AFailedMessageIsCountedAndInNoLatency) {
  Recorder recorder(Window());
  recorder.Add(Done(Kind::kHeartbeat, 1000, 1000, 1100));
  Transaction failed = Failed(Kind::kHeartbeat, 1500, "http-503");
  failed.legs[1] = {"CreateSDResponse", absl::Microseconds(1), true};
  recorder.Add(failed);
  Results results = recorder.Take();
  EXPECT_EQ(results.Messages(), 3);
  EXPECT_EQ(results.MessageErrors(), 1);
  const LegResults& leg = results.legs["CreateSDResponse"];
  EXPECT_EQ(leg.errors, 1);
  EXPECT_EQ(leg.latency.raw.count(), 1);
  EXPECT_EQ(leg.latency.raw.Min(), 2 * kMs);
  EXPECT_EQ(leg.latency.corrected.Min(), 2 * kMs);
  EXPECT_EQ(results.legs["open"].errors, 0);
}

TEST(Recorder, TheSeriesIsByTheEnd) {
  Recorder recorder(Window());
  recorder.Add(Done(Kind::kHeartbeat, 1000, 1000, 1999));
  recorder.Add(Done(Kind::kHeartbeat, 1000, 1000, 2000));
  recorder.Add(Failed(Kind::kHeartbeat, 2999, "timeout"));
  const Results results = recorder.Take();
  ASSERT_EQ(results.series.size(), 3u);
  EXPECT_EQ(results.series[0].ok, 1);
  EXPECT_EQ(results.series[1].ok, 1);
  EXPECT_EQ(results.series[2].ok, 0);
  EXPECT_EQ(results.series[2].errors, 1);
}

// What two processes saw, through JSON, is what one would have seen.
TEST(Results, PartsMakeTheWhole) {
  Recorder whole(Window());
  Recorder left(Window());
  Recorder right(Window());
  for (int i = 0; i < 200; ++i) {
    const Kind kind = kKinds[i % kKinds.size()];
    Transaction one =
        i % 13 == 0
            ? Failed(kind, 900 + i * 10, i % 2 ? "a" : "b")
            : Done(kind, 900 + i * 10, 905 + i * 10, 910 + i * 10 + i % 7);
    one.legs[1].failed = one.failure.has_value();
    one.connections = i % 3;
    one.connecting = i * kMs;
    whole.Add(one);
    (i % 2 == 0 ? left : right).Add(one);
  }
  left.CountWait();
  whole.CountWait();
  right.CountSubstitute();
  whole.CountSubstitute();
  Results sum;
  for (Recorder* part : {&left, &right}) {
    const auto text =
        json::Parse(part->Take().ToJson().Serialize(), json::kOurs);
    OTRP_ASSERT_OK(text);
    const absl::StatusOr<Results> read = Results::FromJson(*text);
    OTRP_ASSERT_OK(read);
    sum.Merge(*read);
  }
  const Results expected = whole.Take();
  EXPECT_GT(expected.Ok(), 100);
  EXPECT_GT(expected.Errors(), 5);
  EXPECT_NEAR(sum.device_cpu_seconds, expected.device_cpu_seconds, 1e-9);
  sum.device_cpu_seconds = expected.device_cpu_seconds;
  EXPECT_EQ(sum.ToJson().Serialize(), expected.ToJson().Serialize());
}

TEST(Results, RefusesWhatIsNone) {
  EXPECT_FALSE(Results::FromJson(json::Value::Object()).ok());
  json::Value value = Results().ToJson();
  OTRP_EXPECT_OK(Results::FromJson(value));
  value.Remove("repeated");
  EXPECT_FALSE(Results::FromJson(value).ok());
}

TEST(Metrics, ReadsWhatItKnows) {
  const Scrape scrape = ParseMetrics(
      "# HELP otrp_process_cpu_seconds_total CPU time\n"
      "# TYPE otrp_process_cpu_seconds_total counter\n"
      "otrp_process_cpu_seconds_total 12.5\n"
      "otrp_message_total{type=\"CreateSDResponse\",dialect=\"ietf03\","
      "verdict=\"ok\"} 42 1700000000000\n"
      "otrp_message_total{type=\"open\"} 1e2\r\n"
      "otrp_message_total_of_another{x=\"y\"} 7\n"
      "otrp_process_resident_memory_bytes 1048576\n"
      "nonsense\n");
  EXPECT_EQ(scrape.cpu_seconds, 12.5);
  EXPECT_EQ(scrape.resident_bytes, 1048576);
  ASSERT_EQ(scrape.messages.size(), 2u);
  EXPECT_EQ(scrape.messages.at("type=\"open\""), 100);
  EXPECT_EQ(scrape.messages.at("type=\"CreateSDResponse\",dialect=\"ietf03\","
                               "verdict=\"ok\""),
            42);
}

}  // namespace
}  // namespace otrp::load

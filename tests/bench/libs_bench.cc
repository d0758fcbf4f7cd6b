// What reading JSON and counting cost: time, allocations, and the most memory
// at a time. nlohmann/json stands beside for comparison. The worst texts are
// strangers': they are as long as a device's message may be.

#include <benchmark/benchmark.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "libs/base/base64.h"
#include "libs/base/limits.h"
#include "libs/json/json.h"
#include "libs/telemetry/metrics.h"
#include "nlohmann/json.hpp"
#include "tests/support/counting_allocator.h"

namespace otrp {
namespace {

// Runs the work once more, after its caches are filled, and tells what it took.
template <typename Work>
void Count(benchmark::State& state, const Work& work) {
  for (auto _ : state) work();
  testing::ForgetMostHeld();
  const testing::Allocations before = testing::AllocationsOfThisThread();
  work();
  const testing::Allocations after = testing::AllocationsOfThisThread();
  state.counters["allocations"] =
      static_cast<double>(after.number - before.number);
  state.counters["KiB"] =
      static_cast<double>(after.most_held - before.held) / 1024;
}

// An OTrP message of about that size: one long string.
std::string Message(size_t bytes) {
  return absl::StrCat(
      R"({"GetDeviceStateResponse":[{"GetDeviceTEEStateResponse":{"payload":")",
      Base64Encode(std::string(bytes * 3 / 4, '\xa5')),
      R"(","protected":"eyJhbGciOiJSUzI1NiJ9","signature":")",
      Base64Encode(std::string(256, '\x5a')), R"("}}]})");
}

// A DSI of so many applications.
std::string Dsi(int applications) {
  std::string text = R"({"dsi":{"tee":{"sdlist":{"cnt":1,"sd":[{"talist":[)";
  for (int i = 0; i < applications; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ",", R"({"taid":")", i,
                    R"(-8484-4be8-8fe5-e0dbc5ed7a3c","taname":"application )",
                    i, R"(","taversion":"1.2.)", i, R"("})");
  }
  return text + "]}]}}}}";
}

std::string Repeated(absl::string_view part) {
  std::string text = "[";
  while (text.size() + part.size() + 2 < kMaxDeviceMessageBytes) {
    absl::StrAppend(&text, part, ",");
  }
  return text + "0]";
}

std::string ManyNames() {
  std::string text = "{";
  for (int i = 0; text.size() + 20 < kMaxDeviceMessageBytes; ++i) {
    absl::StrAppend(&text, "\"", i, "\":0,");
  }
  return text + "\"z\":0}";
}

std::string CutOff() {
  std::string text = Message(kMaxDeviceMessageBytes - 1024);
  text.resize(text.size() - 3);
  return text;
}

void BM_Json(benchmark::State& state, const std::string& text) {
  Count(state, [&text] {
    benchmark::DoNotOptimize(json::Parse(text, json::kStrangers));
  });
}

void BM_Nlohmann(benchmark::State& state, const std::string& text) {
  Count(state, [&text] {
    benchmark::DoNotOptimize(nlohmann::json::parse(text, nullptr, false));
  });
}

#define OTRP_JSON_BENCHMARK(name, text)   \
  BENCHMARK_CAPTURE(BM_Json, name, text); \
  BENCHMARK_CAPTURE(BM_Nlohmann, name, text)

OTRP_JSON_BENCHMARK(message_1KiB, Message(1 << 10));
OTRP_JSON_BENCHMARK(message_64KiB, Message(64 << 10));
OTRP_JSON_BENCHMARK(message_1MiB, Message(kMaxDeviceMessageBytes - 1024));
OTRP_JSON_BENCHMARK(dsi_of_1000, Dsi(1000));
OTRP_JSON_BENCHMARK(cut_off, CutOff());
OTRP_JSON_BENCHMARK(zeros, Repeated("0"));
OTRP_JSON_BENCHMARK(empty_objects, Repeated("{}"));
OTRP_JSON_BENCHMARK(fractions, Repeated("1.7976931348623157e-300"));
OTRP_JSON_BENCHMARK(names, ManyNames());

void BM_CounterFound(benchmark::State& state) {
  const std::string type = "GetDeviceStateResponse";
  Count(state, [&type] {
    telemetry::kMessages.With(type, "ietf03", "ok").Increment();
  });
}
BENCHMARK(BM_CounterFound);

void BM_CounterKept(benchmark::State& state) {
  const telemetry::Counter kept =
      telemetry::kMessages.With("GetDeviceStateResponse", "ietf03", "ok");
  Count(state, [&kept] { kept.Increment(); });
}
BENCHMARK(BM_CounterKept);

void BM_HistogramFound(benchmark::State& state) {
  const std::string method = "otrp.tsm.v1.DeviceMessaging.Advance";
  Count(state, [&method] {
    telemetry::kRpcDuration.With("tsm", method).Observe(0.003);
  });
}
BENCHMARK(BM_HistogramFound);

}  // namespace
}  // namespace otrp

BENCHMARK_MAIN();

#include "libs/telemetry/metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>

#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace otrp {
namespace telemetry {
namespace {

constexpr GaugeDef kProcessMemory{
    "otrp_process_resident_memory_bytes", "Resident memory of the process", {}};
constexpr CounterDef kProcessCpu{
    "otrp_process_cpu_seconds_total", "CPU time of the process", {}};
constexpr GaugeDef kProcessStart{"otrp_process_start_time_seconds",
                                 "When the process started (Unix time)",
                                 {}};
constexpr GaugeDef kProcessFds{
    "otrp_process_open_fds", "Open file descriptors", {}};

// From a cached check (0.1 ms) to a request that is given up (10 s).
const prometheus::Histogram::BucketBoundaries& BucketBounds() {
  static const auto* bounds = new prometheus::Histogram::BucketBoundaries{
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
      0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
  return *bounds;
}

prometheus::Labels Named(const MetricDef& def,
                         const std::vector<std::string>& values) {
  prometheus::Labels labels;
  for (size_t i = 0; i < kMaxLabels && def.labels[i] != nullptr; ++i) {
    labels[def.labels[i]] = i < values.size() ? values[i] : "";
  }
  return labels;
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) +
           1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double ResidentBytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  long size = 0;
  long resident = 0;
  const int fields = std::fscanf(file, "%ld %ld", &size, &resident);
  std::fclose(file);
  return fields == 2 ? static_cast<double>(resident) *
                           static_cast<double>(sysconf(_SC_PAGESIZE))
                     : 0;
}

// Without the one that reads the folder.
double OpenFiles() {
  std::error_code error;
  std::filesystem::directory_iterator it("/proc/self/fd", error);
  int found = 0;
  while (!error && it != std::filesystem::directory_iterator()) {
    ++found;
    it.increment(error);
  }
  return std::max(0, found - 1);
}

}  // namespace

std::vector<const MetricDef*> AllMetrics() {
  std::vector<const MetricDef*> all = {
      &kBuildInfo,         &kReady,
      &kRpcHandled,        &kRpcDuration,
      &kRpcInFlight,       &kHttpRequests,
      &kHttpDuration,      &kHttpInFlight,
      &kMessages,          &kMessageDuration,
      &kMessageCpu,        &kDeviceErrors,
      &kSessions,          &kSessionsOpen,
      &kDevices,           &kAppraisals,
      &kCryptoOps,         &kDbTransactionDuration,
      &kDbFailures,        &kDbPoolSize,
      &kDbPoolInUse,       &kDbPoolWaiting,
      &kCertificateExpiry, &kOcspStapleExpiry,
      &kCrlExpiry,         &kAuditEvents,
      &kAuditSealLag,      &kOutboxPending,
      &kOutboxOldestAge,   &kProcessMemory,
      &kProcessCpu,        &kProcessStart,
      &kProcessFds,
  };
  std::sort(all.begin(), all.end(), [](const MetricDef* a, const MetricDef* b) {
    return absl::string_view(a->name) < absl::string_view(b->name);
  });
  return all;
}

std::string MetricsPage() {
  std::string page =
      "# Metrics\n\n"
      "Made of the list in `libs/telemetry/metrics.h` by `./otrp docs`.\n"
      "Every process serves its own at `/metrics` of its metrics port;\n"
      "Prometheus' label `job` says which service it is. Histograms are of\n"
      "seconds. No label ever holds a device, a session or a message.\n\n"
      "| name | kind | labels | meaning |\n| --- | --- | --- | --- |\n";
  for (const MetricDef* def : AllMetrics()) {
    std::string labels;
    for (const char* label : def->labels) {
      if (label == nullptr) break;
      labels += (labels.empty() ? "" : ", ") + std::string(label);
    }
    page += "| `" + std::string(def->name) + "` | " + def->kind + " | " +
            labels + " | " + def->help + " |\n";
  }
  return page +
         "\nCPU per device message of a service is the rate of its\n"
         "`otrp_process_cpu_seconds_total` over the rate of the TSM's\n"
         "`otrp_message_total`.\n";
}

class Metrics::Impl {
 public:
  // Time series by (metric's name, label values), so that counting costs one
  // look-up and not the registry's.
  template <typename T>
  using Series = std::map<std::pair<std::string, std::vector<std::string>>, T*>;

  prometheus::Counter& Counter(const CounterDef& def,
                               const std::vector<std::string>& labels) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto& slot = counters_[{def.name, labels}];
    if (slot == nullptr) {
      slot = &prometheus::BuildCounter()
                  .Name(def.name)
                  .Help(def.help)
                  .Register(registry_)
                  .Add(Named(def, labels));
    }
    return *slot;
  }

  prometheus::Gauge& Gauge(const GaugeDef& def,
                           const std::vector<std::string>& labels) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto& slot = gauges_[{def.name, labels}];
    if (slot == nullptr) {
      slot = &prometheus::BuildGauge()
                  .Name(def.name)
                  .Help(def.help)
                  .Register(registry_)
                  .Add(Named(def, labels));
    }
    return *slot;
  }

  prometheus::Histogram& Histogram(const HistogramDef& def,
                                   const std::vector<std::string>& labels) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto& slot = histograms_[{def.name, labels}];
    if (slot == nullptr) {
      slot = &prometheus::BuildHistogram()
                  .Name(def.name)
                  .Help(def.help)
                  .Register(registry_)
                  .Add(Named(def, labels), BucketBounds());
    }
    return *slot;
  }

  std::string Serialize() {
    Gauge(kProcessMemory, {}).Set(ResidentBytes());
    Gauge(kProcessStart, {}).Set(started_);
    Gauge(kProcessFds, {}).Set(OpenFiles());
    prometheus::Counter& cpu = Counter(kProcessCpu, {});
    {
      std::lock_guard<std::mutex> lock(mutex_);
      cpu.Increment(std::max(0.0, CpuSeconds() - cpu.Value()));
    }
    return prometheus::TextSerializer().Serialize(registry_.Collect());
  }

 private:
  // Metrics come to be with the process, give or take its first milliseconds.
  const double started_ =
      std::chrono::duration<double>(
          std::chrono::system_clock::now().time_since_epoch())
          .count();
  // The same name again gives the same family.
  prometheus::Registry registry_{prometheus::Registry::InsertBehavior::Merge};
  std::mutex mutex_;
  Series<prometheus::Counter> counters_;
  Series<prometheus::Gauge> gauges_;
  Series<prometheus::Histogram> histograms_;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::Increment(const CounterDef& def,
                        const std::vector<std::string>& labels, double by) {
  impl_->Counter(def, labels).Increment(by);
}

void Metrics::Set(const GaugeDef& def, const std::vector<std::string>& labels,
                  double value) {
  impl_->Gauge(def, labels).Set(value);
}

void Metrics::Add(const GaugeDef& def, const std::vector<std::string>& labels,
                  double by) {
  impl_->Gauge(def, labels).Increment(by);
}

void Metrics::Observe(const HistogramDef& def,
                      const std::vector<std::string>& labels, double seconds) {
  impl_->Histogram(def, labels).Observe(seconds);
}

std::string Metrics::Serialize() { return impl_->Serialize(); }

Metrics& Default() {
  // Never destroyed: threads may count while the process ends.
  static auto* metrics = new Metrics();
  return *metrics;
}

}  // namespace telemetry
}  // namespace otrp

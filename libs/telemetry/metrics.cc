#include "libs/telemetry/metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <mutex>
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

constexpr GaugeDef kProcessMemory{{"otrp_process_resident_memory_bytes",
                                   "Resident memory of the process",
                                   {}}};
constexpr CounterDef kProcessCpu{
    {"otrp_process_cpu_seconds_total", "CPU time of the process", {}}};

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

}  // namespace

std::vector<const MetricDef*> AllMetrics() {
  std::vector<const MetricDef*> all = {
      &kRpcHandled,       &kRpcDuration,
      &kHttpRequests,     &kHttpDuration,
      &kMessages,         &kMessageDuration,
      &kMessageCpu,       &kSessions,
      &kCryptoOps,        &kDbTransactionDuration,
      &kDbPoolInUse,      &kCertificateExpiry,
      &kOcspStapleExpiry, &kDevices,
      &kAuditEvents,      &kOutboxPending,
      &kProcessMemory,    &kProcessCpu,
  };
  std::sort(all.begin(), all.end(), [](const MetricDef* a, const MetricDef* b) {
    return absl::string_view(a->name) < absl::string_view(b->name);
  });
  return all;
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
    prometheus::Counter& cpu = Counter(kProcessCpu, {});
    {
      std::lock_guard<std::mutex> lock(mutex_);
      cpu.Increment(std::max(0.0, CpuSeconds() - cpu.Value()));
    }
    return prometheus::TextSerializer().Serialize(registry_.Collect());
  }

 private:
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

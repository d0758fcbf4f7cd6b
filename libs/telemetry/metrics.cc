#include "libs/telemetry/metrics.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>

#include "absl/hash/hash.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace otrp {
namespace telemetry {
namespace {

// From a cached check (0.1 ms) to a request that is given up (10 s).
const prometheus::Histogram::BucketBoundaries& BucketBounds() {
  static const auto* bounds = new prometheus::Histogram::BucketBoundaries{
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
      0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
  return *bounds;
}

prometheus::Labels Named(const MetricDef& def,
                         absl::Span<const absl::string_view> values) {
  prometheus::Labels labels;
  for (size_t i = 0; i < values.size(); ++i) {
    labels.emplace(def.labels[i], values[i]);
  }
  return labels;
}

// The registry answers the same name with the same family.
prometheus::Counter& NewSeries(prometheus::Registry& registry,
                               const MetricDef& def,
                               const prometheus::Labels& labels,
                               prometheus::Counter*) {
  return prometheus::BuildCounter()
      .Name(def.name)
      .Help(def.help)
      .Register(registry)
      .Add(labels);
}

prometheus::Gauge& NewSeries(prometheus::Registry& registry,
                             const MetricDef& def,
                             const prometheus::Labels& labels,
                             prometheus::Gauge*) {
  return prometheus::BuildGauge()
      .Name(def.name)
      .Help(def.help)
      .Register(registry)
      .Add(labels);
}

prometheus::Histogram& NewSeries(prometheus::Registry& registry,
                                 const MetricDef& def,
                                 const prometheus::Labels& labels,
                                 prometheus::Histogram*) {
  return prometheus::BuildHistogram()
      .Name(def.name)
      .Help(def.help)
      .Register(registry)
      .Add(labels, BucketBounds());
}

// Time series of one kind by definition and labels' values. A hash table that
// only grows: readers follow its lists without a lock, writers take turns.
template <typename Metric>
class SeriesTable {
 public:
  explicit SeriesTable(prometheus::Registry& registry) : registry_(registry) {}
  ~SeriesTable() {
    for (std::atomic<Node*>& bucket : buckets_) {
      for (Node* node = bucket.load(); node != nullptr;) {
        delete std::exchange(node, node->next);
      }
    }
  }
  SeriesTable(const SeriesTable&) = delete;
  SeriesTable& operator=(const SeriesTable&) = delete;

  Metric& Get(const MetricDef& def,
              absl::Span<const absl::string_view> values) {
    std::atomic<Node*>& bucket = BucketOf(def, values);
    Node* node = Search(bucket, def, values);
    return node != nullptr ? node->metric : Add(bucket, def, values);
  }

 private:
  struct Node {
    const MetricDef* def;
    std::vector<std::string> values;
    Metric& metric;
    Node* next;
  };

  std::atomic<Node*>& BucketOf(const MetricDef& def,
                               absl::Span<const absl::string_view> values) {
    return buckets_[absl::HashOf(&def, values) % buckets_.size()];
  }

  static Node* Search(const std::atomic<Node*>& bucket, const MetricDef& def,
                      absl::Span<const absl::string_view> values) {
    Node* node = bucket.load(std::memory_order_acquire);
    while (node != nullptr &&
           (node->def != &def ||
            !std::equal(values.begin(), values.end(), node->values.begin()))) {
      node = node->next;
    }
    return node;
  }

  Metric& Add(std::atomic<Node*>& bucket, const MetricDef& def,
              absl::Span<const absl::string_view> values) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      // Another thread may have been first.
      Node* node = Search(bucket, def, values);
      if (node != nullptr) return node->metric;
      // The one of "other" comes on top.
      if (sizes_[&def] < kMaxSeries || IsOther(values)) {
        ++sizes_[&def];
        node = new Node{&def,
                        {values.begin(), values.end()},
                        NewSeries(registry_, def, Named(def, values),
                                  static_cast<Metric*>(nullptr)),
                        bucket.load(std::memory_order_relaxed)};
        bucket.store(node, std::memory_order_release);
        return node->metric;
      }
    }
    const std::vector<absl::string_view> other(values.size(), kOther);
    return Get(def, other);
  }

  static bool IsOther(absl::Span<const absl::string_view> values) {
    return std::all_of(values.begin(), values.end(),
                       [](absl::string_view value) { return value == kOther; });
  }

  static constexpr absl::string_view kOther = "other";

  prometheus::Registry& registry_;
  std::array<std::atomic<Node*>, 1024> buckets_{};
  // For who adds.
  std::mutex mutex_;
  std::map<const MetricDef*, size_t> sizes_;
};

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
  std::vector<const MetricDef*> all(std::begin(kAllMetrics),
                                    std::end(kAllMetrics));
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

void Counter::Increment(double by) const { series_->Increment(by); }
void Gauge::Set(double value) const { series_->Set(value); }
void Gauge::Add(double by) const { series_->Increment(by); }
void Histogram::Observe(double seconds) const { series_->Observe(seconds); }

class Metrics::Impl {
 public:
  std::string Serialize() {
    gauges.Get(kProcessMemory, {}).Set(ResidentBytes());
    const struct mallinfo2 memory = mallinfo2();
    gauges.Get(kProcessMalloc, {"in_use"})
        .Set(static_cast<double>(memory.uordblks + memory.hblkhd));
    gauges.Get(kProcessMalloc, {"kept"})
        .Set(static_cast<double>(memory.fordblks));
    gauges.Get(kProcessStart, {}).Set(started_);
    gauges.Get(kProcessFds, {}).Set(OpenFiles());
    prometheus::Counter& cpu = counters.Get(kProcessCpu, {});
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
  prometheus::Registry registry_{prometheus::Registry::InsertBehavior::Merge};
  // Two scrapes at a time would count the same CPU time twice.
  std::mutex mutex_;

 public:
  SeriesTable<prometheus::Counter> counters{registry_};
  SeriesTable<prometheus::Gauge> gauges{registry_};
  SeriesTable<prometheus::Histogram> histograms{registry_};
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

prometheus::Counter* Metrics::Find(const MetricDef& def, Values values,
                                   Counter*) {
  return &impl_->counters.Get(def, values);
}

prometheus::Gauge* Metrics::Find(const MetricDef& def, Values values, Gauge*) {
  return &impl_->gauges.Get(def, values);
}

prometheus::Histogram* Metrics::Find(const MetricDef& def, Values values,
                                     Histogram*) {
  return &impl_->histograms.Get(def, values);
}

std::string Metrics::Serialize() { return impl_->Serialize(); }

Metrics& Default() {
  // Never destroyed: threads may count while the process ends.
  static auto* metrics = new Metrics();
  return *metrics;
}

}  // namespace telemetry
}  // namespace otrp

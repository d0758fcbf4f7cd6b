// What a run has seen: numbers and histograms, which a worker adds to, and
// which processes put together.
//
// Thread-safety: Results is a value; a Recorder is thread-safe.
// Errors: INVALID_ARGUMENT for JSON that isn't ToJson()'s.

#ifndef CLIENTS_LOAD_RESULTS_H_
#define CLIENTS_LOAD_RESULTS_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "clients/load/histogram.h"
#include "clients/load/mix.h"
#include "libs/json/json.h"

namespace otrp::load {

// Why something is wrong: a reason out of a small set, for counting, and what
// it was in the first case.
struct Failure {
  // "http-503".
  std::string reason;
  std::string detail;
};

// One message and its answer.
struct Leg {
  // "open" or what was sent: "CreateSDResponse".
  std::string name;
  // From the first octet out to the last one in, without connecting.
  absl::Duration latency;
  // No answer, or one that isn't right: not a latency.
  bool failed = false;
};

// Moments are since the start of the run, warm-up included.
struct Transaction {
  Kind kind = Kind::kFirstInstall;
  // When it should have begun, by the plan; in a closed loop the same as
  // `begun`.
  absl::Duration intended;
  absl::Duration begun;
  absl::Duration ended;
  std::vector<Leg> legs;
  absl::optional<Failure> failure;
  // The first of this device in this run.
  bool fresh_device = false;
  // CPU time of what the TEE did.
  absl::Duration device_cpu;
  int64_t connections = 0;
  absl::Duration connecting;
  int64_t repeated = 0;
  int64_t bytes_sent = 0;
  int64_t bytes_received = 0;
};

struct Latency {
  // As it was for those who were sent.
  Histogram raw;
  // As it would have been for those who should have been sent.
  Histogram corrected;
};

struct KindResults {
  int64_t ok = 0;
  int64_t errors = 0;
  Latency latency;
};

// Of one message and its answer; what failed is in no latency.
struct LegResults {
  int64_t errors = 0;
  Latency latency;
};

struct ErrorResults {
  int64_t count = 0;
  std::string example;
};

// Of one interval, by the moment of the end.
struct Point {
  int64_t ok = 0;
  int64_t errors = 0;
  Histogram corrected;
};

struct CpuSeconds {
  double user = 0;
  double system = 0;
};

struct Results {
  std::map<std::string, KindResults> kinds;
  std::map<std::string, LegResults> legs;
  // Kind and reason.
  std::map<std::pair<std::string, std::string>, ErrorResults> errors;
  // Whole milliseconds wouldn't do on loopback: one value a connection, the
  // mean of those of a transaction.
  Histogram connecting;
  int64_t connections = 0;
  int64_t repeated = 0;
  int64_t bytes_sent = 0;
  int64_t bytes_received = 0;
  int64_t fresh_devices = 0;
  // Of warm-up and settling.
  int64_t before_ok = 0;
  int64_t before_errors = 0;
  // Times that no device was free, and that another kind had to stand in.
  int64_t device_waits = 0;
  int64_t substituted = 0;
  double device_cpu_seconds = 0;
  CpuSeconds cpu;
  // Since the start of the window.
  double last_end_seconds = 0;
  std::vector<Point> series;

  void Merge(const Results& other);
  int64_t Ok() const;
  int64_t Errors() const;
  // With a right answer, and without.
  int64_t Messages() const;
  int64_t MessageErrors() const;

  json::Value ToJson() const;
  static absl::StatusOr<Results> FromJson(const json::Value& value);
};

class Recorder {
 public:
  struct Options {
    // What is intended in [from, to) counts.
    absl::Duration from;
    absl::Duration to;
    // Of a point of the series.
    absl::Duration interval = absl::Seconds(1);
    // Of a closed loop; 0: no correction.
    absl::Duration expected_interval;
  };

  explicit Recorder(Options options) : options_(options) {}

  void Add(const Transaction& transaction);
  void CountWait();
  void CountSubstitute();
  // The results so far, moved out.
  Results Take();

 private:
  const Options options_;
  std::mutex mutex_;
  Results results_;
};

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_RESULTS_H_

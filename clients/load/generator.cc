#include "clients/load/generator.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "clients/load/arrivals.h"
#include "clients/load/cache.h"
#include "clients/load/device_pool.h"
#include "clients/load/session.h"
#include "clients/load/wire.h"
#include "libs/base/status_macros.h"

namespace otrp::load {
namespace {

// How soon a thread that sleeps sees that it shall stop.
constexpr absl::Duration kNap = absl::Milliseconds(50);
// Between looks for a device that is free.
constexpr absl::Duration kDeviceNap = absl::Milliseconds(2);
// A server that refuses connections answers thousands of times a second, and
// what a device does then is to wait.
constexpr absl::Duration kAfterError = absl::Milliseconds(100);

void Nap(absl::Duration duration) {
  std::this_thread::sleep_for(absl::ToChronoNanoseconds(duration));
}

CpuSeconds ProcessCpu() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return {absl::ToDoubleSeconds(absl::DurationFromTimeval(usage.ru_utime)),
          absl::ToDoubleSeconds(absl::DurationFromTimeval(usage.ru_stime))};
}

class Generator {
 public:
  Generator(const RunOptions& options, int number, Shared& shared)
      : options_(options),
        number_(number),
        shared_(shared),
        child_(shared.children[number]),
        pool_(shared),
        recorder_({options.warmup, options.warmup + options.duration,
                   options.Interval(), options.expected_interval}),
        arrivals_({options.ramp, options.rate, options.spacing, number,
                   options.processes, options.seed}),
        end_(options.warmup + options.duration) {}

  absl::Status LoadDevices();
  // Devices that begin with a TA get it.
  absl::Status Settle();
  Results Run();

 private:
  int Threads() const;
  void InThreads(const std::function<void(int)>& work);
  absl::Duration Now() const {
    return absl::Nanoseconds(NowNanos() - shared_.start_nanos);
  }
  bool SleepUntil(absl::Duration moment);
  void Closed(int thread);
  void Open(int thread);
  SimDevice* TakeDevice(double draw, Kind* kind);
  // True when all went well.
  bool One(SimDevice* device, std::map<device::Dialect, Wire>* wires,
           Transaction transaction);
  Wire& WireFor(const SimDevice& device,
                std::map<device::Dialect, Wire>* wires) const;

  const RunOptions& options_;
  const int number_;
  Shared& shared_;
  Shared::Child& child_;
  DevicePool pool_;
  Recorder recorder_;
  std::mutex arrivals_mutex_;
  Arrivals arrivals_;
  const absl::Duration end_;
};

absl::Status Generator::LoadDevices() {
  std::map<crypto::KeyType, Cache> caches;
  const auto cache = [&](crypto::KeyType type) -> absl::StatusOr<Cache*> {
    const auto found = caches.find(type);
    if (found != caches.end()) return &found->second;
    OTRP_ASSIGN_OR_RETURN(Cache opened,
                          Cache::Open(options_.target.cache, type));
    return &caches.emplace(type, std::move(opened)).first->second;
  };
  // Counted by role, so that each process gets some of each.
  std::array<int, kRoles> seen{};
  for (const Pool& pool : options_.target.pools) {
    if (!options_.mix.Uses(pool.role)) continue;
    OTRP_ASSIGN_OR_RETURN(Cache * own, cache(pool.alg));
    OTRP_ASSIGN_OR_RETURN(
        Cache * aiks,
        cache(device::RowOf(pool.dialect).jwe_ta_key ? pool.alg
                                                     : crypto::KeyType::kRsa));
    for (const int device : pool.devices) {
      const int turn = seen[static_cast<size_t>(pool.role)]++;
      if (turn % options_.processes != number_) continue;
      OTRP_ASSIGN_OR_RETURN(
          std::unique_ptr<SimDevice> made,
          SimDevice::Create(options_.target, pool, *own, *aiks, device));
      pool_.Add(std::move(made));
    }
  }
  return absl::OkStatus();
}

int Generator::Threads() const {
  return options_.devices / options_.processes +
         (number_ < options_.devices % options_.processes ? 1 : 0);
}

void Generator::InThreads(const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < Threads(); ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
}

Wire& Generator::WireFor(const SimDevice& device,
                         std::map<device::Dialect, Wire>* wires) const {
  const device::Dialect dialect = device.pool().dialect;
  const auto found = wires->find(dialect);
  if (found != wires->end()) return found->second;
  return wires
      ->emplace(dialect, Wire({options_.target.UrlFor(dialect),
                               options_.target.ca_file, options_.timeout}))
      .first->second;
}

absl::Status Generator::Settle() {
  std::vector<SimDevice*> left;
  for (const auto& device : pool_.all()) {
    if (device->pool().role != Role::kInstall) left.push_back(device.get());
  }
  std::mutex mutex;
  absl::Status status;
  InThreads([&](int) {
    std::map<device::Dialect, Wire> wires;
    while (true) {
      SimDevice* device = nullptr;
      {
        const std::lock_guard<std::mutex> lock(mutex);
        if (left.empty() || !status.ok() || shared_.stop) return;
        device = left.back();
        left.pop_back();
      }
      Transaction transaction;
      RunTransaction(*device, WireFor(*device, &wires), 0, &transaction);
      if (!transaction.failure.has_value()) {
        device->Keep();
        continue;
      }
      const std::lock_guard<std::mutex> lock(mutex);
      status.Update(absl::UnavailableError(
          absl::StrCat("a device of the role ", RoleName(device->pool().role),
                       " couldn't be set up: ", transaction.failure->reason,
                       ": ", transaction.failure->detail)));
    }
  });
  return status;
}

bool Generator::SleepUntil(absl::Duration moment) {
  while (!shared_.stop) {
    const absl::Duration left = moment - Now();
    if (left <= absl::ZeroDuration()) return true;
    Nap(std::min(left, kNap));
  }
  return false;
}

// The kind by its weight; another one when no device is free for it.
SimDevice* Generator::TakeDevice(double draw, Kind* kind) {
  bool waited = false;
  while (!shared_.stop) {
    if (!options_.mix.Pick(
            draw, [](Kind) { return true; }, kind)) {
      return nullptr;
    }
    if (SimDevice* device = pool_.Take(RoleOf(*kind))) return device;
    const auto usable = [&](Kind k) { return pool_.Has(RoleOf(k)); };
    if (options_.mix.Pick(draw, usable, kind)) {
      if (SimDevice* device = pool_.Take(RoleOf(*kind))) {
        recorder_.CountSubstitute();
        return device;
      }
    }
    if (!waited) recorder_.CountWait();
    waited = true;
    if (!options_.open && Now() >= end_) return nullptr;
    Nap(kDeviceNap);
  }
  return nullptr;
}

bool Generator::One(SimDevice* device, std::map<device::Dialect, Wire>* wires,
                    Transaction transaction) {
  const absl::Status ready = Ready(transaction.kind, *device);
  Wire& wire = WireFor(*device, wires);
  if (options_.fresh_connections) wire.Disconnect();
  transaction.begun = Now();
  if (!options_.open) transaction.intended = transaction.begun;
  if (ready.ok()) {
    RunTransaction(*device, wire, shared_.version[device->pool().ta],
                   &transaction);
  } else {
    transaction.failure = Failure{"generator", std::string(ready.message())};
  }
  transaction.ended = Now();
  if (transaction.failure.has_value()) {
    ++child_.errors;
  } else {
    ++child_.ok;
    if (transaction.kind == Kind::kUpdate) {
      ++child_.updated[device->pool().ta];
    }
    child_.latency_micros +=
        absl::ToInt64Microseconds(transaction.ended - transaction.begun);
  }
  recorder_.Add(transaction);
  // It is another thread's from here on.
  pool_.Return(device);
  return !transaction.failure.has_value();
}

void Generator::Closed(int thread) {
  std::mt19937_64 random(options_.seed * 1000003 +
                         static_cast<uint64_t>(number_ * 4096 + thread));
  std::uniform_real_distribution<double> uniform(0, 1);
  std::map<device::Dialect, Wire> wires;
  // So that not all begin at once.
  if (!SleepUntil(options_.think * uniform(random))) return;
  while (!shared_.stop && Now() < end_) {
    Transaction transaction;
    SimDevice* const device = TakeDevice(uniform(random), &transaction.kind);
    if (device == nullptr) return;
    const bool well = One(device, &wires, std::move(transaction));
    const absl::Duration pause =
        well ? options_.think : std::max(options_.think, kAfterError);
    if (pause > absl::ZeroDuration() && !SleepUntil(Now() + pause)) return;
  }
}

void Generator::Open(int thread) {
  std::mt19937_64 random(options_.seed * 1000003 +
                         static_cast<uint64_t>(number_ * 4096 + thread));
  std::uniform_real_distribution<double> uniform(0, 1);
  std::map<device::Dialect, Wire> wires;
  while (!shared_.stop) {
    Transaction transaction;
    {
      const std::lock_guard<std::mutex> lock(arrivals_mutex_);
      transaction.intended = arrivals_.Next();
    }
    if (transaction.intended >= end_) return;
    if (Now() >= end_) {
      // Nobody was free for it as long as the run took.
      options_.mix.Pick(
          uniform(random), [](Kind) { return true; }, &transaction.kind);
      transaction.begun = transaction.ended = Now();
      transaction.failure =
          Failure{"not-begun",
                  "all devices were at work until the end of the run: the "
                  "server doesn't hold the rate, or --devices is too low"};
      ++child_.errors;
      recorder_.Add(transaction);
      continue;
    }
    if (!SleepUntil(transaction.intended)) return;
    SimDevice* const device = TakeDevice(uniform(random), &transaction.kind);
    if (device == nullptr) return;
    One(device, &wires, std::move(transaction));
  }
}

Results Generator::Run() {
  CpuSeconds before;
  std::thread meter([&] {
    SleepUntil(options_.warmup);
    before = ProcessCpu();
  });
  InThreads([&](int thread) {
    if (!SleepUntil(absl::ZeroDuration())) return;
    options_.open ? Open(thread) : Closed(thread);
  });
  meter.join();
  const CpuSeconds after = ProcessCpu();
  Results results = recorder_.Take();
  results.cpu = {after.user - before.user, after.system - before.system};
  return results;
}

}  // namespace

int64_t NowNanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

absl::StatusOr<Results> Generate(const RunOptions& options, int number,
                                 Shared& shared) {
  Generator generator(options, number, shared);
  OTRP_RETURN_IF_ERROR(generator.LoadDevices());
  OTRP_RETURN_IF_ERROR(generator.Settle());
  ++shared.settled;
  while (shared.start_nanos == 0) {
    if (shared.stop) return Results();
    Nap(absl::Milliseconds(2));
  }
  return generator.Run();
}

}  // namespace otrp::load

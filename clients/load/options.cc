#include "clients/load/options.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/load/shared.h"
#include "clients/load/wire.h"
#include "libs/base/status_macros.h"

namespace otrp::load {
namespace {

using cli::Args;
using json::Value;

// More points than a plot has pixels help nobody.
constexpr int kMaxPoints = 600;
// Each is a thread of some process.
constexpr int kMaxDevices = 4096;

absl::Status Invalid(absl::string_view flag, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("--", flag, ": ", why));
}

absl::StatusOr<absl::Duration> DurationFlag(const Args& args,
                                            const std::string& name,
                                            absl::Duration otherwise) {
  if (!args.Has(name)) return otherwise;
  absl::Duration duration;
  if (!absl::ParseDuration(args.Get(name), &duration) ||
      duration < absl::ZeroDuration() || duration > absl::Hours(24 * 7)) {
    return Invalid(name, absl::StrCat("\"", args.Get(name),
                                      "\" isn't a time like 500ms, 20s, 5m"));
  }
  return duration;
}

absl::Status LoopFlags(const Args& args, RunOptions* options) {
  options->open = args.Has("rate") || args.Has("ramp");
  if (args.Has("rate")) {
    if (!absl::SimpleAtod(args.Get("rate"), &options->rate) ||
        !(options->rate > 0) || options->rate > 1e6) {
      return Invalid("rate", "transactions a second, above 0");
    }
  }
  if (args.Has("ramp")) {
    absl::StatusOr<std::vector<RampStep>> ramp = ParseRamp(args.Get("ramp"));
    if (!ramp.ok()) return Invalid("ramp", ramp.status().message());
    options->ramp = *std::move(ramp);
    if (!args.Has("rate")) options->rate = options->ramp.back().to;
  }
  const std::string arrivals = args.GetOr("arrivals", "poisson");
  if (arrivals != "poisson" && arrivals != "constant") {
    return Invalid("arrivals", "poisson or constant");
  }
  if (args.Has("arrivals") && !options->open) {
    return Invalid("arrivals", "needs --rate or --ramp");
  }
  options->spacing =
      arrivals == "poisson" ? Spacing::kPoisson : Spacing::kConstant;
  for (const char* closed : {"think", "expected-interval"}) {
    if (args.Has(closed) && options->open) {
      return Invalid(closed,
                     "belongs to a closed loop; --rate and --ramp make an "
                     "open one, which corrects by itself");
    }
  }
  OTRP_ASSIGN_OR_RETURN(options->think,
                        DurationFlag(args, "think", absl::ZeroDuration()));
  OTRP_ASSIGN_OR_RETURN(
      options->expected_interval,
      DurationFlag(args, "expected-interval", absl::ZeroDuration()));
  return absl::OkStatus();
}

// "tsm=http://127.0.0.1:9202/metrics,http://..": without a name, the address.
absl::Status MetricsFlag(const Args& args, bool anywhere, RunOptions* options) {
  if (!args.Has("metrics")) return absl::OkStatus();
  for (const absl::string_view word :
       absl::StrSplit(args.Get("metrics"), ',')) {
    std::string url(word);
    std::string name(word);
    const size_t equals = word.find('=');
    if (equals != absl::string_view::npos) {
      name = std::string(word.substr(0, equals));
      url = std::string(word.substr(equals + 1));
    }
    const absl::Status checked = CheckTarget(url, anywhere);
    if (!checked.ok()) return Invalid("metrics", checked.message());
    options->metrics.emplace_back(std::move(name), std::move(url));
  }
  return absl::OkStatus();
}

// A transaction that isn't in the mix would never be measured.
absl::Status CheckThreshold(const Mix& mix, const Threshold& threshold) {
  for (const Kind kind : kKinds) {
    if (KindName(kind) == threshold.what && mix.Weight(kind) == 0) {
      return Invalid("threshold",
                     absl::StrCat("\"", threshold.text, "\": --mix has no ",
                                  threshold.what));
    }
  }
  return absl::OkStatus();
}

// Each process needs a device of each role.
absl::Status CheckPools(const RunOptions& options) {
  for (const Role role : kAllRoles) {
    if (!options.mix.Uses(role)) continue;
    size_t devices = 0;
    for (const Pool& pool : options.target.pools) {
      if (pool.role == role) devices += pool.devices.size();
    }
    if (devices < static_cast<size_t>(options.processes)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--target: pools: ", devices, " devices of the role ", RoleName(role),
          "; the mix needs at least one for each process"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int> IntFlag(const Args& args, const std::string& name,
                            int least, int most, int otherwise) {
  if (!args.Has(name)) return otherwise;
  int value = 0;
  if (!absl::SimpleAtoi(args.Get(name), &value) || value < least ||
      value > most) {
    return Invalid(name, absl::StrCat("a number from ", least, " to ", most));
  }
  return value;
}

const std::vector<cli::Flag>& RunFlags() {
  static const auto* const kFlags = new std::vector<cli::Flag>{
      {"target", "FILE", true, "the set-up (docs/load.md)"},
      {"mix", "MIX", false,
       "first-install=9,heartbeat=1; there are also update, withdraw, and "
       "what goes wrong: replay, abort, bad-signature"},
      {"devices", "N", false, "at the same time; 20 by default"},
      {"processes", "N", false, "that share the work; 1 by default"},
      {"duration", "T", false, "of the run; 20s by default"},
      {"warmup", "T", false, "before it, not counted; 0s by default"},
      {"timeout", "T", false, "of a request; 30s by default"},
      {"think", "T", false, "closed loop: between transactions; 0s by default"},
      {"expected-interval", "T", false,
       "closed loop: corrects latencies by what wasn't sent meanwhile"},
      {"rate", "N", false, "open loop: transactions a second"},
      {"ramp", "FROM:TO:TIME[,..]", false, "open loop: rates that change"},
      {"arrivals", "poisson|constant", false, "open loop: poisson by default"},
      {"fresh-connections", "", false, "a new one for each session"},
      {"metrics", "NAME=URL,..", false, "the services' /metrics"},
      {"json", "FILE", false, "the report as JSON"},
      {"html", "FILE", false, "the report as a page"},
      {"progress", "", false, "says each second how it goes"},
      {"max-errors", "N", false, "more are exit code 1; 0 by default"},
      {"threshold", "'WHAT.METRIC<VALUE'", false,
       "must hold, or the exit code is 3: heartbeat.p99<200ms, errors<=1%, "
       "throughput>50 (docs/load.md); may be given several times",
       "", 0, /*repeatable=*/true},
      {"seed", "N", false, "of all that is random; 1 by default"},
      {"i-operate-this-server", "", false, "it isn't on this machine"},
  };
  return *kFlags;
}

absl::StatusOr<RunOptions> RunOptionsFrom(const Args& args) {
  RunOptions options;
  absl::StatusOr<Target> target = ReadTarget(args.Get("target"));
  if (!target.ok()) {
    return absl::Status(target.status().code(),
                        absl::StrCat("--target: ", target.status().message(),
                                     " (in ", args.Get("target"), ")"));
  }
  options.target = *std::move(target);
  const bool anywhere = args.Has("i-operate-this-server");
  const absl::Status url = CheckTarget(options.target.url, anywhere);
  if (!url.ok()) return Invalid("target", absl::StrCat("url: ", url.message()));
  absl::StatusOr<Mix> mix = Mix::Parse(args.GetOr("mix", "first-install"));
  if (!mix.ok()) return Invalid("mix", mix.status().message());
  options.mix = *std::move(mix);
  OTRP_ASSIGN_OR_RETURN(options.devices,
                        IntFlag(args, "devices", 1, kMaxDevices, 20));
  OTRP_ASSIGN_OR_RETURN(options.processes,
                        IntFlag(args, "processes", 1, kMaxProcesses, 1));
  if (options.processes > options.devices) {
    return Invalid("processes", "more than --devices");
  }
  OTRP_ASSIGN_OR_RETURN(options.duration,
                        DurationFlag(args, "duration", absl::Seconds(20)));
  if (options.duration < absl::Milliseconds(100)) {
    return Invalid("duration", "at least 100ms");
  }
  OTRP_ASSIGN_OR_RETURN(options.warmup,
                        DurationFlag(args, "warmup", absl::ZeroDuration()));
  OTRP_ASSIGN_OR_RETURN(options.timeout,
                        DurationFlag(args, "timeout", absl::Seconds(30)));
  OTRP_RETURN_IF_ERROR(LoopFlags(args, &options));
  options.fresh_connections = args.Has("fresh-connections");
  OTRP_ASSIGN_OR_RETURN(options.max_errors,
                        IntFlag(args, "max-errors", 0, 1000000000, 0));
  OTRP_ASSIGN_OR_RETURN(options.seed, IntFlag(args, "seed", 0, 1000000000, 1));
  absl::StatusOr<std::vector<Threshold>> thresholds =
      ParseThresholds(args.Get("threshold"));
  if (!thresholds.ok()) {
    return Invalid("threshold", thresholds.status().message());
  }
  options.thresholds = *std::move(thresholds);
  for (const Threshold& threshold : options.thresholds) {
    OTRP_RETURN_IF_ERROR(CheckThreshold(options.mix, threshold));
  }
  options.progress = args.Has("progress") || isatty(STDERR_FILENO) == 1;
  OTRP_RETURN_IF_ERROR(MetricsFlag(args, anywhere, &options));
  options.json_file = args.Get("json");
  options.html_file = args.Get("html");
  OTRP_RETURN_IF_ERROR(CheckPools(options));
  return options;
}

absl::Duration RunOptions::Interval() const {
  const auto seconds = static_cast<int64_t>(
      std::ceil(absl::ToDoubleSeconds(duration) / kMaxPoints));
  return absl::Seconds(std::max<int64_t>(1, seconds));
}

Value RunOptions::ToJson() const {
  Value value = Value::Object();
  value.Set("url", Value::String(target.url));
  value.Set("loop", Value::String(open ? "open" : "closed"));
  value.Set("mix", Value::String(mix.ToString()));
  value.Set("devices", Value::Integer(devices));
  value.Set("processes", Value::Integer(processes));
  value.Set("duration_seconds", Value::Number(absl::ToDoubleSeconds(duration)));
  value.Set("warmup_seconds", Value::Number(absl::ToDoubleSeconds(warmup)));
  if (open) {
    value.Set("rate", Value::Number(rate));
    Value steps = Value::Array();
    for (const RampStep& step : ramp) {
      steps.Append(Value::String(absl::StrCat(
          step.from, ":", step.to, ":", absl::FormatDuration(step.duration))));
    }
    value.Set("ramp", std::move(steps));
    value.Set(
        "arrivals",
        Value::String(spacing == Spacing::kPoisson ? "poisson" : "constant"));
  } else {
    value.Set("think_ms", Value::Number(absl::ToDoubleMilliseconds(think)));
    value.Set("expected_interval_ms",
              Value::Number(absl::ToDoubleMilliseconds(expected_interval)));
  }
  value.Set("fresh_connections", Value::Bool(fresh_connections));
  value.Set("seed", Value::Integer(static_cast<int64_t>(seed)));
  Value pools = Value::Array();
  for (const Pool& pool : target.pools) {
    Value item = Value::Object();
    item.Set("role", Value::String(RoleName(pool.role)));
    item.Set("alg", Value::String(pool.alg == crypto::KeyType::kRsa ? "rs256"
                                                                    : "es256"));
    item.Set("dialect", Value::String(device::DialectName(pool.dialect)));
    item.Set("ta", Value::String(target.tas[pool.ta].name));
    item.Set("devices",
             Value::Integer(static_cast<int64_t>(pool.devices.size())));
    pools.Append(std::move(item));
  }
  value.Set("pools", std::move(pools));
  return value;
}

}  // namespace otrp::load

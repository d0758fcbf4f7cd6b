#include "clients/load/commands.h"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <iostream>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "clients/device/arguments.h"
#include "clients/load/cache.h"
#include "clients/load/coordinator.h"
#include "clients/load/options.h"
#include "clients/load/page.h"
#include "clients/load/report.h"
#include "libs/base/clock.h"
#include "libs/base/files.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/json/json.h"

namespace otrp::load {
namespace {

using device::Arguments;
using json::Value;

constexpr int kExitOk = 0;
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

constexpr char kUsage[] =
    "usage: otrp-load COMMAND [flags]\n"
    "\n"
    "  prepare    makes devices' keys and certificates, once\n"
    "             --cache DIR --devices N [--alg rs256|es256|mixed]\n"
    "             [--threads N]\n"
    "  run        loads the gateway of a set-up (docs/load.md)\n"
    "             --target FILE\n"
    "             [--mix first-install=9,heartbeat=1]; there are also update,\n"
    "             withdraw, and what goes wrong: replay, abort, bad-signature\n"
    "             [--devices N]       at the same time; 20\n"
    "             [--processes N]     1\n"
    "             [--duration 20s] [--warmup 0s] [--timeout 30s]\n"
    "    closed:  [--think 0s] [--expected-interval T]\n"
    "    open:    --rate N | --ramp FROM:TO:TIME[,..]  transactions a second\n"
    "             [--arrivals poisson|constant]\n"
    "             [--fresh-connections]  a new one for each session\n"
    "             [--metrics NAME=URL,..]  the services' /metrics\n"
    "             [--json FILE] [--html FILE] [--progress]\n"
    "             [--max-errors N] [--seed N]\n"
    "             [--i-operate-this-server]  it isn't on this machine\n"
    "\n"
    "Exit codes: 0 ok, 1 failed or too many errors, 2 usage.\n";

absl::StatusOr<Value> PrepareOne(const Arguments& args, crypto::KeyType type,
                                 int devices) {
  PrepareOptions options;
  options.directory = args.Get("cache");
  options.type = type;
  options.devices = devices;
  OTRP_ASSIGN_OR_RETURN(options.threads, IntFlag(args, "threads", 1, 256, 0));
  // RSA keys may take minutes; in a terminal somebody wonders.
  std::atomic<int> shown{0};
  if (isatty(STDERR_FILENO) == 1) {
    options.progress = [&](int done) {
      const int tenth = done * 10 / devices;
      if (shown.exchange(tenth) < tenth) {
        std::fprintf(stderr, "%s: %d of %d devices\n",
                     std::string(AlgName(type)).c_str(), done, devices);
      }
    };
  }
  OTRP_ASSIGN_OR_RETURN(const Prepared prepared,
                        Prepare(options, RealClock(), crypto::SystemRandom()));
  Value dids = Value::Array();
  for (const std::string& did : prepared.dids) {
    dids.Append(Value::String(did));
  }
  Value value = Value::Object();
  value.Set("devices", Value::Integer(devices));
  value.Set("made", Value::Integer(prepared.made));
  value.Set("tee_root", Value::String(prepared.tee_root_file));
  value.Set("tfw_root", Value::String(prepared.tfw_root_file));
  value.Set("dids", std::move(dids));
  return value;
}

absl::StatusOr<int> PrepareCommand(const Arguments& args) {
  OTRP_ASSIGN_OR_RETURN(const int devices,
                        IntFlag(args, "devices", 0, 1000000, 0));
  const std::string alg = args.GetOr("alg", "mixed");
  Value out = Value::Object();
  for (const crypto::KeyType type :
       {crypto::KeyType::kRsa, crypto::KeyType::kEcP256}) {
    if (alg != "mixed") {
      OTRP_ASSIGN_OR_RETURN(const crypto::KeyType wanted, AlgFromName(alg));
      if (type != wanted) continue;
    }
    const bool rsa = type == crypto::KeyType::kRsa;
    const int share = alg != "mixed" ? devices
                      : rsa          ? (devices + 1) / 2
                                     : devices / 2;
    OTRP_ASSIGN_OR_RETURN(Value one, PrepareOne(args, type, share));
    out.Set(AlgName(type), std::move(one));
  }
  std::cout << out.Serialize() << "\n";
  return kExitOk;
}

absl::StatusOr<int> Load(const Arguments& args) {
  OTRP_ASSIGN_OR_RETURN(const RunOptions options, RunOptionsFrom(args));
  OTRP_ASSIGN_OR_RETURN(const RunOutcome outcome, RunLoad(options));
  const Value report = ReportJson(options, outcome);
  std::cout << ReportTable(report) << std::flush;
  constexpr int kPublicMode = 0644;
  if (!options.json_file.empty()) {
    OTRP_RETURN_IF_ERROR(WriteFileAtomically(
        options.json_file, report.Serialize() + "\n", kPublicMode));
  }
  if (!options.html_file.empty()) {
    OTRP_RETURN_IF_ERROR(WriteFileAtomically(options.html_file,
                                             ReportPage(report), kPublicMode));
  }
  return Passed(options, outcome) ? kExitOk : kExitFailed;
}

struct CommandRow {
  absl::string_view name;
  std::vector<device::FlagRule> flags;
  absl::StatusOr<int> (*run)(const Arguments&);
};

int Usage(absl::string_view problem) {
  std::cerr << "otrp-load: " << problem << "\n\n" << kUsage;
  return kExitUsage;
}

}  // namespace

int RunCommand(const std::vector<std::string>& words) {
  const std::vector<CommandRow> commands = {
      {"prepare",
       {{"cache", true}, {"devices", true}, {"alg"}, {"threads"}},
       PrepareCommand},
      {"run", RunFlags(), Load},
  };
  if (words.empty()) return Usage("a command is missing");
  if (words[0] == "help" || words[0] == "--help" || words[0] == "-h") {
    std::cout << kUsage;
    return kExitOk;
  }
  for (const CommandRow& command : commands) {
    if (command.name != words[0]) continue;
    const absl::StatusOr<Arguments> args = Arguments::Parse(
        std::vector<std::string>(words.begin() + 1, words.end()),
        command.flags);
    if (!args.ok()) return Usage(args.status().message());
    const absl::StatusOr<int> code = command.run(*args);
    if (code.ok()) return *code;
    std::cerr << "otrp-load " << words[0] << ": " << code.status().message()
              << "\n";
    return absl::IsInvalidArgument(code.status()) ? kExitUsage : kExitFailed;
  }
  return Usage(absl::StrCat("unknown command ", words[0]));
}

}  // namespace otrp::load

#include "clients/load/commands.h"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <iostream>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "clients/load/cache.h"
#include "clients/load/compare.h"
#include "clients/load/coordinator.h"
#include "clients/load/options.h"
#include "clients/load/page.h"
#include "clients/load/report.h"
#include "libs/base/clock.h"
#include "libs/base/files.h"
#include "libs/base/status_macros.h"
#include "libs/cli/cli.h"
#include "libs/crypto/random.h"
#include "libs/json/json.h"

namespace otrp::load {
namespace {

using cli::Args;
using json::Value;

constexpr int kExitOk = 0;
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
// The run is good, but a threshold was missed.
constexpr int kExitMissed = 3;
constexpr int kPublicMode = 0644;
// Of a report: 600 points and some hundred numbers.
constexpr size_t kMaxReportBytes = 16 << 20;

absl::StatusOr<Value> PrepareOne(const Args& args, crypto::KeyType type,
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

absl::StatusOr<int> PrepareCommand(const Args& args) {
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

absl::StatusOr<int> Load(const Args& args) {
  OTRP_ASSIGN_OR_RETURN(const RunOptions options, RunOptionsFrom(args));
  OTRP_ASSIGN_OR_RETURN(const RunOutcome outcome, RunLoad(options));
  const Value report = ReportJson(options, outcome);
  std::cout << ReportTable(report) << std::flush;
  if (!options.json_file.empty()) {
    OTRP_RETURN_IF_ERROR(WriteFileAtomically(
        options.json_file, report.Serialize() + "\n", kPublicMode));
  }
  if (!options.html_file.empty()) {
    OTRP_RETURN_IF_ERROR(WriteFileAtomically(options.html_file,
                                             ReportPage(report), kPublicMode));
  }
  if (!Passed(options, outcome)) return kExitFailed;
  return HeldThresholds(report) ? kExitOk : kExitMissed;
}

absl::StatusOr<Value> ReadReport(absl::string_view word,
                                 const std::string& path) {
  const absl::StatusOr<std::string> text = ReadWholeFile(path, kMaxReportBytes);
  if (!text.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(word, ": ", text.status().message()));
  }
  absl::StatusOr<Value> report = json::Parse(*text, json::kOurs);
  absl::Status status = report.status();
  if (report.ok()) status = CheckReport(*report);
  if (status.ok()) return report;
  return absl::InvalidArgumentError(
      absl::StrCat(word, ": ", path, ": ", status.message()));
}

absl::StatusOr<int> Compare(const Args& args) {
  OTRP_ASSIGN_OR_RETURN(const Value before,
                        ReadReport("BEFORE", args.Positional(0)));
  OTRP_ASSIGN_OR_RETURN(const Value after,
                        ReadReport("AFTER", args.Positional(1)));
  const Value comparison = CompareJson(before, after);
  std::cout << CompareTable(comparison) << std::flush;
  if (args.Has("json")) {
    OTRP_RETURN_IF_ERROR(WriteFileAtomically(
        args.Get("json"), comparison.Serialize() + "\n", kPublicMode));
  }
  if (args.Has("html")) {
    OTRP_RETURN_IF_ERROR(WriteFileAtomically(
        args.Get("html"), ComparePage(before, after), kPublicMode));
  }
  return kExitOk;
}

struct CommandRow : cli::Command {
  absl::StatusOr<int> (*run)(const Args&) = nullptr;
};

const std::vector<CommandRow>& Commands() {
  static const auto* const kCommands = new std::vector<CommandRow>{
      {{"prepare",
        "",
        {},
        {{"cache", "DIR", true, "where they are kept"},
         {"devices", "N", true, "how many there shall be"},
         {"alg", "rs256|es256|mixed", false, "mixed (default): half of each"},
         {"threads", "N", false, "one for each core"}},
        "Makes devices' keys and certificates, once."},
       PrepareCommand},
      {{"run", "", {}, RunFlags(), "Loads the gateway of a set-up."}, Load},
      {{"compare",
        "",
        {{"BEFORE"}, {"AFTER"}},
        {{"json", "FILE", false, "the comparison as JSON"},
         {"html", "FILE", false, "the comparison as a page with plots"}},
        "Two reports that run --json wrote, side by side."},
       Compare},
  };
  return *kCommands;
}

}  // namespace

const cli::Program& Program() {
  static const auto* const kProgram = [] {
    auto* all = new cli::Program{
        "otrp-load",
        "Many simulated devices at once (docs/load.md).",
        {},
        {},
        "Exit codes: 0 ok, 1 failed or too many errors, 2 usage, 3 a threshold "
        "was missed.\n"};
    all->commands.assign(Commands().begin(), Commands().end());
    return all;
  }();
  return *kProgram;
}

int RunCommand(const std::vector<std::string>& words) {
  const absl::StatusOr<cli::Call> call = cli::Parse(Program(), words);
  if (!call.ok()) {
    std::cerr << "otrp-load: " << call.status().message() << "\n";
    return kExitUsage;
  }
  if (call->command < 0) {
    std::cout << call->text << std::flush;
    return kExitOk;
  }
  const CommandRow& command = Commands()[call->command];
  const absl::StatusOr<int> code = command.run(call->args);
  if (code.ok()) return *code;
  std::cerr << "otrp-load " << command.noun << ": " << code.status().message()
            << "\n";
  return absl::IsInvalidArgument(code.status()) ? kExitUsage : kExitFailed;
}

}  // namespace otrp::load

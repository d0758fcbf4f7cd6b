#include "clients/device/commands.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "clients/device/agent.h"
#include "clients/device/broker.h"
#include "clients/device/device_folder.h"
#include "clients/device/show.h"
#include "libs/base/files.h"
#include "libs/base/printable.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"

namespace otrp::device {
namespace {

using cli::Args;
using json::Value;

// True for -o json; false for text and without the flag.
absl::StatusOr<bool> WantsJson(const Args& args) {
  const std::string format = args.GetOr("output", "text");
  if (format == "json") return true;
  if (format == "text") return false;
  return absl::InvalidArgumentError(
      absl::StrCat("-o ", format, " is unknown: json or text"));
}

absl::StatusOr<DeviceSettings> SettingsFrom(const Args& args) {
  DeviceSettings settings;
  const std::string alg = args.Get("alg");
  if (alg != "rsa" && alg != "ec") {
    return absl::InvalidArgumentError(absl::StrCat(
        "--alg ", alg, " is unknown: rsa (2048 bit) or ec (P-256)"));
  }
  settings.key_type =
      alg == "rsa" ? crypto::KeyType::kRsa : crypto::KeyType::kEcP256;
  absl::StatusOr<Dialect> dialect =
      DialectFromName(args.GetOr("dialect", "ietf03"));
  if (!dialect.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", dialect.status().message()));
  }
  settings.dialect = *dialect;
  settings.tee_name = args.GetOr("tee-name", settings.tee_name);
  settings.tee_version = args.GetOr("tee-ver", settings.tee_version);
  settings.self_issued = args.Has("self-issued");
  if (!args.Has("sigalgs")) return settings;
  settings.sigalgs.clear();
  for (const absl::string_view name :
       absl::StrSplit(args.Get("sigalgs"), ',')) {
    absl::StatusOr<jose::SigAlg> sigalg = jose::SigAlgFromName(name);
    if (!sigalg.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--sigalgs: ", name, " is unknown: RS256 and ES256, with a comma"));
    }
    settings.sigalgs.push_back(*sigalg);
  }
  return settings;
}

absl::StatusOr<int> Init(const Args& args, const CommandEnv& env) {
  OTRP_ASSIGN_OR_RETURN(const DeviceSettings settings, SettingsFrom(args));
  const std::string dir = args.Get("dir");
  OTRP_RETURN_IF_ERROR(InitDevice(dir, settings, env.clock, env.random));
  if (settings.self_issued) {
    env.out << "A device with certificates of an OEM that nobody knows is in "
            << dir << ".\nNext:\n  otrp-device provision --dir " << dir
            << " --tsm-roots F\n";
    return kExitOk;
  }
  env.out << "A device is in " << dir << ".\nNext: let the OEM's CA issue "
          << "certificates for " << dir << "/tee.csr and " << dir
          << "/tfw.csr, e.g.\n  otrpctl ca issue --profile tee --csr " << dir
          << "/tee.csr --out tee.pem\n  otrpctl ca issue --profile tfw --csr "
          << dir << "/tfw.csr --out tfw.pem\n"
          << "  otrpctl trust export --role tsm > tsm-roots.pem\n"
          << "and then\n  otrp-device provision --dir " << dir
          << " --tee-cert tee.pem --tfw-cert tfw.pem"
          << " --tsm-roots tsm-roots.pem\n";
  return kExitOk;
}

absl::StatusOr<int> Provision(const Args& args, const CommandEnv& env) {
  const std::string dir = args.Get("dir");
  OTRP_RETURN_IF_ERROR(ProvisionDevice(
      dir, ProvisionFiles{args.Get("tee-cert"), args.Get("tfw-cert"),
                          args.Get("tsm-roots")}));
  OTRP_ASSIGN_OR_RETURN(const OpenDevice device,
                        OpenDeviceFolder(dir, env.clock, env.random));
  env.out << "The device " << device.tee->did()
          << " is provisioned.\nNext:\n  otrp-device contact --dir " << dir
          << " --url http://127.0.0.1:8080/otrp\n";
  return kExitOk;
}

// A device can't see why a session ended; it can say what it looks like.
std::string NoteOn(const SessionReport& report, const Tee& tee) {
  if (!report.end.ok()) return "";
  if (report.refused) {
    return "the TSM refused the device; otrpctl device show says why";
  }
  if (report.come_again.has_value()) {
    return absl::StrCat("the TSM may have something in ",
                        absl::FormatDuration(*report.come_again),
                        "; --wait comes again by itself");
  }
  if (report.exchanges.empty()) {
    return "the TSM ended the session without a request";
  }
  if (report.exchanges.size() == 1 && report.AllPassed() &&
      tee.state().sds.empty()) {
    return "the TSM had nothing to do for this device, or the device couldn't "
           "be read (otrpctl device show says)";
  }
  return "";
}

Value ReportToJson(const SessionReport& report, const std::string& did,
                   const std::string& note) {
  Value messages = Value::Array();
  for (const Exchange& exchange : report.exchanges) {
    Value message = Value::Object();
    message.Set("request", Value::String(exchange.request));
    message.Set("sigalg", Value::String(exchange.sigalg));
    message.Set("status", Value::String(exchange.status));
    if (!exchange.error_code.empty()) {
      message.Set("error_code", Value::String(exchange.error_code));
      message.Set("error_message", Value::String(exchange.error_message));
    }
    message.Set("ms", Value::Number(exchange.milliseconds));
    messages.Append(std::move(message));
  }
  Value out = Value::Object();
  out.Set("did", Value::String(did));
  out.Set("messages", std::move(messages));
  out.Set("ended", Value::Bool(report.end.ok()));
  out.Set("passed", Value::Bool(report.AllPassed()));
  out.Set("refused", Value::Bool(report.refused));
  if (report.come_again.has_value()) {
    out.Set("come_again_s",
            Value::Integer(absl::ToInt64Seconds(*report.come_again)));
  }
  if (!report.end.ok()) {
    out.Set("error", Value::String(std::string(report.end.message())));
  }
  if (!note.empty()) out.Set("note", Value::String(note));
  return out;
}

void PrintReport(const SessionReport& report, const std::string& note,
                 const CommandEnv& env) {
  for (const Exchange& exchange : report.exchanges) {
    env.out << absl::StrFormat(
        "%-24s %-5s %-28s %9.1f ms\n", Printable(exchange.request),
        exchange.status,
        exchange.error_code.empty() ? "-" : exchange.error_code,
        exchange.milliseconds);
    if (!exchange.error_message.empty()) {
      env.out << "    " << Printable(exchange.error_message) << "\n";
    }
  }
  if (report.end.ok()) env.out << "The TSM ended the session (204).\n";
  if (!note.empty()) env.out << "Note: " << note << ".\n";
}

absl::StatusOr<int> Contact(const Args& args, const CommandEnv& env) {
  OTRP_ASSIGN_OR_RETURN(const bool json, WantsJson(args));
  const std::string url = args.Get("url");
  if (!absl::StartsWith(url, "http://") && !absl::StartsWith(url, "https://")) {
    return absl::InvalidArgumentError(
        absl::StrCat("--url ", url, " must begin with http:// or https://"));
  }
  HttpTransportOptions options;
  options.url = url;
  options.ca_file = args.Get("ca-file");
  if (!options.ca_file.empty() && !FileExists(options.ca_file)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--ca-file ", options.ca_file, " doesn't exist"));
  }
  absl::Duration patience;
  if (args.Has("wait") && (!absl::ParseDuration(args.Get("wait"), &patience) ||
                           patience < absl::ZeroDuration())) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--wait ", args.Get("wait"), " must be a time such as 30s or 5m"));
  }
  const std::string dir = args.Get("dir");
  OTRP_ASSIGN_OR_RETURN(const OpenDevice device,
                        OpenDeviceFolder(dir, env.clock, env.random));
  if (device.sigalg == "ES256") options.hint = "es256";
  OTRP_ASSIGN_OR_RETURN(const std::unique_ptr<Transport> transport,
                        env.connect(std::move(options)));
  Broker broker(device.settings.dialect);
  broker.AddTee(device.tee.get());
  const SessionReport report = RunSessions(broker, *transport, patience);
  const std::string learnt = LearnSigAlg(report, device.sigalg);
  if (learnt != device.sigalg) {
    OTRP_RETURN_IF_ERROR(RememberSigAlg(dir, learnt));
  }
  const std::string note = NoteOn(report, *device.tee);
  if (json) {
    env.out << Printable(
                   ReportToJson(report, device.tee->did(), note).Serialize())
            << "\n";
  } else {
    PrintReport(report, note, env);
  }
  if (!report.end.ok()) {
    env.err << "otrp-device: " << Printable(report.end.message()) << "\n";
  }
  int code = report.AllPassed() ? kExitOk : kExitFailed;
  if (report.refused) code = kExitRefused;
  if (!args.Has("report")) return code;
  Value kept = ReportToJson(report, device.tee->did(), note);
  kept.Set("exit_code", Value::Integer(code));
  OTRP_RETURN_IF_ERROR(
      WriteFileAtomically(args.Get("report"), kept.Serialize(), 0644));
  return kExitOk;
}

absl::StatusOr<int> Judge(const Args& args, const CommandEnv& env) {
  const std::string path = args.Get("report");
  OTRP_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
  const absl::StatusOr<Value> report = json::Parse(text, json::kStrangers);
  const absl::StatusOr<int64_t> code =
      report.ok() ? report->GetInteger("exit_code") : report.status();
  if (!code.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--report ", path,
        " is no report of \"contact\": ", code.status().message()));
  }
  env.out << Printable(text) << "\n";
  return static_cast<int>(*code);
}

absl::StatusOr<int> Show(const Args& args, const CommandEnv& env) {
  OTRP_ASSIGN_OR_RETURN(const bool json, WantsJson(args));
  OTRP_ASSIGN_OR_RETURN(
      const OpenDevice device,
      OpenDeviceFolder(args.Get("dir"), env.clock, env.random));
  const Value shown = DescribeDevice(device);
  env.out << (json ? absl::StrCat(Printable(shown.Serialize()), "\n")
                   : DescribeDeviceAsText(shown));
  return kExitOk;
}

struct CommandRow : cli::Command {
  absl::StatusOr<int> (*run)(const Args&, const CommandEnv&) = nullptr;
};

const std::vector<CommandRow>& Commands() {
  const cli::Flag dir = {"dir", "DIR", true, "the device's folder"};
  const cli::Flag output = {
      "output", "json|text", false, "text (default) or json", "", 'o'};
  static const auto* const kCommands = new std::vector<CommandRow>{
      {{"init",
        "",
        {},
        {dir,
         {"alg", "rsa|ec", true, "rsa (2048 bit) or ec (P-256)"},
         {"dialect", "ietf03|pei03", false, "ietf03 (default) or pei03"},
         {"tee-name", "NAME", false, "what the TEE calls itself"},
         {"tee-ver", "VERSION", false, "its version"},
         {"sigalgs", "RS256,ES256", false, "what it can check"},
         {"self-issued", "", false,
          "certificates of an OEM that nobody knows"}},
        "Makes keys and certificate requests in a folder."},
       Init},
      {{"provision",
        "",
        {},
        {dir,
         {"tsm-roots", "FILE", true, "the TSM roots to trust, PEM"},
         {"tee-cert", "FILE", false, "the TEE's chain, PEM"},
         {"tfw-cert", "FILE", false, "the firmware's chain, PEM"}},
        "Takes over certificates and the TSM roots to trust."},
       Provision},
      {{"contact",
        "",
        {},
        {dir,
         {"url", "URL", true, "e.g. http://127.0.0.1:8080/otrp"},
         {"ca-file", "FILE", false, "roots of the HTTPS server, PEM"},
         {"wait", "TIME", false,
          "comes again for so long (30s, 5m) where the TSM says that it may "
          "have something later"},
         {"report", "FILE", false,
          "writes there what came of it, for \"judge\", and ends with 0"},
         output},
        "Has one session with the TSM, or as many as --wait allows."},
       Contact},
      {{"judge",
        "",
        {},
        {{"report", "FILE", true, "what \"contact --report\" wrote"}},
        "Ends as the contact would have that a report is about, so that a "
        "script can tidy up in between."},
       Judge},
      {{"show", "", {}, {dir, output}, "Shows what the TEE holds."}, Show},
  };
  return *kCommands;
}

}  // namespace

const cli::Program& Program() {
  static const auto* const kProgram = [] {
    auto* all = new cli::Program{"otrp-device",
                                 "A software TEE and its agent.",
                                 {},
                                 {},
                                 "Exit codes: 0 ok, 1 failed, 2 usage, "
                                 "3 refused by the TSM.\n"};
    all->commands.assign(Commands().begin(), Commands().end());
    return all;
  }();
  return *kProgram;
}

int RunCommand(const std::vector<std::string>& words, const CommandEnv& env) {
  const absl::StatusOr<cli::Call> call = cli::Parse(Program(), words);
  if (!call.ok()) {
    env.err << "otrp-device: " << call.status().message() << "\n";
    return kExitUsage;
  }
  if (call->command < 0) {
    env.out << call->text;
    return kExitOk;
  }
  const CommandRow& command = Commands()[call->command];
  const absl::StatusOr<int> code = command.run(call->args, env);
  if (code.ok()) return *code;
  env.err << "otrp-device " << command.noun << ": " << code.status().message()
          << "\n";
  return absl::IsInvalidArgument(code.status()) ? kExitUsage : kExitFailed;
}

}  // namespace otrp::device

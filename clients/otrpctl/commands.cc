#include "clients/otrpctl/commands.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/connections.h"
#include "libs/base/status_macros.h"

namespace otrp::ctl {
namespace {

bool OnlyReads(const Command& command) {
  return command.verb == "list" || command.verb == "show" ||
         command.verb == "versions" || command.verb == "verify";
}

cli::Flag WatchFlag() {
  cli::Flag flag = {"watch", "SECONDS", false,
                    "again every so many seconds, 2 without a number, until "
                    "Ctrl-C"};
  flag.implied = "2";
  return flag;
}

}  // namespace

absl::StatusOr<absl::Duration> WatchPause(const cli::Args& args) {
  if (!args.Has("watch")) return absl::ZeroDuration();
  const std::string word = args.Get("watch");
  double seconds = 0;
  // More than a service can bear is nobody's to ask for.
  if (absl::SimpleAtod(word, &seconds) && seconds >= 0.5 && seconds <= 86400) {
    return absl::Seconds(seconds);
  }
  return cli::UsageError(absl::StrCat(
      "--watch ", word, " can't be: it takes seconds, 0.5 to ", "86400"));
}

absl::Span<const Command> Commands() {
  static const auto* all = [] {
    auto* commands = new std::vector<Command>();
    for (auto list : {CaCommands,
                      AuthorityCommands,
                      CrlShardCommands,
                      RewrapCommands,
                      CeremonyCommands,
                      CertVerifyCommands,
                      IssuanceCommands,
                      BatchCommands,
                      CaAuditCommands,
                      RequestCommands,
                      TrustCommands,
                      RevocationCommands,
                      SourceCommands,
                      AttestCommands,
                      EndorsementCommands,
                      EvidenceCommands,
                      PolicyCommands,
                      PolicyDraftCommands,
                      SpCommands,
                      AssignCommands,
                      ReleaseCommands,
                      TaPushCommands,
                      PullCommands,
                      PersonalizationCommands,
                      ReviewCommands,
                      AccessCommands,
                      PublisherCommands,
                      RolloutCommands,
                      WebhookCommands,
                      UsageCommands,
                      MarketCommands,
                      DeviceCommands,
                      FleetCommands,
                      AuditCommands,
                      OutboxCommands,
                      LoginCommands,
                      RenewCommands,
                      ContextCommands,
                      LocalCommands,
                      TaCheckCommands,
                      TsmCommands}) {
      std::vector<Command> part = list();
      for (Command& command : part) {
        if (OnlyReads(command)) command.flags.push_back(WatchFlag());
      }
      std::move(part.begin(), part.end(), std::back_inserter(*commands));
    }
    return commands;
  }();
  return *all;
}

absl::StatusOr<Result> RunCall(const cli::Call& call) {
  const Command& command = Commands()[call.command];
  OTRP_RETURN_IF_ERROR(CheckTimeout(call.globals));
  OTRP_RETURN_IF_ERROR(WatchPause(call.args).status());
  Connections connections(call.globals.flags());
  absl::StatusOr<Result> result = command.run(call.args, connections);
  if (result.ok()) {
    for (std::string& note : connections.Notes(absl::Now())) {
      result->notes.push_back(std::move(note));
    }
    return result;
  }
  // Two flags may fill one field.
  cli::Command given = command;
  given.flags.erase(std::remove_if(given.flags.begin(), given.flags.end(),
                                   [&](const cli::Flag& flag) {
                                     return !call.args.Has(flag.name);
                                   }),
                    given.flags.end());
  return cli::NameFlag(given, result.status());
}

const cli::Program& Program() {
  static const auto* const program = [] {
    auto* all = new cli::Program{
        "otrpctl",
        "The command line of the OTrP suite.",
        {
            {"output", "table|json|yaml|csv|name", false,
             "table (default), json, yaml, csv, or only the names", "", 'o'},
            {"ca-addr", "HOST:PORT", false, "the ca (OTRP_CA_ADDR)"},
            {"tsm-addr", "HOST:PORT", false, "the tsm (OTRP_TSM_ADDR)"},
            {"verifier-addr", "HOST:PORT", false,
             "the attestation verifier (OTRP_VERIFIER_ADDR)"},
            {"portal-addr", "HOST:PORT", false,
             "the sp_portal (OTRP_PORTAL_ADDR)"},
            {"tls-dir", "DIR", false,
             "cert.pem, key.pem and ca.pem of the caller (OTRP_TLS_DIR)"},
            {"context", "NAME", false,
             "where to call, as whom (OTRPCTL_CONTEXT); else the current one"},
            {"ca-file", "FILE", false,
             "roots for a server's certificate instead of the system's"},
            {"timeout", "SECONDS", false, "for each call; 10 by default"},
        },
        {},
        "Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 denied, "
        "5 unavailable.\n"};
    all->commands.assign(Commands().begin(), Commands().end());
    return all;
  }();
  return *program;
}

}  // namespace otrp::ctl

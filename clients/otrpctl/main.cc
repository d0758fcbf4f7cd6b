// otrpctl: the operator's command line. See command.h for its shape and exit
// codes, docs/otrpctl.md for its commands.

#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/confirm.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/render.h"
#include "clients/otrpctl/watch.h"

namespace otrp::ctl {
namespace {

int Fail(const absl::Status& status) {
  std::cerr << "otrpctl: " << PrintableLines(status.message()) << "\n";
  return ExitCode(status);
}

int RunOnce(const cli::Call& call, Format format) {
  const absl::StatusOr<Result> result = RunCall(call);
  if (!result.ok()) return Fail(result.status());
  for (const std::string& note : result->notes) {
    std::cerr << "note: " << PrintableLines(note) << "\n";
  }
  std::cout << Render(*result, format) << std::flush;
  if (!result->verdict.ok()) return Fail(result->verdict);
  return std::cout.good() ? 0 : 1;
}

int Main(const std::vector<std::string>& words) {
  const absl::StatusOr<cli::Call> call = cli::Parse(Program(), words);
  if (!call.ok()) return Fail(call.status());
  if (call->command < 0) {
    std::cout << call->text << std::flush;
    return std::cout.good() ? 0 : 1;
  }
  const absl::StatusOr<Format> format = FormatOf(call->globals);
  if (!format.ok()) return Fail(format.status());
  const Command& command = Commands()[call->command];
  std::string stakes;
  if (command.stakes != nullptr && !call->args.Has("yes")) {
    Connections connections(call->globals.flags());
    absl::StatusOr<std::string> found = command.stakes(call->args, connections);
    if (!found.ok()) return Fail(cli::NameFlag(command, found.status()));
    stakes = *std::move(found);
  }
  const absl::Status confirmed =
      Confirm(command, call->args,
              isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1, std::cin,
              std::cerr, stakes);
  if (!confirmed.ok()) return Fail(confirmed);
  const absl::StatusOr<absl::Duration> pause = WatchPause(call->args);
  if (!pause.ok()) return Fail(pause.status());
  if (*pause == absl::ZeroDuration()) return RunOnce(*call, *format);
  return Watch(
      [&call] { return RunCall(*call); },
      {*format, *pause, isatty(STDOUT_FILENO) == 1, std::cout, std::cerr});
}

}  // namespace
}  // namespace otrp::ctl

int main(int argc, char** argv) {
  return otrp::ctl::Main(std::vector<std::string>(argv + 1, argv + argc));
}

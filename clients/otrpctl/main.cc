// otrpctl: the operator's command line. See command.h for its shape and exit
// codes, docs/otrpctl.md for its commands.

#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/confirm.h"
#include "clients/otrpctl/render.h"
#include "libs/base/printable.h"

namespace otrp::ctl {
namespace {

constexpr int kExitUsage = 2;

// Errors quote names and what servers say; their lines are ours.
std::string Shown(absl::string_view text) {
  return absl::StrJoin(absl::StrSplit(text, '\n'), "\n",
                       [](std::string* out, absl::string_view line) {
                         out->append(Printable(line));
                       });
}

int Fail(const absl::Status& status) {
  std::cerr << "otrpctl: " << Shown(status.message()) << "\n";
  return ExitCode(status);
}

// `before`: written to stdout before the result.
int RunOnce(const cli::Call& call, Format format, const char* before) {
  const absl::StatusOr<Result> result = RunCall(call);
  if (!result.ok()) return Fail(result.status());
  for (const std::string& note : result->notes) {
    std::cerr << "note: " << Shown(note) << "\n";
  }
  std::cout << before << Render(*result, format) << std::flush;
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
  const absl::Status confirmed =
      Confirm(Commands()[call->command], call->args,
              isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1, std::cin,
              std::cerr);
  if (!confirmed.ok()) return Fail(confirmed);
  const absl::StatusOr<absl::Duration> pause = WatchPause(call->args);
  if (!pause.ok()) return Fail(pause.status());
  if (*pause == absl::ZeroDuration()) return RunOnce(*call, *format, "");
  // Home, and everything below it away: the screen doesn't flicker.
  const char* clear = isatty(STDOUT_FILENO) == 1 ? "\033[H\033[J" : "";
  while (std::cout.good()) {
    const int code = RunOnce(*call, *format, clear);
    // What a service says may be otherwise next time; the call won't.
    if (code == kExitUsage) return code;
    absl::SleepFor(*pause);
  }
  return 1;
}

}  // namespace
}  // namespace otrp::ctl

int main(int argc, char** argv) {
  return otrp::ctl::Main(std::vector<std::string>(argv + 1, argv + argc));
}

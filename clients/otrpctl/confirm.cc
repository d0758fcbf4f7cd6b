#include "clients/otrpctl/confirm.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace otrp::ctl {

absl::Status Confirm(const Command& command, const cli::Args& args,
                     bool on_terminal, std::istream& in, std::ostream& out) {
  if (!command.asks || args.Has("yes")) return absl::OkStatus();
  std::string call = command.noun;
  if (!command.verb.empty()) absl::StrAppend(&call, " ", command.verb);
  if (!on_terminal) {
    return cli::UsageError(
        absl::StrCat("--yes is missing: ", call,
                     " asks first, and there is no terminal to ask at"));
  }
  for (const auto& [flag, value] : args.flags()) {
    absl::StrAppend(&call, " --", flag, " ", value);
  }
  out << command.summary << "\n" << call << "\nGo on? [y/N] " << std::flush;
  std::string answer;
  std::getline(in, answer);
  answer = absl::AsciiStrToLower(absl::StripAsciiWhitespace(answer));
  if (answer == "y" || answer == "yes") return absl::OkStatus();
  return absl::CancelledError("nothing was done");
}

}  // namespace otrp::ctl

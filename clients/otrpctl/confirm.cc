#include "clients/otrpctl/confirm.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace otrp::ctl {

absl::Status Confirm(const Command& command, const cli::Args& args,
                     bool on_terminal, std::istream& in, std::ostream& out,
                     const std::string& stakes) {
  if (!command.asks || args.Has("yes")) return absl::OkStatus();
  std::string call = command.noun;
  if (!command.verb.empty()) absl::StrAppend(&call, " ", command.verb);
  if (!on_terminal) {
    return cli::UsageError(
        absl::StrCat("--yes is missing: ", call,
                     " asks first, and there is no terminal to ask at",
                     stakes.empty() ? "" : "; ", stakes));
  }
  for (const auto& [flag, value] : args.flags()) {
    absl::StrAppend(&call, " --", flag, " ", value);
  }
  out << command.summary << "\n" << call << "\n";
  if (!stakes.empty()) out << stakes << "\n";
  const std::string word = command.asks_for_word ? args.Positional(0) : "";
  out << (word.empty() ? "Go on? [y/N] "
                       : absl::StrCat("Type ", word, " to go on: "))
      << std::flush;
  std::string answer;
  std::getline(in, answer);
  answer = std::string(absl::StripAsciiWhitespace(answer));
  if (!word.empty() && answer == word) return absl::OkStatus();
  answer = absl::AsciiStrToLower(answer);
  if (word.empty() && (answer == "y" || answer == "yes")) {
    return absl::OkStatus();
  }
  return absl::CancelledError("nothing was done");
}

}  // namespace otrp::ctl

// otrpctl: the operator's command line. See command.h for its shape and exit
// codes, docs/otrpctl.md for its commands.

#include <iostream>
#include <string>
#include <vector>

#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/parse.h"
#include "clients/otrpctl/render.h"

int main(int argc, char** argv) {
  using namespace otrp::ctl;  // NOLINT: main composes this namespace
  const std::vector<std::string> words(argv + 1, argv + argc);
  const absl::StatusOr<Call> call = Parse(words, Commands());
  if (!call.ok()) {
    std::cerr << "otrpctl: " << call.status().message() << "\n";
    return ExitCode(call.status());
  }
  if (call->command == nullptr) {
    const bool asked = !words.empty();
    const std::string noun =
        words.empty() ? "" : words[words[0] == "help" && words.size() > 1];
    (asked ? std::cout : std::cerr) << Help(Commands(), noun);
    return asked ? 0 : 2;
  }
  Connections connections(call->globals);
  const absl::StatusOr<Result> result =
      call->command->run(call->args, connections);
  if (!result.ok()) {
    std::cerr << "otrpctl: " << result.status().message() << "\n";
    return ExitCode(result.status());
  }
  for (const std::string& note : result->notes) {
    std::cerr << "note: " << note << "\n";
  }
  std::cout << Render(*result, call->format) << std::flush;
  if (!result->verdict.ok()) {
    std::cerr << "otrpctl: " << result->verdict.message() << "\n";
    return ExitCode(result->verdict);
  }
  return std::cout.good() ? 0 : 1;
}

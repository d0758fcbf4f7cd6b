// Turns argv into a command and its arguments, and writes the help text.

#ifndef CLIENTS_OTRPCTL_PARSE_H_
#define CLIENTS_OTRPCTL_PARSE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "clients/otrpctl/command.h"

namespace otrp::ctl {

enum class Format { kTable, kJson };

struct Call {
  // Null when help was asked for.
  const Command* command = nullptr;
  Args args;
  Format format = Format::kTable;
  // Flags that every command takes, e.g. {"tls-dir", "..."}.
  std::map<std::string, std::string> globals;
};

// Errors are usage errors (exit code 2) that name the word and, where there
// is one, the nearest right word.
absl::StatusOr<Call> Parse(const std::vector<std::string>& words,
                           absl::Span<const Command> commands);

// Help for one noun, or for everything where `noun` is empty or unknown.
std::string Help(absl::Span<const Command> commands, const std::string& noun);

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_PARSE_H_

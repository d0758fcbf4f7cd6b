// The shape of otrpctl: a table of commands, the arguments of one call, and
// what a command gives back.
//
// A command is a free function from arguments to a Result; it prints nothing.
// main.cc finds it in the table, runs it and renders its result, so that every
// command has the same flags, formats and exit codes.
//
// Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 denied, 5 unavailable.

#ifndef CLIENTS_OTRPCTL_COMMAND_H_
#define CLIENTS_OTRPCTL_COMMAND_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/json/json.h"

namespace otrp::ctl {

class Connections;

// A `--name VALUE` of one command.
struct Flag {
  std::string name;
  // What stands for the value in the help text, e.g. "FILE".
  std::string value;
  bool required = false;
  std::string help;
};

// The arguments of one call, already checked against the command's flags.
class Args {
 public:
  Args() = default;
  Args(std::map<std::string, std::string> flags,
       std::vector<std::string> positional)
      : flags_(std::move(flags)), positional_(std::move(positional)) {}

  bool Has(const std::string& flag) const { return flags_.count(flag) > 0; }

  // The value of `--flag`, or "" when it was not given.
  std::string Get(const std::string& flag) const;

  // The n-th word after noun and verb; "" when there are fewer.
  std::string Positional(size_t n) const;

 private:
  std::map<std::string, std::string> flags_;
  std::vector<std::string> positional_;
};

// One column of the table form: its title and the path of the member that it
// shows ("attestation.verdict").
struct Column {
  std::string title;
  std::string member;
};

// What a command answers. `-o json` prints `value`; `-o table` prints the rows
// of `value[list]` (or `value` itself as "name  value" lines where `list` is
// empty). `text` replaces both where it isn't empty (PEM on stdout).
struct Result {
  json::Value value = json::Value::Object();
  std::string list;
  std::vector<Column> columns;
  std::string text;
  // Remarks for stderr, e.g. that something is queued.
  std::vector<std::string> notes;
  // What the result means: the exit code, once the result has been shown.
  absl::Status verdict;
};

using Run = absl::StatusOr<Result> (*)(const Args&, Connections&);

struct Command {
  std::string noun;
  // Empty for nouns that are verbs themselves ("assign").
  std::string verb;
  // Names of the words after it, e.g. {"DID"}; all are required.
  std::vector<std::string> positional;
  std::vector<Flag> flags;
  std::string summary;
  Run run = nullptr;
};

// A mistake in the call itself (exit code 2), as opposed to an
// INVALID_ARGUMENT that a service answered (exit code 1).
absl::Status UsageError(absl::string_view message);
bool IsUsageError(const absl::Status& status);

int ExitCode(const absl::Status& status);

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_COMMAND_H_

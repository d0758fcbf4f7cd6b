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

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/cli/cli.h"
#include "libs/json/json.h"

namespace otrp::ctl {

class Connections;

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
  // Members that name an item (or `value`), for `-o name`; several are joined
  // by '/'. Empty: the first column's, or the first member.
  std::vector<std::string> name;
  // Member with sums over the list, which a table has at its end; empty: none.
  std::string totals = {};
  // Whether the list may go on: what isn't in it may be there all the same.
  bool is_cut = false;
  std::string text;
  // Remarks for stderr, e.g. that something is queued.
  std::vector<std::string> notes;
  // What the result means: the exit code, once the result has been shown.
  absl::Status verdict;
};

using Run = absl::StatusOr<Result> (*)(const cli::Args&, Connections&);

struct Command : cli::Command {
  Run run = nullptr;
  // Takes away what can't just be given back: asks first (confirm.h).
  bool asks = false;
  // What is said before it asks: what would stop working. Null: nothing.
  absl::StatusOr<std::string> (*stakes)(const cli::Args&,
                                        Connections&) = nullptr;
  // Asks for the first word of the call again instead of a "y".
  bool asks_for_word = false;
};

// `command` with --yes, asking where it isn't given.
Command Asking(Command command);

// What a change says of its way to the TSM.
void AddDelivered(bool delivered, Result* result);

int ExitCode(const absl::Status& status);

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_COMMAND_H_

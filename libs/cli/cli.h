// The command lines of our programs, described as tables: parsing, help at
// every level, --version, the nearest right word for a wrong one, completion
// in bash, zsh and fish. The one door to CLI11.
//
//   otrpctl NOUN VERB WORD.. --flag VALUE
//   otrp-device VERB --flag=VALUE
//
// What it is not: a reader of values. A command checks its own words; what is
// checked here is that they are there, once, and not empty.
//
// Thread-safety: values, and functions without state.
// Errors: UsageError(), naming the flag or word that is wrong.

#ifndef OTRP_LIBS_CLI_CLI_H_
#define OTRP_LIBS_CLI_CLI_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace cli {

// A `--name VALUE`, or a switch.
struct Flag {
  std::string name;
  // What stands for the value in the help text. "FILE" and "DIR" are completed
  // as paths, "a|b" as one of these words. Empty: a switch.
  std::string value;
  bool required = false;
  std::string help;
  // The field of the command's request that the value goes into, as errors of
  // services name it; empty where none does.
  std::string field = {};
  // As in "-o"; 0 where there is none.
  char letter = 0;
  // May stand there several times: its values are one, with commas between.
  bool repeatable = false;
  // What it is without a value; then the value, which is a number, may be left
  // out, and a word behind it that is none is another word. Empty: it needs
  // one.
  std::string implied = {};
};

// A word after the command; all are required.
struct Word {
  std::string name;
  // As Flag::field.
  std::string field = {};
};

struct Command {
  std::string noun;
  // Empty for nouns that are verbs themselves ("assign").
  std::string verb;
  std::vector<Word> words;
  std::vector<Flag> flags;
  std::string summary;
};

struct Program {
  std::string name;
  // One sentence.
  std::string about;
  // Flags that every command takes.
  std::vector<Flag> globals;
  // In the order of the help text. "help" and "completion" are added.
  std::vector<Command> commands;
  // The last lines of each help text.
  std::string footer;
};

// The arguments of one call, already checked against the command's flags.
class Args {
 public:
  Args() = default;
  Args(std::map<std::string, std::string> flags, std::vector<std::string> words)
      : flags_(std::move(flags)), words_(std::move(words)) {}

  bool Has(const std::string& flag) const { return flags_.count(flag) > 0; }

  // The value of `--flag`; "", or `otherwise`, when it was not given.
  std::string Get(const std::string& flag) const { return GetOr(flag, ""); }
  std::string GetOr(const std::string& flag, absl::string_view otherwise) const;

  // The n-th word after the command; "" when there are fewer.
  std::string Positional(size_t n) const;

  const std::map<std::string, std::string>& flags() const { return flags_; }

 private:
  std::map<std::string, std::string> flags_;
  std::vector<std::string> words_;
};

struct Call {
  // Index into Program::commands; -1 where `text` is all that was asked for.
  int command = -1;
  Args args;
  Args globals;
  // Help, version, completion; for stdout.
  std::string text;
};

absl::StatusOr<Call> Parse(const Program& program,
                           const std::vector<std::string>& words);

// A mistake in the call itself, as opposed to an INVALID_ARGUMENT that a
// service answered.
absl::Status UsageError(absl::string_view message);
bool IsUsageError(const absl::Status& status);

// "spid: must not be empty" of a service as "--spid: must not be empty", where
// a flag or word of `command` filled the field; else `status` as it is.
absl::Status NameFlag(const Command& command, const absl::Status& status);

// "otrpctl device show DID [--flag V]".
std::string Usage(const Program& program, const Command& command);

// A table of the commands in Markdown, for docs/.
std::string CommandsPage(const Program& program);

// The script for "bash", "zsh" or "fish"; it asks the program itself for
// candidates, by "PROGRAM completion words WORD..".
absl::StatusOr<std::string> CompletionScript(const Program& program,
                                             absl::string_view shell);

// What the last of `words` may become: candidates, each with a tab and what it
// is; or ":files" or ":folders" alone.
std::vector<std::string> Candidates(const Program& program,
                                    const std::vector<std::string>& words);

}  // namespace cli
}  // namespace otrp

#endif  // OTRP_LIBS_CLI_CLI_H_

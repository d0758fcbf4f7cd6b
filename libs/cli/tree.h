// What parsing and completion read out of a Program alike.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_LIBS_CLI_TREE_H_
#define OTRP_LIBS_CLI_TREE_H_

#include <string>
#include <vector>

#include "libs/cli/cli.h"

namespace otrp {
namespace cli {

inline constexpr char kHelp[] = "help";
inline constexpr char kVersion[] = "version";
inline constexpr char kCompletion[] = "completion";
// After "completion": what the scripts ask with.
inline constexpr char kCompletionWords[] = "words";

// "help" and "completion", which every program has.
const std::vector<Command>& Builtins();

// "device show", "assign".
std::string NameOf(const Command& command);

// In the order of the table, each once.
std::vector<std::string> Nouns(const Program& program);
// Of one noun; {""} for one that is its own verb, {} for an unknown one.
std::vector<std::string> VerbsOf(const Program& program,
                                 const std::string& noun);

// Of the command and of all; null where there is none. `command` may be null.
const Flag* FindFlag(const Program& program, const Command* command,
                     const std::string& name);

// A word of a command line, looked at as a flag.
struct FlagWord {
  bool is_flag = false;
  // Without dashes; "-o" has the name of its long form.
  std::string name;
  bool has_value = false;
  std::string value;
};
FlagWord ReadFlagWord(const Program& program, const std::string& word);

// The first of that name, of any command; null where there is none.
const Flag* AnyFlag(const Program& program, const std::string& name);
// False for an unknown noun and one that is its own verb.
bool HasVerb(const Program& program, const std::string& noun);

// True where the word after `flag`, `next`, belongs to it: all but switches
// take one.
bool TakesNext(const Program& program, const FlagWord& flag,
               const std::string& next);

}  // namespace cli
}  // namespace otrp

#endif  // OTRP_LIBS_CLI_TREE_H_

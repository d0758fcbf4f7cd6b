#include "libs/cli/tree.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace otrp {
namespace cli {
namespace {

template <typename Wanted>
const Flag* FindIf(const Program& program, Wanted wanted) {
  for (const Flag& flag : program.globals) {
    if (wanted(flag)) return &flag;
  }
  for (const Command& command : program.commands) {
    for (const Flag& flag : command.flags) {
      if (wanted(flag)) return &flag;
    }
  }
  return nullptr;
}

std::string LongNameOf(const Program& program, char letter) {
  if (letter == 'h') return kHelp;
  const Flag* flag = FindIf(
      program, [letter](const Flag& known) { return known.letter == letter; });
  return flag == nullptr ? std::string(1, letter) : flag->name;
}

}  // namespace

const std::vector<Command>& Builtins() {
  static const auto* const kBuiltins = new std::vector<Command>{
      {kHelp, "", {}, {}, "Shows the help of all, of a noun, of a command."},
      {kCompletion,
       "",
       {{"SHELL"}},
       {},
       "Prints the completion script for bash, zsh or fish."},
  };
  return *kBuiltins;
}

std::string NameOf(const Command& command) {
  return command.verb.empty() ? command.noun
                              : absl::StrCat(command.noun, " ", command.verb);
}

std::vector<std::string> Nouns(const Program& program) {
  std::vector<std::string> nouns;
  for (const auto* list : {&program.commands, &Builtins()}) {
    for (const Command& command : *list) {
      if (std::find(nouns.begin(), nouns.end(), command.noun) == nouns.end()) {
        nouns.push_back(command.noun);
      }
    }
  }
  return nouns;
}

std::vector<std::string> VerbsOf(const Program& program,
                                 const std::string& noun) {
  std::vector<std::string> verbs;
  for (const auto* list : {&program.commands, &Builtins()}) {
    for (const Command& command : *list) {
      if (command.noun == noun) verbs.push_back(command.verb);
    }
  }
  return verbs;
}

const Flag* FindFlag(const Program& program, const Command* command,
                     const std::string& name) {
  if (command != nullptr) {
    for (const Flag& flag : command->flags) {
      if (flag.name == name) return &flag;
    }
  }
  for (const Flag& flag : program.globals) {
    if (flag.name == name) return &flag;
  }
  return nullptr;
}

FlagWord ReadFlagWord(const Program& program, const std::string& word) {
  FlagWord out;
  if (word.size() < 2 || word[0] != '-') return out;
  out.is_flag = true;
  if (!absl::StartsWith(word, "--")) {
    out.name = LongNameOf(program, word[1]);
    out.has_value = word.size() > 2;
    out.value = word.substr(2);
    return out;
  }
  const size_t equals = word.find('=');
  out.has_value = equals != std::string::npos;
  out.name = word.substr(2, out.has_value ? equals - 2 : equals);
  if (out.has_value) out.value = word.substr(equals + 1);
  return out;
}

const Flag* AnyFlag(const Program& program, const std::string& name) {
  return FindIf(program,
                [&name](const Flag& known) { return known.name == name; });
}

bool HasVerb(const Program& program, const std::string& noun) {
  const std::vector<std::string> verbs = VerbsOf(program, noun);
  return !verbs.empty() && !verbs[0].empty();
}

bool TakesNext(const Program& program, const FlagWord& flag,
               const std::string& next) {
  if (!flag.is_flag || flag.has_value || flag.name == kHelp ||
      flag.name == kVersion) {
    return false;
  }
  const Flag* known = AnyFlag(program, flag.name);
  if (known == nullptr) return true;
  double number = 0;
  return known->implied.empty() ? !known->value.empty()
                                : absl::SimpleAtod(next, &number);
}

}  // namespace cli
}  // namespace otrp

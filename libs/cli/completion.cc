#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "libs/cli/cli.h"
#include "libs/cli/tree.h"

namespace otrp {
namespace cli {
namespace {

// NAME is the program, ID the same as a shell's identifier.
constexpr char kBash[] = R"(# source <(NAME completion bash)
_ID() {
  local line current=${COMP_WORDS[COMP_CWORD]}
  [ "$current" != = ] || current=
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      :folders) compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done < <("${COMP_WORDS[0]}" completion words \
    "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _ID NAME
)";

constexpr char kZsh[] = R"(#compdef NAME
# source <(NAME completion zsh), after compinit; or as _NAME in $fpath.
_ID() {
  local line
  local -a candidates
  for line in "${(@f)$("${words[1]}" completion words \
      "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files) _files; return ;;
      :folders) _files -/; return ;;
      *) candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
    esac
  done
  _describe NAME candidates
}
if [ "${funcstack[1]}" = _NAME ]; then
  _ID "$@"
else
  compdef _ID NAME
fi
)";

constexpr char kFish[] = R"(# NAME completion fish | source
function __ID_candidates
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  for line in ($before[1] completion words $before[2..-1] "$current" \
      2>/dev/null)
    switch $line
      case :files
        __fish_complete_path "$current"
      case :folders
        __fish_complete_directories "$current"
      case '*'
        echo $line
    end
  end
end
complete -c NAME -f -a '(__ID_candidates)'
)";

// bash makes three words of "--flag=value".
std::vector<std::string> Joined(const std::vector<std::string>& words,
                                bool* last_was_split) {
  std::vector<std::string> out;
  for (size_t i = 0; i < words.size(); ++i) {
    *last_was_split = words[i] == "=" && !out.empty() && out.back()[0] == '-';
    if (!*last_was_split) {
      out.push_back(words[i]);
      continue;
    }
    absl::StrAppend(&out.back(), "=");
    if (i + 1 < words.size()) absl::StrAppend(&out.back(), words[++i]);
  }
  return out;
}

// What stands before the word that is to be completed.
struct Typed {
  std::vector<std::string> plain;
  std::vector<std::string> flags;
  // The flag that waits for its value.
  std::string pending;
};

Typed Read(const Program& program, const std::vector<std::string>& words) {
  Typed typed;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const FlagWord flag = ReadFlagWord(program, words[i]);
    if (!flag.is_flag) {
      typed.plain.push_back(words[i]);
      continue;
    }
    typed.flags.push_back(flag.name);
    if (!TakesNext(program, flag, words[i + 1])) continue;
    if (i + 2 == words.size()) typed.pending = flag.name;
    ++i;
  }
  return typed;
}

const Command* FindCommand(const Program& program,
                           const std::vector<std::string>& plain) {
  for (const auto* list : {&program.commands, &Builtins()}) {
    for (const Command& command : *list) {
      if (plain.empty() || command.noun != plain[0]) continue;
      if (command.verb.empty()) return &command;
      if (plain.size() > 1 && command.verb == plain[1]) return &command;
    }
  }
  return nullptr;
}

std::string Candidate(absl::string_view word, absl::string_view what) {
  return absl::StrCat(word, "\t", what);
}

std::vector<std::string> NounsOrVerbs(const Program& program,
                                      const std::vector<std::string>& plain) {
  std::vector<std::string> out;
  if (plain.empty()) {
    for (const std::string& noun : Nouns(program)) {
      const Command* command = FindCommand(program, {noun});
      out.push_back(
          Candidate(noun, command != nullptr
                              ? command->summary
                              : absl::StrJoin(VerbsOf(program, noun), ", ")));
    }
  } else if (plain.size() == 1 && HasVerb(program, plain[0])) {
    for (const std::string& verb : VerbsOf(program, plain[0])) {
      out.push_back(
          Candidate(verb, FindCommand(program, {plain[0], verb})->summary));
    }
  }
  return out;
}

std::vector<std::string> Values(const Flag* flag, const std::string& prefix) {
  if (flag == nullptr) return {};
  if (flag->value == "FILE") return {":files"};
  if (flag->value == "DIR") return {":folders"};
  std::vector<std::string> out;
  if (!absl::StrContains(flag->value, '|')) return out;
  for (const absl::string_view word : absl::StrSplit(flag->value, '|')) {
    out.push_back(Candidate(absl::StrCat(prefix, word), flag->help));
  }
  return out;
}

std::vector<std::string> Flags(const Program& program, const Command* command,
                               const std::vector<std::string>& given) {
  std::vector<std::string> out;
  const auto add = [&](const std::string& name, const std::string& help,
                       bool again = false) {
    if (again || std::find(given.begin(), given.end(), name) == given.end()) {
      out.push_back(Candidate(absl::StrCat("--", name), help));
    }
  };
  if (command != nullptr) {
    for (const Flag& flag : command->flags) {
      add(flag.name, flag.help, flag.repeatable);
    }
  }
  for (const Flag& flag : program.globals) add(flag.name, flag.help);
  add(kHelp, "help for what stands before it");
  if (command == nullptr) add(kVersion, "the version");
  return out;
}

std::vector<std::string> Words(const Program& program, const Typed& typed) {
  const Command* command = FindCommand(program, typed.plain);
  if (command == nullptr) return NounsOrVerbs(program, typed.plain);
  if (command->noun == kHelp) {
    return NounsOrVerbs(program, {typed.plain.begin() + 1, typed.plain.end()});
  }
  if (command->noun == kCompletion) {
    return typed.plain.size() > 1
               ? std::vector<std::string>()
               : std::vector<std::string>{"bash\t", "zsh\t", "fish\t"};
  }
  const size_t own = command->verb.empty() ? 1 : 2;
  // Nobody knows the ids that are asked for here.
  if (typed.plain.size() < own + command->words.size()) return {};
  return Flags(program, command, typed.flags);
}

}  // namespace

std::vector<std::string> Candidates(const Program& program,
                                    const std::vector<std::string>& given) {
  bool split = false;
  std::vector<std::string> words = Joined(given, &split);
  if (words.empty()) words.emplace_back();
  std::string current = words.back();
  const Typed typed = Read(program, words);
  const Command* command = FindCommand(program, typed.plain);
  const FlagWord flag = ReadFlagWord(program, current);
  std::vector<std::string> all;
  if (!typed.pending.empty()) {
    all = Values(FindFlag(program, command, typed.pending), "");
  } else if (flag.has_value) {
    if (split) current = flag.value;
    all = Values(FindFlag(program, command, flag.name),
                 split ? "" : absl::StrCat("--", flag.name, "="));
  } else if (absl::StartsWith(current, "-")) {
    all = Flags(program, command, typed.flags);
  } else {
    all = Words(program, typed);
  }
  all.erase(std::remove_if(all.begin(), all.end(),
                           [&](const std::string& candidate) {
                             return candidate[0] != ':' &&
                                    !absl::StartsWith(candidate, current);
                           }),
            all.end());
  return all;
}

absl::StatusOr<std::string> CompletionScript(const Program& program,
                                             absl::string_view shell) {
  const char* script = shell == "bash"   ? kBash
                       : shell == "zsh"  ? kZsh
                       : shell == "fish" ? kFish
                                         : nullptr;
  if (script == nullptr) {
    return UsageError(
        absl::StrCat("SHELL must be bash, zsh or fish, not \"", shell, "\""));
  }
  return absl::StrReplaceAll(
      script, {{"NAME", program.name},
               {"ID", absl::StrReplaceAll(program.name, {{"-", "_"}})}});
}

}  // namespace cli
}  // namespace otrp

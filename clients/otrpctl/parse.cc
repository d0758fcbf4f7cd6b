#include "clients/otrpctl/parse.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "libs/base/status_macros.h"

namespace otrp::ctl {
namespace {

const std::vector<Flag>& GlobalFlags() {
  static const auto* flags = new std::vector<Flag>{
      {"ca-addr", "HOST:PORT", false, "the ca (OTRP_CA_ADDR)"},
      {"tsm-addr", "HOST:PORT", false, "the tsm (OTRP_TSM_ADDR)"},
      {"verifier-addr", "HOST:PORT", false,
       "the attestation verifier (OTRP_VERIFIER_ADDR)"},
      {"portal-addr", "HOST:PORT", false, "the sp_portal (OTRP_PORTAL_ADDR)"},
      {"tls-dir", "DIR", false,
       "cert.pem, key.pem and ca.pem of the caller (OTRP_TLS_DIR)"},
      {"timeout", "SECONDS", false, "for each call; 10 by default"},
  };
  return *flags;
}

// Longer than any service thinks.
constexpr double kMaxTimeoutSeconds = 3600;

// Levenshtein distance, for "did you mean".
size_t Distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1,
                         diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string DidYouMean(const std::string& word,
                       const std::vector<std::string>& candidates) {
  std::string best;
  size_t best_distance = 3;
  for (const std::string& candidate : candidates) {
    const size_t distance = Distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best.empty() ? std::string()
                      : absl::StrCat("; did you mean \"", best, "\"?");
}

std::string Name(const Command& command) {
  return command.verb.empty() ? command.noun
                              : absl::StrCat(command.noun, " ", command.verb);
}

std::string Usage(const Command& command) {
  std::string usage = absl::StrCat("otrpctl ", Name(command));
  for (const std::string& word : command.positional) {
    absl::StrAppend(&usage, " ", word);
  }
  for (const Flag& flag : command.flags) {
    absl::StrAppend(&usage, flag.required ? " " : " [", "--", flag.name, " ",
                    flag.value, flag.required ? "" : "]");
  }
  return usage;
}

const Command* Find(absl::Span<const Command> commands, const std::string& noun,
                    const std::string& verb) {
  for (const Command& command : commands) {
    if (command.noun == noun && command.verb == verb) return &command;
  }
  return nullptr;
}

absl::StatusOr<const Command*> FindCommand(
    const std::vector<std::string>& plain, absl::Span<const Command> commands,
    size_t* used) {
  const std::string& noun = plain[0];
  if (const Command* command = Find(commands, noun, "")) {
    *used = 1;
    return command;
  }
  std::vector<std::string> nouns;
  std::vector<std::string> verbs;
  for (const Command& command : commands) {
    nouns.push_back(command.noun);
    if (command.noun == noun) verbs.push_back(command.verb);
  }
  if (verbs.empty()) {
    return UsageError(absl::StrCat("unknown noun \"", noun, "\"",
                                   DidYouMean(noun, nouns),
                                   " (otrpctl help lists all)"));
  }
  if (plain.size() < 2) {
    return UsageError(absl::StrCat(
        "otrpctl ", noun, " needs a verb: ", absl::StrJoin(verbs, ", ")));
  }
  if (const Command* command = Find(commands, noun, plain[1])) {
    *used = 2;
    return command;
  }
  return UsageError(absl::StrCat(
      "unknown verb \"", plain[1], "\" of ", noun, DidYouMean(plain[1], verbs),
      " (it has: ", absl::StrJoin(verbs, ", "), ")"));
}

bool Contains(const std::vector<Flag>& flags, const std::string& name) {
  return std::any_of(flags.begin(), flags.end(),
                     [&](const Flag& flag) { return flag.name == name; });
}

absl::Status CheckGlobal(const std::string& name, const std::string& value) {
  if (value.empty()) {
    const auto flag =
        std::find_if(GlobalFlags().begin(), GlobalFlags().end(),
                     [&](const Flag& f) { return f.name == name; });
    return UsageError(absl::StrCat("--", name, " needs a value: ", flag->help));
  }
  double seconds = 0;
  if (name == "timeout" && !(absl::SimpleAtod(value, &seconds) && seconds > 0 &&
                             seconds <= kMaxTimeoutSeconds)) {
    return UsageError(absl::StrCat(
        "--timeout ", value, " can't be: it takes seconds, more than 0 and at ",
        "most ", kMaxTimeoutSeconds));
  }
  return absl::OkStatus();
}

absl::Status CheckFlags(const Command& command,
                        std::map<std::string, std::string>* flags,
                        std::map<std::string, std::string>* globals) {
  for (auto it = flags->begin(); it != flags->end();) {
    if (Contains(command.flags, it->first)) {
      ++it;
      continue;
    }
    if (!Contains(GlobalFlags(), it->first)) {
      std::vector<std::string> names;
      for (const Flag& flag : command.flags) names.push_back(flag.name);
      for (const Flag& flag : GlobalFlags()) names.push_back(flag.name);
      return UsageError(absl::StrCat("unknown flag --", it->first,
                                     DidYouMean(it->first, names),
                                     "\nusage: ", Usage(command)));
    }
    OTRP_RETURN_IF_ERROR(CheckGlobal(it->first, it->second));
    (*globals)[it->first] = it->second;
    it = flags->erase(it);
  }
  for (const Flag& flag : command.flags) {
    const auto given = flags->find(flag.name);
    if (flag.required && given == flags->end()) {
      return UsageError(absl::StrCat("--", flag.name, " ", flag.value,
                                     " is missing: ", flag.help,
                                     "\nusage: ", Usage(command)));
    }
    if (given != flags->end() && given->second.empty()) {
      return UsageError(
          absl::StrCat("--", flag.name, " needs a value: ", flag.help));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Call> Parse(const std::vector<std::string>& words,
                           absl::Span<const Command> commands) {
  Call call;
  std::vector<std::string> plain;
  std::map<std::string, std::string> flags;
  for (size_t i = 0; i < words.size(); ++i) {
    std::string word = words[i];
    if (word == "-h" || word == "--help") return Call{};
    if (word == "-o") word = "--output";
    if (!absl::StartsWith(word, "--")) {
      if (absl::StartsWith(word, "-") && word.size() > 1) {
        return UsageError(absl::StrCat("unknown flag ", word,
                                       "; flags are --name VALUE, and -o"));
      }
      plain.push_back(word);
      continue;
    }
    std::string name = word.substr(2);
    std::string value;
    const size_t equals = name.find('=');
    if (equals != std::string::npos) {
      value = name.substr(equals + 1);
      name.resize(equals);
    } else if (i + 1 < words.size()) {
      value = words[++i];
    } else {
      return UsageError(absl::StrCat("--", name, " needs a value"));
    }
    if (!flags.emplace(name, value).second) {
      return UsageError(absl::StrCat("--", name, " is given twice"));
    }
    if (name == "output") {
      if (value != "table" && value != "json") {
        return UsageError(
            absl::StrCat("-o ", value, " is unknown: it takes table or json"));
      }
      call.format = value == "json" ? Format::kJson : Format::kTable;
    }
  }
  flags.erase("output");
  if (plain.empty() || plain[0] == "help") return Call{};

  size_t used = 0;
  OTRP_ASSIGN_OR_RETURN(call.command, FindCommand(plain, commands, &used));
  plain.erase(plain.begin(), plain.begin() + used);
  const std::vector<std::string>& wanted = call.command->positional;
  if (plain.size() < wanted.size()) {
    return UsageError(absl::StrCat(
        wanted[plain.size()], " is missing\nusage: ", Usage(*call.command)));
  }
  if (plain.size() > wanted.size()) {
    return UsageError(
        absl::StrCat("\"", plain[wanted.size()],
                     "\" is one word too many\nusage: ", Usage(*call.command)));
  }
  OTRP_RETURN_IF_ERROR(CheckFlags(*call.command, &flags, &call.globals));
  call.args = Args(std::move(flags), std::move(plain));
  return call;
}

std::string Help(absl::Span<const Command> commands, const std::string& noun) {
  const bool known =
      std::any_of(commands.begin(), commands.end(),
                  [&](const Command& c) { return c.noun == noun; });
  std::string help = "otrpctl NOUN VERB [--flag VALUE ...] [-o table|json]\n\n";
  for (const Command& command : commands) {
    if (known && command.noun != noun) continue;
    absl::StrAppend(&help, "  ", Usage(command), "\n      ", command.summary,
                    "\n");
    if (!known) continue;
    for (const Flag& flag : command.flags) {
      absl::StrAppendFormat(&help, "        --%-12s %s\n", flag.name,
                            flag.help);
    }
  }
  absl::StrAppend(&help, "\nEvery command also takes:\n");
  for (const Flag& flag : GlobalFlags()) {
    absl::StrAppendFormat(&help, "  --%-14s %s\n", flag.name, flag.help);
  }
  absl::StrAppend(&help,
                  "\nExit codes: 0 ok, 1 failed, 2 usage, 3 not found, "
                  "4 denied, 5 unavailable.\n");
  return help;
}

}  // namespace otrp::ctl

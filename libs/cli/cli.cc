#include "libs/cli/cli.h"

#include <algorithm>
#include <memory>

#include "CLI/CLI.hpp"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/types/optional.h"
#include "libs/base/status_macros.h"
#include "libs/cli/nearest.h"
#include "libs/cli/tree.h"
#include "libs/telemetry/version.h"

namespace otrp {
namespace cli {
namespace {

// Marks a status as the caller's mistake; see UsageError().
constexpr absl::string_view kUsagePayload = "otrp.cli/usage";

constexpr size_t kHelpColumn = 34;

// The commands below `app`, one a line, with what they do.
void ListCommands(const CLI::App& app, const std::string& path,
                  std::ostream& out) {
  for (const CLI::App* below : app.get_subcommands({})) {
    const std::string name = absl::StrCat(path, below->get_name());
    if (below->get_subcommands({}).empty()) {
      CLI::detail::format_help(out, name, below->get_description(),
                               kHelpColumn);
    } else {
      ListCommands(*below, absl::StrCat(name, " "), out);
    }
  }
}

// CLI11's help with our usage line, all commands below a level, and the flags
// that every command takes.
class HelpText : public CLI::Formatter {
 public:
  explicit HelpText(std::string last_lines)
      : last_lines_(std::move(last_lines)) {
    column_width(kHelpColumn);
    label("REQUIRED", "(required)");
  }

  std::string make_usage(const CLI::App* app,
                         std::string /*name*/) const override {
    return absl::StrCat("usage: ", app->get_footer(), "\n");
  }

  std::string make_subcommands(const CLI::App* app,
                               CLI::AppFormatMode /*mode*/) const override {
    if (app->get_subcommands({}).empty()) return "";
    std::ostringstream out;
    out << "\nCommands:\n";
    ListCommands(*app, "", out);
    return out.str();
  }

  std::string make_footer(const CLI::App* app) const override {
    const CLI::App* root = app;
    while (root->get_parent() != nullptr) root = root->get_parent();
    if (root == app) return last_lines_;
    std::string text = "Every command also takes:\n";
    for (const CLI::Option* option : root->get_options({})) {
      if (option == root->get_help_ptr()) continue;
      absl::StrAppend(&text, make_option(option, false));
    }
    return absl::StrCat(text, "\n", last_lines_);
  }

 private:
  const std::string last_lines_;
};

std::string OptionName(const Flag& flag) {
  return flag.letter == 0
             ? absl::StrCat("--", flag.name)
             : absl::StrCat("-", std::string(1, flag.letter), ",--", flag.name);
}

void AddFlags(const std::vector<Flag>& flags, CLI::App* app) {
  for (const Flag& flag : flags) {
    if (flag.value.empty()) {
      app->add_flag(OptionName(flag), flag.help);
      continue;
    }
    app->add_option(OptionName(flag), CLI::callback_t(), flag.help)
        ->type_name(flag.value)
        ->required(flag.required)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
}

// The usage line goes where HelpText finds it.
CLI::App* AddCommand(const Program& program, const Command& command,
                     CLI::App* root) {
  CLI::App* app = root;
  for (const std::string& name : {command.noun, command.verb}) {
    if (name.empty()) continue;
    const std::vector<CLI::App*> known = app->get_subcommands(
        [&name](const CLI::App* below) { return below->get_name() == name; });
    app = known.empty() ? app->add_subcommand(name) : known[0];
    if (name == command.noun && !command.verb.empty()) {
      app->footer(absl::StrCat(program.name, " ", name, " VERB"));
    }
  }
  app->description(command.summary);
  app->footer(Usage(program, command));
  for (const Word& word : command.words) {
    app->add_option(word.name, CLI::callback_t())->required();
  }
  AddFlags(command.flags, app);
  return app;
}

bool HasVerbs(const Program& program) {
  return std::any_of(program.commands.begin(), program.commands.end(),
                     [](const Command& c) { return !c.verb.empty(); });
}

struct Tree {
  explicit Tree(const Program& program) : root(program.about, program.name) {
    root.formatter(std::make_shared<HelpText>(program.footer));
    root.set_help_flag("-h,--help", "this text, for the command before it");
    root.set_version_flag(
        "--version",
        absl::StrCat(program.name, " ", std::string(telemetry::kVersion)),
        "the version");
    root.allow_extras();
    root.fallthrough();
    root.require_subcommand(0, 1);
    root.footer(absl::StrCat(program.name,
                             HasVerbs(program) ? " NOUN VERB" : " COMMAND",
                             " [--flag VALUE ...]"));
    AddFlags(program.globals, &root);
    for (const Command& command : program.commands) {
      commands.push_back(AddCommand(program, command, &root));
    }
    for (const Command& command : Builtins()) {
      builtins.push_back(AddCommand(program, command, &root));
    }
  }

  // The command that was named; null where words are missing or wrong.
  const CLI::App* Named() const {
    const CLI::App* app = &root;
    while (!app->get_subcommands().empty()) app = app->get_subcommands()[0];
    return app;
  }

  CLI::App root;
  // In the order of Program::commands and of Builtins().
  std::vector<CLI::App*> commands;
  std::vector<CLI::App*> builtins;
};

// Flags may stand anywhere; CLI11 wants them behind the command that they
// belong to, and an empty value as a word of its own.
absl::StatusOr<std::vector<std::string>> CommandFirst(
    const Program& program, const std::vector<std::string>& words) {
  std::vector<std::string> command;
  std::vector<std::string> rest;
  size_t wanted = 1;
  for (size_t i = 0; i < words.size(); ++i) {
    const FlagWord flag = ReadFlagWord(program, words[i]);
    if (!flag.is_flag) {
      const bool leads = command.size() < wanted;
      (leads ? command : rest).push_back(words[i]);
      if (leads && command.size() == 1 && HasVerb(program, words[i])) {
        wanted = 2;
      }
      continue;
    }
    const Flag* known = AnyFlag(program, flag.name);
    if (known != nullptr && known->value.empty() && flag.has_value) {
      return UsageError(absl::StrCat("--", flag.name, " takes no value"));
    }
    const bool empty = flag.has_value && flag.value.empty();
    rest.push_back(empty ? absl::StrCat("--", flag.name) : words[i]);
    if (empty) {
      rest.emplace_back();
      continue;
    }
    const std::string next = i + 1 < words.size() ? words[i + 1] : "";
    if (TakesNext(program, flag, next)) {
      if (i + 1 < words.size()) {
        rest.push_back(words[++i]);
      } else if (known != nullptr) {
        rest.emplace_back();
      }
    } else if (known != nullptr && !flag.has_value && !known->implied.empty()) {
      rest.push_back(known->implied);
    }
  }
  command.insert(command.end(), rest.begin(), rest.end());
  return command;
}

// What CLI11 had no place for.
absl::optional<std::string> FirstExtra(const Tree& tree, bool plain_only) {
  for (const std::string& word : tree.root.remaining(/*recurse=*/true)) {
    if (!plain_only) return word;
    if (!word.empty() && word[0] != '-') return word;
  }
  return absl::nullopt;
}

// Of a call that names no command.
absl::Status NoCommand(const Program& program, const Tree& tree) {
  const CLI::App* app = tree.Named();
  const absl::optional<std::string> word = FirstExtra(tree, true);
  if (app == &tree.root) {
    if (!word.has_value()) {
      return UsageError(
          absl::StrCat("a command is missing\n\n", tree.root.help()));
    }
    return UsageError(
        absl::StrCat("unknown ", HasVerbs(program) ? "noun" : "command", " \"",
                     *word, "\"", DidYouMean(*word, Nouns(program)), " (",
                     program.name, " help lists all)"));
  }
  const std::vector<std::string> verbs = VerbsOf(program, app->get_name());
  const std::string list = absl::StrJoin(verbs, ", ");
  if (!word.has_value()) {
    return UsageError(absl::StrCat(program.name, " ", app->get_name(),
                                   " needs a verb: ", list));
  }
  return UsageError(absl::StrCat("unknown verb \"", *word, "\" of ",
                                 app->get_name(), DidYouMean(*word, verbs),
                                 " (it has: ", list, ")"));
}

absl::Status UnknownFlag(const Program& program, const Command& command,
                         const std::string& word) {
  const std::string usage = absl::StrCat("\nusage: ", Usage(program, command));
  if (!absl::StartsWith(word, "--")) {
    return UsageError(
        absl::StrCat("unknown flag ", word, "; flags are --name VALUE", usage));
  }
  std::vector<std::string> known;
  for (const auto* flags : {&command.flags, &program.globals}) {
    for (const Flag& flag : *flags) known.push_back(flag.name);
  }
  const std::string name = ReadFlagWord(program, word).name;
  return UsageError(
      absl::StrCat("unknown flag --", name, DidYouMean(name, known), usage));
}

// Puts the values of `flags`, all options of `app`, into `values`.
absl::Status TakeFlags(const Program& program, const Command& command,
                       const std::vector<Flag>& flags, const CLI::App& app,
                       std::map<std::string, std::string>* values) {
  for (const Flag& flag : flags) {
    const CLI::Option* option =
        app.get_option_no_throw(absl::StrCat("--", flag.name));
    const std::vector<std::string>& given = option->results();
    if (given.size() > 1 && !flag.repeatable) {
      return UsageError(absl::StrCat("--", flag.name, " is given twice"));
    }
    if (given.empty()) {
      if (!flag.required) continue;
      return UsageError(absl::StrCat("--", flag.name, " ", flag.value,
                                     " is missing: ", flag.help,
                                     "\nusage: ", Usage(program, command)));
    }
    for (const std::string& value : given) {
      if (!value.empty()) continue;
      return UsageError(
          absl::StrCat("--", flag.name, " needs a value: ", flag.help));
    }
    (*values)[flag.name] = absl::StrJoin(given, ",");
  }
  return absl::OkStatus();
}

absl::StatusOr<Args> TakeArgs(const Program& program, const Command& command,
                              const CLI::App& app, const Tree& tree,
                              Args* globals) {
  const absl::optional<std::string> extra = FirstExtra(tree, false);
  if (extra.has_value()) {
    if (absl::StartsWith(*extra, "-") && extra->size() > 1) {
      return UnknownFlag(program, command, *extra);
    }
    return UsageError(absl::StrCat(
        "\"", *extra,
        "\" is one word too many\nusage: ", Usage(program, command)));
  }
  std::vector<std::string> words;
  for (const Word& word : command.words) {
    const CLI::Option* option = app.get_option_no_throw(word.name);
    if (option->results().empty()) {
      return UsageError(absl::StrCat(
          word.name, " is missing\nusage: ", Usage(program, command)));
    }
    words.push_back(option->results()[0]);
  }
  std::map<std::string, std::string> of_all;
  OTRP_RETURN_IF_ERROR(
      TakeFlags(program, command, program.globals, tree.root, &of_all));
  std::map<std::string, std::string> flags;
  OTRP_RETURN_IF_ERROR(TakeFlags(program, command, command.flags, app, &flags));
  *globals = Args(std::move(of_all), {});
  return Args(std::move(flags), std::move(words));
}

absl::StatusOr<Call> TakeCall(const Program& program, const Tree& tree) {
  const CLI::App* named = tree.Named();
  Call call;
  for (size_t i = 0; i < tree.builtins.size(); ++i) {
    if (named != tree.builtins[i]) continue;
    OTRP_ASSIGN_OR_RETURN(
        const Args args,
        TakeArgs(program, Builtins()[i], *named, tree, &call.globals));
    OTRP_ASSIGN_OR_RETURN(call.text,
                          CompletionScript(program, args.Positional(0)));
    return call;
  }
  const auto found =
      std::find(tree.commands.begin(), tree.commands.end(), named);
  if (found == tree.commands.end()) return NoCommand(program, tree);
  call.command = static_cast<int>(found - tree.commands.begin());
  OTRP_ASSIGN_OR_RETURN(
      call.args, TakeArgs(program, program.commands[call.command], *named, tree,
                          &call.globals));
  return call;
}

// `words` are read; what CLI11 throws ends here.
absl::StatusOr<Call> ReadTree(const Program& program,
                              std::vector<std::string> words, Tree* tree) {
  // CLI11 takes them from the back.
  std::reverse(words.begin(), words.end());
  Call call;
  try {
    tree->root.parse(words);
  } catch (const CLI::CallForHelp&) {
    const bool complete = tree->Named()->get_subcommands({}).empty();
    if (!complete && FirstExtra(*tree, true).has_value()) {
      return NoCommand(program, *tree);
    }
    call.text = tree->root.help();
    return call;
  } catch (const CLI::CallForVersion& version) {
    call.text = absl::StrCat(version.what(), "\n");
    return call;
  } catch (const CLI::RequiredError&) {
    // TakeCall() says what is missing and what it is for.
  } catch (const CLI::ParseError& error) {
    return UsageError(error.what());
  }
  return TakeCall(program, *tree);
}

// The field or the words of `message` that `field` covers, or npos.
size_t CoveredBy(absl::string_view message, const std::string& field) {
  if (field.empty() || !absl::StartsWith(message, field)) {
    return absl::string_view::npos;
  }
  const absl::string_view rest = message.substr(field.size());
  const bool ends = absl::StartsWith(rest, ":") ||
                    absl::StartsWith(rest, ".") || absl::StartsWith(rest, "[");
  return ends ? field.size() : absl::string_view::npos;
}

}  // namespace

std::string Args::GetOr(const std::string& flag,
                        absl::string_view otherwise) const {
  const auto found = flags_.find(flag);
  return found == flags_.end() ? std::string(otherwise) : found->second;
}

std::string Args::Positional(size_t n) const {
  return n < words_.size() ? words_[n] : std::string();
}

absl::StatusOr<Call> Parse(const Program& program,
                           const std::vector<std::string>& words) {
  if (words.size() > 1 && words[0] == kCompletion &&
      words[1] == kCompletionWords) {
    Call call;
    for (const std::string& candidate :
         Candidates(program, {words.begin() + 2, words.end()})) {
      absl::StrAppend(&call.text, candidate, "\n");
    }
    return call;
  }
  OTRP_ASSIGN_OR_RETURN(std::vector<std::string> ordered,
                        CommandFirst(program, words));
  if (!ordered.empty() && ordered[0] == kHelp) {
    ordered.erase(ordered.begin());
    ordered.push_back("--help");
  }
  Tree tree(program);
  return ReadTree(program, std::move(ordered), &tree);
}

absl::Status UsageError(absl::string_view message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kUsagePayload, absl::Cord("1"));
  return status;
}

bool IsUsageError(const absl::Status& status) {
  return status.GetPayload(kUsagePayload).has_value();
}

absl::Status NameFlag(const Command& command, const absl::Status& status) {
  if (status.ok() || IsUsageError(status)) return status;
  std::vector<std::pair<std::string, std::string>> names;
  for (const Flag& flag : command.flags) {
    names.emplace_back(absl::StrCat("--", flag.name), flag.field);
  }
  for (const Word& word : command.words) {
    names.emplace_back(word.name, word.field);
  }
  for (const auto& [name, field] : names) {
    const size_t covered = CoveredBy(status.message(), field);
    if (covered == absl::string_view::npos) continue;
    // "policy.tee_rules[0]: ..": the rest of the path is within the value.
    absl::string_view rest = status.message().substr(covered);
    const bool within = rest[0] != ':';
    if (rest[0] == '.') rest.remove_prefix(1);
    return absl::Status(status.code(),
                        absl::StrCat(name, within ? ": " : "", rest));
  }
  return status;
}

std::string Usage(const Program& program, const Command& command) {
  std::string usage = absl::StrCat(program.name, " ", NameOf(command));
  for (const Word& word : command.words) {
    absl::StrAppend(&usage, " ", word.name);
  }
  for (const Flag& flag : command.flags) {
    const std::string value =
        flag.implied.empty() ? flag.value : absl::StrCat("[", flag.value, "]");
    absl::StrAppend(&usage, flag.required ? " " : " [", "--", flag.name,
                    value.empty() ? "" : " ", value, flag.required ? "" : "]");
  }
  return usage;
}

std::string CommandsPage(const Program& program) {
  std::string page = "| command | does |\n| --- | --- |\n";
  for (const Command& command : program.commands) {
    absl::StrAppend(
        &page, "| `",
        absl::StrReplaceAll(Usage(program, command), {{"|", "\\|"}}), "` | ",
        command.summary, " |\n");
  }
  return page;
}

}  // namespace cli
}  // namespace otrp

// The table of commands, and what all commands have in common.

#include "clients/otrpctl/commands.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/render.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/files.h"
#include "libs/base/made_part.h"
#include "tests/support/status_matchers.h"

namespace otrp::ctl {
namespace {

using ::otrp::testing::IsOk;
using ::testing::AllOf;
using ::testing::HasSubstr;

// The real table: what a command line can rely on.
TEST(CommandsTest, NamesAreUniqueAndEachHasAHelpText) {
  std::set<std::string> names;
  std::map<std::string, std::set<std::string>> verbs;
  for (const Command& command : Commands()) {
    const std::string name = command.noun + " " + command.verb;
    EXPECT_TRUE(names.insert(name).second) << name << " stands there twice";
    verbs[command.noun].insert(command.verb);
    EXPECT_NE(command.run, nullptr) << name;
    EXPECT_FALSE(command.summary.empty()) << name;
    std::set<std::string> flags;
    for (const cli::Flag& flag : command.flags) {
      EXPECT_TRUE(flags.insert(flag.name).second) << name << flag.name;
      // Switches have none.
      EXPECT_FALSE(flag.required && flag.value.empty())
          << name << " --" << flag.name;
      EXPECT_FALSE(flag.help.empty()) << name << " --" << flag.name;
    }
  }
  for (const auto& [noun, of] : verbs) {
    // Parse() would take the noun alone and never see a verb.
    EXPECT_TRUE(of.count("") == 0 || of.size() == 1) << noun;
  }
}

TEST(CommandsTest, NoFlagHidesAGlobalOne) {
  for (const Command& command : Commands()) {
    for (const cli::Flag& flag : command.flags) {
      for (const cli::Flag& global : Program().globals) {
        EXPECT_NE(flag.name, global.name) << command.noun << command.verb;
      }
    }
  }
}

TEST(CommandsTest, OutputHasFiveFormats) {
  const auto format = [](const std::vector<std::string>& words) {
    const auto call = cli::Parse(Program(), words);
    EXPECT_THAT(call, IsOk());
    return FormatOf(call->globals);
  };
  EXPECT_EQ(*format({"device", "list"}), Format::kTable);
  EXPECT_EQ(*format({"device", "list", "-o", "table"}), Format::kTable);
  EXPECT_EQ(*format({"device", "list", "-o", "json"}), Format::kJson);
  EXPECT_EQ(*format({"device", "list", "--output=json"}), Format::kJson);
  EXPECT_EQ(*format({"device", "list", "-o", "yaml"}), Format::kYaml);
  EXPECT_EQ(*format({"device", "list", "-o", "csv"}), Format::kCsv);
  EXPECT_EQ(*format({"device", "list", "-o", "name"}), Format::kName);
  const absl::Status sixth = format({"device", "list", "-o", "xml"}).status();
  EXPECT_EQ(ExitCode(sixth), 2);
  EXPECT_THAT(
      std::string(sixth.message()),
      AllOf(HasSubstr("xml"), HasSubstr("table, json, yaml, csv or name")));
}

TEST(CommandsTest, WhatOnlyReadsCanBeWatched) {
  for (const Command& command : Commands()) {
    const bool reads = command.verb == "list" || command.verb == "show" ||
                       command.verb == "versions" || command.verb == "verify";
    const bool watched =
        std::any_of(command.flags.begin(), command.flags.end(),
                    [](const cli::Flag& flag) { return flag.name == "watch"; });
    EXPECT_EQ(watched, reads) << command.noun << " " << command.verb;
  }
  EXPECT_EQ(*WatchPause(cli::Args({{"watch", "2"}}, {})), absl::Seconds(2));
  EXPECT_EQ(*WatchPause(cli::Args()), absl::ZeroDuration());
  for (const char* word : {"0", "0.1", "soon", "-1", "nan", "1e9"}) {
    EXPECT_EQ(ExitCode(WatchPause(cli::Args({{"watch", word}}, {})).status()),
              2)
        << word;
  }
}

// argv is for all users of the machine, and in the shell's history.
TEST(CommandsTest, NoFlagTakesASecretItself) {
  size_t from_files = 0;
  const auto look = [&](const cli::Flag& flag) {
    // What names a key opens nothing, nor what has no value, nor one of a few
    // words.
    if (absl::EndsWith(flag.name, "-id") || flag.value.empty() ||
        absl::StrContains(flag.value, '|')) {
      return;
    }
    for (const char* word : {"token", "code", "secret", "password", "key"}) {
      if (!absl::StrContains(flag.name, word)) continue;
      EXPECT_EQ(flag.value, "FILE") << "--" << flag.name;
      ++from_files;
    }
  };
  for (const Command& command : Commands()) {
    for (const cli::Flag& flag : command.flags) look(flag);
    for (const cli::Word& word : command.words) {
      EXPECT_THAT(
          (std::vector<std::string>{"DID", "TID", "FILE", "NAME", "PLAN",
                                    "LABELS", "URI", "KIND", "ID"}),
          ::testing::Contains(word.name));
    }
  }
  for (const cli::Flag& flag : Program().globals) look(flag);
  EXPECT_GE(from_files, 4u);
}

// Whoever lists has the same flags.
TEST(CommandsTest, EveryListCanBeSelectedFrom) {
  for (const Command& command : Commands()) {
    if (command.verb != "list") continue;
    for (const char* name : {"limit", "filter", "count", "watch"}) {
      EXPECT_TRUE(std::any_of(
          command.flags.begin(), command.flags.end(),
          [name](const cli::Flag& flag) { return flag.name == name; }))
          << command.noun << " list --" << name;
    }
  }
}

TEST(CommandsTest, ATimeoutIsANumberOfSeconds) {
  for (const char* word : {"soon", "0", "-1", "10s", "nan", "inf", "1e9"}) {
    const absl::Status status =
        CheckTimeout(cli::Args({{"timeout", word}}, {}));
    EXPECT_EQ(ExitCode(status), 2) << word;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr(std::string("--timeout ") + word),
                      HasSubstr("seconds")));
  }
  for (const char* word : {"1", "0.5", "3600"}) {
    EXPECT_THAT(CheckTimeout(cli::Args({{"timeout", word}}, {})), IsOk());
  }
  EXPECT_THAT(CheckTimeout(cli::Args()), IsOk());
}

TEST(CommandsTest, ThePageIsTrue) {
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string page,
                            ReadWholeFile("docs/otrpctl.md"));
  EXPECT_EQ(page, WithMadePart(page, cli::CommandsPage(Program())))
      << "run ./otrp docs";
  EXPECT_THAT(page, HasSubstr("otrpctl device show DID"));
}

}  // namespace
}  // namespace otrp::ctl

// What the command line takes, and what it says about what it doesn't: the
// word that is wrong and one that would be right.

#include "clients/otrpctl/parse.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "clients/otrpctl/commands.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp::ctl {
namespace {

using ::otrp::testing::IsOk;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

absl::StatusOr<Result> Nothing(const Args&, Connections&) { return Result(); }

const std::vector<Command>& Table() {
  static const auto* table = new std::vector<Command>{
      {"device",
       "list",
       {},
       {{"group", "G", false, "only members of this group"}},
       "Lists the devices.",
       Nothing},
      {"device", "show", {"DID"}, {}, "Shows a device.", Nothing},
      {"assign",
       "",
       {},
       {{"spid", "S", true, "id of the service provider"},
        {"device", "D", true, "a device id, all, or a group"}},
       "Assigns.",
       Nothing},
  };
  return *table;
}

absl::StatusOr<Call> ParseWords(const std::vector<std::string>& words) {
  return Parse(words, Table());
}

// The message of a call that must be a mistake.
std::string Mistake(const std::vector<std::string>& words) {
  const absl::StatusOr<Call> call = ParseWords(words);
  if (call.ok()) return "(was taken)";
  EXPECT_TRUE(IsUsageError(call.status())) << call.status();
  EXPECT_EQ(ExitCode(call.status()), 2);
  return std::string(call.status().message());
}

TEST(ParseTest, FindsACommandByNounAndVerb) {
  const auto call = ParseWords({"device", "show", "d1"});
  ASSERT_THAT(call, IsOk());
  ASSERT_NE(call->command, nullptr);
  EXPECT_EQ(call->command->verb, "show");
  EXPECT_EQ(call->args.Positional(0), "d1");
  EXPECT_EQ(call->args.Positional(1), "");
  EXPECT_EQ(call->format, Format::kTable);
}

TEST(ParseTest, ANounMayBeItsOwnVerb) {
  const auto call = ParseWords({"assign", "--spid", "s", "--device", "all"});
  ASSERT_THAT(call, IsOk());
  EXPECT_EQ(call->command->noun, "assign");
  EXPECT_EQ(call->args.Get("spid"), "s");
  EXPECT_EQ(call->args.Get("device"), "all");
}

TEST(ParseTest, FlagsMayStandAnywhereInBothForms) {
  const auto call = ParseWords({"--group=a=b", "device", "-o", "json", "list"});
  ASSERT_THAT(call, IsOk());
  EXPECT_EQ(call->args.Get("group"), "a=b") << "only the first '=' splits";
  EXPECT_EQ(call->format, Format::kJson);
}

TEST(ParseTest, AValueMayLookLikeAFlag) {
  const auto call = ParseWords({"device", "list", "--group", "--help"});
  ASSERT_THAT(call, IsOk());
  ASSERT_NE(call->command, nullptr) << "no help was asked for";
  EXPECT_EQ(call->args.Get("group"), "--help");
}

TEST(ParseTest, GlobalFlagsAreKeptApart) {
  const auto call = ParseWords(
      {"device", "list", "--tsm-addr", "127.0.0.1:1", "--group", "g"});
  ASSERT_THAT(call, IsOk());
  EXPECT_THAT(call->globals, ElementsAre(Pair("tsm-addr", "127.0.0.1:1")));
  EXPECT_FALSE(call->args.Has("tsm-addr"));
  EXPECT_TRUE(call->args.Has("group"));
}

TEST(ParseTest, OutputHasTwoFormats) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{
           {"device", "list", "-o", "json"},
           {"device", "list", "--output", "json"},
           {"device", "list", "--output=json"}}) {
    const auto call = ParseWords(words);
    ASSERT_THAT(call, IsOk());
    EXPECT_EQ(call->format, Format::kJson);
  }
  EXPECT_THAT(Mistake({"device", "list", "-o", "yaml"}),
              AllOf(HasSubstr("yaml"), HasSubstr("table or json")));
  EXPECT_THAT(Mistake({"device", "list", "-o"}), HasSubstr("needs a value"));
}

TEST(ParseTest, HelpIsNoCommand) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{},
                                             {"help"},
                                             {"help", "device"},
                                             {"device", "--help"},
                                             {"-h"},
                                             {"nonsense", "-h"}}) {
    const auto call = ParseWords(words);
    ASSERT_THAT(call, IsOk());
    EXPECT_EQ(call->command, nullptr);
  }
}

TEST(ParseTest, AnUnknownNounIsNamedWithTheNearestOne) {
  EXPECT_THAT(
      Mistake({"devise", "list"}),
      AllOf(HasSubstr("unknown noun \"devise\""),
            HasSubstr("did you mean \"device\"?"), HasSubstr("otrpctl help")));
  // Nothing is near: no guess, which would only mislead.
  EXPECT_THAT(Mistake({"refrigerator"}), AllOf(HasSubstr("\"refrigerator\""),
                                               Not(HasSubstr("did you mean"))));
}

TEST(ParseTest, AnUnknownOrMissingVerbListsTheRightOnes) {
  EXPECT_THAT(
      Mistake({"device", "lst"}),
      AllOf(HasSubstr("unknown verb \"lst\" of device"),
            HasSubstr("did you mean \"list\"?"), HasSubstr("list, show")));
  EXPECT_THAT(Mistake({"device"}), HasSubstr("needs a verb: list, show"));
}

TEST(ParseTest, AnUnknownFlagIsNamedWithTheNearestAndTheUsage) {
  EXPECT_THAT(Mistake({"device", "list", "--grop", "g"}),
              AllOf(HasSubstr("unknown flag --grop"),
                    HasSubstr("did you mean \"group\"?"),
                    HasSubstr("usage: otrpctl device list [--group G]")));
  // A near global flag is found, too.
  EXPECT_THAT(Mistake({"device", "list", "--tls-dri", "d"}),
              HasSubstr("did you mean \"tls-dir\"?"));
  // A flag of another command is unknown to this one.
  EXPECT_THAT(Mistake({"device", "list", "--spid", "s"}),
              HasSubstr("unknown flag --spid"));
  EXPECT_THAT(Mistake({"device", "list", "-x"}),
              AllOf(HasSubstr("unknown flag -x"), HasSubstr("--name VALUE")));
}

TEST(ParseTest, AMissingFlagIsNamedWithWhatItIsFor) {
  EXPECT_THAT(Mistake({"assign", "--spid", "s"}),
              AllOf(HasSubstr("--device D is missing"),
                    HasSubstr("a device id, all, or a group"),
                    HasSubstr("usage: otrpctl assign --spid S --device D")));
}

TEST(ParseTest, AFlagNeedsAValueAndOnlyOne) {
  EXPECT_THAT(Mistake({"device", "list", "--group"}),
              HasSubstr("--group needs a value"));
  EXPECT_THAT(Mistake({"device", "list", "--group="}),
              AllOf(HasSubstr("--group needs a value"),
                    HasSubstr("only members of this group")));
  EXPECT_THAT(Mistake({"device", "list", "--group", "a", "--group", "b"}),
              HasSubstr("--group is given twice"));
  // Which of two formats would be meant is no better known.
  EXPECT_THAT(Mistake({"device", "list", "-o", "json", "--output", "table"}),
              HasSubstr("--output is given twice"));
}

TEST(ParseTest, AGlobalFlagNeedsAValueToo) {
  for (const char* flag : {"tsm-addr", "ca-addr", "tls-dir", "timeout"}) {
    EXPECT_THAT(Mistake({"device", "list", std::string("--") + flag, ""}),
                HasSubstr(std::string("--") + flag + " needs a value"));
  }
}

TEST(ParseTest, ATimeoutIsANumberOfSeconds) {
  for (const char* word : {"soon", "0", "-1", "10s", "nan", "inf", "1e9"}) {
    EXPECT_THAT(Mistake({"device", "list", "--timeout", word}),
                AllOf(HasSubstr(std::string("--timeout ") + word),
                      HasSubstr("seconds")));
  }
  for (const char* word : {"1", "0.5", "3600"}) {
    EXPECT_THAT(ParseWords({"device", "list", "--timeout", word}), IsOk());
  }
}

TEST(ParseTest, WordsAreCounted) {
  EXPECT_THAT(Mistake({"device", "show"}),
              AllOf(HasSubstr("DID is missing"),
                    HasSubstr("usage: otrpctl device show DID")));
  EXPECT_THAT(Mistake({"device", "show", "a", "b"}),
              AllOf(HasSubstr("\"b\" is one word too many"),
                    HasSubstr("usage: otrpctl device show DID")));
}

TEST(ParseTest, APlainArgumentOfOneDashIsAWord) {
  const auto call = ParseWords({"device", "show", "-"});
  ASSERT_THAT(call, IsOk());
  EXPECT_EQ(call->args.Positional(0), "-");
}

TEST(HelpTest, OfEverythingHasEachCommandAndTheExitCodes) {
  const std::string help = Help(Table(), "");
  EXPECT_THAT(help, AllOf(HasSubstr("otrpctl device show DID"),
                          HasSubstr("otrpctl assign --spid S --device D"),
                          HasSubstr("--tls-dir"),
                          HasSubstr("0 ok, 1 failed, 2 usage, 3 not found, "
                                    "4 denied, 5 unavailable")));
  EXPECT_EQ(Help(Table(), "refrigerator"), help);
}

TEST(HelpTest, OfANounHasItsFlagsAndNoOtherNoun) {
  EXPECT_THAT(Help(Table(), "device"),
              AllOf(HasSubstr("only members of this group"),
                    Not(HasSubstr("otrpctl assign"))));
}

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
    for (const Flag& flag : command.flags) {
      EXPECT_TRUE(flags.insert(flag.name).second) << name << flag.name;
      EXPECT_FALSE(flag.value.empty()) << name << " --" << flag.name;
      EXPECT_FALSE(flag.help.empty()) << name << " --" << flag.name;
      EXPECT_NE(flag.name, "output") << name << ": every command has it";
    }
  }
  for (const auto& [noun, of] : verbs) {
    // Parse() would take the noun alone and never see a verb.
    EXPECT_TRUE(of.count("") == 0 || of.size() == 1) << noun;
  }
}

TEST(CommandsTest, NoFlagHidesAGlobalOne) {
  for (const Command& command : Commands()) {
    for (const Flag& flag : command.flags) {
      for (const char* global : {"ca-addr", "tsm-addr", "verifier-addr",
                                 "portal-addr", "tls-dir", "timeout"}) {
        EXPECT_NE(flag.name, global) << command.noun << " " << command.verb;
      }
    }
  }
}

}  // namespace
}  // namespace otrp::ctl

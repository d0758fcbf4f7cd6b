// What a command line takes, and what it says about what it doesn't: the word
// that is wrong and one that would be right.

#include "libs/cli/cli.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace cli {
namespace {

using ::otrp::testing::IsOk;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;

const Program& Ctl() {
  static const auto* const kProgram = new Program{
      "ctl",
      "Operates things.",
      {{"output", "table|json", false, "form of what is printed", "", 'o'},
       {"tls-dir", "DIR", false, "the caller's certificate"}},
      {
          {"device",
           "list",
           {},
           {{"group", "G", false, "only members of this group", "group"},
            {"watch", "SECONDS", false, "again", "", 0, false, "2"},
            {"out", "FILE", false, "a file instead of stdout"},
            {"filter", "F", false, "only those", "", 0, /*repeatable=*/true},
            {"all", "", false, "the forgotten ones, too"}},
           "Lists the devices."},
          {"device", "show", {{"DID", "did"}}, {}, "Shows a device."},
          {"assign",
           "",
           {},
           {{"spid", "S", true, "id of the service provider", "spid"},
            {"device", "D", true, "a device id, all, or a group", "target"}},
           "Assigns."},
      },
      "Exit codes: 0 ok, 2 usage.\n"};
  return *kProgram;
}

std::string NameOf(const Call& call) {
  if (call.command < 0) return "";
  const Command& command = Ctl().commands[call.command];
  return absl::StrCat(command.noun, " ", command.verb);
}

// The message of a call that must be a mistake.
std::string Mistake(const std::vector<std::string>& words) {
  const absl::StatusOr<Call> call = Parse(Ctl(), words);
  if (call.ok()) return "(was taken)";
  EXPECT_TRUE(IsUsageError(call.status())) << call.status();
  return std::string(call.status().message());
}

std::string TextOf(const std::vector<std::string>& words) {
  const absl::StatusOr<Call> call = Parse(Ctl(), words);
  EXPECT_THAT(call, IsOk());
  if (!call.ok()) return "";
  EXPECT_EQ(call->command, -1);
  return call->text;
}

TEST(ParseTest, FindsACommandByNounAndVerb) {
  const auto call = Parse(Ctl(), {"device", "show", "d1"});
  ASSERT_THAT(call, IsOk());
  EXPECT_EQ(NameOf(*call), "device show");
  EXPECT_EQ(call->args.Positional(0), "d1");
  EXPECT_EQ(call->args.Positional(1), "");
}

TEST(ParseTest, ANounMayBeItsOwnVerb) {
  const auto call = Parse(Ctl(), {"assign", "--spid", "s", "--device", "all"});
  ASSERT_THAT(call, IsOk());
  EXPECT_EQ(NameOf(*call), "assign ");
  EXPECT_EQ(call->args.Get("spid"), "s");
  EXPECT_EQ(call->args.Get("device"), "all");
}

TEST(ParseTest, FlagsMayStandAnywhereInBothForms) {
  const auto call =
      Parse(Ctl(), {"--group=a=b", "device", "-o", "json", "list", "--all"});
  ASSERT_THAT(call, IsOk());
  EXPECT_EQ(NameOf(*call), "device list");
  EXPECT_EQ(call->args.Get("group"), "a=b") << "only the first '=' splits";
  EXPECT_TRUE(call->args.Has("all"));
  EXPECT_THAT(call->globals.flags(), ElementsAre(Pair("output", "json")));
}

TEST(ParseTest, AValueMayLookLikeAFlagOrACommand) {
  for (const char* value : {"--help", "-1", "--", "list", "device", "[a,b]"}) {
    const auto call = Parse(Ctl(), {"device", "list", "--group", value});
    ASSERT_THAT(call, IsOk()) << value;
    EXPECT_EQ(NameOf(*call), "device list") << "no help was asked for";
    EXPECT_EQ(call->args.Get("group"), value);
  }
}

// A word that is also the name of a command is what stands in its place.
TEST(ParseTest, AWordMayBeCalledLikeACommand) {
  for (const char* word : {"list", "device", "assign", "help", "-"}) {
    const auto call = Parse(Ctl(), {"device", "show", word});
    ASSERT_THAT(call, IsOk()) << word;
    EXPECT_EQ(call->args.Positional(0), word);
  }
}

TEST(ParseTest, GlobalFlagsAreKeptApart) {
  const auto call =
      Parse(Ctl(), {"device", "list", "--tls-dir", "d", "--group", "g"});
  ASSERT_THAT(call, IsOk());
  EXPECT_THAT(call->globals.flags(), ElementsAre(Pair("tls-dir", "d")));
  EXPECT_FALSE(call->args.Has("tls-dir"));
  EXPECT_TRUE(call->args.Has("group"));
}

TEST(ParseTest, AnUnknownNounIsNamedWithTheNearestOne) {
  EXPECT_THAT(
      Mistake({"devise", "list"}),
      AllOf(HasSubstr("unknown noun \"devise\""),
            HasSubstr("did you mean \"device\"?"), HasSubstr("ctl help")));
  // Nothing is near: no guess, which would only mislead.
  EXPECT_THAT(Mistake({"refrigerator"}), AllOf(HasSubstr("\"refrigerator\""),
                                               Not(HasSubstr("did you mean"))));
  EXPECT_THAT(Mistake({"help", "devise"}), HasSubstr("unknown noun"));
}

TEST(ParseTest, AnUnknownOrMissingVerbListsTheRightOnes) {
  EXPECT_THAT(
      Mistake({"device", "lst"}),
      AllOf(HasSubstr("unknown verb \"lst\" of device"),
            HasSubstr("did you mean \"list\"?"), HasSubstr("list, show")));
  EXPECT_THAT(Mistake({"device"}), HasSubstr("needs a verb: list, show"));
}

TEST(ParseTest, NothingAtAllIsAMistakeThatShowsTheHelp) {
  EXPECT_THAT(Mistake({}), AllOf(StartsWith("a command is missing"),
                                 HasSubstr("device list")));
  EXPECT_THAT(Mistake({"--group="}), StartsWith("a command is missing"));
}

TEST(ParseTest, AnUnknownFlagIsNamedWithTheNearestAndTheUsage) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--grop", "g"}, {"--grop=g"}}) {
    std::vector<std::string> all = {"device", "list"};
    all.insert(all.end(), words.begin(), words.end());
    EXPECT_THAT(Mistake(all),
                AllOf(HasSubstr("unknown flag --grop;"),
                      HasSubstr("did you mean \"group\"?"),
                      HasSubstr("usage: ctl device list [--group G]")));
  }
  EXPECT_THAT(Mistake({"device", "list", "--grop"}),
              HasSubstr("unknown flag --grop"));
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
                    HasSubstr("usage: ctl assign --spid S --device D")));
}

TEST(ParseTest, ARepeatableFlagIsOneListHoweverItIsGiven) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{
           {"device", "list", "--filter", "a=1", "--filter", "b=2"},
           {"--filter=a=1", "device", "list", "--filter=b=2"},
           {"device", "list", "--filter", "a=1,b=2"}}) {
    const auto call = Parse(Ctl(), words);
    ASSERT_THAT(call, IsOk());
    EXPECT_EQ(call->args.Get("filter"), "a=1,b=2");
  }
  EXPECT_THAT(Mistake({"device", "list", "--filter", "a=1", "--filter="}),
              HasSubstr("--filter needs a value"));
}

TEST(ParseTest, AFlagNeedsAValueAndOnlyOne) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{
           {"device", "list", "--group"},
           {"device", "list", "--group="},
           {"device", "list", "--group=", "--all"},
           {"device", "list", "--group", ""}}) {
    EXPECT_THAT(Mistake(words), AllOf(HasSubstr("--group needs a value"),
                                      HasSubstr("only members of this group")));
  }
  EXPECT_THAT(Mistake({"device", "list", "--group", "a", "--group", "b"}),
              HasSubstr("--group is given twice"));
  // Which of two forms would be meant is no better known.
  EXPECT_THAT(Mistake({"device", "list", "-o", "json", "--output", "table"}),
              HasSubstr("--output is given twice"));
  EXPECT_THAT(Mistake({"device", "list", "--tls-dir", ""}),
              HasSubstr("--tls-dir needs a value"));
  EXPECT_THAT(Mistake({"device", "list", "-o"}), HasSubstr("needs a value"));
}

TEST(ParseTest, ASwitchTakesNoValue) {
  for (const char* word : {"--all=yes", "--all=false", "--all="}) {
    EXPECT_THAT(Mistake({"device", "list", word}),
                HasSubstr("--all takes no value"));
  }
}

TEST(ParseTest, WordsAreCounted) {
  EXPECT_THAT(Mistake({"device", "show"}),
              AllOf(HasSubstr("DID is missing"),
                    HasSubstr("usage: ctl device show DID")));
  EXPECT_THAT(Mistake({"device", "show", "a", "b"}),
              AllOf(HasSubstr("\"b\" is one word too many"),
                    HasSubstr("usage: ctl device show DID")));
}

TEST(HelpTest, OfEverythingHasEachCommand) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"help"}, {"--help"}, {"-h"}}) {
    EXPECT_THAT(TextOf(words),
                AllOf(HasSubstr("Operates things."), HasSubstr("device show"),
                      HasSubstr("Lists the devices."), HasSubstr("assign"),
                      HasSubstr("--tls-dir DIR"), HasSubstr("completion"),
                      HasSubstr("--version"), HasSubstr("Exit codes: 0 ok")));
  }
}

TEST(HelpTest, OfANounHasItsVerbsOnly) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"help", "device"},
                                             {"device", "--help"}}) {
    EXPECT_THAT(TextOf(words),
                AllOf(HasSubstr("Shows a device."), HasSubstr("--tls-dir"),
                      HasSubstr("Exit codes"), Not(HasSubstr("Assigns."))));
  }
}

// Also of a command whose flags are missing: they are what is looked for.
TEST(HelpTest, OfACommandHasItsFlagsAndWhatEveryOneTakes) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{
           {"help", "assign"},
           {"assign", "-h"},
           {"assign", "--help", "--spid", "s"}}) {
    EXPECT_THAT(
        TextOf(words),
        AllOf(HasSubstr("usage: ctl assign --spid S --device D"),
              HasSubstr("--device D (required)"),
              HasSubstr("a device id, all, or a group"),
              HasSubstr("-o,--output table|json"), Not(HasSubstr("--group"))));
  }
  EXPECT_THAT(TextOf({"help", "device", "show"}),
              HasSubstr("usage: ctl device show DID"));
}

TEST(VersionTest, HasTheProgramsName) {
  EXPECT_THAT(TextOf({"--version"}), StartsWith("ctl "));
  EXPECT_EQ(TextOf({"device", "list", "--version"}), TextOf({"--version"}));
}

// What stands before the tab of each candidate.
std::vector<std::string> Offered(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const std::string& candidate : Candidates(Ctl(), words)) {
    out.push_back(candidate.substr(0, candidate.find('\t')));
  }
  return out;
}

TEST(CompletionTest, OffersCommandsThenFlags) {
  EXPECT_THAT(Offered({""}),
              ElementsAre("device", "assign", "help", "completion"));
  EXPECT_THAT(Offered({}), Contains("device"));
  EXPECT_THAT(Offered({"as"}), ElementsAre("assign"));
  EXPECT_THAT(Offered({"device", ""}), ElementsAre("list", "show"));
  EXPECT_THAT(Offered({"device", "show", ""}), IsEmpty());
  EXPECT_THAT(Offered({"assign", ""}), Contains("--spid"));
  EXPECT_THAT(Offered({"assign", "--spid", "s", "--d"}),
              ElementsAre("--device"));
  EXPECT_THAT(Offered({"assign", "--spid", "s", "--"}),
              AllOf(Contains("--tls-dir"), Not(Contains("--spid"))));
  EXPECT_THAT(Offered({"help", "device", "s"}), ElementsAre("show"));
  EXPECT_THAT(Offered({"completion", ""}), ElementsAre("bash", "zsh", "fish"));
  EXPECT_THAT(Offered({"nonsense", ""}), IsEmpty());
}

TEST(CompletionTest, OffersTheValuesThatAreKnown) {
  EXPECT_THAT(Offered({"device", "list", "-o", ""}),
              ElementsAre("table", "json"));
  EXPECT_THAT(Offered({"device", "list", "--output=j"}),
              ElementsAre("--output=json"));
  // bash's way of splitting, with and without a beginning.
  EXPECT_THAT(Offered({"device", "list", "--output", "=", "j"}),
              ElementsAre("json"));
  EXPECT_THAT(Offered({"device", "list", "--output", "="}),
              ElementsAre("table", "json"));
  EXPECT_THAT(Offered({"device", "list", "--out", "x"}), ElementsAre(":files"));
  EXPECT_THAT(Offered({"--tls-dir", ""}), ElementsAre(":folders"));
  EXPECT_THAT(Offered({"device", "list", "--group", ""}), IsEmpty());
}

TEST(CompletionTest, ScriptsAskTheProgramAndThereAreThree) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    EXPECT_THAT(TextOf({"completion", shell}),
                AllOf(HasSubstr("completion words"), HasSubstr("ctl"),
                      Not(HasSubstr("NAME"))));
  }
  EXPECT_EQ(TextOf({"completion", "words", "nonsense", ""}), "");
  EXPECT_THAT(TextOf({"completion", "words", "device", "l"}),
              HasSubstr("list\tLists the devices."));
  EXPECT_THAT(Mistake({"completion", "csh"}),
              AllOf(HasSubstr("bash, zsh or fish"), HasSubstr("csh")));
}

TEST(NameFlagTest, AServicesFieldIsCalledAsItWasGiven) {
  const Command& assign = Ctl().commands[2];
  const auto named = [&](const std::string& message) {
    const absl::Status status =
        NameFlag(assign, absl::InvalidArgumentError(message));
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_FALSE(IsUsageError(status));
    return std::string(status.message());
  };
  EXPECT_EQ(named("spid: must not be empty"), "--spid: must not be empty");
  EXPECT_EQ(named("target.group: must be short"),
            "--device: group: must be short");
  EXPECT_EQ(named("target[1]: is no id"), "--device: [1]: is no id");
  // Another field that begins alike, and prose.
  EXPECT_EQ(named("spid_hash: is wrong"), "spid_hash: is wrong");
  EXPECT_EQ(named("spid is wrong"), "spid is wrong");
  EXPECT_EQ(
      NameFlag(Ctl().commands[1], absl::NotFoundError("did: is no device's"))
          .message(),
      "DID: is no device's");
  EXPECT_THAT(NameFlag(assign, absl::OkStatus()), IsOk());
}

TEST(ParseTest, ANumberMayBeLeftOutWhereOneIsImplied) {
  const auto watch = [](const std::vector<std::string>& words) {
    const auto call = Parse(Ctl(), words);
    EXPECT_THAT(call, IsOk()) << absl::StrJoin(words, " ");
    return call.ok() ? call->args.Get("watch") : "";
  };
  EXPECT_EQ(watch({"device", "list", "--watch"}), "2");
  EXPECT_EQ(watch({"device", "list", "--watch", "--all"}), "2");
  EXPECT_EQ(watch({"--watch", "device", "list"}), "2");
  EXPECT_EQ(watch({"device", "list", "--watch", "0.5"}), "0.5");
  EXPECT_EQ(watch({"device", "list", "--watch=9"}), "9");
  EXPECT_THAT(Mistake({"device", "list", "--watch", "soon"}),
              HasSubstr("\"soon\" is one word too many"));
  EXPECT_THAT(Mistake({"device", "list", "--watch="}), HasSubstr("--watch"));
  EXPECT_THAT(Mistake({"device", "list", "--watch", "--watch", "3"}),
              HasSubstr("given twice"));
}

TEST(PageTest, HasALineACommand) {
  EXPECT_THAT(
      CommandsPage(Ctl()),
      AllOf(HasSubstr("| `ctl device show DID` | Shows a device. |"),
            HasSubstr("[--out FILE]"), HasSubstr("[--watch [SECONDS]]")));
}

}  // namespace
}  // namespace cli
}  // namespace otrp

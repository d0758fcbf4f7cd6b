// Who is asked before something is taken away.

#include "clients/otrpctl/confirm.h"

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "clients/otrpctl/commands.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp::ctl {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

absl::Status Ask(std::vector<std::string> words, bool on_terminal,
                 const std::string& typed, std::string* asked = nullptr) {
  const auto call = cli::Parse(Program(), words);
  if (!call.ok()) return call.status();
  std::istringstream in(typed);
  std::ostringstream out;
  const absl::Status status =
      Confirm(Commands()[call->command], call->args, on_terminal, in, out);
  if (asked != nullptr) *asked = out.str();
  return status;
}

const std::vector<std::string> kRevoke = {"cert", "revoke",   "--serial",
                                          "1a",   "--reason", "superseded"};

std::vector<std::string> With(std::vector<std::string> words,
                              const std::string& word) {
  words.push_back(word);
  return words;
}

TEST(ConfirmTest, ATerminalIsAskedAndOnlyYesGoesOn) {
  for (const char* yes : {"y\n", "yes\n", " Y \n", "YES"}) {
    EXPECT_THAT(Ask(kRevoke, true, yes), IsOk()) << yes;
  }
  for (const char* no : {"", "\n", "n\n", "no\n", "yep\n", "1a\n"}) {
    EXPECT_THAT(Ask(kRevoke, true, no), StatusIs(absl::StatusCode::kCancelled))
        << no;
  }
  std::string asked;
  OTRP_EXPECT_OK(Ask(kRevoke, true, "y\n", &asked));
  EXPECT_THAT(asked, HasSubstr("--serial 1a"));
  EXPECT_THAT(asked, HasSubstr("[y/N]"));
}

TEST(ConfirmTest, AnAuthorityGoesByItsNameAlone) {
  const std::vector<std::string> revoke = {
      "ca", "revoke", "sp-ca", "--generation", "2", "--reason", "superseded"};
  EXPECT_THAT(Ask(revoke, true, "sp-ca\n"), IsOk());
  for (const char* other : {"", "y\n", "yes\n", "sp-ca.2\n", "SP-CA\n"}) {
    EXPECT_THAT(Ask(revoke, true, other),
                StatusIs(absl::StatusCode::kCancelled))
        << other;
  }
  EXPECT_EQ(ExitCode(Ask(revoke, false, "sp-ca\n")), 2);
  EXPECT_THAT(Ask(With(revoke, "--yes"), false, ""), IsOk());
}

TEST(ConfirmTest, AScriptThatDidNotSayYesDoesNothing) {
  const absl::Status status = Ask(kRevoke, false, "y\n");
  EXPECT_EQ(ExitCode(status), 2);
  EXPECT_THAT(std::string(status.message()), HasSubstr("--yes"));
  EXPECT_THAT(Ask(With(kRevoke, "--yes"), false, ""), IsOk());
  // With it, nobody is asked at a terminal either.
  std::string asked;
  EXPECT_THAT(Ask(With(kRevoke, "--yes"), true, "", &asked), IsOk());
  EXPECT_EQ(asked, "");
}

// The whole kind: a new verb that takes something away asks too.
TEST(ConfirmTest, WhateverTakesAwayAsksAndNothingElse) {
  const std::set<std::string> taking = {
      "revoke",  "rm",    "withdraw", "unassign", "abort",  "yank",
      "suspend", "close", "delete",   "retire",   "rm-key", "forget"};
  int asking = 0;
  for (const Command& command : Commands()) {
    const std::string& name =
        command.verb.empty() ? command.noun : command.verb;
    // From its holder; `ta release` takes nothing away.
    const bool tsm_id =
        command.noun == "tsm-id" && (name == "transfer" || name == "release");
    // Lets removals go on; leaves an event out.
    const bool lets = (command.noun == "brake" && name == "release") ||
                      (command.noun == "outbox" && name == "skip");
    EXPECT_EQ(command.asks, tsm_id || lets || taking.count(name) > 0)
        << command.noun << " " << command.verb;
    asking += command.asks ? 1 : 0;
  }
  EXPECT_EQ(asking, 33);
}

TEST(ConfirmTest, WhoReadsIsNotAsked) {
  EXPECT_THAT(Ask({"device", "list"}, false, ""), IsOk());
  EXPECT_THAT(Ask({"device", "list"}, true, ""), IsOk());
}

}  // namespace
}  // namespace otrp::ctl

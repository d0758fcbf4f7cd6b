#include "services/tsm/domain/outcome.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace otrp {
namespace tsm {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kDid(32, 'd');

Outcome Made(Outcome::Kind kind, const std::string& taid,
             const std::string& version) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.did = kDid;
  outcome.spid = "bank";
  outcome.taid = taid;
  outcome.version = version;
  return outcome;
}

std::vector<SecurityDomain> Bank(std::vector<InstalledTa> tas) {
  return {{"bank.sd", "bank", {}, std::move(tas)}};
}

TEST(OutcomeTest, AnUpdateTakesOneVersionAwayAndGivesAnother) {
  EXPECT_THAT(ChangesOf(kDid, Bank({{"wallet", "1.0.0"}}),
                        Bank({{"wallet", "1.1.0"}, {"pay", "2.0.0"}})),
              ElementsAre(Made(Outcome::Kind::kRemoved, "wallet", "1.0.0"),
                          Made(Outcome::Kind::kInstalled, "pay", "2.0.0"),
                          Made(Outcome::Kind::kInstalled, "wallet", "1.1.0")));
}

TEST(OutcomeTest, WhatStaysIsNoOutcomeHoweverItIsWritten) {
  EXPECT_THAT(
      ChangesOf(kDid, Bank({{"8AAAF200-2450-11E4-ABE2-0002A5D5C51B", "1.0.0"}}),
                Bank({{"{8aaaf200-2450-11e4-abe2-0002a5d5c51b}", "1.0.0"}})),
      IsEmpty());
}

TEST(OutcomeTest, WhatWasThereBeforeUsIsNobodys) {
  EXPECT_THAT(ChangesOf(kDid, {}, Bank({{"wallet", ""}})), IsEmpty());
  EXPECT_THAT(ChangesOf(kDid, Bank({{"wallet", ""}}), {}), IsEmpty());
  EXPECT_THAT(ChangesOf(kDid, {}, {{"other", "", {}, {{"wallet", "1.0.0"}}}}),
              IsEmpty());
  // From an unknown version to one of ours.
  EXPECT_THAT(
      ChangesOf(kDid, Bank({{"wallet", ""}}), Bank({{"wallet", "1.0.0"}})),
      ElementsAre(Made(Outcome::Kind::kInstalled, "wallet", "1.0.0")));
}

TEST(OutcomeTest, ADomainThatMovesKeepsItsApplications) {
  EXPECT_THAT(ChangesOf(kDid, {{"old.sd", "bank", {}, {{"wallet", "1.0.0"}}}},
                        Bank({{"wallet", "1.0.0"}})),
              IsEmpty());
}

Task Failed(const std::string& action, int attempts,
            TaskState state = TaskState::kWaiting) {
  Task task;
  task.action = action;
  task.attempts = attempts;
  task.state = state;
  task.last_error = "ERR_TA_INVALID";
  return task;
}

TEST(OutcomeTest, AFailureNamesWhatItIsAbout) {
  Outcome want = Made(Outcome::Kind::kFailed, "wallet", "1.0.0");
  want.action = "InstallTA";
  want.code = "ERR_TA_INVALID";
  EXPECT_THAT(FailureOf(kDid, Failed("InstallTA bank/wallet@1.0.0", 1)),
              ElementsAre(want));
  want.action = "DeleteTA";
  want.version = "";
  EXPECT_THAT(FailureOf(kDid, Failed("DeleteTA bank/wallet", 1)),
              ElementsAre(want));
  want.taid = "";
  want.action = "CreateSD";
  EXPECT_THAT(FailureOf(kDid, Failed("CreateSD bank", 1)), ElementsAre(want));
  want.action = "UpdateSD";
  EXPECT_THAT(FailureOf(kDid, Failed("UpdateSD bank +aaaa -bbbb", 1)),
              ElementsAre(want));
  want.action = "DeleteSD";
  EXPECT_THAT(FailureOf(kDid, Failed("DeleteSD bank.sd", 1)),
              ElementsAre(want));
}

TEST(OutcomeTest, OnlyTheFirstFailureAndTheLastAreTold) {
  EXPECT_THAT(FailureOf(kDid, Failed("CreateSD bank", 2)), IsEmpty());
  EXPECT_THAT(FailureOf(kDid, Failed("CreateSD bank", 4)), IsEmpty());
  const std::vector<Outcome> last =
      FailureOf(kDid, Failed("CreateSD bank", 5, TaskState::kGivenUp));
  ASSERT_EQ(last.size(), 1u);
  EXPECT_TRUE(last[0].given_up);
}

TEST(OutcomeTest, ARefusalIsToldToEachWhoHasOrIsToHaveSomethingThere) {
  DesiredTa wanted;
  wanted.spid = "drm";
  std::vector<SecurityDomain> domains = Bank({});
  domains.push_back({"foreign", "", {}, {}});
  const std::vector<Outcome> outcomes = RefusalOf(
      kDid, domains, {wanted, wanted}, {"tee-cert-revoked", "CN=Primus"});
  ASSERT_EQ(outcomes.size(), 2u);
  EXPECT_EQ(outcomes[0].spid, "bank");
  EXPECT_EQ(outcomes[1].spid, "drm");
  for (const Outcome& outcome : outcomes) {
    EXPECT_EQ(outcome.kind, Outcome::Kind::kRefused);
    EXPECT_EQ(outcome.code, "tee-cert-revoked");
    EXPECT_EQ(outcome.detail, "CN=Primus");
    EXPECT_EQ(outcome.did, kDid);
  }
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

// What leaves a decision to remove behind, and whose it is.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/tsm/limits.h"
#include "services/tsm/testing/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class DecisionsTest : public TsmStoreTest {
 protected:
  DecisionsTest() {
    ApplyWallet("1.0", "image");
    EXPECT_THAT(store_.Commit(Open("tid-a", 'a')), IsOkAndHolds(true));
  }

  void Assign(const Target& target, bool assigned = true) {
    Apply(Assignment{"bank", "wallet", target, assigned});
  }

  DeviceContext Load(char did = 'a') {
    auto contexts = store_.LoadDevices({Did(did)});
    EXPECT_TRUE(contexts.ok()) << contexts.status();
    return contexts.ok() ? contexts->at(0) : DeviceContext();
  }

  // "unassigned group:eu by otrp://service/test".
  std::vector<std::string> Decisions(char did = 'a') {
    std::vector<std::string> texts;
    for (const Decision& d : Load(did).goals.decisions) {
      const char* kind = "unassigned";
      if (d.kind == Decision::Kind::kWithdrawn) kind = "withdrawn";
      if (d.kind == Decision::Kind::kMarkRemoved) kind = "left";
      texts.push_back(absl::StrCat(kind, " ", d.target, " by ", d.actor));
    }
    return texts;
  }

  absl::Status Label(const std::string& pilot) {
    return store_.SetLabels(Did('a'), {{"pilot", pilot}}, {}, Audit("label"))
        .status();
  }
  void Join(const std::string& group, char did = 'a') {
    OTRP_ASSERT_OK(store_.AddGroupMembers(group, {Did(did)}, Audit("group")));
  }
  void Leave(const std::string& group, char did = 'a') {
    OTRP_ASSERT_OK(
        store_.RemoveGroupMembers(group, {Did(did)}, Audit("group")));
  }
};

constexpr char kBy[] = " by otrp://service/test";

TEST_F(DecisionsTest, AnAssignmentThatIsTakenBackIsOneUntilItIsMadeAgain) {
  OTRP_ASSERT_OK(Label("yes"));
  for (const Target& target : std::vector<Target>{
           AllDevices(), OneDevice{Did('a')},
           DevicesThat{
               *service::DeviceConditions::FromText("label:pilot=yes")}}) {
    Assign(target);
    EXPECT_THAT(Decisions(), IsEmpty());
    Assign(target, false);
    EXPECT_EQ(Decisions().size(), 1u);
    Assign(target);
    EXPECT_THAT(Decisions(), IsEmpty());
  }
  Assign(OneDevice{Did('a')}, false);
  EXPECT_THAT(Decisions(), ElementsAre(absl::StrCat(
                               "unassigned did:", HexEncode(Did('a')), kBy)));
}

// The catalogue was restored from a backup of before the assignment.
TEST_F(DecisionsTest, WhatIsTakenBackAndIsntHereIsDecidedAllTheSame) {
  Assign(AllDevices(), false);
  EXPECT_THAT(Decisions(), ElementsAre(absl::StrCat("unassigned all", kBy)));
}

TEST_F(DecisionsTest, AWithdrawalIsOneUntilTheNextRelease) {
  Assign(AllDevices());
  Apply(Withdrawal{"bank", "wallet"});
  EXPECT_THAT(Decisions(), ElementsAre(absl::StrCat("withdrawn all", kBy)));
  EXPECT_THAT(Load().goals.desired, IsEmpty());
  ApplyWallet("2.0", "image");
  EXPECT_THAT(Decisions(), IsEmpty());
}

TEST_F(DecisionsTest, AnOperatorWhoTakesAGroupOrALabelAwayDecides) {
  Assign(DeviceGroup{"eu"});
  Assign(DevicesThat{*service::DeviceConditions::FromText("label:pilot=yes")});
  Join("eu");
  OTRP_EXPECT_OK(Label("yes"));
  EXPECT_THAT(Decisions(), IsEmpty());
  Leave("eu");
  EXPECT_THAT(Decisions(), ElementsAre(absl::StrCat("left group:eu", kBy)));
  // Another value is another label.
  OTRP_EXPECT_OK(Label("no"));
  EXPECT_THAT(Decisions(),
              ElementsAre(absl::StrCat("left label:pilot=yes", kBy),
                          absl::StrCat("left group:eu", kBy)));
  OTRP_EXPECT_OK(Label("yes"));
  Join("eu");
  EXPECT_THAT(Decisions(), IsEmpty());
  OTRP_EXPECT_OK(store_.SetLabels(Did('a'), {}, {"pilot"}, Audit("l")));
  EXPECT_THAT(Decisions(),
              ElementsAre(absl::StrCat("left label:pilot=yes", kBy)));
}

// Rows that went by no one's hand: a backup, a repair of the database.
TEST_F(DecisionsTest, WhatNobodyTookAwayIsNoDecision) {
  Assign(DeviceGroup{"eu"});
  Join("eu");
  EXPECT_EQ(Load().goals.desired.size(), 1u);
  OTRP_ASSERT_OK(database_.superuser().Run([](store::Tx& tx) {
    return tx.ExecScript(
        "SET LOCAL session_replication_role = replica; "
        "DELETE FROM rollout_group_member");
  }));
  EXPECT_THAT(Load().goals.desired, IsEmpty());
  EXPECT_THAT(Decisions(), IsEmpty());
}

TEST_F(DecisionsTest, DecisionsAreNumberedAfterWhatWasPlannedBefore) {
  Assign(AllDevices());
  const int64_t planned_in = Load().catalogue_version;
  Assign(AllDevices(), false);
  ASSERT_EQ(Load().goals.decisions.size(), 1u);
  EXPECT_GT(Load().goals.decisions[0].version, planned_in);
  EXPECT_LE(Load().goals.decisions[0].version, Load().catalogue_version);
}

TEST_F(DecisionsTest, ACertificateThatWasReplacedIsKnownToBe) {
  const std::string first = HexEncode(crypto::Sha256("cert 1"));
  const std::string second = HexEncode(crypto::Sha256("cert 2"));
  Apply(SpCertificate{"bank", "Bank", "cert 1", first});
  SessionCommit commit = Open("tid-b", 'b');
  commit.devices[0].domains->at(0).spcerts = {first, second};
  EXPECT_THAT(store_.Commit(commit), IsOkAndHolds(true));
  EXPECT_THAT(Load('b').domains.at(0).former_certs, IsEmpty());
  Apply(SpCertificate{"bank", "Bank", "cert 2", second});
  EXPECT_THAT(Load('b').domains.at(0).former_certs, ElementsAre(first));
  EXPECT_THAT(Load('b').domains.at(0).revoked_certs, IsEmpty());
  Apply(SpRevocation{"bank", second, At(5), 1});
  EXPECT_THAT(Load('b').domains.at(0).revoked_certs, ElementsAre(second));
}

TEST_F(DecisionsTest, WhenSomethingCameIsKeptWithIt) {
  SessionCommit commit = Open("tid-b", 'b');
  commit.devices[0].domains->at(0).known_in = 3;
  commit.devices[0].domains->at(0).tas[1].known_in = 4;
  EXPECT_THAT(store_.Commit(commit), IsOkAndHolds(true));
  const DeviceContext context = Load('b');
  EXPECT_EQ(context.domains.at(0).known_in, 3);
  EXPECT_EQ(context.domains.at(0).tas.at(0).known_in, 0);
  EXPECT_EQ(context.domains.at(0).tas.at(1).known_in, 4);
  // Of a version whose release is here, who signed it.
  EXPECT_FALSE(context.domains.at(0).tas.at(0).signer_known);
  EXPECT_TRUE(context.domains.at(0).tas.at(1).signer_known);
  EXPECT_EQ(context.domains.at(0).tas.at(1).signer_fingerprint,
            HexEncode(crypto::Sha256("signer")));
}

TEST_F(DecisionsTest, ThoseAboutSingleDevicesAreForgottenInTheEnd) {
  Assign(OneDevice{Did('a')});
  Assign(OneDevice{Did('a')}, false);
  Assign(AllDevices());
  Assign(AllDevices(), false);
  Join("eu");
  Leave("eu");
  OTRP_ASSERT_OK_AND_ASSIGN(
      PurgeResult result,
      store_.Purge(absl::Now() + kKeepDecisions - absl::Hours(1),
                   absl::Seconds(5)));
  EXPECT_EQ(result.decisions_removed, 0);
  OTRP_ASSERT_OK_AND_ASSIGN(
      result, store_.Purge(absl::Now() + kKeepDecisions + absl::Hours(1),
                           absl::Seconds(5)));
  EXPECT_EQ(result.decisions_removed, 2);
  EXPECT_THAT(Decisions(), ElementsAre(absl::StrCat("unassigned all", kBy)));
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

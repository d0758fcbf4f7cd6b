#include "services/tsm/domain/plan.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace otrp {
namespace tsm {
namespace {

using protocol::MessageKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

bool Free(absl::string_view) { return false; }

DesiredTa Want(const std::string& spid, const std::string& taid,
               const std::string& version, const std::string& signer = "c1",
               const std::string& current = "c1") {
  return {spid, taid, version, 0, signer, current};
}

DesiredTa Yanked(DesiredTa ta) {
  ta.yanked = true;
  return ta;
}

// Somebody has decided that the bank's wallet is to go, after it came.
Decision NoWallet() {
  Decision decision;
  decision.spid = "bank";
  decision.taid = "wallet";
  decision.target = "all";
  decision.version = 1;
  return decision;
}

PlanResult Plan(const std::vector<DesiredTa>& desired,
                const std::vector<SecurityDomain>& domains) {
  return tsm::Plan(Goals{desired, {}}, domains, Free);
}

struct Case {
  const char* name;
  std::vector<DesiredTa> desired;
  std::vector<SecurityDomain> domains;
  std::vector<std::string> blocked;
  // Action of the next request; empty: none.
  const char* action;
  PlanResult::Reason reason;
  std::vector<Decision> decisions = {};
};

constexpr auto kNext = PlanResult::Reason::kNext;
constexpr auto kInStep = PlanResult::Reason::kInStep;
constexpr auto kBlocked = PlanResult::Reason::kBlocked;

std::vector<Case> Cases() {
  const SecurityDomain bank = {"bank.sd", "bank", {"c1"}, {{"wallet", "1"}}};
  SecurityDomain replaced = bank;
  replaced.former_certs = {"c1"};
  return {
      {"nothing wanted, nothing there", {}, {}, {}, "", kInStep},
      {"in step", {Want("bank", "wallet", "1")}, {bank}, {}, "", kInStep},
      {"a yanked version reaches nobody, nor does its domain",
       {Yanked(Want("bank", "wallet", "1"))},
       {},
       {},
       "",
       kInStep},
      {"who has it keeps it",
       {Yanked(Want("bank", "wallet", "1"))},
       {bank},
       {},
       "",
       kInStep},
      {"and who has an older one keeps that",
       {Yanked(Want("bank", "wallet", "2"))},
       {bank},
       {},
       "",
       kInStep},
      {"another one of the SP comes all the same",
       {Yanked(Want("bank", "wallet", "1")), Want("bank", "till", "1")},
       {},
       {},
       "CreateSD bank",
       kNext},
      {"a domain comes first",
       {Want("bank", "wallet", "1")},
       {},
       {},
       "CreateSD bank",
       kNext},
      {"then the TA",
       {Want("bank", "wallet", "1")},
       {{"bank.sd", "bank", {"c1"}, {}}},
       {},
       "InstallTA bank/wallet@1",
       kNext},
      {"another version is an update",
       {Want("bank", "wallet", "2")},
       {bank},
       {},
       "UpdateTA bank/wallet@2",
       kNext},
      {"an unknown version is an update",
       {Want("bank", "wallet", "1")},
       {{"bank.sd", "bank", {"c1"}, {{"wallet", ""}}}},
       {},
       "UpdateTA bank/wallet@1",
       kNext},
      {"a higher version stays",
       {Want("bank", "wallet", "0.9")},
       {bank},
       {},
       "",
       kInStep},
      {"and an unknown one doesn't",
       {Want("bank", "wallet", "0.9")},
       {{"bank.sd", "bank", {"c1"}, {{"wallet", ""}}}},
       {},
       "UpdateTA bank/wallet@0.9",
       kNext},
      {"1.10 is higher than 1.9",
       {Want("bank", "wallet", "1.10")},
       {{"bank.sd", "bank", {"c1"}, {{"wallet", "1.9"}}}},
       {},
       "UpdateTA bank/wallet@1.10",
       kNext},
      {"what isn't wanted goes before anything comes",
       {Want("bank", "card", "1"), Want("shop", "till", "1")},
       {bank},
       {},
       "DeleteTA bank/wallet",
       kNext,
       {NoWallet()}},
      {"what nobody has decided to remove stays",
       {Want("shop", "till", "1")},
       {bank},
       {},
       "CreateSD shop",
       kNext},
      {"and is nothing that is left to do", {}, {bank}, {}, "", kInStep},
      {"an emptied domain goes",
       {},
       {{"bank.sd", "bank", {"c1"}, {}}},
       {},
       "DeleteSD bank.sd",
       kNext,
       {NoWallet()}},
      {"its TAs go first",
       {},
       {bank},
       {},
       "DeleteTA bank/wallet",
       kNext,
       {NoWallet()}},
      {"a domain with something that stays doesn't go",
       {},
       {{"bank.sd", "bank", {"c1"}, {{"card", "1"}}}},
       {},
       "",
       kInStep,
       {NoWallet()}},
      {"a decision about what is wanted again means nothing",
       {Want("bank", "wallet", "1")},
       {bank},
       {},
       "",
       kInStep,
       {NoWallet()}},
      {"a new signer's certificate comes before its TA",
       {Want("bank", "wallet", "2", "c2")},
       {bank},
       {},
       "UpdateSD bank +c2",
       kNext},
      {"the SP's renewed certificate replaces the old one",
       {Want("bank", "wallet", "1", "c2", "c2")},
       {replaced},
       {},
       "UpdateSD bank +c2 -c1",
       kNext},
      {"one that nobody has replaced stays beside it",
       {Want("bank", "wallet", "1", "c2", "c2")},
       {bank},
       {},
       "UpdateSD bank +c2",
       kNext},
      {"a replaced one stays while nobody knows who signed what is there",
       {Want("bank", "till", "1", "c2", "c2")},
       {replaced},
       {},
       "UpdateSD bank +c2",
       kNext},
      {"a domain whose certificates we don't know gets them",
       {Want("bank", "wallet", "1")},
       {{"bank.sd", "bank", {}, {{"wallet", "1"}}}},
       {},
       "UpdateSD bank +c1",
       kNext},
      {"certificates come before new domains",
       {Want("bank", "wallet", "1", "c2"), Want("acme", "x", "1")},
       {bank},
       {},
       "UpdateSD bank +c2",
       kNext},
      {"installing comes before updating",
       {Want("bank", "card", "1"), Want("bank", "wallet", "2")},
       {bank},
       {},
       "InstallTA bank/card@1",
       kNext},
      {"a domain of another name isn't ours",
       {Want("bank", "wallet", "1")},
       {{"old", "bank", {"c1"}, {{"wallet", "1"}}}, bank},
       {},
       "",
       kInStep,
       {NoWallet()}},
      {"nor is another SP's that has the name, and the SP has to wait",
       {Want("bank", "wallet", "1")},
       {{"bank.sd", "other", {"c1"}, {}}},
       {},
       "",
       kBlocked,
       {NoWallet()}},
      {"a blocked action is stepped over",
       {Want("bank", "card", "1"), Want("bank", "wallet", "2")},
       {bank},
       {"InstallTA bank/card@1"},
       "UpdateTA bank/wallet@2",
       kNext},
      {"what depends on a blocked domain waits",
       {Want("bank", "wallet", "1")},
       {},
       {"CreateSD bank"},
       "",
       kBlocked},
      {"another SP doesn't wait for it",
       {Want("bank", "wallet", "1"), Want("shop", "till", "1")},
       {},
       {"CreateSD bank"},
       "CreateSD shop",
       kNext},
      {"a TA waits for its signer's certificate",
       {Want("bank", "wallet", "2", "c2")},
       {bank},
       {"UpdateSD bank +c2"},
       "",
       kBlocked},
      {"a TA with another signer doesn't",
       {Want("bank", "wallet", "2", "c2"), Want("bank", "card", "1")},
       {bank},
       {"UpdateSD bank +c2"},
       "InstallTA bank/card@1",
       kNext},
      {"a new version isn't blocked by the old one's failure",
       {Want("bank", "wallet", "3")},
       {bank},
       {"UpdateTA bank/wallet@2"},
       "UpdateTA bank/wallet@3",
       kNext},
  };
}

TEST(PlanTest, TheTableOfSituations) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.name);
    const PlanResult result = tsm::Plan(
        Goals{c.desired, c.decisions}, c.domains,
        [&](absl::string_view action) {
          return std::count(c.blocked.begin(), c.blocked.end(), action) > 0;
        });
    EXPECT_EQ(result.request ? result.request->action : "", c.action);
    EXPECT_EQ(result.reason, c.reason);
  }
}

TEST(PlanTest, RequestsCarryWhatTheirMessageNeeds) {
  const PlanResult create = Plan({Want("bank", "wallet", "1", "c2")}, {});
  ASSERT_TRUE(create.request);
  EXPECT_EQ(create.request->kind, MessageKind::kCreateSd);
  EXPECT_EQ(create.request->sdname, "bank.sd");
  EXPECT_EQ(create.request->spid, "bank");
  // The SP's current certificate; the signer's follows by UpdateSD.
  EXPECT_THAT(create.request->add_certs, ElementsAre("c1"));

  SecurityDomain domain = {"bank.sd", "bank", {"c0", "c1"}, {}};
  domain.former_certs = {"c0"};
  const PlanResult update = Plan({Want("bank", "wallet", "1", "c2")}, {domain});
  ASSERT_TRUE(update.request);
  EXPECT_EQ(update.request->kind, MessageKind::kUpdateSd);
  EXPECT_THAT(update.request->add_certs, ElementsAre("c2"));
  EXPECT_THAT(update.request->remove_certs, ElementsAre("c0"));

  const PlanResult install =
      Plan({Want("bank", "wallet", "1")}, {{"bank.sd", "bank", {"c1"}, {}}});
  ASSERT_TRUE(install.request);
  EXPECT_EQ(install.request->kind, MessageKind::kInstallTa);
  EXPECT_EQ(install.request->taid, "wallet");
  EXPECT_EQ(install.request->version, "1");
}

// A TEE that writes a UUID in upper case hasn't got another application.
TEST(PlanTest, OneUuidInTwoSpellingsIsOneApplication) {
  const std::string ours = "8aaaf200-2450-11e4-abe2-0002a5d5c51b";
  const std::string tees = "{8AAAF200-2450-11E4-ABE2-0002A5D5C51B}";
  const auto plan = [&](const char* version) {
    return Plan({Want("bank", ours, version)},
                {{"bank.sd", "bank", {"c1"}, {{tees, "1"}}}});
  };
  EXPECT_EQ(plan("1").reason, PlanResult::Reason::kInStep);
  const PlanResult update = plan("2");
  ASSERT_TRUE(update.request);
  EXPECT_EQ(update.request->kind, MessageKind::kUpdateTa);
  // Asked for as the TEE knows it; named as the catalogue does.
  EXPECT_EQ(update.request->taid, tees);
  EXPECT_EQ(update.request->action, "UpdateTA bank/" + ours + "@2");
  EXPECT_THAT(update.open, ElementsAre("UpdateTA bank/" + ours + "@2"));
}

TEST(PlanTest, TellsWhichActionsWereSteppedOver) {
  const PlanResult result = tsm::Plan(
      Goals{{Want("bank", "wallet", "1"), Want("shop", "till", "1")}, {}}, {},
      [](absl::string_view) { return true; });
  EXPECT_THAT(result.blocked, ElementsAre("CreateSD bank", "CreateSD shop"));
  EXPECT_FALSE(result.request);
}

TEST(PlanTest, TellsAllThatIsLeftToDo) {
  // Another SP has the name, the domain lacks the signer's certificate, and a
  // domain that is to go still has a TA.
  Decision no_x = NoWallet();
  no_x.spid = "old";
  no_x.taid = "x";
  const PlanResult result =
      tsm::Plan(Goals{{Want("bank", "wallet", "2"), Want("shop", "till", "1"),
                       Want("taxi", "meter", "1", "c9")},
                      {no_x}},
                {{"bank.sd", "bank", {"c1"}, {{"wallet", "1"}}},
                 {"shop.sd", "thief", {}, {{"x", "1"}}},
                 {"old.sd", "old", {}, {{"x", "1"}}},
                 {"taxi.sd", "taxi", {"c1"}, {}}},
                Free);
  EXPECT_THAT(
      result.open,
      ElementsAre("DeleteTA old/x", "UpdateSD taxi +c9", "CreateSD shop",
                  "InstallTA shop/till@1", "InstallTA taxi/meter@1",
                  "UpdateTA bank/wallet@2", "DeleteSD old.sd"));
  EXPECT_EQ(result.all.size(), result.open.size());
  EXPECT_THAT(Plan({Want("bank", "wallet", "1")},
                   {{"bank.sd", "bank", {"c1"}, {{"wallet", "1"}}}})
                  .open,
              ::testing::IsEmpty());
}

TEST(PlanTest, PausedRemovalsHoldUpNothingElse) {
  PlanOptions options;
  options.removals_paused = true;
  const std::vector<SecurityDomain> domains = {
      {"bank.sd", "bank", {"c1"}, {{"wallet", "1"}}}};
  const PlanResult next = tsm::Plan(
      Goals{{Want("shop", "till", "1")}, {NoWallet()}}, domains, Free, options);
  ASSERT_TRUE(next.request);
  EXPECT_EQ(next.request->action, "CreateSD shop");
  EXPECT_THAT(next.paused, ElementsAre("DeleteTA bank/wallet"));
  const PlanResult waits =
      tsm::Plan(Goals{{}, {NoWallet()}}, domains, Free, options);
  EXPECT_EQ(waits.reason, kBlocked);
  EXPECT_THAT(waits.open,
              ElementsAre("DeleteTA bank/wallet", "DeleteSD bank.sd"));
  // A certificate that is revoked isn't kept for it.
  SecurityDomain revoked = domains[0];
  revoked.spcerts = {"c0", "c1"};
  revoked.revoked_certs = {"c0"};
  const PlanResult certificate = tsm::Plan(
      Goals{{Want("bank", "wallet", "1")}, {}}, {revoked}, Free, options);
  ASSERT_TRUE(certificate.request);
  EXPECT_EQ(certificate.request->action, "UpdateSD bank -c0");
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

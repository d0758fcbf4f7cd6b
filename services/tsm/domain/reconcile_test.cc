#include "services/tsm/domain/reconcile.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace otrp {
namespace tsm {
namespace {

using protocol::MessageKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

protocol::Dsi Reports(std::vector<protocol::DsiSd> sds) {
  protocol::Dsi dsi;
  dsi.sds = std::move(sds);
  return dsi;
}

protocol::DsiSd Sd(const std::string& name, const std::string& spid,
                   const std::vector<std::string>& taids) {
  protocol::DsiSd sd = {name, spid, {}};
  for (const std::string& taid : taids) sd.tas.push_back({taid, ""});
  return sd;
}

// With what the kinds of these tests need.
PlannedRequest Request(MessageKind kind, const std::string& sdname,
                       const std::string& taid = "",
                       const std::string& version = "",
                       std::vector<std::string> add_certs = {},
                       std::vector<std::string> remove_certs = {}) {
  return {kind,
          "",
          sdname,
          "bank",
          taid,
          version,
          std::move(add_certs),
          std::move(remove_certs)};
}

TEST(ReconcileTest, KeepsVersionsAndCertificatesOfWhatIsStillThere) {
  const std::vector<SecurityDomain> known = {
      {"bank.sd", "bank", {"aa"}, {{"wallet", "1.0"}, {"gone", "2.0"}}}};
  EXPECT_THAT(
      Reconcile(known, {}, Reports({Sd("bank.sd", "bank", {"wallet"})}), 7),
      ElementsAre(
          SecurityDomain{"bank.sd", "bank", {"aa"}, {{"wallet", "1.0"}}}));
}

TEST(ReconcileTest, KnowsNothingAboutWhatWasThereBeforeUs) {
  EXPECT_THAT(
      Reconcile({}, {}, Reports({Sd("bank.sd", "bank", {"wallet"})}), 7),
      ElementsAre(SecurityDomain{"bank.sd", "bank", {}, {{"wallet", ""}}}));
}

TEST(ReconcileTest, ForgetsDomainsThatAreGone) {
  EXPECT_THAT(Reconcile({{"bank.sd", "bank", {"aa"}, {}}}, {}, Reports({}), 7),
              IsEmpty());
}

TEST(ReconcileTest, ADomainOfAnotherSpUnderTheSameNameIsNew) {
  const std::vector<SecurityDomain> known = {
      {"x.sd", "bank", {"aa"}, {{"wallet", "1.0"}}}};
  EXPECT_THAT(
      Reconcile(known, {}, Reports({Sd("x.sd", "shop", {"wallet"})}), 7),
      ElementsAre(SecurityDomain{"x.sd", "shop", {}, {{"wallet", ""}}}));
}

TEST(ReconcileTest, ARepeatedDomainOrTaCountsOnce) {
  EXPECT_THAT(
      Reconcile({}, {},
                Reports({Sd("a", "s", {"t", "t"}), Sd("a", "s", {"u"})}), 7),
      ElementsAre(SecurityDomain{"a", "s", {}, {{"t", ""}}}));
}

TEST(ReconcileTest, TheOrderOfDomainsAndTasMakesNoDifference) {
  const SecurityDomain bank = {
      "bank.sd", "bank", {"aa"}, {{"card", "1"}, {"wallet", "2"}}};
  const SecurityDomain turned = {
      "bank.sd", "bank", {"aa"}, {{"wallet", "2"}, {"card", "1"}}};
  const SecurityDomain shop = {"shop.sd", "shop", {}, {}};
  EXPECT_TRUE(SameDomains({}, {}));
  EXPECT_TRUE(SameDomains({bank, shop}, {shop, turned}));

  EXPECT_FALSE(SameDomains({bank}, {bank, shop}));
  EXPECT_FALSE(SameDomains({bank}, {shop}));
  EXPECT_FALSE(SameDomains({shop}, {{"shop.sd", "other", {}, {}}}));
  EXPECT_FALSE(SameDomains({shop}, {{"shop.sd", "shop", {"aa"}, {}}}));
  EXPECT_FALSE(SameDomains({shop}, {{"shop.sd", "shop", {}, {{"x", ""}}}}));
  EXPECT_FALSE(SameDomains({{"s", "s", {}, {{"x", "1"}}}},
                           {{"s", "s", {}, {{"x", "2"}}}}));
}

TEST(ReconcileTest, EffectsOfRequestsAddUp) {
  std::vector<SecurityDomain> domains;
  for (const PlannedRequest& request :
       {Request(MessageKind::kCreateSd, "bank.sd", "", "", {"bb"}),
        Request(MessageKind::kUpdateSd, "bank.sd", "", "", {"aa", "bb"}),
        Request(MessageKind::kInstallTa, "bank.sd", "wallet", "1.0"),
        Request(MessageKind::kUpdateTa, "bank.sd", "wallet", "2.0"),
        Request(MessageKind::kInstallTa, "bank.sd", "card", "1.0"),
        Request(MessageKind::kDeleteTa, "bank.sd", "card"),
        Request(MessageKind::kUpdateSd, "bank.sd", "", "", {}, {"bb"})}) {
    ApplyEffect(request, 7, &domains);
  }
  EXPECT_THAT(domains, ElementsAre(SecurityDomain{
                           "bank.sd", "bank", {"aa"}, {{"wallet", "2.0"}}}));
  ApplyEffect(Request(MessageKind::kDeleteSd, "bank.sd"), 7, &domains);
  EXPECT_THAT(domains, IsEmpty());
}

TEST(ReconcileTest, EffectsOnWhatIsNotThereDoNothing) {
  std::vector<SecurityDomain> domains;
  for (const PlannedRequest& request :
       {Request(MessageKind::kUpdateSd, "x", "", "", {"aa"}, {"bb"}),
        Request(MessageKind::kInstallTa, "x", "t", "1"),
        Request(MessageKind::kDeleteTa, "x", "t"),
        Request(MessageKind::kDeleteSd, "x")}) {
    ApplyEffect(request, 7, &domains);
  }
  EXPECT_THAT(domains, IsEmpty());
}

// No decision of before is about what is seen for the first time: it may have
// come by a later one.
TEST(ReconcileTest, WhatIsSeenForTheFirstTimeIsKnownSinceNow) {
  const std::vector<SecurityDomain> known = {
      {"bank.sd", "bank", {"aa"}, {{"wallet", "1.0", 3}}, 2}};
  const std::vector<SecurityDomain> domains = Reconcile(
      known, {},
      Reports({Sd("bank.sd", "bank", {"wallet", "card"}), Sd("x.sd", "x", {})}),
      7);
  ASSERT_EQ(domains.size(), 2u);
  EXPECT_EQ(domains[0].known_in, 2);
  EXPECT_EQ(domains[0].tas.at(0).known_in, 3);
  EXPECT_EQ(domains[0].tas.at(1).known_in, 7);
  EXPECT_EQ(domains[1].known_in, 7);
}

// A TEE that is restored from a backup brings back what was removed.
TEST(ReconcileTest, WhatComesBackIsKnownSinceItCameFirst) {
  const std::vector<SecurityDomain> domains = Reconcile(
      {}, {{"bank.sd", "", 2}, {"bank.sd", "wallet", 3}, {"x.sd", "card", 4}},
      Reports({Sd("bank.sd", "bank", {"wallet", "card"})}), 7);
  ASSERT_EQ(domains.size(), 1u);
  EXPECT_EQ(domains[0].known_in, 2);
  EXPECT_EQ(domains[0].tas.at(0).known_in, 3);
  EXPECT_EQ(domains[0].tas.at(1).known_in, 7);
}

TEST(ReconcileTest, WhatIsPutThereIsKnownSinceItWasPlanned) {
  std::vector<SecurityDomain> domains = {
      {"bank.sd", "bank", {}, {{"wallet", "1.0", 3}}, 2}};
  ApplyEffect(Request(MessageKind::kUpdateTa, "bank.sd", "wallet", "2.0"), 5,
              &domains);
  ApplyEffect(Request(MessageKind::kInstallTa, "bank.sd", "card", "1.0"), 6,
              &domains);
  EXPECT_EQ(domains[0].known_in, 2);
  EXPECT_EQ(domains[0].tas.at(0).known_in, 5);
  EXPECT_EQ(domains[0].tas.at(1).known_in, 6);
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

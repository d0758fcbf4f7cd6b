#include "services/tsm/domain/catalogue.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace otrp {
namespace tsm {
namespace {

Rule To(const std::string& target) {
  return {"bank", "wallet", target, service::Channel::kStable};
}

Decision Unassigned(const std::string& target) {
  Decision decision;
  decision.spid = "bank";
  decision.taid = "wallet";
  decision.target = target;
  return decision;
}

CatalogueRelease Release(int64_t id, const std::string& taid,
                         const std::string& version) {
  CatalogueRelease release;
  release.id = id;
  release.spid = "bank";
  release.taid = taid;
  release.version = version;
  release.signer_fingerprint = "c1";
  release.signed_by = absl::FromUnixSeconds(100);
  return release;
}

TEST(CatalogueTest, AChangeLeavesTheFormerOneAsItWas) {
  CatalogueChanges changes;
  changes.version = 2;
  changes.rules = {To("group:eu"), To("group:eu vendor:acme")};
  changes.releases = {Release(1, "wallet", "1.0")};
  const auto first = Catalogue().With(changes);

  CatalogueChanges more;
  more.version = 3;
  more.decisions = {Unassigned("group:eu")};
  more.releases = {Release(1, "wallet", "1.0")};
  more.releases[0].yanked = true;
  const auto second = first->With(more);

  ASSERT_NE(first->FindWord("group:eu"), nullptr);
  EXPECT_EQ(first->FindWord("group:eu")->rules.size(), 2u);
  EXPECT_TRUE(first->FindWord("group:eu")->decisions.empty());
  EXPECT_FALSE(first->FindRelease("bank", "wallet", "1.0")->yanked);
  EXPECT_EQ(first->version(), 2);
  EXPECT_EQ(second->FindWord("group:eu")->rules.size(), 1u);
  EXPECT_EQ(second->FindWord("group:eu")->decisions.size(), 1u);
  EXPECT_TRUE(second->FindRelease("bank", "wallet", "1.0")->yanked);
  EXPECT_EQ(second->version(), 3);
}

TEST(CatalogueTest, AnAssignmentEndsTheDecisionAboutItsTarget) {
  CatalogueChanges changes;
  changes.decisions = {Unassigned("all"), Unassigned("group:eu")};
  CatalogueChanges again;
  again.rules = {To("all")};
  const auto catalogue = Catalogue().With(changes)->With(again);
  EXPECT_TRUE(catalogue->FindWord("all")->decisions.empty());
  EXPECT_EQ(catalogue->FindWord("group:eu")->decisions.size(), 1u);
}

TEST(CatalogueTest, ANewReleaseEndsTheWithdrawalAndNoUnassignment) {
  CatalogueChanges changes;
  Decision withdrawn = Unassigned("all");
  withdrawn.kind = Decision::Kind::kWithdrawn;
  changes.decisions = {withdrawn, Unassigned("all")};
  changes.applications = {{"bank", "wallet", 1, 0, true}};
  const auto before = Catalogue().With(changes);
  EXPECT_EQ(before->FindWord("all")->decisions.size(), 2u);
  CatalogueChanges released;
  released.applications = {{"bank", "wallet", 2, 0, false}};
  const auto after = before->With(released);
  ASSERT_EQ(after->FindWord("all")->decisions.size(), 1u);
  EXPECT_EQ(after->FindWord("all")->decisions[0].decision.kind,
            Decision::Kind::kUnassigned);
}

TEST(CatalogueTest, AReleaseIsFoundHoweverATeeWritesItsUuid) {
  const std::string uuid = "8aaaf200-2450-11e4-abe2-0002a5d5c51b";
  CatalogueChanges changes;
  changes.releases = {Release(1, uuid, "1.0")};
  const auto catalogue = Catalogue().With(changes);
  const auto* found = catalogue->FindRelease(
      "bank", "{8AAAF200-2450-11E4-ABE2-0002A5D5C51B}", "1.0");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->id, 1);
  EXPECT_EQ(catalogue->FindRelease("bank", uuid, "2.0"), nullptr);
  EXPECT_EQ(catalogue->FindRelease("bank", uuid, ""), nullptr);
  EXPECT_EQ(catalogue->FindRelease("shop", uuid, "1.0"), nullptr);
}

// keyCompromise: of what was signed after it nothing counts.
TEST(CatalogueTest, ARevocationIsAboutAllThatTheCertificateSigned) {
  CatalogueChanges changes;
  changes.releases = {Release(1, "wallet", "1.0")};
  const auto before = Catalogue().With(changes);
  EXPECT_TRUE(
      before->FactsOf(*before->FindRelease("bank", "wallet", "1.0")).Counts());
  CatalogueChanges revoked;
  revoked.revocations = {{"c1", absl::FromUnixSeconds(50), 1}};
  const auto after = before->With(revoked);
  EXPECT_FALSE(
      after->FactsOf(*after->FindRelease("bank", "wallet", "1.0")).Counts());
  EXPECT_TRUE(after->IsRevoked("c1"));
  EXPECT_FALSE(before->IsRevoked("c1"));
}

// A bound that counts what was there for ever would stop a process that runs
// for a year.
TEST(CatalogueTest, ItsSizeFollowsWhatIsInIt) {
  const auto empty = std::make_shared<const Catalogue>();
  CatalogueChanges some;
  for (int i = 0; i < 100; ++i) {
    some.rules.push_back(To(absl::StrCat("group:g", i)));
  }
  const auto full = empty->With(some);
  EXPECT_GT(full->bytes(), 100 * sizeof(Rule));
  std::shared_ptr<const Catalogue> catalogue = full;
  for (int round = 0; round < 10; ++round) catalogue = catalogue->With(some);
  EXPECT_EQ(catalogue->bytes(), full->bytes());
  CatalogueChanges more = some;
  more.rules[0].target = "group:another";
  EXPECT_GT(full->With(more)->bytes(), full->bytes());
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

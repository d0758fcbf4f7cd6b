#include "services/tsm/domain/reconcile.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace otrp {
namespace tsm {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ReconcileTest, KeepsVersionsAndCertificatesOfWhatIsStillThere) {
  const std::vector<SecurityDomain> known = {
      {"bank.sd", "bank", {"aa"}, {{"wallet", "1.0"}, {"gone", "2.0"}}}};
  EXPECT_THAT(Reconcile(known, {{"bank.sd", "bank", {"wallet"}}}),
              ElementsAre(SecurityDomain{
                  "bank.sd", "bank", {"aa"}, {{"wallet", "1.0"}}}));
}

TEST(ReconcileTest, KnowsNothingAboutWhatWasThereBeforeUs) {
  EXPECT_THAT(
      Reconcile({}, {{"bank.sd", "bank", {"wallet"}}}),
      ElementsAre(SecurityDomain{"bank.sd", "bank", {}, {{"wallet", ""}}}));
}

TEST(ReconcileTest, ForgetsDomainsThatAreGone) {
  EXPECT_THAT(Reconcile({{"bank.sd", "bank", {"aa"}, {}}}, {}), IsEmpty());
}

TEST(ReconcileTest, ADomainOfAnotherSpUnderTheSameNameIsNew) {
  const std::vector<SecurityDomain> known = {
      {"x.sd", "bank", {"aa"}, {{"wallet", "1.0"}}}};
  EXPECT_THAT(
      Reconcile(known, {{"x.sd", "shop", {"wallet"}}}),
      ElementsAre(SecurityDomain{"x.sd", "shop", {}, {{"wallet", ""}}}));
}

TEST(ReconcileTest, ARepeatedDomainOrTaCountsOnce) {
  EXPECT_THAT(Reconcile({}, {{"a", "s", {"t", "t"}}, {"a", "s", {"u"}}}),
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
  ApplyCreateSd("bank.sd", "bank", {"bb"}, &domains);
  ApplyUpdateSd("bank.sd", {"aa", "bb"}, {}, &domains);
  ApplyTaVersion("bank.sd", "wallet", "1.0", &domains);
  ApplyTaVersion("bank.sd", "wallet", "2.0", &domains);
  ApplyTaVersion("bank.sd", "card", "1.0", &domains);
  ApplyDeleteTa("bank.sd", "card", &domains);
  ApplyUpdateSd("bank.sd", {}, {"bb"}, &domains);
  EXPECT_THAT(domains, ElementsAre(SecurityDomain{
                           "bank.sd", "bank", {"aa"}, {{"wallet", "2.0"}}}));
  ApplyDeleteSd("bank.sd", &domains);
  EXPECT_THAT(domains, IsEmpty());
}

TEST(ReconcileTest, EffectsOnWhatIsNotThereDoNothing) {
  std::vector<SecurityDomain> domains;
  ApplyUpdateSd("x", {"aa"}, {"bb"}, &domains);
  ApplyTaVersion("x", "t", "1", &domains);
  ApplyDeleteTa("x", "t", &domains);
  ApplyDeleteSd("x", &domains);
  EXPECT_THAT(domains, IsEmpty());
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

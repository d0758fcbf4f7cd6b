// What the verifier goes by when the CA, one of its authorities or the database
// is away, or came back from a backup.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/attestation_verifier/testing/verifier_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace verifier {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

using TrustPullTest = VerifierTest;

TEST_F(TrustPullTest, StartsFromItsOwnCopyWhileTheCaIsAway) {
  OTRP_ASSERT_OK(store_.SaveTrust(ca_.copy, test::Now()));
  ca_.away = true;
  EXPECT_FALSE(updater_.PullTrust().ok());
  OTRP_ASSERT_OK(updater_.PullPolicy());
  OTRP_EXPECT_OK(updater_.Ready());
  OTRP_ASSERT_OK_AND_ASSIGN(v1::AppraiseResponse response,
                            Appraise(GoodRequest()));
  EXPECT_EQ(response.verdict(), v1::VERDICT_ACCEPTED);
}

TEST_F(TrustPullTest, StartsFromItsOwnFileWithoutDatabaseAndCa) {
  attest::Policy policy;
  policy.tee_rules = {{"Other*", "", true}};
  OTRP_ASSERT_OK(store_.SetPolicy(policy, 0, store::AuditEvent()));
  OTRP_ASSERT_OK(
      store_.PutRevocation({"oem", RevocationKind::kCrl,
                            test::NewCrl(TheOem().tfw, {}), test::Now()},
                           store::AuditEvent()));
  Load();
  ca_.away = true;
  database_.proxy().SetReachable(false);
  Started again(*this);
  OTRP_ASSERT_OK(again.updater.Ready());
  OTRP_ASSERT_OK_AND_ASSIGN(const auto snapshot, again.holder.Get());
  EXPECT_TRUE(snapshot->copy == ca_.copy);
  EXPECT_EQ(snapshot->policy.version, 1);
  ASSERT_EQ(snapshot->policy.policy.tee_rules.size(), 1u);
  EXPECT_TRUE(snapshot->policy.policy.tee_rules[0].deny);
  ASSERT_EQ(again.holder.All()->revocation.data.size(), 1u);
  EXPECT_EQ(again.holder.All()->revocation.data[0].name, "oem");
  // With the database the newer policy counts.
  database_.proxy().SetReachable(true);
  OTRP_ASSERT_OK(store_.SetPolicy(attest::Policy(), 1, store::AuditEvent()));
  OTRP_ASSERT_OK(again.updater.PullPolicy());
  EXPECT_EQ(again.holder.policy()->version, 2);
}

TEST_F(TrustPullTest, AFileOfLongAgoIsNotUsed) {
  Load();
  ca_.away = true;
  database_.proxy().SetReachable(false);
  clock_.Advance(absl::Hours(25));
  Started again(*this);
  EXPECT_THAT(again.updater.Ready(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_FALSE(again.holder.Get().ok());
}

TEST_F(TrustPullTest, TheCrlThatOneAuthorityDoesntGiveHoldsUpNobodyElse) {
  ca_.copy.crls.push_back({"tfw-ca", test::NewCrl(TheOem().tfw, {})});
  Load();
  ca_.copy.version = 4;
  ca_.copy.anchors[1].name = "renamed";
  ca_.copy.crls[0].der =
      test::NewCrl(TheOem().tee, {TheOem().tee_leaf.serial()});
  ca_.copy.crls[1].der.clear();
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::RefreshResponse refreshed, Refresh());
  EXPECT_EQ(refreshed.anchors_version(), 4);
  EXPECT_EQ(refreshed.crls(), 2) << "the one that was had before counts";
  ASSERT_EQ(refreshed.problems_size(), 1);
  EXPECT_THAT(refreshed.problems(0), HasSubstr("the CRL of tfw-ca: no list"));
  EXPECT_EQ(Appraise(GoodRequest())->reasons(0).code(), "tee-cert-revoked");
}

TEST_F(TrustPullTest, ATeeOfAnAuthorityWhoseListWasNeverHadWaitsForIt) {
  const std::string list = ca_.copy.crls[0].der;
  ca_.copy.crls[0].der.clear();
  EXPECT_THAT(updater_.PullTrust(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("tee-ca")));
  OTRP_ASSERT_OK(updater_.PullPolicy());
  EXPECT_THAT(Appraise(GoodRequest()),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("CRL")));
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::ListAppraisalsResponse list_of_none,
                            List());
  EXPECT_EQ(list_of_none.appraisals_size(), 0);
  ca_.copy.crls[0].der = list;
  OTRP_ASSERT_OK(Refresh());
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_ACCEPTED);
}

TEST_F(TrustPullTest, AnOlderCrlReplacesNoNewerOneNorAfterARestart) {
  const std::string older =
      test::NewCrl(TheOem().tee, {}, test::Now() - absl::Hours(2),
                   test::Now() + absl::Hours(4));
  ca_.copy.crls[0].der =
      test::NewCrl(TheOem().tee, {TheOem().tee_leaf.serial()});
  Load();
  // The CA comes back from a backup.
  ca_.copy.crls[0].der = older;
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::RefreshResponse refreshed, Refresh());
  ASSERT_EQ(refreshed.problems_size(), 1);
  EXPECT_THAT(refreshed.problems(0), HasSubstr("is older than number"));
  EXPECT_EQ(Appraise(GoodRequest())->reasons(0).code(), "tee-cert-revoked");
  Started again(*this);
  OTRP_ASSERT_OK_AND_ASSIGN(const auto snapshot, again.holder.Get());
  EXPECT_NE(snapshot->copy.crls[0].der, older);
  // An authority that is no longer named has revoked what it revoked.
  ca_.copy.crls.clear();
  OTRP_ASSERT_OK(Refresh());
  EXPECT_EQ(Appraise(GoodRequest())->reasons(0).code(), "tee-cert-revoked");
}

}  // namespace
}  // namespace verifier
}  // namespace otrp

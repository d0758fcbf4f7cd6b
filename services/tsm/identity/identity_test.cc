// The TSM's identity: made once, renewed in time, working on without the CA.

#include "services/tsm/identity/identity.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/random.h"
#include "libs/pki/certificate.h"
#include "libs/pki/ocsp.h"
#include "services/tsm/storage/tsm_store.h"
#include "services/tsm/testing/fake_ca.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using crypto::KeyType;
using ::otrp::testing::StatusIs;
using ::testing::Contains;
using testing::FakeCa;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kTsmId[] = "https://tsm.otrp.example/otrp";

class IdentityTest : public ::testing::Test {
 protected:
  IdentityTest() : clock_(absl::FromUnixSeconds(1800000000)), ca_(&clock_) {
    manager_ = NewManager(kTsmId, 'k');
  }

  std::unique_ptr<IdentityManager> NewManager(const std::string& tsm_id,
                                              char kek) {
    keys_.push_back(std::make_unique<IdentityKeys>(
        SecretBytes(std::string(32, kek)), crypto::SystemRandom()));
    return std::make_unique<IdentityManager>(tsm_id, &store_, &ca_, &clock_,
                                             keys_.back().get());
  }

  // As an operator has it done.
  void Rotate(KeyType type) {
    OTRP_ASSERT_OK_AND_ASSIGN(NewIdentity next, keys_[0]->MakeNext(type));
    OTRP_ASSERT_OK(store_.AddNextIdentities({next}, store::AuditEvent()));
  }

  std::string SerialOf(KeyType type) {
    return pki::Certificate::FromDer(manager_->Get(type)->chain[0])->serial();
  }

  FakeClock clock_;
  ::otrp::testing::ServiceDatabase database_{
      {"tsm", "services/tsm/storage/migrations"}};
  TsmStore store_{database_.pool()};
  FakeCa ca_;
  std::vector<std::unique_ptr<IdentityKeys>> keys_;
  std::unique_ptr<IdentityManager> manager_;
};

TEST_F(IdentityTest, IsNotReadyBeforeItHasCertificatesAndStaples) {
  EXPECT_THAT(manager_->Ready(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(manager_->Get(KeyType::kRsa), nullptr);
  ca_.away = true;
  EXPECT_THAT(manager_->Refresh(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(manager_->Ready(), StatusIs(absl::StatusCode::kUnavailable));
  ca_.away = false;
  OTRP_ASSERT_OK(manager_->Refresh());
  OTRP_EXPECT_OK(manager_->Ready());
}

TEST_F(IdentityTest, BothIdentitiesCarryTheIdAChainAndItsStaples) {
  OTRP_ASSERT_OK(manager_->Refresh());
  for (KeyType type : {KeyType::kRsa, KeyType::kEcP256}) {
    auto identity = manager_->Get(type);
    ASSERT_NE(identity, nullptr);
    EXPECT_EQ(identity->key.type(), type);
    ASSERT_THAT(identity->chain, SizeIs(3));
    OTRP_ASSERT_OK_AND_ASSIGN(pki::Certificate leaf,
                              pki::Certificate::FromDer(identity->chain[0]));
    OTRP_ASSERT_OK_AND_ASSIGN(pki::Certificate issuer,
                              pki::Certificate::FromDer(identity->chain[1]));
    EXPECT_EQ(leaf.public_key(), identity->key.public_key());
    EXPECT_THAT(leaf.san_uris(), Contains(kTsmId));
    ASSERT_THAT(identity->staples, SizeIs(2));
    OTRP_ASSERT_OK_AND_ASSIGN(pki::OcspResponse staple,
                              pki::OcspResponse::Parse(identity->staples[0]));
    EXPECT_THAT(staple.Verify(leaf, issuer, clock_.Now()),
                ::otrp::testing::IsOkAndHolds(pki::OcspStatus::kGood));
  }
}

TEST_F(IdentityTest, KeysAndCertificatesOutliveTheProcess) {
  OTRP_ASSERT_OK(manager_->Refresh());
  auto before = manager_->Get(KeyType::kRsa);
  manager_ = NewManager(kTsmId, 'k');
  // Even while the CA is away.
  ca_.away = true;
  OTRP_ASSERT_OK(manager_->Refresh());
  auto after = manager_->Get(KeyType::kRsa);
  ASSERT_NE(after, nullptr);
  EXPECT_EQ(after->chain, before->chain);
  EXPECT_EQ(after->staples, before->staples);
  EXPECT_EQ(after->key.public_key(), before->key.public_key());
  EXPECT_EQ(ca_.issued, 2);
}

TEST_F(IdentityTest, AKeyWhoseCommitIsOfUnknownOutcomeIsMadeOnce) {
  using Loss = ::otrp::testing::PostgresProxy::Loss;
  database_.proxy().LoseNextCommit(Loss::kAnswer);
  EXPECT_THAT(manager_->Refresh(), StatusIs(absl::StatusCode::kUnknown));
  OTRP_ASSERT_OK_AND_ASSIGN(auto stored, store_.LoadIdentities());
  ASSERT_THAT(stored, SizeIs(1));
  const std::string sealed = stored[0].sealed_key;
  const KeyType key_type = stored[0].key_type;
  OTRP_ASSERT_OK(manager_->Refresh());
  OTRP_EXPECT_OK(manager_->Ready());
  OTRP_ASSERT_OK_AND_ASSIGN(stored, store_.LoadIdentities());
  ASSERT_THAT(stored, SizeIs(2));
  EXPECT_EQ(stored[stored[0].key_type == key_type ? 0 : 1].sealed_key, sealed);
}

TEST_F(IdentityTest, KeysAreSealedAndAnotherKekDoesNotOpenThem) {
  OTRP_ASSERT_OK(manager_->Refresh());
  OTRP_ASSERT_OK_AND_ASSIGN(auto stored, store_.LoadIdentities());
  // The version before sealed them for their types.
  EXPECT_EQ(stored[0].id, "EC");
  EXPECT_EQ(stored[1].id, "RSA");
  const SecretBytes pkcs8 = manager_->Get(KeyType::kEcP256)->key.ToPkcs8();
  EXPECT_THAT(stored[0].sealed_key,
              ::testing::Not(HasSubstr(std::string(pkcs8.view()))));
  EXPECT_THAT(NewManager(kTsmId, 'x')->Refresh(),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("--kek_file")));
}

TEST_F(IdentityTest, ARefreshWithoutNeedAsksNobodyAndChangesNothing) {
  OTRP_ASSERT_OK(manager_->Refresh());
  auto before = manager_->Get(KeyType::kRsa);
  const int staples = ca_.staples;
  clock_.Advance(absl::Hours(11));
  OTRP_ASSERT_OK(manager_->Refresh());
  EXPECT_EQ(manager_->Get(KeyType::kRsa), before);
  EXPECT_EQ(ca_.issued, 2);
  EXPECT_EQ(ca_.staples, staples);
}

TEST_F(IdentityTest, StaplesAreRenewedInTheSecondHalfOfTheirLife) {
  OTRP_ASSERT_OK(manager_->Refresh());
  auto before = manager_->Get(KeyType::kRsa);
  clock_.Advance(absl::Hours(13));
  OTRP_ASSERT_OK(manager_->Refresh());
  auto after = manager_->Get(KeyType::kRsa);
  EXPECT_EQ(after->chain, before->chain);
  EXPECT_NE(after->staples, before->staples);
  EXPECT_GT(after->staples_until, before->staples_until);
}

TEST_F(IdentityTest, CertificatesAreRenewedInTheLastThirdOfTheirLife) {
  OTRP_ASSERT_OK(manager_->Refresh());
  auto before = manager_->Get(KeyType::kRsa);
  clock_.Advance(absl::Hours(24 * 59));
  OTRP_ASSERT_OK(manager_->Refresh());
  EXPECT_EQ(ca_.issued, 2);
  clock_.Advance(absl::Hours(24 * 2));
  OTRP_ASSERT_OK(manager_->Refresh());
  EXPECT_EQ(ca_.issued, 4);
  auto after = manager_->Get(KeyType::kRsa);
  EXPECT_NE(after->chain[0], before->chain[0]);
  // The key stays, and so does the id.
  EXPECT_EQ(after->key.public_key(), before->key.public_key());
}

TEST_F(IdentityTest, WithoutTheCaItWorksOnUntilTheStaplesExpire) {
  OTRP_ASSERT_OK(manager_->Refresh());
  ca_.away = true;
  clock_.Advance(absl::Hours(23));
  EXPECT_FALSE(manager_->Refresh().ok());
  OTRP_EXPECT_OK(manager_->Ready());
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(manager_->Ready(), StatusIs(absl::StatusCode::kUnavailable));
  ca_.away = false;
  OTRP_ASSERT_OK(manager_->Refresh());
  OTRP_EXPECT_OK(manager_->Ready());
}

TEST_F(IdentityTest, ARevokedCertificateIsNotUsed) {
  OTRP_ASSERT_OK(manager_->Refresh());
  ca_.revoked.insert(SerialOf(KeyType::kEcP256));
  clock_.Advance(absl::Hours(13));
  EXPECT_THAT(
      manager_->Refresh(),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("revoked")));
  EXPECT_EQ(manager_->Get(KeyType::kEcP256), nullptr);
  EXPECT_NE(manager_->Get(KeyType::kRsa), nullptr);
  EXPECT_THAT(manager_->Ready(), StatusIs(absl::StatusCode::kUnavailable,
                                          HasSubstr("identity rotate")));
}

TEST_F(IdentityTest, ARevocationOnTheCasListCountsAtOnceAndForEver) {
  OTRP_ASSERT_OK(manager_->Refresh());
  const std::string id = manager_->Get(KeyType::kRsa)->id;
  ca_.revoked.insert(SerialOf(KeyType::kRsa));
  // The staples in hand still say "good".
  OTRP_ASSERT_OK(manager_->Learn(ca_.IssueList()));
  EXPECT_EQ(manager_->Get(KeyType::kRsa), nullptr);
  EXPECT_EQ(manager_->ById(id), nullptr);
  EXPECT_NE(manager_->Get(KeyType::kEcP256), nullptr);
  // What devices encrypted to it can be read all the same.
  EXPECT_THAT(manager_->Readers(KeyType::kRsa), SizeIs(1));
  ca_.revoked.clear();
  manager_ = NewManager(kTsmId, 'k');
  OTRP_ASSERT_OK(manager_->Refresh());
  EXPECT_EQ(manager_->Get(KeyType::kRsa), nullptr);
}

TEST_F(IdentityTest, AListOfSomebodyElsesSaysNothing) {
  OTRP_ASSERT_OK(manager_->Refresh());
  ca_.revoked.insert(SerialOf(KeyType::kRsa));
  OTRP_ASSERT_OK(manager_->Learn(ca_.ForgeList()));
  EXPECT_NE(manager_->Get(KeyType::kRsa), nullptr);
}

TEST_F(IdentityTest, AListThatComesBeforeTheKeysComesAgain) {
  EXPECT_THAT(manager_->Learn(ca_.IssueList()),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(IdentityTest, StaplesOfAnotherCertificateAreNotPublished) {
  OTRP_ASSERT_OK(manager_->Refresh());
  OTRP_ASSERT_OK_AND_ASSIGN(const auto stored, store_.LoadIdentities());
  ASSERT_THAT(stored, SizeIs(2));
  // EC's beside RSA's chain.
  OTRP_ASSERT_OK(
      store_.SaveIdentityProof(stored[1].id, stored[1].chain_pem,
                               {stored[1].chain_pem, *stored[1].not_after,
                                stored[0].staples, *stored[0].staples_until},
                               clock_.Now(), absl::nullopt));
  ca_.away = true;
  manager_ = NewManager(kTsmId, 'k');
  EXPECT_FALSE(manager_->Refresh().ok());
  EXPECT_EQ(manager_->Get(KeyType::kRsa), nullptr);
  EXPECT_NE(manager_->Get(KeyType::kEcP256), nullptr);
  // And in the process that was running.
  ca_.away = false;
  OTRP_ASSERT_OK(manager_->Refresh());
  OTRP_EXPECT_OK(manager_->Ready());
}

TEST_F(IdentityTest, ARenewalShowsWithItsStaplesOrNotAtAll) {
  OTRP_ASSERT_OK(manager_->Refresh());
  clock_.Advance(absl::Hours(24 * 61) - absl::Hours(1));
  ca_.ocsp_away = true;
  EXPECT_FALSE(manager_->Refresh().ok());
  OTRP_ASSERT_OK_AND_ASSIGN(const auto before, store_.LoadIdentities());
  EXPECT_GT(ca_.issued, 2);
  for (const StoredIdentity& stored : before) {
    EXPECT_LT(*stored.not_after, clock_.Now() + absl::Hours(24 * 80));
  }
  ca_.ocsp_away = false;
  OTRP_ASSERT_OK(manager_->Refresh());
  OTRP_ASSERT_OK_AND_ASSIGN(const auto after, store_.LoadIdentities());
  for (const StoredIdentity& stored : after) {
    EXPECT_GT(*stored.not_after, clock_.Now() + absl::Hours(24 * 80));
  }
  OTRP_EXPECT_OK(manager_->Ready());
}

TEST_F(IdentityTest, StaplesForAChainThatWasReplacedMeanwhileAreNotStored) {
  OTRP_ASSERT_OK(manager_->Refresh());
  OTRP_ASSERT_OK_AND_ASSIGN(const auto stored, store_.LoadIdentities());
  EXPECT_THAT(store_.SaveIdentityProof(
                  stored[1].id, "the chain before",
                  {stored[1].chain_pem, clock_.Now(), {"x"}, clock_.Now()},
                  clock_.Now(), absl::nullopt),
              ::otrp::testing::IsOkAndHolds(false));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto after, store_.LoadIdentities());
  EXPECT_EQ(after[1].staples, stored[1].staples);
}

TEST_F(IdentityTest, ANextKeySignsOnceEveryReplicaReadsWithIt) {
  OTRP_ASSERT_OK(manager_->Refresh());
  const std::string old = manager_->Get(KeyType::kRsa)->id;
  Rotate(KeyType::kRsa);
  OTRP_ASSERT_OK(manager_->Refresh());
  EXPECT_EQ(manager_->Get(KeyType::kRsa)->id, old);
  EXPECT_THAT(manager_->Readers(KeyType::kRsa), SizeIs(2));
  EXPECT_EQ(manager_->Readers(KeyType::kRsa)[0]->id, old);
  clock_.Advance(absl::Seconds(9));
  OTRP_ASSERT_OK(manager_->Refresh());
  EXPECT_EQ(manager_->Get(KeyType::kRsa)->id, old);
  clock_.Advance(absl::Seconds(1));
  OTRP_ASSERT_OK(manager_->Refresh());
  const auto next = manager_->Get(KeyType::kRsa);
  ASSERT_NE(next, nullptr);
  EXPECT_NE(next->id, old);
  EXPECT_EQ(manager_->Readers(KeyType::kRsa)[0]->id, next->id);
  // What began with the old one goes on with it.
  ASSERT_NE(manager_->ById(old), nullptr);
  EXPECT_NE(manager_->ById(old)->key.public_key(), next->key.public_key());
  // The owner of devices' domains stays.
  OTRP_ASSERT_OK_AND_ASSIGN(const auto leaf,
                            pki::Certificate::FromDer(next->chain[0]));
  EXPECT_THAT(leaf.san_uris(), ::testing::ElementsAre(kTsmId));
  // The other type is as it was.
  EXPECT_THAT(manager_->Readers(KeyType::kEcP256), SizeIs(1));
}

TEST_F(IdentityTest, ANextKeyWithoutCertificateNeverSigns) {
  OTRP_ASSERT_OK(manager_->Refresh());
  const std::string old = manager_->Get(KeyType::kRsa)->id;
  Rotate(KeyType::kRsa);
  ca_.away = true;
  EXPECT_FALSE(manager_->Refresh().ok());
  clock_.Advance(absl::Hours(1));
  EXPECT_FALSE(manager_->Refresh().ok());
  EXPECT_EQ(manager_->Get(KeyType::kRsa)->id, old);
}

TEST_F(IdentityTest, TheNextKeyIsTheWayBackFromARevokedOne) {
  OTRP_ASSERT_OK(manager_->Refresh());
  ca_.revoked.insert(SerialOf(KeyType::kRsa));
  OTRP_ASSERT_OK(manager_->Learn(ca_.IssueList()));
  Rotate(KeyType::kRsa);
  OTRP_ASSERT_OK(manager_->Refresh());
  clock_.Advance(absl::Seconds(11));
  OTRP_ASSERT_OK(manager_->Refresh());
  OTRP_EXPECT_OK(manager_->Ready());
  EXPECT_THAT(manager_->Readers(KeyType::kRsa), SizeIs(2));
}

TEST_F(IdentityTest, ARetiredKeyIsKeptForADayAndThenGone) {
  OTRP_ASSERT_OK(manager_->Refresh());
  const std::string old = manager_->Get(KeyType::kEcP256)->id;
  Rotate(KeyType::kEcP256);
  OTRP_ASSERT_OK(manager_->Refresh());
  clock_.Advance(absl::Seconds(11));
  OTRP_ASSERT_OK(manager_->Refresh());
  clock_.Advance(absl::Hours(24));
  OTRP_ASSERT_OK(manager_->Refresh());
  EXPECT_NE(manager_->ById(old), nullptr);
  clock_.Advance(absl::Seconds(1));
  OTRP_ASSERT_OK(manager_->Refresh());
  EXPECT_EQ(manager_->ById(old), nullptr);
  EXPECT_THAT(manager_->Readers(KeyType::kEcP256), SizeIs(1));
}

TEST_F(IdentityTest, ASealedKeyOpensForItsOwnIdentityAlone) {
  OTRP_ASSERT_OK(manager_->Refresh());
  OTRP_ASSERT_OK_AND_ASSIGN(auto stored, store_.LoadIdentities());
  OTRP_EXPECT_OK(keys_[0]->Open(stored[0]));
  stored[0].id = "EC-another";
  EXPECT_THAT(keys_[0]->Open(stored[0]), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(IdentityTest, ACertificateForAnotherIdIsNotTaken) {
  ca_.wrong_id = "https://other.example";
  EXPECT_THAT(manager_->Refresh(),
              StatusIs(absl::StatusCode::kInternal, HasSubstr(kTsmId)));
  EXPECT_EQ(manager_->Get(KeyType::kRsa), nullptr);
}

TEST_F(IdentityTest, AChangedIdGetsAnotherCertificate) {
  OTRP_ASSERT_OK(manager_->Refresh());
  manager_ = NewManager("https://new.example", 'k');
  OTRP_ASSERT_OK(manager_->Refresh());
  OTRP_ASSERT_OK_AND_ASSIGN(
      pki::Certificate leaf,
      pki::Certificate::FromDer(manager_->Get(KeyType::kRsa)->chain[0]));
  EXPECT_THAT(leaf.san_uris(), Contains("https://new.example"));
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

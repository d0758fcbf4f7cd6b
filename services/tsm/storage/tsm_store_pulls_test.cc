#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/tsm/limits.h"
#include "services/tsm/testing/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;

constexpr auto kDialect = protocol::Dialect::kIetf03;

class PulledTaTest : public TsmStoreTest {
 protected:
  void SetUp() override {
    Apply(PullEndpoint{"bank", "wallet", "https://sp.example/", "PEM", "kid"});
    Release release;
    release.spid = "bank";
    release.taid = "wallet";
    release.version = "1.0";
    release.pull = true;
    release.signer_certificate = "signer";
    release.signer_fingerprint = HexEncode(crypto::Sha256("signer"));
    Apply(release);
    Apply(Assignment{"bank", "wallet", AllDevices(), true});
  }

  static PulledTa Of(char did) {
    return {Did(did),
            1,
            kDialect,
            Did('k'),
            "{\"key\":\"x\"}",
            At(100),
            HexEncode(crypto::Sha256("signer"))};
  }

  absl::optional<std::string> Load(char did, char key = 'k',
                                   absl::Time now = At(50)) {
    return store_.LoadPulled(Did(did), 1, kDialect, Did(key), now).value();
  }
};

TEST_F(PulledTaTest, AReleaseKnowsWhereItIsAskedForAndWhoSigns) {
  OTRP_ASSERT_OK_AND_ASSIGN(PullTarget target, store_.LoadPullTarget(1));
  EXPECT_EQ(target.endpoint.url, "https://sp.example/");
  EXPECT_EQ(target.endpoint.roots_pem, "PEM");
  EXPECT_EQ(target.endpoint.key_id, "kid");
  EXPECT_EQ(target.version, "1.0");
  EXPECT_THAT(target.signer_certificates, ElementsAre("signer"));
  Apply(SpCertificate{"bank", "Bank", "current",
                      HexEncode(crypto::Sha256("current"))});
  Apply(PullEndpoint{"bank", "wallet", "https://new.example/", "", ""});
  OTRP_ASSERT_OK_AND_ASSIGN(target, store_.LoadPullTarget(1));
  EXPECT_EQ(target.endpoint.url, "https://new.example/");
  EXPECT_THAT(target.signer_certificates, ElementsAre("signer", "current"));
  Apply(PullEndpoint{"bank", "wallet", "", "", ""});
  EXPECT_THAT(store_.LoadPullTarget(1), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(PulledTaTest, OneWithAnImageIsNotPulled) {
  ApplyWallet("2.0", "image");
  EXPECT_THAT(store_.LoadPullTarget(2), StatusIs(absl::StatusCode::kNotFound));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto devices, store_.LoadDevices({Did('a')}));
  EXPECT_FALSE(devices[0].goals.desired[0].pull);
}

TEST_F(PulledTaTest, AnAnswerIsForOneDeviceAndItsKeyAndExpires) {
  OTRP_ASSERT_OK_AND_ASSIGN(const auto devices, store_.LoadDevices({Did('a')}));
  EXPECT_TRUE(devices[0].goals.desired[0].pull);
  OTRP_ASSERT_OK(store_.KeepPulled(Of('a')));
  EXPECT_EQ(Load('a'), "{\"key\":\"x\"}");
  EXPECT_FALSE(Load('b').has_value());
  EXPECT_FALSE(Load('a', 'j').has_value());
  EXPECT_FALSE(Load('a', 'k', At(101)).has_value());
  EXPECT_FALSE(
      store_
          .LoadPulled(Did('a'), 1, protocol::Dialect::kPei03, Did('k'), At(50))
          .value()
          .has_value());
  // A later one takes its place.
  PulledTa later = Of('a');
  later.encrypted_ta = "{}";
  OTRP_ASSERT_OK(store_.KeepPulled(later));
  EXPECT_EQ(Load('a'), "{}");
}

TEST_F(PulledTaTest, WhatARevokedCertificateSignedIsNotShippedThoughItWaits) {
  OTRP_ASSERT_OK(store_.KeepPulled(Of('a')));
  // By a process that didn't know who signed it.
  OTRP_ASSERT_OK(database_.pool().Query(
      "INSERT INTO pulled_ta (did, release_id, dialect, aik_sha256, "
      "encrypted_ta, expires_at) SELECT $1, release_id, dialect, aik_sha256, "
      "encrypted_ta, expires_at FROM pulled_ta WHERE did = $2",
      store::Bytes(Did('b')), store::Bytes(Did('a'))));
  EXPECT_TRUE(Load('a').has_value());
  EXPECT_FALSE(Load('b').has_value());
  // Whatever the reason: it is asked for again.
  Apply(SpRevocation{"bank", HexEncode(crypto::Sha256("signer")), At(1000), 4});
  EXPECT_FALSE(Load('a').has_value());
}

TEST_F(PulledTaTest, ARevokedCertificateIsNoSignerOfAnswersAnyMore) {
  Apply(SpCertificate{"bank", "Bank", "current",
                      HexEncode(crypto::Sha256("current"))});
  Apply(SpRevocation{"bank", HexEncode(crypto::Sha256("signer")), At(1), 4});
  OTRP_ASSERT_OK_AND_ASSIGN(PullTarget target, store_.LoadPullTarget(1));
  EXPECT_THAT(target.signer_certificates, ElementsAre("current"));
  Apply(SpRevocation{"bank", HexEncode(crypto::Sha256("current")), At(2), 1});
  OTRP_ASSERT_OK_AND_ASSIGN(target, store_.LoadPullTarget(1));
  EXPECT_THAT(target.signer_certificates, ElementsAre());
}

TEST_F(PulledTaTest, TheStepThatShipsItTakesItAway) {
  OTRP_ASSERT_OK(store_.KeepPulled(Of('a')));
  OTRP_ASSERT_OK(store_.KeepPulled(Of('b')));
  SessionCommit commit = Open("tid", 'a');
  commit.taken_pulls = {{Did('a'), 1}};
  OTRP_ASSERT_OK_AND_ASSIGN(bool first, store_.Commit(commit));
  EXPECT_TRUE(first);
  EXPECT_FALSE(Load('a').has_value());
  EXPECT_TRUE(Load('b').has_value());
  // One that somebody else was before takes nothing.
  commit = Open("tid", 'b');
  commit.taken_pulls = {{Did('b'), 1}};
  OTRP_ASSERT_OK_AND_ASSIGN(first, store_.Commit(commit));
  EXPECT_FALSE(first);
  EXPECT_TRUE(Load('b').has_value());
}

TEST_F(PulledTaTest, WhatNobodyTakesIsRemoved) {
  OTRP_ASSERT_OK(store_.KeepPulled(Of('a')));
  OTRP_ASSERT_OK_AND_ASSIGN(PurgeResult result,
                            store_.Purge(At(99), absl::Seconds(1)));
  EXPECT_EQ(result.pulled_removed, 0);
  OTRP_ASSERT_OK_AND_ASSIGN(result, store_.Purge(At(101), absl::Seconds(1)));
  EXPECT_EQ(result.pulled_removed, 1);
}

TEST_F(PulledTaTest, WhatCameOfRequestsIsListedAnApplicationAtATime) {
  PullAttempt attempt;
  attempt.did = Did('a');
  attempt.at = At(1);
  attempt.outcome = "refused";
  attempt.error = "the endpoint answers HTTP 404 for this device";
  attempt.took = absl::Milliseconds(12);
  OTRP_ASSERT_OK(store_.LogPull(1, attempt));
  attempt.did = Did('b');
  attempt.at = At(2);
  attempt.outcome = "ok";
  attempt.error = "";
  OTRP_ASSERT_OK(store_.LogPull(1, attempt));
  OTRP_ASSERT_OK_AND_ASSIGN(auto found,
                            store_.ListPulls("bank", "wallet", 1000, 10));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].did, Did('b'));
  EXPECT_EQ(found[1].did, Did('a'));
  EXPECT_EQ(found[1].version, "1.0");
  EXPECT_EQ(found[1].at, At(1));
  EXPECT_EQ(found[1].outcome, "refused");
  EXPECT_EQ(found[1].error, "the endpoint answers HTTP 404 for this device");
  EXPECT_EQ(found[1].took, absl::Milliseconds(12));
  OTRP_ASSERT_OK_AND_ASSIGN(
      found, store_.ListPulls("bank", "wallet", found[0].id, 10));
  EXPECT_EQ(found.size(), 1u);
  OTRP_ASSERT_OK_AND_ASSIGN(found, store_.ListPulls("bank", "wallet", 1000, 1));
  EXPECT_EQ(found.size(), 1u);
  OTRP_ASSERT_OK_AND_ASSIGN(found, store_.ListPulls("shop", "wallet", 1000, 9));
  EXPECT_TRUE(found.empty());
  OTRP_ASSERT_OK_AND_ASSIGN(
      const PurgeResult result,
      store_.Purge(At(2) + kKeepPullLog, absl::Seconds(1)));
  EXPECT_EQ(result.pull_attempts_removed, 1);
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

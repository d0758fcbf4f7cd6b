// Signed results, from evidence to whoever checks one with the keys that are
// shown.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/base/hex.h"
#include "libs/crypto/sign.h"
#include "libs/json/json.h"
#include "otrp/verifier/v1/result_status.grpc.pb.h"
#include "otrp/verifier/v1/results.grpc.pb.h"
#include "services/attestation_verifier/testing/verifier_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace verifier {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

class ResultsTest : public VerifierTest {
 protected:
  void SetUp() override {
    VerifierTest::SetUp();
    Load();
    OTRP_ASSERT_OK(signer_.Refresh());
    sp_ = Connect("otrp://sp/bank");
  }

  std::string Did() const { return crypto::Sha256(TheOem().tee_leaf.der()); }

  absl::StatusOr<v1::GetResultResponse> Result(const std::string& nonce = "") {
    v1::GetResultRequest request;
    request.set_did(Did());
    request.set_nonce(nonce);
    auto stub = v1::Results::NewStub(sp_);
    return rpc::Call<v1::GetResultResponse>(
        *stub, &v1::Results::Stub::GetResult, request);
  }

  absl::StatusOr<v1::ListResultKeysResponse> Keys() {
    auto stub = v1::Results::NewStub(sp_);
    return rpc::Call<v1::ListResultKeysResponse>(
        *stub, &v1::Results::Stub::ListResultKeys, v1::ListResultKeysRequest());
  }

  absl::StatusOr<v1::RotateResultKeysResponse> Rotate(bool forget) {
    v1::RotateResultKeysRequest request;
    request.set_forget_retired(forget);
    auto stub = v1::Results::NewStub(operator_);
    return rpc::Call<v1::RotateResultKeysResponse>(
        *stub, &v1::Results::Stub::RotateResultKeys, request);
  }

  // "active", or why not.
  std::string StatusOfToken(const std::string& token) {
    v1::IntrospectResultRequest request;
    request.set_token(token);
    auto stub = v1::ResultStatus::NewStub(sp_);
    const auto answer = rpc::Call<v1::IntrospectResultResponse>(
        *stub, &v1::ResultStatus::Stub::IntrospectResult, request);
    if (!answer.ok()) return std::string(answer.status().message());
    EXPECT_EQ(answer->active(), answer->reason().empty());
    return answer->active() ? "active" : answer->reason();
  }

  // The claims of a token that one of the shown keys has signed; null where
  // none has.
  json::Value Verified(const std::string& jwt) {
    const std::vector<std::string> parts = absl::StrSplit(jwt, '.');
    if (parts.size() != 3) return json::Value();
    const json::Value header =
        json::Parse(Base64UrlDecode(parts[0]).value(), json::kOurs).value();
    const auto keys = Keys();
    for (const v1::ResultKey& key : keys->keys()) {
      if (key.kid() != header.Find("kid")->as_string()) continue;
      const bool good =
          crypto::VerifySha256(crypto::PublicKey::FromSpki(key.spki()).value(),
                               absl::StrCat(parts[0], ".", parts[1]),
                               Base64UrlDecode(parts[2]).value(),
                               crypto::EcFormat::kP1363)
              .ok();
      if (!good) return json::Value();
      return json::Parse(Base64UrlDecode(parts[1]).value(), json::kOurs)
          .value();
    }
    return json::Value();
  }

  std::shared_ptr<grpc::Channel> sp_;
};

TEST_F(ResultsTest, AServiceProviderChecksADeviceByItself) {
  EXPECT_THAT(Result(), StatusIs(absl::StatusCode::kNotFound));
  OTRP_ASSERT_OK(Appraise(GoodRequest()));
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::GetResultResponse result,
                            Result("a-new-nonce"));
  EXPECT_EQ(result.status(), "affirming");
  EXPECT_EQ(result.appraised_at().seconds(), absl::ToUnixSeconds(test::Now()));
  const json::Value claims = Verified(result.ear());
  ASSERT_TRUE(claims.is_object()) << result.ear();
  EXPECT_EQ(claims.Find("eat_nonce")->as_string(), "a-new-nonce");
  EXPECT_EQ(claims.Find("exp")->as_integer(), result.expires_at().seconds());
  const json::Value& tee = *claims.Find("submods")->Find("otrp-tee");
  EXPECT_EQ(tee.Find("ear_status")->as_string(), "affirming");
  EXPECT_EQ(tee.Find("ear_trustworthiness_vector")->Serialize(),
            R"({"instance-identity":2,"hardware":2})");
  const json::Value& ours = *tee.Find("ear_otrp_claims");
  EXPECT_EQ(ours.Find("did")->as_string(), HexEncode(Did()));
  EXPECT_EQ(ours.Find("tee_name")->as_string(), "Primary TEE");
  EXPECT_EQ(ours.Find("tee_anchor")->as_string(), "oem");
}

TEST_F(ResultsTest, WhatOthersSendInADevicesNameChangesNoResult) {
  OTRP_ASSERT_OK(Appraise(GoodRequest()));
  v1::AppraiseRequest forged = GoodRequest();
  forged.mutable_jws_signature()->back() ^= 1;
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::AppraiseResponse refused,
                            Appraise(forged));
  EXPECT_EQ(refused.did(), Did());
  EXPECT_EQ(Result()->status(), "affirming");
  // What it signs itself does.
  v1::Policy policy;
  policy.add_tee_rules()->set_name("Primary TEE");
  policy.mutable_tee_rules(0)->set_deny(true);
  OTRP_ASSERT_OK(SetPolicy(policy));
  OTRP_ASSERT_OK(Appraise(forged));
  EXPECT_EQ(Result()->status(), "affirming");
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::AppraiseResponse denied,
                            Appraise(GoodRequest()));
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::GetResultResponse result, Result());
  EXPECT_EQ(result.status(), "contraindicated");
  // The operator is told which rule; a service provider which claim.
  const v1::Reason& reason = denied.reasons(denied.reasons_size() - 1);
  EXPECT_EQ(reason.claim(), "tee.name, tee.ver");
  EXPECT_EQ(reason.value(), "Primary TEE 1.2.0");
  EXPECT_EQ(reason.rule(), "policy.tee_rules[0]: name Primary TEE, deny");
  const std::string claims = Verified(result.ear()).Serialize();
  EXPECT_THAT(claims, HasSubstr(R"("code":"tee-denied")"));
  EXPECT_THAT(claims, HasSubstr(R"("executables":96)"));
  EXPECT_THAT(claims, Not(HasSubstr("tee_rules")));
}

TEST_F(ResultsTest, ARevokedTeeThatSignedIsContraindicated) {
  OTRP_ASSERT_OK(Appraise(GoodRequest()));
  ca_.copy.crls = {
      {"tee-ca", test::NewCrl(TheOem().tee, {TheOem().tee_leaf.serial()})}};
  OTRP_ASSERT_OK(Refresh());
  OTRP_ASSERT_OK(Appraise(GoodRequest()));
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::GetResultResponse result, Result());
  EXPECT_EQ(result.status(), "contraindicated");
  EXPECT_THAT(Verified(result.ear()).Serialize(),
              HasSubstr(R"("instance-identity":96)"));
}

TEST_F(ResultsTest, WhatIsWithdrawnShowsToWhoeverAsksForAnOlderResult) {
  OTRP_ASSERT_OK(Appraise(GoodRequest()));
  const std::string ear = Result()->ear();
  EXPECT_EQ(StatusOfToken(ear), "active");
  // A newer one that says the same makes the older one no worse.
  clock_.Advance(absl::Minutes(1));
  OTRP_ASSERT_OK(Appraise(GoodRequest()));
  EXPECT_EQ(StatusOfToken(ear), "active");
  v1::Policy policy;
  policy.add_tee_rules()->set_name("Primary TEE");
  policy.mutable_tee_rules(0)->set_deny(true);
  OTRP_ASSERT_OK(SetPolicy(policy));
  OTRP_ASSERT_OK(reappraiser_.Run());
  EXPECT_EQ(StatusOfToken(ear), "withdrawn");
  // What says so itself is still right.
  const std::string refused = Result()->ear();
  EXPECT_EQ(StatusOfToken(refused), "active");
  OTRP_ASSERT_OK(SetPolicy(v1::Policy()));
  clock_.Advance(absl::Minutes(1));
  OTRP_ASSERT_OK(Appraise(GoodRequest()));
  clock_.Advance(kResultLife);
  EXPECT_EQ(StatusOfToken(ear), "expired");
  const std::string again = Result()->ear();
  OTRP_ASSERT_OK(
      database_.superuser().Query("DELETE FROM appraised_device").status());
  EXPECT_EQ(StatusOfToken(again), "forgotten");
}

TEST_F(ResultsTest, NobodyElsesTokenIsCalledActive) {
  OTRP_ASSERT_OK(Appraise(GoodRequest()));
  const std::string ear = Result()->ear();
  std::string forged = ear;
  forged[forged.size() - 20] ^= 1;
  EXPECT_EQ(StatusOfToken(forged), "not-ours");
  const std::vector<std::string> parts = absl::StrSplit(ear, '.');
  EXPECT_EQ(StatusOfToken(absl::StrCat(parts[0], ".", parts[1])), "not-ours");
  EXPECT_EQ(StatusOfToken(absl::StrCat(parts[0], ".e30.", parts[2])),
            "not-ours");
  EXPECT_EQ(StatusOfToken("x"), "not-ours");
  EXPECT_THAT(StatusOfToken(""), HasSubstr("token: must not be empty"));
  EXPECT_THAT(StatusOfToken(std::string(20000, 'x')),
              HasSubstr("token: is longer than"));
  // One that somebody has taken the key of.
  OTRP_ASSERT_OK(Rotate(true));
  EXPECT_EQ(StatusOfToken(ear), "not-ours");
}

TEST_F(ResultsTest, AResultEndsWhenTheVerifierSaysSo) {
  env_.result_life = absl::Minutes(5);
  OTRP_ASSERT_OK(Appraise(GoodRequest()));
  EXPECT_EQ(Result()->expires_at().seconds(),
            absl::ToUnixSeconds(test::Now()) + 300);
}

TEST_F(ResultsTest, AResultOutlivesTheRotationOfItsKeyUnlessThatHasLeaked) {
  OTRP_ASSERT_OK(Appraise(GoodRequest()));
  const std::string ear = Result()->ear();
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::RotateResultKeysResponse rotated,
                            Rotate(false));
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::ListResultKeysResponse keys, Keys());
  ASSERT_EQ(keys.keys_size(), 3);
  EXPECT_EQ(keys.keys(0).kid(), rotated.kid());
  EXPECT_EQ(keys.keys(0).state(), "current");
  EXPECT_THAT(keys.jwks(), HasSubstr(rotated.kid()));
  EXPECT_TRUE(Verified(ear).is_object());
  const std::string by_the_current_one = Result()->ear();
  EXPECT_TRUE(Verified(by_the_current_one).is_object());
  OTRP_ASSERT_OK(Rotate(true));
  EXPECT_FALSE(Verified(ear).is_object());
  EXPECT_FALSE(Verified(by_the_current_one).is_object());
  EXPECT_TRUE(Verified(Result()->ear()).is_object());
  ASSERT_FALSE(database_.AuditEvents().empty());
  EXPECT_EQ(database_.AuditEvents().back().action, "result_keys.rotate");
  // Another replica finds the keys.
  ResultSigner other(SecretBytes(std::string(32, 'k')), result_keys_, clock_,
                     crypto::SystemRandom());
  OTRP_ASSERT_OK(other.Refresh());
  EXPECT_EQ(other.Keys()->at(0).kid, Keys()->keys(0).kid());
}

TEST_F(ResultsTest, KeysAreSealedAndNothingIsSignedWithoutTheirKek) {
  ResultSigner thief(SecretBytes(std::string(32, 'x')), result_keys_, clock_,
                     crypto::SystemRandom());
  EXPECT_THAT(thief.Refresh(),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("--kek_file")));
  EXPECT_THAT(thief.Sign({}), StatusIs(absl::StatusCode::kUnavailable));
  ResultSigner none(SecretBytes(), result_keys_, clock_,
                    crypto::SystemRandom());
  OTRP_ASSERT_OK(none.Refresh());
  EXPECT_THAT(none.Sign({}), StatusIs(absl::StatusCode::kFailedPrecondition,
                                      HasSubstr("--kek_file")));
  EXPECT_THAT(none.Keys().status(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(ResultsTest, NamesWhatIsWrongWithAQuestion) {
  OTRP_ASSERT_OK(Appraise(GoodRequest()));
  for (const std::string& nonce : {std::string("short"), std::string(89, 'n'),
                                   std::string("quo\"te123")}) {
    EXPECT_THAT(Result(nonce), StatusIs(absl::StatusCode::kInvalidArgument,
                                        HasSubstr("nonce: must be")));
  }
  v1::GetResultRequest request;
  request.set_did("short");
  auto stub = v1::Results::NewStub(sp_);
  EXPECT_THAT(rpc::Call<v1::GetResultResponse>(
                  *stub, &v1::Results::Stub::GetResult, request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("did:")));
}

}  // namespace
}  // namespace verifier
}  // namespace otrp

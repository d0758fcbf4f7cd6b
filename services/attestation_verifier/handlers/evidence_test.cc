// Tokens, whose signatures count for them, and evidence that is judged again,
// over the service's RPCs and the real database.

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/sign.h"
#include "libs/rpc/channel.h"
#include "otrp/verifier/v1/evidence.grpc.pb.h"
#include "otrp/verifier/v1/reference_values.grpc.pb.h"
#include "otrp/verifier/v1/results.grpc.pb.h"
#include "services/attestation_verifier/records/kept_evidence.h"
#include "services/attestation_verifier/schemes/psa/psa.h"
#include "services/attestation_verifier/testing/verifier_fixture.h"
#include "tests/support/cbor_diag.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace verifier {
namespace {

using ::otrp::testing::CborOf;
using ::otrp::testing::Diag;
using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kCwtType[] = "application/eat+cwt";

class EvidenceTest : public VerifierTest {
 protected:
  const std::string nonce_ = std::string(32, 'n');
  const std::string instance_ = absl::StrCat("\x01", std::string(32, 'i'));

  // A PSA token of the test's key.
  v1::TokenEvidence Token(char measurement = 'a') {
    const std::string payload = CborOf(absl::StrCat(
        "{10: ", Diag(nonce_), ", 256: ", Diag(instance_),
        ", 265: \"tag:psacertified.org,2023:psa#tfm\", 2394: 1, 2395: 12288, "
        "2396: ",
        Diag(std::string(32, 'm')),
        ", 2399: [{2: ", Diag(std::string(32, measurement)),
        ", 5: ", Diag(std::string(32, 's')), "}]}"));
    const std::string tbs = CborOf(absl::StrCat(
        "[\"Signature1\", <<{1: -7}>>, h'', ", Diag(payload), "]"));
    v1::TokenEvidence token;
    token.set_media_type(kCwtType);
    token.set_challenge(nonce_);
    token.set_token(CborOf(absl::StrCat(
        "18([<<{1: -7}>>, {}, ", Diag(payload), ", ",
        Diag(crypto::SignSha256(test::EcKey(), tbs, crypto::EcFormat::kP1363)
                 .value()),
        "])")));
    return token;
  }

  absl::StatusOr<v1::AppraiseResponse> AppraiseToken(
      const v1::TokenEvidence& token) {
    v1::AppraiseEvidenceRequest request;
    *request.mutable_token() = token;
    auto stub = v1::EvidenceAdmin::NewStub(operator_);
    OTRP_ASSIGN_OR_RETURN(
        const v1::AppraiseEvidenceResponse response,
        rpc::Call<v1::AppraiseEvidenceResponse>(
            *stub, &v1::EvidenceAdmin::Stub::AppraiseEvidence, request));
    return response.result();
  }

  absl::Status PutAnchor(const std::vector<std::string>& schemes) {
    v1::PutEvidenceAnchorRequest request;
    request.set_name("acme");
    request.mutable_schemes()->Assign(schemes.begin(), schemes.end());
    auto stub = v1::EvidenceAnchors::NewStub(operator_);
    return rpc::Call<v1::PutEvidenceAnchorResponse>(
               *stub, &v1::EvidenceAnchors::Stub::PutEvidenceAnchor, request)
        .status();
  }

  absl::StatusOr<v1::AddEvidenceKeyResponse> AddKey(const std::string& key_id,
                                                    const std::string& spki) {
    v1::AddEvidenceKeyRequest request;
    request.set_key_id(key_id);
    request.set_anchor("acme");
    request.set_spki(spki);
    auto stub = v1::EvidenceAnchors::NewStub(operator_);
    return rpc::Call<v1::AddEvidenceKeyResponse>(
        *stub, &v1::EvidenceAnchors::Stub::AddEvidenceKey, request);
  }

  absl::Status RemoveKey(const std::string& key_id) {
    v1::RemoveEvidenceKeyRequest request;
    request.set_key_id(key_id);
    auto stub = v1::EvidenceAnchors::NewStub(operator_);
    return rpc::Call<v1::RemoveEvidenceKeyResponse>(
               *stub, &v1::EvidenceAnchors::Stub::RemoveEvidenceKey, request)
        .status();
  }

  absl::StatusOr<v1::ReappraiseEvidenceResponse> Reappraise(
      const v1::ReappraiseEvidenceRequest& request) {
    auto stub = v1::EvidenceAdmin::NewStub(operator_);
    return rpc::Call<v1::ReappraiseEvidenceResponse>(
        *stub, &v1::EvidenceAdmin::Stub::ReappraiseEvidence, request);
  }

  // Devices that the TSM is told of.
  std::vector<std::string> Withdrawn() {
    auto stub = v1::Withdrawals::NewStub(tsm_);
    const auto taken = rpc::Call<v1::TakeWithdrawalsResponse>(
        *stub, &v1::Withdrawals::Stub::TakeWithdrawals,
        v1::TakeWithdrawalsRequest());
    EXPECT_THAT(taken, IsOk());
    std::vector<std::string> codes;
    for (const v1::Withdrawal& one : taken->withdrawals()) {
      codes.push_back(one.code());
    }
    return codes;
  }

  void KeepEvidence(int days) {
    v1::Policy policy;
    policy.set_keep_evidence_days(days);
    EXPECT_THAT(SetPolicy(policy), IsOk());
  }

  void RegisterDevice() {
    OTRP_ASSERT_OK(PutAnchor({"psa"}));
    OTRP_ASSERT_OK(
        AddKey(instance_, test::EcKey().public_key().ToSpki()).status());
  }

  const std::string did_ = crypto::Sha256(test::EcKey().public_key().ToSpki());
};

TEST_F(EvidenceTest, APsaDeviceIsRegisteredAppraisedAndHasAResult) {
  Load();
  RegisterDevice();
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::AppraiseResponse result,
                            AppraiseToken(Token()));
  EXPECT_EQ(result.verdict(), v1::VERDICT_ACCEPTED);
  EXPECT_EQ(result.scheme(), "psa");
  EXPECT_EQ(result.did(), did_);
  EXPECT_EQ(result.tee_anchor(), "acme");
  EXPECT_EQ(result.tee_key_spki(), test::EcKey().public_key().ToSpki());
  EXPECT_FALSE(result.has_not_after());
  OTRP_ASSERT_OK(log_.Flush());
  OTRP_ASSERT_OK_AND_ASSIGN(const auto device, store_.GetDevice(did_));
  ASSERT_TRUE(device.has_value());
  EXPECT_EQ(device->claims.scheme, "psa");
  EXPECT_EQ(device->claims.vector.Get(attest::TrustClaim::kInstanceIdentity),
            2);
  // The tsm's way is the same.
  v1::AppraiseRequest request;
  *request.mutable_token() = Token();
  EXPECT_EQ(Appraise(request)->scheme(), "psa");
  EXPECT_EQ(Appraise(GoodRequest())->scheme(), "otrp-dsi");
}

TEST_F(EvidenceTest, AStrangersTokenIsRefusedAndIsNoDevice) {
  Load();
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::AppraiseResponse unknown,
                            AppraiseToken(Token()));
  EXPECT_EQ(unknown.verdict(), v1::VERDICT_REFUSED);
  EXPECT_EQ(unknown.reasons(0).code(), "evidence-unknown-signer");
  RegisterDevice();
  v1::TokenEvidence forged = Token();
  forged.mutable_token()->back() ^= 1;
  EXPECT_EQ(AppraiseToken(forged)->reasons(0).code(),
            "evidence-signature-invalid");
  OTRP_ASSERT_OK_AND_ASSIGN(const auto device, store_.GetDevice(did_));
  EXPECT_FALSE(device.has_value());
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::ListAppraisalsResponse listed, List());
  EXPECT_EQ(listed.appraisals_size(), 2);
}

TEST_F(EvidenceTest, NamesTheFieldOfATokenThatIsWrong) {
  Load();
  struct Case {
    const char* field;
    void (*plant)(v1::TokenEvidence*);
  };
  for (const Case& c : std::initializer_list<Case>{
           {"token.token", [](v1::TokenEvidence* t) { t->clear_token(); }},
           {"token.token",
            [](v1::TokenEvidence* t) {
              t->set_token(std::string((64 << 10) + 1, 'x'));
            }},
           {"token.media_type",
            [](v1::TokenEvidence* t) { t->set_media_type("text/plain"); }},
           {"token.media_type",
            [](v1::TokenEvidence* t) {
              t->set_media_type(std::string(300, 'x'));
            }},
           {"token.challenge",
            [](v1::TokenEvidence* t) { t->clear_challenge(); }},
           {"token.challenge", [](v1::TokenEvidence* t) {
              t->set_challenge(std::string(89, 'x'));
            }}}) {
    v1::TokenEvidence token = Token();
    c.plant(&token);
    EXPECT_THAT(AppraiseToken(token),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr(absl::StrCat(c.field, ": "))));
  }
}

TEST_F(EvidenceTest, ARemovedKeyRefusesItsDeviceAtOnce) {
  Load();
  RegisterDevice();
  EXPECT_EQ(AppraiseToken(Token())->verdict(), v1::VERDICT_ACCEPTED);
  OTRP_ASSERT_OK(log_.Flush());
  OTRP_ASSERT_OK(RemoveKey(instance_));
  EXPECT_THAT(Withdrawn(), ElementsAre("evidence-unknown-signer"));
  EXPECT_FALSE((*store_.GetDevice(did_))->accepted);
  EXPECT_EQ(AppraiseToken(Token())->verdict(), v1::VERDICT_REFUSED);
  EXPECT_THAT(RemoveKey(instance_),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("key_id: ")));
}

TEST_F(EvidenceTest, AMakerThatLosesASchemeLosesItsDevices) {
  Load();
  RegisterDevice();
  EXPECT_EQ(AppraiseToken(Token())->verdict(), v1::VERDICT_ACCEPTED);
  OTRP_ASSERT_OK(log_.Flush());
  OTRP_ASSERT_OK(PutAnchor({"psa", "eat-cwt"}));
  EXPECT_THAT(Withdrawn(), IsEmpty());
  OTRP_ASSERT_OK(PutAnchor({"eat-cwt"}));
  EXPECT_THAT(Withdrawn(), ElementsAre("evidence-scheme-not-allowed"));
  EXPECT_EQ(AppraiseToken(Token())->reasons(0).code(),
            "evidence-scheme-not-allowed");
}

TEST_F(EvidenceTest, AnotherKeyDoesntTakeADevicesPlace) {
  Load();
  RegisterDevice();
  EXPECT_THAT(
      AddKey(instance_, test::OtherEcKey().public_key().ToSpki()),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("key_id: ")));
  // The same again changes nothing.
  OTRP_EXPECT_OK(
      AddKey(instance_, test::EcKey().public_key().ToSpki()).status());
  EXPECT_THAT(AddKey("", "x"), StatusIs(absl::StatusCode::kInvalidArgument,
                                        HasSubstr("key_id: ")));
  EXPECT_THAT(
      AddKey("k", "no key"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("spki: ")));
  v1::DeleteEvidenceAnchorRequest remove;
  remove.set_name("acme");
  auto stub = v1::EvidenceAnchors::NewStub(operator_);
  const auto removed = [&] {
    return rpc::Call<v1::DeleteEvidenceAnchorResponse>(
        *stub, &v1::EvidenceAnchors::Stub::DeleteEvidenceAnchor, remove);
  };
  EXPECT_THAT(removed(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                  HasSubstr("still has keys")));
  OTRP_ASSERT_OK(RemoveKey(instance_));
  EXPECT_THAT(removed(), IsOk());
  EXPECT_THAT(removed(), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(EvidenceTest, ARestartWithoutTheDatabaseKnowsWhoMaySign) {
  Load();
  OTRP_ASSERT_OK(PutAnchor({"eat-cwt"}));
  OTRP_ASSERT_OK_AND_ASSIGN(const KeptTrust kept, kept_.Load(test::Now()));
  ASSERT_EQ(kept.evidence_anchors.anchors.size(), 1u);
  EXPECT_EQ(kept.evidence_anchors.anchors[0].name, "acme");
  EXPECT_THAT(kept.evidence_anchors.anchors[0].schemes, ElementsAre("eat-cwt"));
  EXPECT_EQ(kept.evidence_anchors.version, 2);
}

TEST_F(EvidenceTest, EvidenceIsKeptOnlyWhereThePolicySaysSoAndOfOurDevices) {
  Load();
  RegisterDevice();
  AppraiseToken(Token()).IgnoreError();
  OTRP_ASSERT_OK(log_.Flush());
  EXPECT_THAT(*evidence_.ListKept(0, 10), IsEmpty());
  KeepEvidence(7);
  const v1::TokenEvidence token = Token();
  AppraiseToken(token).IgnoreError();
  Appraise(GoodRequest()).IgnoreError();
  // Anybody can send these.
  v1::TokenEvidence forged = token;
  forged.mutable_token()->back() ^= 1;
  AppraiseToken(forged).IgnoreError();
  v1::AppraiseRequest stranger = GoodRequest();
  stranger.mutable_jws_signature()->back() ^= 1;
  Appraise(stranger).IgnoreError();
  OTRP_ASSERT_OK(log_.Flush());
  OTRP_ASSERT_OK_AND_ASSIGN(const std::vector<KeptEvidence> kept,
                            evidence_.ListKept(0, 10));
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].did, did_);
  EXPECT_EQ(kept[0].evidence.octets, token.token());
  EXPECT_EQ(kept[0].evidence.challenge, nonce_);
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::ListAppraisalsResponse listed, List());
  int64_t named = 0;
  for (const v1::Appraisal& appraisal : listed.appraisals()) {
    named += appraisal.evidence_kept() ? 1 : 0;
    EXPECT_EQ(appraisal.evidence_kept(),
              appraisal.id() == kept[0].appraisal_id ||
                  appraisal.id() == kept[1].appraisal_id);
  }
  EXPECT_EQ(named, 2);
  // Until its days are over, or the policy wants it no longer.
  OTRP_ASSERT_OK(
      PurgeEvidence(evidence_, trust_, test::Now() + absl::Hours(24 * 7 - 1)));
  EXPECT_EQ(evidence_.ListKept(0, 10)->size(), 2u);
  KeepEvidence(0);
  OTRP_ASSERT_OK(
      PurgeEvidence(evidence_, trust_, test::Now() + absl::Seconds(1)));
  EXPECT_THAT(*evidence_.ListKept(0, 10), IsEmpty());
}

TEST_F(EvidenceTest,
       KeptEvidenceIsJudgedAgainByAnotherPolicyAndChangesNothing) {
  Load();
  RegisterDevice();
  KeepEvidence(7);
  AppraiseToken(Token()).IgnoreError();
  Appraise(GoodRequest()).IgnoreError();
  OTRP_ASSERT_OK(log_.Flush());
  const size_t audited = database_.AuditEvents().size();
  v1::ReappraiseEvidenceRequest request;
  request.set_dry_run(true);
  request.set_page_size(1);
  OTRP_ASSERT_OK_AND_ASSIGN(v1::ReappraiseEvidenceResponse same,
                            Reappraise(request));
  ASSERT_EQ(same.reappraisals_size(), 1);
  EXPECT_EQ(same.reappraisals(0).scheme(), "psa");
  EXPECT_EQ(same.reappraisals(0).before(), v1::VERDICT_ACCEPTED);
  EXPECT_EQ(same.reappraisals(0).after(), v1::VERDICT_ACCEPTED);
  request.set_page_token(same.next_page_token());
  request.mutable_policy()->set_require_reference_values(true);
  OTRP_ASSERT_OK_AND_ASSIGN(v1::ReappraiseEvidenceResponse other,
                            Reappraise(request));
  ASSERT_EQ(other.reappraisals_size(), 1);
  EXPECT_EQ(other.reappraisals(0).scheme(), "otrp-dsi");
  EXPECT_EQ(other.reappraisals(0).after(), v1::VERDICT_REFUSED);
  EXPECT_EQ(other.reappraisals(0)
                .reasons(other.reappraisals(0).reasons_size() - 1)
                .code(),
            "tee-unknown-reference");
  EXPECT_EQ(other.next_page_token(), "");
  EXPECT_FALSE(other.reappraisals(0).withdrawn());
  EXPECT_THAT(Withdrawn(), IsEmpty());
  EXPECT_EQ(database_.AuditEvents().size(), audited);
  request.set_dry_run(false);
  EXPECT_THAT(Reappraise(request),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("policy: needs dry_run")));
  request.clear_policy();
  request.set_appraisal_id(123456);
  EXPECT_THAT(Reappraise(request), StatusIs(absl::StatusCode::kNotFound,
                                            HasSubstr("appraisal_id: ")));
}

TEST_F(EvidenceTest, WhatEvidenceIsNoLongerWorthRefusesItsDeviceOnce) {
  Load();
  RegisterDevice();
  KeepEvidence(7);
  AppraiseToken(Token()).IgnoreError();
  OTRP_ASSERT_OK(log_.Flush());
  // Another maker's key by now: the device's own evidence is nobody's.
  OTRP_ASSERT_OK(evidence_.RemoveKey(instance_, store::AuditEvent()));
  v1::ReappraiseEvidenceRequest request;
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::ReappraiseEvidenceResponse response,
                            Reappraise(request));
  ASSERT_EQ(response.reappraisals_size(), 1);
  EXPECT_EQ(response.reappraisals(0).after(), v1::VERDICT_REFUSED);
  EXPECT_TRUE(response.reappraisals(0).withdrawn());
  EXPECT_THAT(Withdrawn(), ElementsAre("evidence-unknown-signer"));
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::ReappraiseEvidenceResponse again,
                            Reappraise(request));
  EXPECT_FALSE(again.reappraisals(0).withdrawn());
}

TEST_F(EvidenceTest, OldEvidenceDoesntRefuseADeviceThatHasComeSince) {
  Load();
  RegisterDevice();
  KeepEvidence(7);
  AppraiseToken(Token()).IgnoreError();
  OTRP_ASSERT_OK(log_.Flush());
  OTRP_ASSERT_OK_AND_ASSIGN(const std::vector<KeptEvidence> kept,
                            evidence_.ListKept(0, 10));
  ASSERT_EQ(kept.size(), 1u);
  clock_.Advance(absl::Minutes(1));
  AppraiseToken(Token()).IgnoreError();
  OTRP_ASSERT_OK(log_.Flush());
  EXPECT_EQ(*evidence_.RefuseDevices({did_}, kept[0].at, {{"tee-denied", "x"}},
                                     1, clock_.Now()),
            0);
  EXPECT_EQ(*evidence_.RefuseDevices({did_}, clock_.Now(),
                                     {{"tee-denied", "x"}}, 1, clock_.Now()),
            1);
}

// A withdrawn reference value refuses a PSA device like any other.
TEST_F(EvidenceTest, AWithdrawnMeasurementRefusesTheDevicesThatHaveIt) {
  Load();
  RegisterDevice();
  auto stub = v1::ReferenceValues::NewStub(operator_);
  v1::SubmitReferenceValueRequest submit;
  submit.set_name("tfm-1");
  submit.set_anchor("acme");
  submit.set_tee_name(schemes::PsaTeeName(std::string(32, 'm')));
  submit.set_tee_version(
      schemes::SoftwareVersion({{std::string(32, 'a'), std::string(32, 's')}}));
  OTRP_ASSERT_OK(
      rpc::Call<v1::SubmitReferenceValueResponse>(
          *stub, &v1::ReferenceValues::Stub::SubmitReferenceValue, submit)
          .status());
  v1::ActivateReferenceValueRequest activate;
  activate.set_name("tfm-1");
  OTRP_ASSERT_OK(
      rpc::Call<v1::ActivateReferenceValueResponse>(
          *stub, &v1::ReferenceValues::Stub::ActivateReferenceValue, activate)
          .status());
  v1::Policy policy;
  policy.set_require_reference_values(true);
  EXPECT_THAT(SetPolicy(policy), IsOk());
  EXPECT_EQ(AppraiseToken(Token('a'))->verdict(), v1::VERDICT_ACCEPTED);
  EXPECT_EQ(AppraiseToken(Token('b'))->reasons(0).code(),
            "tee-unknown-reference");
  EXPECT_EQ(AppraiseToken(Token('a'))->verdict(), v1::VERDICT_ACCEPTED);
  OTRP_ASSERT_OK(log_.Flush());
  clock_.Advance(absl::Seconds(1));
  AppraiseToken(Token('a')).IgnoreError();
  OTRP_ASSERT_OK(log_.Flush());
  v1::WithdrawReferenceValueRequest withdraw;
  withdraw.set_name("tfm-1");
  OTRP_ASSERT_OK(
      rpc::Call<v1::WithdrawReferenceValueResponse>(
          *stub, &v1::ReferenceValues::Stub::WithdrawReferenceValue, withdraw)
          .status());
  EXPECT_THAT(Withdrawn(), ElementsAre("tee-withdrawn"));
}

}  // namespace
}  // namespace verifier
}  // namespace otrp

// The verifier's services over real mutual TLS, with a CA and a store that can
// be away.

#include "libs/rpc/server.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/der.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/sign.h"
#include "libs/json/json.h"
#include "libs/pki/ocsp.h"
#include "services/attestation_verifier/testing/verifier_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace verifier {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

using ServerTest = VerifierTest;

TEST_F(ServerTest, GoodEvidenceIsAcceptedAndKept) {
  Load();
  OTRP_ASSERT_OK_AND_ASSIGN(v1::AppraiseResponse response,
                            Appraise(GoodRequest()));
  EXPECT_EQ(response.verdict(), v1::VERDICT_ACCEPTED) << response.DebugString();
  EXPECT_EQ(response.did(), crypto::Sha256(TheOem().tee_leaf.der()));
  EXPECT_EQ(response.tee_key_spki(), test::EcKey().public_key().ToSpki());
  EXPECT_EQ(response.tee_certificate(), TheOem().tee_leaf.der());
  EXPECT_EQ(response.tee_name(), "Primary TEE");
  EXPECT_TRUE(response.firmware_verified());
  EXPECT_EQ(response.not_after().seconds(),
            absl::ToUnixSeconds(TheOem().tee_leaf.not_after()));

  OTRP_ASSERT_OK_AND_ASSIGN(v1::ListAppraisalsResponse list, List());
  ASSERT_EQ(list.appraisals_size(), 1);
  EXPECT_EQ(list.appraisals(0).tid(), test::kTid);
  EXPECT_EQ(list.appraisals(0).did(), response.did());
  EXPECT_EQ(list.appraisals(0).verdict(), v1::VERDICT_ACCEPTED);
}

TEST_F(ServerTest, BadEvidenceIsAnAnswerWithReasons) {
  Load();
  v1::AppraiseRequest request = GoodRequest();
  request.set_jws_signing_input("aGVhZGVy.Zm9yZ2Vk");
  OTRP_ASSERT_OK_AND_ASSIGN(v1::AppraiseResponse response, Appraise(request));
  EXPECT_EQ(response.verdict(), v1::VERDICT_REFUSED);
  EXPECT_EQ(response.reasons(response.reasons_size() - 1).code(),
            "signature-invalid");
  EXPECT_EQ(response.reasons(response.reasons_size() - 1).meaning(),
            "The response isn't signed by the key of the TEE's certificate.");
  EXPECT_TRUE(response.tee_key_spki().empty());
  EXPECT_EQ(response.did().size(), 32u);
}

TEST_F(ServerTest, NothingIsAppraisedBeforeTrustIsLoaded) {
  EXPECT_THAT(Appraise(GoodRequest()),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(updater_.Ready(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(ServerTest, ADeniedTeeIsNotAcceptedBeforeThePolicyIsLoaded) {
  attest::Policy deny_all;
  deny_all.tee_rules = {{"*", "", true}};
  OTRP_ASSERT_OK(store_.SetPolicy(deny_all, 0, store::AuditEvent()));
  // A start in which the database answers later than the CA.
  OTRP_ASSERT_OK(updater_.PullTrust());
  EXPECT_THAT(Appraise(GoodRequest()),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(updater_.Ready(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("policy")));
  OTRP_ASSERT_OK(updater_.PullPolicy());
  OTRP_EXPECT_OK(updater_.Ready());
  OTRP_ASSERT_OK_AND_ASSIGN(v1::AppraiseResponse response,
                            Appraise(GoodRequest()));
  EXPECT_EQ(response.verdict(), v1::VERDICT_REFUSED);
}

TEST_F(ServerTest, AcceptingGoesOnWithoutTheDatabaseButRefusingDoesNot) {
  Load();
  database_.proxy().SetReachable(false);
  EXPECT_THAT(Appraise(GoodRequest()), IsOk());
  v1::AppraiseRequest bad = GoodRequest();
  bad.set_dsi("{}");
  EXPECT_THAT(Appraise(bad), StatusIs(absl::StatusCode::kUnavailable));
  database_.proxy().SetReachable(true);
  OTRP_ASSERT_OK_AND_ASSIGN(v1::ListAppraisalsResponse list, List());
  EXPECT_EQ(list.appraisals_size(), 1);
}

TEST_F(ServerTest, ARemovedAnchorHoldsAtOnceAfterARefresh) {
  Load();
  OTRP_ASSERT_OK_AND_ASSIGN(v1::AppraiseResponse before,
                            Appraise(GoodRequest()));
  EXPECT_EQ(before.verdict(), v1::VERDICT_ACCEPTED);
  ca_.copy.version = 4;
  ca_.copy.anchors.erase(ca_.copy.anchors.begin());
  OTRP_ASSERT_OK_AND_ASSIGN(v1::RefreshResponse refreshed, Refresh());
  EXPECT_EQ(refreshed.anchors_version(), 4);
  EXPECT_EQ(refreshed.anchors(), 1);
  EXPECT_EQ(refreshed.crls(), 1);
  OTRP_ASSERT_OK_AND_ASSIGN(v1::AppraiseResponse after,
                            Appraise(GoodRequest()));
  EXPECT_EQ(after.verdict(), v1::VERDICT_REFUSED);
  EXPECT_EQ(after.reasons(0).code(), "tee-chain-unknown-issuer");
  ASSERT_FALSE(database_.AuditEvents().empty());
  EXPECT_EQ(database_.AuditEvents().back().action, "trust.refresh");
}

TEST_F(ServerTest, ARevokedTeeIsRefusedAfterARefresh) {
  Load();
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_ACCEPTED);
  ca_.copy.crls = {
      {"tee-ca", test::NewCrl(TheOem().tee, {TheOem().tee_leaf.serial()})}};
  OTRP_ASSERT_OK(Refresh());
  OTRP_ASSERT_OK_AND_ASSIGN(v1::AppraiseResponse response,
                            Appraise(GoodRequest()));
  EXPECT_EQ(response.verdict(), v1::VERDICT_REFUSED);
  EXPECT_EQ(response.reasons(0).code(), "tee-cert-revoked");
}

TEST_F(ServerTest, APolicyHoldsAtOnceAndItsVersionIsHeldAgainst) {
  Load();
  v1::Policy policy;
  v1::TeeRule* rule = policy.add_tee_rules();
  rule->set_name("Primary*");
  rule->set_deny(true);
  OTRP_ASSERT_OK_AND_ASSIGN(v1::SetPolicyResponse set, SetPolicy(policy));
  EXPECT_EQ(set.version(), 1);
  OTRP_ASSERT_OK_AND_ASSIGN(v1::AppraiseResponse denied,
                            Appraise(GoodRequest()));
  EXPECT_EQ(denied.verdict(), v1::VERDICT_REFUSED);
  EXPECT_EQ(denied.policy_version(), 1);
  EXPECT_EQ(denied.reasons(denied.reasons_size() - 1).code(), "tee-denied");

  EXPECT_THAT(SetPolicy(v1::Policy(), 7), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(SetPolicy(v1::Policy(), 1), IsOk());
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_ACCEPTED);
  EXPECT_EQ(database_.AuditEvents().size(), 2u);

  auto stub = v1::PolicyAdmin::NewStub(operator_);
  OTRP_ASSERT_OK_AND_ASSIGN(
      v1::GetPolicyResponse got,
      rpc::Call<v1::GetPolicyResponse>(*stub, &v1::PolicyAdmin::Stub::GetPolicy,
                                       v1::GetPolicyRequest()));
  EXPECT_EQ(got.version(), 2);
  EXPECT_EQ(got.policy().tee_rules_size(), 0);
}

TEST_F(ServerTest, ABadPolicyIsNamedAndChangesNothing) {
  v1::Policy policy;
  policy.add_tee_rules()->set_min_version("one");
  EXPECT_THAT(SetPolicy(policy),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("tee_rules[0].min_version")));
  EXPECT_TRUE(database_.AuditEvents().empty());
  auto stub = v1::PolicyAdmin::NewStub(operator_);
  EXPECT_THAT(
      rpc::Call<v1::SetPolicyResponse>(*stub, &v1::PolicyAdmin::Stub::SetPolicy,
                                       v1::SetPolicyRequest()),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("policy")));
}

TEST_F(ServerTest, NamesTheFieldThatIsMissing) {
  Load();
  struct Case {
    const char* field;
    void (*plant)(v1::AppraiseRequest*);
  };
  const Case cases[] = {
      {"tid", [](v1::AppraiseRequest* r) { r->clear_tid(); }},
      {"tid",
       [](v1::AppraiseRequest* r) { r->set_tid(std::string(1000, 'x')); }},
      {"jws_signing_input",
       [](v1::AppraiseRequest* r) { r->clear_jws_signing_input(); }},
      {"jws_signature",
       [](v1::AppraiseRequest* r) { r->clear_jws_signature(); }},
      {"dsi", [](v1::AppraiseRequest* r) { r->clear_dsi(); }},
      {"dsi",
       [](v1::AppraiseRequest* r) {
         r->set_dsi(std::string((1 << 20) + 1, ' '));
       }},
  };
  for (const Case& c : cases) {
    v1::AppraiseRequest request = GoodRequest();
    c.plant(&request);
    EXPECT_THAT(Appraise(request), StatusIs(absl::StatusCode::kInvalidArgument,
                                            HasSubstr(c.field)));
  }
}

TEST_F(ServerTest, AppraisalsAreListedInPages) {
  Load();
  for (int i = 0; i < 5; ++i) {
    v1::AppraiseRequest request = GoodRequest();
    // Firmware has signed another tid: refused.
    request.set_tid(absl::StrCat("tid-", i));
    OTRP_ASSERT_OK(Appraise(request));
  }
  v1::ListAppraisalsRequest request;
  request.set_page_size(2);
  std::string seen;
  do {
    OTRP_ASSERT_OK_AND_ASSIGN(v1::ListAppraisalsResponse page, List(request));
    EXPECT_LE(page.appraisals_size(), 2);
    for (const v1::Appraisal& appraisal : page.appraisals()) {
      absl::StrAppend(&seen, appraisal.tid(), " ");
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(seen, "tid-4 tid-3 tid-2 tid-1 tid-0 ");

  request.set_page_token("!");
  EXPECT_THAT(List(request), StatusIs(absl::StatusCode::kInvalidArgument));
  request.clear_page_token();
  request.set_did("short");
  EXPECT_THAT(List(request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("did")));
}

TEST_F(ServerTest, AnchorsInUseAreListed) {
  Load();
  auto stub = v1::PolicyAdmin::NewStub(Connect("otrp://auditor/bob"));
  OTRP_ASSERT_OK_AND_ASSIGN(
      v1::ListActiveTrustAnchorsResponse anchors,
      rpc::Call<v1::ListActiveTrustAnchorsResponse>(
          *stub, &v1::PolicyAdmin::Stub::ListActiveTrustAnchors,
          v1::ListActiveTrustAnchorsRequest()));
  ASSERT_EQ(anchors.anchors_size(), 2);
  EXPECT_EQ(anchors.version(), 3);
  EXPECT_EQ(anchors.anchors(0).role(), common::v1::ROLE_TEE);
  EXPECT_EQ(anchors.anchors(0).certificate_der(), TheOem().tee.root.der());
}

TEST_F(ServerTest, AThirdPartysCrlHoldsAtOnceAndUntilItIsRemoved) {
  Load();
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_ACCEPTED);
  auto stub = v1::RevocationAdmin::NewStub(operator_);
  v1::AddRevocationDataRequest add;
  add.set_name("oem");
  const auto added = [&] {
    return rpc::Call<v1::AddRevocationDataResponse>(
        *stub, &v1::RevocationAdmin::Stub::AddRevocationData, add);
  };
  EXPECT_THAT(added(), StatusIs(absl::StatusCode::kInvalidArgument,
                                HasSubstr("data_der")));
  add.set_data_der("no CRL");
  EXPECT_THAT(added(), StatusIs(absl::StatusCode::kInvalidArgument,
                                HasSubstr("data_der: the CRL isn't DER")));
  // Later than the CA's own list.
  const absl::Time at = test::Now() - absl::Minutes(1);
  const absl::Time end = test::Now() + absl::Hours(1);
  add.set_data_der(
      test::NewCrl(TheOem().tee, {TheOem().tee_leaf.serial()}, at, end));
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::AddRevocationDataResponse crl, added());
  EXPECT_EQ(crl.data().kind(), "crl");
  EXPECT_EQ(crl.data().entries(), 1);
  EXPECT_THAT(crl.data().issuer(), HasSubstr("TEE"));
  EXPECT_EQ(crl.data().this_update().seconds(), absl::ToUnixSeconds(at));
  OTRP_ASSERT_OK_AND_ASSIGN(v1::AppraiseResponse refused,
                            Appraise(GoodRequest()));
  EXPECT_EQ(refused.reasons(0).code(), "tee-cert-revoked");
  // The same again changes nothing; an older one would forget revocations.
  EXPECT_THAT(added(), IsOk());
  EXPECT_EQ(database_.AuditEvents().size(), 1u);
  add.set_data_der(test::NewCrl(TheOem().tee, {}, at - absl::Hours(1), end));
  EXPECT_THAT(added(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                HasSubstr("data_der: is older")));
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_REFUSED);

  // An OCSP response is known by its form.
  pki::OcspTemplate answer;
  answer.produced_at = answer.this_update = test::Now();
  answer.next_update = end;
  answer.entries = {{pki::CertIdOf(TheOem().tee_leaf, TheOem().tee.ca),
                     pki::OcspStatus::kGood, at, -1}};
  add.set_name("oem-ocsp");
  add.set_data_der(
      pki::IssueOcspResponse(answer, TheOem().tee.ca, TheOem().tee.ca_key)
          .value());
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::AddRevocationDataResponse ocsp, added());
  EXPECT_EQ(ocsp.data().kind(), "ocsp");
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_ACCEPTED)
      << "released from hold since the list";

  OTRP_ASSERT_OK_AND_ASSIGN(
      const v1::ListRevocationDataResponse list,
      rpc::Call<v1::ListRevocationDataResponse>(
          *stub, &v1::RevocationAdmin::Stub::ListRevocationData,
          v1::ListRevocationDataRequest()));
  ASSERT_EQ(list.data_size(), 2);
  EXPECT_EQ(list.data(0).name(), "oem");
  EXPECT_EQ(list.data(1).name(), "oem-ocsp");
  v1::RemoveRevocationDataRequest remove;
  for (const char* name : {"oem", "oem-ocsp"}) {
    remove.set_name(name);
    OTRP_EXPECT_OK(rpc::Call<v1::RemoveRevocationDataResponse>(
        *stub, &v1::RevocationAdmin::Stub::RemoveRevocationData, remove));
  }
  EXPECT_THAT(
      rpc::Call<v1::RemoveRevocationDataResponse>(
          *stub, &v1::RevocationAdmin::Stub::RemoveRevocationData, remove),
      StatusIs(absl::StatusCode::kNotFound, HasSubstr("name: ")));
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_ACCEPTED);
  EXPECT_EQ(database_.AuditEvents().size(), 4u);
}

TEST_F(ServerTest, ARevokedTeeIsNotAcceptedBeforeTheCrlsAreLoaded) {
  OTRP_ASSERT_OK(store_.PutRevocation(
      {"oem", RevocationKind::kCrl,
       test::NewCrl(TheOem().tee, {TheOem().tee_leaf.serial()},
                    test::Now() - absl::Minutes(1)),
       test::Now()},
      store::AuditEvent()));
  OTRP_ASSERT_OK(updater_.PullTrust());
  // As if the database had failed between the policy and the lists.
  trust_.SetPolicy(VersionedPolicy());
  trust_.SetReferences(ReferenceList());
  trust_.SetEvidenceAnchors(EvidenceAnchorList());
  EXPECT_THAT(Appraise(GoodRequest()),
              StatusIs(absl::StatusCode::kUnavailable));
  OTRP_ASSERT_OK(updater_.PullPolicy());
  OTRP_ASSERT_OK_AND_ASSIGN(v1::AppraiseResponse response,
                            Appraise(GoodRequest()));
  EXPECT_EQ(response.reasons(0).code(), "tee-cert-revoked");
}

TEST_F(ServerTest, AnAnchorsUsagesReachTheAppraisal) {
  // A device whose maker has certificates with a standard usage only.
  const pki::Certificate other = test::NewLeaf(TheOem().tee, pki::Role::kClient,
                                               test::EcKey().public_key());
  json::Value inner = json::Value::Object();
  inner.Set("tee", test::TeeData(other, {TheOem().tee.ca}));
  json::Value dsi = json::Value::Object();
  dsi.Set("dsi", std::move(inner));
  v1::AppraiseRequest request = GoodRequest();
  request.set_dsi(dsi.Serialize());
  Load();
  EXPECT_EQ(Appraise(request)->reasons(0).code(), "tee-chain-wrong-usage");
  ca_.copy.version = 4;
  ca_.copy.anchors[0].ekus = {"1.3.6.1.5.5.7.3.2"};
  OTRP_ASSERT_OK(Refresh());
  EXPECT_EQ(Appraise(request)->verdict(), v1::VERDICT_ACCEPTED);
  // Also after a restart without the CA.
  OTRP_ASSERT_OK_AND_ASSIGN(const auto stored, store_.LoadTrust());
  ASSERT_TRUE(stored.has_value());
  EXPECT_TRUE(*stored == ca_.copy);
}

// Whose devices they are says the operator's name of the root, not the device.
TEST_F(ServerTest, AnAcceptedTeeComesWithTheNameOfItsAnchor) {
  Load();
  const auto accepted = Appraise(GoodRequest());
  EXPECT_EQ(accepted->verdict(), v1::VERDICT_ACCEPTED);
  EXPECT_EQ(accepted->tee_anchor(), ca_.copy.anchors[0].name);
  ca_.copy.version = 4;
  ca_.copy.anchors[0].name = "maker";
  OTRP_ASSERT_OK(Refresh());
  EXPECT_EQ(Appraise(GoodRequest())->tee_anchor(), "maker");
  v1::AppraiseRequest forged = GoodRequest();
  forged.mutable_jws_signature()->back() ^= 1;
  EXPECT_EQ(Appraise(forged)->tee_anchor(), "");
}

TEST_F(ServerTest, APolicySaysHowLongACrlWithoutAnEndIsCurrent) {
  // By hand: no authority of ours makes one.
  namespace der = crypto::der;
  const std::string algorithm =
      der::Sequence({der::Oid("1.2.840.10045.4.3.2")});
  const std::string tbs =
      der::Sequence({der::PositiveInteger("\x01"), algorithm,
                     TheOem().tee.ca.info().subject_der,
                     der::GeneralizedTime(test::Now() - absl::Hours(30))});
  const std::string crl =
      der::Sequence({tbs, algorithm,
                     der::BitString(crypto::SignSha256(TheOem().tee.ca_key, tbs,
                                                       crypto::EcFormat::kDer)
                                        .value())});
  ca_.copy.anchors[0].certificate_der = TheOem().tee.ca.der();
  ca_.copy.crls.clear();
  OTRP_ASSERT_OK(store_.PutRevocation(
      {"oem", RevocationKind::kCrl, crl, test::Now()}, store::AuditEvent()));
  Load();
  v1::Policy policy;
  const auto first_reason = [&](int days) {
    policy.set_undated_crl_days(days);
    EXPECT_THAT(SetPolicy(policy), IsOk());
    const auto response = Appraise(GoodRequest());
    EXPECT_THAT(response, IsOk());
    return response->reasons(0).detail();
  };
  EXPECT_THAT(first_reason(0), HasSubstr("the TEE's chain"));
  EXPECT_THAT(first_reason(1), HasSubstr("the TEE's chain"));
  // What is left is the firmware's, whose authority has no list here.
  EXPECT_THAT(first_reason(2), HasSubstr("the firmware's chain"));
  policy.set_undated_crl_days(-1);
  EXPECT_THAT(SetPolicy(policy), StatusIs(absl::StatusCode::kInvalidArgument,
                                          HasSubstr("undated_crl_days")));
}

TEST_F(ServerTest, StrangersAreNotServed) {
  for (const char* uri : {"otrp://service/gateway", "otrp://sp/bank", ""}) {
    auto stub = v1::Appraiser::NewStub(Connect(uri));
    EXPECT_THAT(rpc::Call<v1::AppraiseResponse>(
                    *stub, &v1::Appraiser::Stub::Appraise, GoodRequest()),
                StatusIs(absl::StatusCode::kPermissionDenied))
        << uri;
  }
}

}  // namespace
}  // namespace verifier
}  // namespace otrp

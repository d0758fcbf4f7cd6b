// The verifier's services over real mutual TLS, with a CA and a store that can
// be away.

#include "libs/rpc/server.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/crypto/der.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/sign.h"
#include "libs/json/json.h"
#include "libs/pki/ocsp.h"
#include "libs/protocol/test_pki.h"
#include "libs/protocol/test_tee.h"
#include "libs/rpc/channel.h"
#include "otrp/verifier/v1/verifier.grpc.pb.h"
#include "services/attestation_verifier/authz.h"
#include "services/attestation_verifier/env.h"
#include "services/attestation_verifier/services.h"
#include "services/attestation_verifier/storage/verifier_store.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp {
namespace verifier {
namespace {

namespace test = ::otrp::protocol::test;
using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::otrp::testing::TestTls;
using ::testing::HasSubstr;

// The OEM whose devices come.
struct Oem {
  test::Hierarchy tee = test::NewHierarchy("TEE");
  test::Hierarchy tfw = test::NewHierarchy("firmware");
  pki::Certificate tee_leaf =
      test::NewLeaf(tee, pki::Role::kTee, test::EcKey().public_key());
  pki::Certificate tfw_leaf =
      test::NewLeaf(tfw, pki::Role::kTfw, test::OtherEcKey().public_key());
};

const Oem& TheOem() {
  static const auto* const kOem = new Oem();
  return *kOem;
}

class FakeCa : public CaClient {
 public:
  absl::StatusOr<TrustCopy> PullTrust() override {
    if (away) return absl::UnavailableError("the CA is away");
    return copy;
  }

  bool away = false;
  TrustCopy copy;
};

v1::AppraiseRequest GoodRequest() {
  json::Value inner = json::Value::Object();
  inner.Set("tfwdata", test::FirmwareData(TheOem().tfw_leaf, test::OtherEcKey(),
                                          test::kTid));
  inner.Set("tee", test::TeeData(TheOem().tee_leaf,
                                 {TheOem().tee.ca, TheOem().tfw.ca}));
  json::Value dsi = json::Value::Object();
  dsi.Set("dsi", std::move(inner));
  v1::AppraiseRequest request;
  request.set_tid(test::kTid);
  request.set_jws_signing_input("aGVhZGVy.cGF5bG9hZA");
  request.set_jws_alg("ES256");
  request.set_jws_signature(crypto::SignSha256(test::EcKey(),
                                               request.jws_signing_input(),
                                               crypto::EcFormat::kP1363)
                                .value());
  request.set_dsi(dsi.Serialize());
  request.set_dialect(v1::DIALECT_IETF03);
  return request;
}

class ServerTest : public ::testing::Test {
 protected:
  ServerTest()
      : guard_("attestation_verifier", Authz(),
               rpc::Guard::AuditCheck::kEnforce),
        clock_(test::Now()),
        updater_(ca_, store_, trust_, clock_),
        log_(store_),
        env_{guard_, store_, trust_, updater_, log_, clock_},
        services_(NewServices(env_)) {
    ca_.copy.version = 3;
    ca_.copy.anchors = {{AnchorRole::kTee, "oem", TheOem().tee.root.der()},
                        {AnchorRole::kTfw, "oem", TheOem().tfw.root.der()}};
    ca_.copy.crls = {{"tee-ca", test::NewCrl(TheOem().tee, {})}};
  }

  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(tls_, TestTls::Create());
    rpc::Server::Options options;
    options.listen = "127.0.0.1:0";
    OTRP_ASSERT_OK_AND_ASSIGN(
        options.tls_dir, tls_->Issue("otrp://service/attestation_verifier"));
    options.guard = &guard_;
    std::vector<grpc::Service*> raw;
    for (const auto& service : services_) raw.push_back(service.get());
    OTRP_ASSERT_OK_AND_ASSIGN(server_, rpc::Server::Start(options, raw));
    tsm_ = Connect("otrp://service/tsm");
    operator_ = Connect("otrp://operator/alice");
  }

  std::shared_ptr<grpc::Channel> Connect(const std::string& uri) {
    return rpc::CreateChannel({absl::StrCat("127.0.0.1:", server_->port()),
                               "attestation_verifier",
                               tls_->Issue(uri).value()})
        .value();
  }

  absl::StatusOr<v1::AppraiseResponse> Appraise(
      const v1::AppraiseRequest& request) {
    auto stub = v1::Appraiser::NewStub(tsm_);
    return rpc::Call<v1::AppraiseResponse>(
        *stub, &v1::Appraiser::Stub::Appraise, request);
  }

  absl::StatusOr<v1::ListAppraisalsResponse> List(
      const v1::ListAppraisalsRequest& request = {}) {
    auto stub = v1::Appraisals::NewStub(operator_);
    return rpc::Call<v1::ListAppraisalsResponse>(
        *stub, &v1::Appraisals::Stub::ListAppraisals, request);
  }

  absl::StatusOr<v1::SetPolicyResponse> SetPolicy(const v1::Policy& policy,
                                                  int64_t expected = 0) {
    v1::SetPolicyRequest request;
    *request.mutable_policy() = policy;
    request.set_expected_version(expected);
    auto stub = v1::PolicyAdmin::NewStub(operator_);
    return rpc::Call<v1::SetPolicyResponse>(
        *stub, &v1::PolicyAdmin::Stub::SetPolicy, request);
  }

  absl::StatusOr<v1::RefreshResponse> Refresh() {
    auto stub = v1::PolicyAdmin::NewStub(operator_);
    return rpc::Call<v1::RefreshResponse>(
        *stub, &v1::PolicyAdmin::Stub::Refresh, v1::RefreshRequest());
  }

  ::otrp::testing::ServiceDatabase database_{
      {"verifier", "services/attestation_verifier/storage/migrations"}};
  VerifierStore store_{database_.pool()};
  // As the server's two tasks do at its start.
  void Load() {
    OTRP_ASSERT_OK(updater_.PullTrust());
    OTRP_ASSERT_OK(updater_.PullPolicy());
  }

  FakeCa ca_;
  const rpc::Guard guard_;
  FakeClock clock_;
  TrustHolder trust_;
  TrustUpdater updater_;
  AppraisalLog log_;
  Env env_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<TestTls> tls_;
  std::unique_ptr<rpc::Server> server_;
  std::shared_ptr<grpc::Channel> tsm_;
  std::shared_ptr<grpc::Channel> operator_;
};

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

TEST_F(ServerTest, StartsFromItsOwnCopyWhileTheCaIsAway) {
  OTRP_ASSERT_OK(store_.SaveTrust(ca_.copy, test::Now()));
  ca_.away = true;
  EXPECT_FALSE(updater_.PullTrust().ok());
  OTRP_ASSERT_OK(updater_.PullPolicy());
  OTRP_EXPECT_OK(updater_.Ready());
  OTRP_ASSERT_OK_AND_ASSIGN(v1::AppraiseResponse response,
                            Appraise(GoodRequest()));
  EXPECT_EQ(response.verdict(), v1::VERDICT_ACCEPTED);
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

// The verifier's services over real mutual TLS, with a CA and a store that can
// be away.
//
// Thread-safety: belongs to the test's thread.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_TESTING_VERIFIER_FIXTURE_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_TESTING_VERIFIER_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/base/files.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/random.h"
#include "libs/crypto/sign.h"
#include "libs/json/json.h"
#include "libs/protocol/test_pki.h"
#include "libs/protocol/test_tee.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "otrp/verifier/v1/verifier.grpc.pb.h"
#include "services/attestation_verifier/authz.h"
#include "services/attestation_verifier/env.h"
#include "services/attestation_verifier/services.h"
#include "services/attestation_verifier/storage/verifier_store.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"
#include "tests/support/subprocess.h"
#include "tests/support/tls.h"

namespace otrp {
namespace verifier {

namespace test = ::otrp::protocol::test;

// The OEM whose devices come.
struct Oem {
  test::Hierarchy tee = test::NewHierarchy("TEE");
  test::Hierarchy tfw = test::NewHierarchy("firmware");
  pki::Certificate tee_leaf =
      test::NewLeaf(tee, pki::Role::kTee, test::EcKey().public_key());
  pki::Certificate tfw_leaf =
      test::NewLeaf(tfw, pki::Role::kTfw, test::OtherEcKey().public_key());
};

inline const Oem& TheOem() {
  static const auto* const kOem = new Oem();
  return *kOem;
}

class FakeCa : public CaClient {
 public:
  absl::StatusOr<AnchorList> PullAnchors() override {
    if (away) return absl::UnavailableError("the CA is away");
    return AnchorList{copy.version, copy.anchors};
  }

  absl::StatusOr<std::vector<Authority>> PullAuthorities() override {
    if (away) return absl::UnavailableError("the CA is away");
    std::vector<Authority> authorities;
    for (const Crl& crl : copy.crls) {
      authorities.push_back({crl.authority, TheOem().tee.ca.subject()});
    }
    return authorities;
  }

  absl::StatusOr<absl::optional<std::string>> PullCrl(
      const std::string& authority, int64_t) override {
    for (const Crl& crl : copy.crls) {
      if (crl.authority != authority) continue;
      if (crl.der.empty()) return absl::UnavailableError("no list at present");
      return absl::make_optional(crl.der);
    }
    return absl::NotFoundError(authority);
  }

  bool away = false;
  // An empty list is one that can't be had.
  TrustCopy copy;
};

inline v1::AppraiseRequest GoodRequest() {
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

class VerifierTest : public ::testing::Test {
 protected:
  VerifierTest()
      : guard_("attestation_verifier", Authz(),
               rpc::Guard::AuditCheck::kEnforce),
        clock_(test::Now()),
        kept_(absl::StrCat(folder_, "/kept"), absl::Hours(24)),
        updater_(ca_, store_, references_, evidence_, policies_, trust_, kept_,
                 clock_),
        log_(store_),
        signer_(SecretBytes(std::string(32, 'k')), result_keys_, clock_,
                crypto::SystemRandom()),
        env_{guard_,    store_,      trust_,       updater_,  log_,
             signer_,   references_, reappraiser_, evidence_, clock_,
             policies_, sources_,    fetcher_},
        services_(NewServices(env_)) {
    ca_.copy.version = 3;
    ca_.copy.anchors = {{AnchorRole::kTee, "oem", TheOem().tee.root.der()},
                        {AnchorRole::kTfw, "oem", TheOem().tfw.root.der()}};
    ca_.copy.crls = {{"tee-ca", test::NewCrl(TheOem().tee, {})}};
  }

  ~VerifierTest() override { RemoveFile(absl::StrCat(folder_, "/kept")); }

  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(tls_, ::otrp::testing::TestTls::Create());
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
  ReferenceStore references_{database_.pool()};
  EvidenceStore evidence_{database_.pool()};
  PolicyStore policies_{database_.pool()};
  SourceStore sources_{database_.pool()};
  // What a process has after a start.
  struct Started {
    explicit Started(VerifierTest& test)
        : file(absl::StrCat(test.folder_, "/kept"), absl::Hours(24)),
          updater(test.ca_, test.store_, test.references_, test.evidence_,
                  test.policies_, holder, file, test.clock_) {
      // Each says what is away; what there is counts.
      updater.PullTrust().IgnoreError();
      updater.PullPolicy().IgnoreError();
    }
    TrustHolder holder;
    KeptFile file;
    TrustUpdater updater;
  };

  // As the server's two tasks do at its start.
  void Load() {
    OTRP_ASSERT_OK(updater_.PullTrust());
    OTRP_ASSERT_OK(updater_.PullPolicy());
  }

  FakeCa ca_;
  const rpc::Guard guard_;
  FakeClock clock_;
  TrustHolder trust_;
  const std::string folder_ = ::otrp::testing::MakeTempDir().value();
  KeptFile kept_;
  TrustUpdater updater_;
  AppraisalLog log_;
  Reappraiser reappraiser_{references_, trust_, clock_};
  ResultKeyStore result_keys_{database_.pool()};
  ResultSigner signer_;
  RevocationFetcher fetcher_{sources_, store_, clock_, {true, ""}};
  Env env_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<::otrp::testing::TestTls> tls_;
  std::unique_ptr<rpc::Server> server_;
  std::shared_ptr<grpc::Channel> tsm_;
  std::shared_ptr<grpc::Channel> operator_;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_TESTING_VERIFIER_FIXTURE_H_

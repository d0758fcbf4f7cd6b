// The TSM and the software TEE against each other: real PostgreSQL, real
// certificates and OCSP staples, real appraisal, both dialects, RSA and EC. All
// seven requests. What one of them gets wrong, the other one refuses.

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/device/state_store.h"
#include "clients/device/tee.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/attest/appraise.h"
#include "libs/base/hex.h"
#include "libs/crypto/random.h"
#include "libs/json/json.h"
#include "libs/pki/certificate.h"
#include "libs/pki/issue.h"
#include "libs/protocol/ta_image.h"
#include "libs/telemetry/metrics.h"
#include "services/tsm/identity/identity.h"
#include "services/tsm/storage/tsm_store.h"
#include "services/tsm/testing/fake_ca.h"
#include "services/tsm/testing/tsm_fixture.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using tsm::testing::FakeCa;
using tsm::testing::NameOf;
using tsm::testing::TsmFixture;

constexpr char kTsmId[] = "https://tsm.otrp.example/otrp";
constexpr char kTaid[] = "9B1C2D3E-0000-4000-8000-000000000001";

const absl::Time kNow = absl::FromUnixSeconds(1800000000);

// Keys are made once a process: RSA ones take their time.
const crypto::PrivateKey& PooledKey(crypto::KeyType type, int number) {
  static auto* const kKeys =
      new std::map<std::pair<crypto::KeyType, int>, crypto::PrivateKey>;
  auto found = kKeys->find({type, number});
  if (found == kKeys->end()) {
    found = kKeys
                ->emplace(std::make_pair(type, number),
                          crypto::PrivateKey::Generate(type).value())
                .first;
  }
  return found->second;
}

// A root and a leaf below it.
struct Chain {
  std::string root;
  std::vector<std::string> certificates;
};

Chain MakeChain(pki::Role role, const crypto::PrivateKey& key,
                const std::string& name) {
  const crypto::PrivateKey& root_key =
      PooledKey(crypto::KeyType::kEcP256, 100 + static_cast<int>(role));
  pki::AuthorityTemplate authority;
  authority.serial = pki::NewSerial(crypto::SystemRandom());
  authority.common_name = absl::StrCat(name, " root");
  authority.not_before = kNow - absl::Hours(1);
  authority.not_after = kNow + absl::Hours(24 * 3650);
  authority.path_length = 0;
  const pki::Certificate root = pki::IssueRoot(authority, root_key).value();
  pki::LeafTemplate leaf;
  leaf.role = role;
  leaf.serial = pki::NewSerial(crypto::SystemRandom());
  leaf.common_name = name;
  leaf.not_before = kNow - absl::Hours(1);
  leaf.not_after = kNow + absl::Hours(24 * 300);
  const pki::Certificate certificate =
      pki::IssueLeaf(leaf, key.public_key(), root, root_key).value();
  return {root.der(), {certificate.der(), root.der()}};
}

// The verifier's own library, without its service around it.
class AttestVerifier : public tsm::VerifierClient {
 public:
  void AddRoots(const std::string& tee, const std::string& tfw) {
    inputs_.tee_roots.push_back({tee, {}});
    inputs_.tfw_roots.push_back({tfw, {}});
    trust_ = attest::Trust::Create(inputs_);
  }

  absl::StatusOr<verifier::v1::AppraiseResponse> Appraise(
      const verifier::v1::AppraiseRequest& request,
      const rpc::CallContext&) override {
    attest::Evidence evidence;
    evidence.tid = request.tid();
    evidence.signing_input = request.jws_signing_input();
    evidence.alg = request.jws_alg();
    evidence.signature = request.jws_signature();
    evidence.dsi = request.dsi();
    evidence.dialect = request.dialect() == verifier::v1::DIALECT_PEI03
                           ? protocol::Dialect::kPei03
                           : protocol::Dialect::kIetf03;
    const attest::Appraisal appraisal =
        attest::Appraise(evidence, *trust_, {}, {}, kNow);
    verifier::v1::AppraiseResponse response;
    response.set_verdict(appraisal.verdict == attest::Verdict::kAccepted
                             ? verifier::v1::VERDICT_ACCEPTED
                             : verifier::v1::VERDICT_REFUSED);
    for (const attest::Reason& reason : appraisal.reasons) {
      verifier::v1::Reason* out = response.add_reasons();
      out->set_code(reason.code);
      out->set_detail(reason.detail);
    }
    response.set_did(appraisal.did);
    response.set_tee_certificate(appraisal.tee_certificate);
    response.set_tee_name(appraisal.tee_name);
    response.set_tee_version(appraisal.tee_version);
    if (appraisal.tee_key.has_value()) {
      response.set_tee_key_spki(appraisal.tee_key->ToSpki());
    }
    return response;
  }

 private:
  attest::TrustInputs inputs_;
  std::shared_ptr<const attest::Trust> trust_ = attest::Trust::Create({});
};

struct Case {
  const char* name;
  protocol::Dialect dialect;
  crypto::KeyType type;
  bool signerreq;
  // What the TEE can check.
  std::vector<jose::SigAlg> sigalgs;
};

class SoftwareTeeTest : public ::testing::TestWithParam<Case> {
 protected:
  SoftwareTeeTest()
      : clock_(kNow),
        ca_(&clock_),
        keys_(SecretBytes(std::string(32, 'k')), crypto::SystemRandom()),
        manager_(kTsmId, &identity_store_, &ca_, &clock_, &keys_) {
    OTRP_EXPECT_OK(manager_.Refresh());
    tsm_ = std::make_unique<TsmFixture>(&manager_, &verifier_);
    const crypto::PrivateKey& tee_key = PooledKey(GetParam().type, 1);
    const crypto::PrivateKey& tfw_key = PooledKey(GetParam().type, 2);
    const Chain tee = MakeChain(pki::Role::kTee, tee_key, "Device");
    const Chain tfw = MakeChain(pki::Role::kTfw, tfw_key, "Firmware");
    verifier_.AddRoots(tee.root, tfw.root);
    device::TeeOptions options;
    options.dialect = GetParam().dialect == protocol::Dialect::kPei03
                          ? device::Dialect::kPei03
                          : device::Dialect::kIetf03;
    options.signerreq = GetParam().signerreq;
    options.sigalgs = GetParam().sigalgs;
    auto made = device::Tee::Create(
        device::TeeIdentity{device::KeyAndChain{tee_key, tee.certificates},
                            device::KeyAndChain{tfw_key, tfw.certificates},
                            {ca_.root_der()}},
        std::move(options), std::make_unique<device::MemoryStore>(), clock_,
        crypto::SystemRandom());
    EXPECT_TRUE(made.ok()) << made.status();
    tee_ = *std::move(made);
  }

  // The SP's key of that number, and its certificate.
  std::string SpCertificate(int number) {
    std::string& der = sp_certificates_[number];
    if (der.empty()) {
      der = MakeChain(pki::Role::kSp,
                      PooledKey(crypto::KeyType::kEcP256, 10 + number), "Bank")
                .certificates[0];
    }
    return der;
  }

  void Release(const std::string& version, int signer) {
    auto image = protocol::BuildJwsTaImage(
        absl::StrCat("binary ", version), kTaid, version,
        PooledKey(crypto::KeyType::kEcP256, 10 + signer),
        {SpCertificate(signer)});
    ASSERT_TRUE(image.ok()) << image.status();
    tsm_->Release(version, SpCertificate(signer), kTaid, "bank", *image);
  }

  // From connect until nothing is left: the requests that went out.
  std::vector<std::string> Drive() {
    std::vector<std::string> names;
    std::string message;
    for (int i = 0; i < 30; ++i) {
      if (before_) before_(i);
      auto request = tsm_->Advance(message, GetParam().dialect, es256_);
      EXPECT_TRUE(request.ok()) << request.status();
      if (!request.ok() || request->empty()) return names;
      names.push_back(NameOf(*request));
      device::Outcome outcome;
      auto response = tee_->Process(*request, &outcome);
      EXPECT_TRUE(response.ok()) << response.status();
      if (!response.ok()) return names;
      if (!outcome.passed) {
        names.back() += absl::StrCat(" ", outcome.error_code);
      }
      message = *response;
      if (names.back().find("GetDeviceState") == 0) {
        // The agent's part.
        message =
            absl::StrCat("{\"GetDeviceStateResponse\":[", *response, "]}");
      }
    }
    ADD_FAILURE() << "the session doesn't end";
    return names;
  }

  // Both keys are replaced.
  void Rotate() {
    OTRP_ASSERT_OK_AND_ASSIGN(tsm::NewIdentity rsa,
                              keys_.MakeNext(crypto::KeyType::kRsa));
    OTRP_ASSERT_OK_AND_ASSIGN(tsm::NewIdentity ec,
                              keys_.MakeNext(crypto::KeyType::kEcP256));
    OTRP_ASSERT_OK(
        identity_store_.AddNextIdentities({rsa, ec}, store::AuditEvent()));
    OTRP_ASSERT_OK(manager_.Refresh());
    clock_.Advance(absl::Seconds(10));
    OTRP_ASSERT_OK(manager_.Refresh());
    ASSERT_EQ(manager_.Get(crypto::KeyType::kRsa)->id, rsa.id);
  }

  // The CA revokes both certificates, and the TSM hears of it.
  void Revoke() {
    for (crypto::KeyType type :
         {crypto::KeyType::kRsa, crypto::KeyType::kEcP256}) {
      const auto leaf = pki::Certificate::FromDer(manager_.Get(type)->chain[0]);
      ca_.revoked.insert(leaf->serial());
    }
    OTRP_ASSERT_OK(manager_.Learn(ca_.IssueList()));
    OTRP_ASSERT_OK(manager_.Refresh());
    ASSERT_EQ(manager_.Get(crypto::KeyType::kRsa), nullptr);
  }

  // A version that is assigned.
  void OfferWallet() {
    tsm_->Certificate(SpCertificate(1));
    Release("1.0.0", 1);
    tsm_->Assign(true, tsm::AllDevices(), kTaid);
  }

  std::vector<std::string> Versions() {
    std::vector<std::string> versions;
    for (const auto& sd : tee_->state().sds) {
      for (const auto& ta : sd.tas) versions.push_back(ta.version);
    }
    return versions;
  }

  FakeClock clock_;
  FakeCa ca_;
  testing::ServiceDatabase identity_database_{
      {"tsm", "services/tsm/storage/migrations"}};
  tsm::TsmStore identity_store_{identity_database_.pool()};
  tsm::IdentityKeys keys_;
  tsm::IdentityManager manager_;
  AttestVerifier verifier_;
  std::unique_ptr<TsmFixture> tsm_;
  std::unique_ptr<device::Tee> tee_;
  std::map<int, std::string> sp_certificates_;
  // Sessions begin with ES256.
  bool es256_ = false;
  // Called before the n-th message goes to the TSM.
  std::function<void(int)> before_;
};

// Private-key operations of the TSM so far, with keys of that type.
double KeyOps(absl::string_view type) {
  double count = 0;
  for (absl::string_view line :
       absl::StrSplit(telemetry::Default().Serialize(), '\n')) {
    double value = 0;
    if (absl::StartsWith(line, "otrp_crypto_ops_total{") &&
        absl::StrContains(line, absl::StrCat("\"", type, "\"")) &&
        absl::SimpleAtod(line.substr(line.rfind(' ') + 1), &value)) {
      count += value;
    }
  }
  return count;
}

bool Checks(const std::vector<jose::SigAlg>& algs, jose::SigAlg alg) {
  return std::find(algs.begin(), algs.end(), alg) != algs.end();
}

TEST_P(SoftwareTeeTest, AllSevenRequestsWork) {
  // A TEE that lacks RS256 answers the first request with an error.
  std::vector<std::string> start = {"GetDeviceStateRequest"};
  if (!Checks(GetParam().sigalgs, jose::SigAlg::kRS256)) {
    start = {"GetDeviceStateRequest ERR_UNSUPPORTED_CRYPTO_ALG",
             "GetDeviceStateRequest"};
  }
  auto expected = [&](std::vector<std::string> then) {
    std::vector<std::string> all = start;
    all.insert(all.end(), then.begin(), then.end());
    return ::testing::ElementsAreArray(all);
  };

  EXPECT_THAT(Drive(), expected({}));
  tsm_->Certificate(SpCertificate(1));
  Release("1.0.0", 1);
  tsm_->Assign(true, tsm::AllDevices(), kTaid);
  EXPECT_THAT(Drive(), expected({"CreateSDRequest", "InstallTARequest"}));
  device::TeeState state = tee_->state();
  ASSERT_THAT(state.sds, SizeIs(1));
  EXPECT_EQ(state.sds[0].name, "bank.sd");
  EXPECT_EQ(state.sds[0].owner, kTsmId);
  ASSERT_THAT(state.sds[0].tas, SizeIs(1));
  EXPECT_EQ(state.sds[0].tas[0].version, "1.0.0");
  EXPECT_EQ(state.sds[0].tas[0].pdata_bytes, 4);

  tsm_->Certificate(SpCertificate(2));
  Release("2.0.0", 2);
  EXPECT_THAT(Drive(), expected({"UpdateSDRequest", "UpdateTARequest",
                                 "UpdateSDRequest"}));
  state = tee_->state();
  EXPECT_EQ(state.sds[0].tas[0].version, "2.0.0");
  EXPECT_THAT(state.sds[0].spcerts, ElementsAre(SpCertificate(2)));

  EXPECT_THAT(Drive(), expected({}));
  tsm_->Assign(false, tsm::AllDevices(), kTaid);
  EXPECT_THAT(Drive(), expected({"DeleteTARequest", "DeleteSDRequest"}));
  EXPECT_THAT(tee_->state().sds, SizeIs(0));

  auto did = HexDecode(tee_->did());
  ASSERT_TRUE(did.ok());
  OTRP_ASSERT_OK_AND_ASSIGN(tsm::DeviceDetails device,
                            tsm_->env->store.GetDevice(*did));
  EXPECT_EQ(device.device.verdict, tsm::Verdict::kAccepted);
  EXPECT_EQ(device.device.dialect, GetParam().dialect);
  EXPECT_EQ(device.device.signer_required, GetParam().signerreq);
  EXPECT_THAT(device.domains, SizeIs(0));
  EXPECT_THAT(device.tasks, SizeIs(0));
  for (const tsm::Session& session : tsm_->Sessions()) {
    EXPECT_EQ(session.state, tsm::SessionState::kDone) << session.tid;
  }
}

TEST_P(SoftwareTeeTest, ASessionGoesOnWithTheKeyThatItBeganWith) {
  for (int message = 1; message <= 3; ++message) {
    SCOPED_TRACE(message);
    OfferWallet();
    before_ = [&](int n) {
      if (n == message) Rotate();
    };
    const std::vector<std::string> names = Drive();
    before_ = nullptr;
    EXPECT_THAT(Versions(), ElementsAre("1.0.0"));
    EXPECT_EQ(std::count(names.begin(), names.end(), "CreateSDRequest"), 1);
    EXPECT_EQ(std::count(names.begin(), names.end(), "InstallTARequest"), 1);
    // The next one begins with the new key.
    EXPECT_THAT(Drive(),
                ::testing::Each(::testing::HasSubstr("GetDeviceStateRequest")));
    tsm_->Assign(false, tsm::AllDevices(), kTaid);
    Drive();
    EXPECT_THAT(tee_->state().sds, SizeIs(0));
  }
}

TEST_P(SoftwareTeeTest, AfterARevocationTheNextKeyServesADeviceWithItsDomain) {
  OfferWallet();
  Drive();
  Revoke();
  EXPECT_THAT(tsm_->Advance("", GetParam().dialect),
              StatusIs(absl::StatusCode::kUnavailable));
  Rotate();
  Release("2.0.0", 1);
  const std::vector<std::string> names = Drive();
  EXPECT_EQ(names.back(), "UpdateTARequest");
  EXPECT_THAT(Versions(), ElementsAre("2.0.0"));
  EXPECT_EQ(tee_->state().sds[0].owner, kTsmId);
}

// What it began with signs no more: the TEE is shown another certificate.
TEST_P(SoftwareTeeTest, ASessionWhoseKeyIsRevokedGoesOnWithTheNext) {
  OfferWallet();
  before_ = [&](int n) {
    if (n != 2) return;
    Revoke();
    Rotate();
  };
  const std::vector<std::string> names = Drive();
  EXPECT_GE(std::count(names.begin(), names.end(), "GetDeviceStateRequest"), 2);
  EXPECT_THAT(Versions(), ElementsAre("1.0.0"));
}

TEST_P(SoftwareTeeTest, ARevokedKeyWithoutANextLeavesTheSessionWaiting) {
  OfferWallet();
  OTRP_ASSERT_OK_AND_ASSIGN(std::string request,
                            tsm_->Advance("", GetParam().dialect));
  OTRP_ASSERT_OK_AND_ASSIGN(std::string state, tee_->Process(request));
  state = absl::StrCat("{\"GetDeviceStateResponse\":[", state, "]}");
  Revoke();
  EXPECT_THAT(tsm_->Advance(state, GetParam().dialect),
              StatusIs(absl::StatusCode::kUnavailable));
  // It wasn't consumed.
  Rotate();
  OTRP_ASSERT_OK_AND_ASSIGN(request, tsm_->Advance(state, GetParam().dialect));
  EXPECT_EQ(NameOf(request), "GetDeviceStateRequest");
}

// What a device costs that has nothing to get, which is what most do most of
// the time.
TEST_P(SoftwareTeeTest, AHeartbeatThatBeginsWithEs256CostsTheTsmNoRsa) {
  const double rsa = KeyOps("RSA");
  const double ec = KeyOps("EC");
  es256_ = true;
  EXPECT_THAT(Drive(), ElementsAre("GetDeviceStateRequest"));
  EXPECT_EQ(KeyOps("RSA"), rsa);
  EXPECT_EQ(KeyOps("EC"), ec + 2) << "one signature, one decryption";
  // The device's private keys are all of its TEE's kind, so that an EC device
  // has no RSA operation either.
  es256_ = false;
  Drive();
  if (Checks(GetParam().sigalgs, jose::SigAlg::kRS256)) {
    EXPECT_EQ(KeyOps("RSA"), rsa + 2) << "by the path without a hint";
  }
}

const std::vector<jose::SigAlg> kBoth = {jose::SigAlg::kRS256,
                                         jose::SigAlg::kES256};

INSTANTIATE_TEST_SUITE_P(
    Devices, SoftwareTeeTest,
    ::testing::Values(Case{"Ietf03Rsa", protocol::Dialect::kIetf03,
                           crypto::KeyType::kRsa, false, kBoth},
                      Case{"Ietf03Ec", protocol::Dialect::kIetf03,
                           crypto::KeyType::kEcP256, false, kBoth},
                      Case{"Ietf03SignerRequired", protocol::Dialect::kIetf03,
                           crypto::KeyType::kEcP256, true, kBoth},
                      Case{"Ietf03OnlyEs256",
                           protocol::Dialect::kIetf03,
                           crypto::KeyType::kEcP256,
                           false,
                           {jose::SigAlg::kES256}},
                      Case{"Pei03Rsa", protocol::Dialect::kPei03,
                           crypto::KeyType::kRsa, false, kBoth},
                      Case{"Pei03Ec", protocol::Dialect::kPei03,
                           crypto::KeyType::kEcP256, false, kBoth},
                      Case{"Pei03OnlyEs256",
                           protocol::Dialect::kPei03,
                           crypto::KeyType::kRsa,
                           false,
                           {jose::SigAlg::kES256}}),
    [](const ::testing::TestParamInfo<Case>& info) { return info.param.name; });

}  // namespace
}  // namespace otrp

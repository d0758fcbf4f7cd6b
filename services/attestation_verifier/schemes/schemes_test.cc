#include "services/attestation_verifier/schemes/schemes.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/attest/test_world.h"
#include "libs/base/base64.h"
#include "libs/base/hex.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/sign.h"
#include "services/attestation_verifier/schemes/psa/psa.h"
#include "tests/support/cbor_diag.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace verifier {
namespace schemes {
namespace {

namespace test = ::otrp::attest::test;
using ::otrp::testing::CborOf;
using ::otrp::testing::Diag;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string& Nonce() {
  static const auto* const kNonce = new std::string(32, 'n');
  return *kNonce;
}
const std::string& InstanceId() {
  static const auto* const kId =
      new std::string(absl::StrCat("\x01", std::string(32, 'i')));
  return *kId;
}
const std::string& ImplementationId() {
  static const auto* const kId = new std::string(32, 'm');
  return *kId;
}

// COSE_Sign1 of the claims by the test's key.
std::string Cwt(absl::string_view claims, absl::string_view open = "{}",
                const crypto::PrivateKey& key = test::EcKey()) {
  const std::string payload = CborOf(claims);
  const std::string tbs = CborOf(
      absl::StrCat("[\"Signature1\", <<{1: -7}>>, h'', ", Diag(payload), "]"));
  return CborOf(absl::StrCat(
      "18([<<{1: -7}>>, ", open, ", ", Diag(payload), ", ",
      Diag(crypto::SignSha256(key, tbs, crypto::EcFormat::kP1363).value()),
      "])"));
}

std::string Jwt(absl::string_view header, absl::string_view claims,
                const crypto::PrivateKey& key = test::EcKey()) {
  const std::string input =
      absl::StrCat(Base64UrlEncode(header), ".", Base64UrlEncode(claims));
  return absl::StrCat(
      input, ".",
      Base64UrlEncode(
          crypto::SignSha256(key, input, crypto::EcFormat::kP1363).value()));
}

// Claims of RFC 9783 by their numbers, to be spoilt by a test.
struct PsaClaims {
  std::map<int, std::string> claims = {
      {10, Diag(Nonce())},
      {256, Diag(InstanceId())},
      {265, "\"tag:psacertified.org,2023:psa#tfm\""},
      {2394, "1"},
      {2395, "12288"},
      {2396, Diag(ImplementationId())},
      {2399, absl::StrCat("[{1: \"PRoT\", 2: ", Diag(std::string(32, 'a')),
                          ", 5: ", Diag(std::string(32, 's')), "}]")}};

  PsaClaims& Set(int claim, std::string value) {
    claims[claim] = std::move(value);
    return *this;
  }
  std::string ToString() const {
    std::string out = "{";
    for (const auto& [claim, value] : claims) {
      if (!value.empty()) absl::StrAppend(&out, claim, ": ", value, ", ");
    }
    return out + "}";
  }
};

class SchemesTest : public ::testing::Test {
 protected:
  SchemesTest() {
    attest::TrustInputs inputs;
    inputs.tee_roots = {{test::TheWorld().tee.root.der(), {}, "acme"}};
    inputs.crls = {test::NewCrl(test::TheWorld().tee, {})};
    trust_ = attest::Trust::Create(inputs);
    Register(InstanceId(), test::EcKey().public_key());
  }

  void Register(const std::string& key_id, const crypto::PublicKey& key) {
    keys_[key_id] = {key_id, "acme", key.ToSpki(),
                     crypto::Sha256(key.ToSpki())};
  }

  absl::StatusOr<SchemeAppraisal> Ask(const std::string& media_type,
                                      const std::string& octets,
                                      const std::string& challenge = Nonce()) {
    const attest::PolicySet policies(policy_);
    const Ground ground = {*trust_,
                           policies,
                           references_,
                           anchors_,
                           [this](const std::string& id)
                               -> absl::StatusOr<absl::optional<EvidenceKey>> {
                             const auto found = keys_.find(id);
                             if (found == keys_.end())
                               return absl::optional<EvidenceKey>();
                             return absl::make_optional(found->second);
                           },
                           test::Now(),
                           test::Now()};
    return Appraise({media_type, octets, challenge}, ground);
  }

  std::vector<std::string> CodesOf(const std::string& media_type,
                                   const std::string& octets) {
    const absl::StatusOr<SchemeAppraisal> judged = Ask(media_type, octets);
    if (!judged.ok()) return {std::string(judged.status().message())};
    std::vector<std::string> codes;
    for (const attest::Reason& reason : judged->appraisal.reasons) {
      codes.push_back(reason.code);
    }
    EXPECT_EQ(judged->appraisal.verdict == attest::Verdict::kAccepted,
              codes.empty() ||
                  codes == std::vector<std::string>{"revocation-unchecked"});
    EXPECT_EQ(judged->appraisal.tee_key.has_value(),
              judged->appraisal.verdict == attest::Verdict::kAccepted);
    return codes;
  }
  std::vector<std::string> PsaCodes(const PsaClaims& claims) {
    return CodesOf("application/eat+cwt", Cwt(claims.ToString()));
  }

  std::shared_ptr<const attest::Trust> trust_;
  attest::Policy policy_;
  attest::ReferenceTable references_;
  EvidenceAnchorList anchors_ = {1, {{"acme", {kPsa, kEatCwt, kEatJwt}}}};
  std::map<std::string, EvidenceKey> keys_;
};

TEST_F(SchemesTest, ARegisteredPsaDeviceIsAcceptedAndSaysWhatItIs) {
  OTRP_ASSERT_OK_AND_ASSIGN(
      const SchemeAppraisal judged,
      Ask("application/eat+cwt", Cwt(PsaClaims().ToString())));
  EXPECT_EQ(judged.scheme, kPsa);
  const attest::Appraisal& appraisal = judged.appraisal;
  EXPECT_EQ(appraisal.verdict, attest::Verdict::kAccepted);
  EXPECT_TRUE(appraisal.proved);
  EXPECT_EQ(appraisal.did, crypto::Sha256(test::EcKey().public_key().ToSpki()));
  EXPECT_EQ(appraisal.tee_root_name, "acme");
  EXPECT_EQ(appraisal.tee_name,
            absl::StrCat("psa:", HexEncode(ImplementationId())));
  EXPECT_EQ(appraisal.tee_version,
            SoftwareVersion({{std::string(32, 'a'), std::string(32, 's')}}));
}

TEST_F(SchemesTest, TheMediaTypeOrTheProfileInsideSaysWhichSchemeItIs) {
  const std::string psa = Cwt(PsaClaims().ToString());
  for (const char* type :
       {"application/psa-attestation-token", "Application/EAT+CWT",
        "application/eat+cwt; "
        "eat_profile=\"tag:psacertified.org,2023:psa#tfm\""}) {
    EXPECT_EQ(Ask(type, psa)->scheme, kPsa) << type;
  }
  EXPECT_EQ(Ask("application/eat+cwt", Cwt("{10: h'00'}"))->scheme, kEatCwt);
  // What it says outside isn't what it is.
  EXPECT_THAT(CodesOf("application/eat+cwt; "
                      "eat_profile=tag:psacertified.org,2023:psa#tfm",
                      Cwt(PsaClaims().Set(265, "\"tag:other\"").ToString())),
              ElementsAre("evidence-malformed"));
  for (const char* type :
       {"", "application/cbor", "application/jwt", "application/eat+cwtx"}) {
    EXPECT_THAT(Ask(type, psa), StatusIs(absl::StatusCode::kInvalidArgument,
                                         HasSubstr("media_type: must be")))
        << type;
  }
}

TEST_F(SchemesTest, AnAnswerToAnotherChallengeIsRefused) {
  const std::string token = Cwt(PsaClaims().ToString());
  for (const std::string& challenge :
       {std::string(32, 'x'), Nonce().substr(1), Nonce() + "n"}) {
    OTRP_ASSERT_OK_AND_ASSIGN(const SchemeAppraisal judged,
                              Ask("application/eat+cwt", token, challenge));
    EXPECT_EQ(judged.appraisal.verdict, attest::Verdict::kRefused);
    EXPECT_EQ(judged.appraisal.reasons[0].code, "evidence-nonce-mismatch");
  }
  // Without a challenge anything would be an answer.
  EXPECT_THAT(Ask("application/eat+cwt", token, ""),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("challenge: must be 8 to 88 octets")));
  EXPECT_THAT(CodesOf("application/eat+jwt",
                      Jwt(R"({"alg":"ES256","kid":"k"})", R"({"swname":"a"})")),
              ElementsAre("evidence-unknown-signer"));
  Register("k", test::EcKey().public_key());
  EXPECT_THAT(CodesOf("application/eat+jwt",
                      Jwt(R"({"alg":"ES256","kid":"k"})", R"({"swname":"a"})")),
              ElementsAre("evidence-nonce-mismatch"));
}

TEST_F(SchemesTest, ADeviceCantSpeakForAnother) {
  std::string other = InstanceId();
  other[5] ^= 1;
  EXPECT_THAT(PsaCodes(PsaClaims().Set(256, Diag(other))),
              ElementsAre("evidence-unknown-signer"));
  Register(other, test::OtherEcKey().public_key());
  EXPECT_THAT(PsaCodes(PsaClaims().Set(256, Diag(other))),
              ElementsAre("evidence-signature-invalid"));
  // Its kid names its own key; the instance id decides.
  Register("mine", test::EcKey().public_key());
  EXPECT_THAT(CodesOf("application/eat+cwt",
                      Cwt(PsaClaims().Set(256, Diag(other)).ToString(),
                          absl::StrCat("{4: ", Diag("mine"), "}"))),
              ElementsAre("evidence-signature-invalid"));
}

TEST_F(SchemesTest, ASignerCountsForItsSchemesOnly) {
  anchors_.anchors[0].schemes = {kEatCwt};
  EXPECT_THAT(PsaCodes(PsaClaims()),
              ElementsAre("evidence-scheme-not-allowed"));
  // A maker that nobody put down signs OTrP messages.
  anchors_.anchors.clear();
  EXPECT_THAT(PsaCodes(PsaClaims()),
              ElementsAre("evidence-scheme-not-allowed"));
  EXPECT_TRUE(MaySign(anchors_, "acme", kOtrpDsi));
  anchors_.anchors = {{"acme", {kPsa}}};
  EXPECT_FALSE(MaySign(anchors_, "acme", kOtrpDsi));
}

TEST_F(SchemesTest, AChainToATeeRootStandsForASignerByThatRootsUsages) {
  const auto chained = [](const pki::Certificate& leaf) {
    return Cwt(absl::StrCat("{10: ", Diag(Nonce()), ", 270: \"os\"}"),
               absl::StrCat("{33: [", Diag(leaf.der()), ", ",
                            Diag(test::TheWorld().tee.ca.der()), "]}"));
  };
  OTRP_ASSERT_OK_AND_ASSIGN(
      const SchemeAppraisal judged,
      Ask("application/eat+cwt", chained(test::TheWorld().tee_leaf)));
  EXPECT_EQ(judged.appraisal.verdict, attest::Verdict::kAccepted);
  EXPECT_EQ(judged.appraisal.did,
            crypto::Sha256(test::TheWorld().tee_leaf.der()));
  EXPECT_EQ(judged.appraisal.tee_name, "os");
  EXPECT_THAT(
      CodesOf("application/eat+cwt",
              chained(test::NewLeaf(test::TheWorld().stranger, pki::Role::kTee,
                                    test::EcKey().public_key()))),
      ElementsAre("tee-chain-unknown-issuer"));
  EXPECT_THAT(
      CodesOf("application/eat+cwt",
              chained(test::NewLeaf(test::TheWorld().tee, pki::Role::kClient,
                                    test::EcKey().public_key()))),
      ElementsAre("tee-chain-wrong-usage"));
  EXPECT_THAT(
      CodesOf("application/eat+cwt",
              chained(test::NewLeaf(test::TheWorld().tee, pki::Role::kTee,
                                    test::OtherEcKey().public_key()))),
      ElementsAre("revocation-unchecked", "evidence-signature-invalid"));
}

TEST_F(SchemesTest, ADeviceThatIsntSecuredIsRefused) {
  for (const char* state : {"0", "4096", "8192", "16384", "20480", "24576"}) {
    EXPECT_THAT(PsaCodes(PsaClaims().Set(2395, state)),
                ElementsAre("evidence-unsecured"))
        << state;
  }
  EXPECT_THAT(PsaCodes(PsaClaims().Set(2395, "12543")), IsEmpty());
  Register("k", test::EcKey().public_key());
  const auto eat = [](const char* claims) {
    return Cwt(absl::StrCat("{10: ", Diag(Nonce()), claims, "}"),
               absl::StrCat("{4: ", Diag("k"), "}"));
  };
  EXPECT_THAT(CodesOf("application/eat+cwt", eat(", 263: 0")),
              ElementsAre("evidence-unsecured"));
  EXPECT_THAT(CodesOf("application/eat+cwt", eat(", 263: 3")), IsEmpty());
}

TEST_F(SchemesTest, ATokensOwnTimesCount) {
  Register("k", test::EcKey().public_key());
  const auto eat = [](int64_t claim, absl::Time at) {
    return Cwt(absl::StrCat("{10: ", Diag(Nonce()), ", ", claim, ": ",
                            absl::ToUnixSeconds(at), "}"),
               absl::StrCat("{4: ", Diag("k"), "}"));
  };
  const absl::Time now = test::Now();
  EXPECT_THAT(CodesOf("application/eat+cwt", eat(4, now)), IsEmpty());
  EXPECT_THAT(CodesOf("application/eat+cwt", eat(4, now - absl::Minutes(2))),
              ElementsAre("evidence-expired"));
  EXPECT_THAT(CodesOf("application/eat+cwt", eat(5, now + absl::Minutes(2))),
              ElementsAre("evidence-not-yet-valid"));
}

TEST_F(SchemesTest, AJwtIsReadByTheSameRules) {
  Register("k", test::EcKey().public_key());
  const std::string text = "a-nonce-of-text";
  const auto ask = [&](absl::string_view header, absl::string_view claims) {
    return Ask("application/eat+jwt", Jwt(header, claims), text);
  };
  OTRP_ASSERT_OK_AND_ASSIGN(
      const SchemeAppraisal judged,
      ask(R"({"alg":"ES256","kid":"k"})",
          R"({"eat_nonce":["other-nonce","a-nonce-of-text"],"swname":"os",)"
          R"("swversion":["3.1.4"],"dbgstat":"disabled"})"));
  EXPECT_EQ(judged.scheme, kEatJwt);
  EXPECT_EQ(judged.appraisal.verdict, attest::Verdict::kAccepted);
  EXPECT_EQ(judged.appraisal.tee_name, "os");
  EXPECT_EQ(judged.appraisal.tee_version, "3.1.4");
  struct Case {
    const char* header;
    const char* claims;
    const char* code;
  };
  for (const Case& c : std::initializer_list<Case>{
           {R"({"alg":"none","kid":"k"})", "{}", "evidence-malformed"},
           {R"({"alg":"HS256","kid":"k"})", "{}", "evidence-malformed"},
           {R"({"alg":"RS256","kid":"k"})", "{}", "evidence-signature-invalid"},
           {R"({"alg":"ES256","kid":"k"})", R"({"dbgstat":"off"})",
            "evidence-malformed"},
           {R"({"alg":"ES256","kid":"k"})", R"({"eat_nonce":"short"})",
            "evidence-malformed"},
           {R"({"alg":"ES256","kid":"k"})", "[]", "evidence-malformed"},
           {R"({"alg":"ES256","kid":"k"})",
            R"({"eat_nonce":"a-nonce-of-text","dbgstat":"enabled"})",
            "evidence-unsecured"},
           {R"({"alg":"ES256","crit":["x"],"kid":"k"})", "{}",
            "evidence-malformed"}}) {
    OTRP_ASSERT_OK_AND_ASSIGN(const SchemeAppraisal refused,
                              ask(c.header, c.claims));
    EXPECT_EQ(refused.appraisal.verdict, attest::Verdict::kRefused);
    ASSERT_FALSE(refused.appraisal.reasons.empty());
    EXPECT_EQ(refused.appraisal.reasons[0].code, c.code)
        << c.header << c.claims;
  }
}

TEST_F(SchemesTest, ReferenceValuesAreAboutTheWholeSoftware) {
  const std::string name = PsaTeeName(ImplementationId());
  const PsaComponent boot = {std::string(32, 'a'), std::string(32, 's')};
  const PsaComponent tfm = {std::string(32, 'b'), std::string(32, 's')};
  const auto two = [](char first, char second) {
    const auto one = [](char c) {
      return absl::StrCat("{2: ", Diag(std::string(32, c)),
                          ", 5: ", Diag(std::string(32, 's')), "}");
    };
    return PsaClaims().Set(
        2399, absl::StrCat("[", one(first), ", ", one(second), "]"));
  };
  policy_.require_reference_values = true;
  references_ = attest::ReferenceTable(
      {{"v1", "acme", name, SoftwareVersion({tfm, boot})}});
  EXPECT_THAT(PsaCodes(two('a', 'b')), IsEmpty());
  // The order says nothing; each octet does.
  EXPECT_THAT(PsaCodes(two('b', 'a')), IsEmpty());
  EXPECT_THAT(PsaCodes(two('a', 'c')), ElementsAre("tee-unknown-reference"));
  EXPECT_THAT(PsaCodes(PsaClaims()), ElementsAre("tee-unknown-reference"));
  references_ = attest::ReferenceTable(
      {{"v1", "acme", name, SoftwareVersion({boot, tfm}), true}});
  EXPECT_THAT(PsaCodes(two('a', 'b')), ElementsAre("tee-withdrawn"));
}

TEST_F(SchemesTest, WhatIsNoTokenCostsNoSignature) {
  int asked = 0;
  EvidenceAnchorList anchors;
  const attest::PolicySet policies(policy_);
  const Ground ground = {*trust_,
                         policies,
                         references_,
                         anchors,
                         [&asked](const std::string&)
                             -> absl::StatusOr<absl::optional<EvidenceKey>> {
                           ++asked;
                           return absl::UnavailableError("no database");
                         },
                         test::Now(),
                         test::Now()};
  for (const std::string& octets :
       {std::string(), std::string("x"), std::string(70000, '\0'),
        CborOf("17([h'A10105', {}, h'A0', h'00'])"), CborOf("601({10: h''})"),
        CborOf("61({1: 2})"), Cwt("[1]"), Cwt("{256: h'00'}")}) {
    OTRP_ASSERT_OK_AND_ASSIGN(
        const SchemeAppraisal judged,
        Appraise({"application/eat+cwt", octets, Nonce()}, ground));
    EXPECT_EQ(judged.appraisal.reasons[0].code, "evidence-malformed");
    EXPECT_FALSE(judged.appraisal.proved);
  }
  EXPECT_EQ(asked, 0);
  // No answer about the key is no verdict about the device.
  EXPECT_THAT(
      Appraise({"application/eat+cwt", Cwt(PsaClaims().ToString()), Nonce()},
               ground),
      StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(asked, 1);
}

TEST_F(SchemesTest, EachRuleOfThePsaProfileHolds) {
  struct Case {
    int claim;
    std::string value;
    const char* named;
  };
  const std::string seven = Diag("1234567");
  for (const Case& c : std::initializer_list<Case>{
           {10, "", "psa-nonce"},
           {10, Diag(std::string(31, 'n')), "psa-nonce"},
           {10, absl::StrCat("[", Diag(Nonce()), "]"), "psa-nonce"},
           {256, Diag(std::string(34, '\1')), "ueid"},
           {256, Diag(InstanceId().substr(1)), "psa-instance-id"},
           {256, Diag(std::string(33, 'i')), "psa-instance-id"},
           {256, Diag(InstanceId().substr(0, 17)), "psa-instance-id"},
           {2394, "2147483648", "psa-client-id"},
           {2394, "", "psa-client-id"},
           {2395, "65535", "psa-security-lifecycle"},
           {2395, "-1", "psa-security-lifecycle"},
           {2396, Diag(std::string(31, 'm')), "psa-implementation-id"},
           {268, seven, "psa-boot-seed"},
           {268, Diag(std::string(33, 'b')), "psa-boot-seed"},
           {2398, "\"1234567890123\"", "psa-certification-reference"},
           {2398, "\"123456789012x-12345\"", "psa-certification-reference"},
           {2398, "1", "psa-certification-reference"},
           {2399, "[]", "psa-software-components"},
           {2399, "", "psa-software-components"},
           {2399, "[1]", "psa-software-components[0]"},
           {2399, absl::StrCat("[{2: ", Diag(Nonce()), "}]"),
            "psa-software-components[0].signer-id"},
           {2399, absl::StrCat("[{5: ", Diag(Nonce()), ", 2: ", seven, "}]"),
            "psa-software-components[0].measurement-value"},
           {2400, "1", "psa-verification-service-indicator"},
           {-75000, "\"PSA_IOT_PROFILE_1\"", "eat_profile"}}) {
    OTRP_ASSERT_OK_AND_ASSIGN(
        const SchemeAppraisal judged,
        Ask("application/eat+cwt",
            Cwt(PsaClaims().Set(c.claim, c.value).ToString())));
    EXPECT_EQ(judged.appraisal.verdict, attest::Verdict::kRefused) << c.named;
    EXPECT_EQ(judged.appraisal.reasons[0].code, "evidence-malformed");
    EXPECT_THAT(judged.appraisal.reasons[0].detail, HasSubstr(c.named));
  }
  EXPECT_THAT(PsaCodes(PsaClaims().Set(2398, "\"1234567890123-12345\"")),
              IsEmpty());
}

}  // namespace
}  // namespace schemes
}  // namespace verifier
}  // namespace otrp

#include "services/sp_portal/domain/evidence.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/sign.h"
#include "libs/pki/certificate.h"
#include "libs/protocol/test_pki.h"
#include "services/sp_portal/limits.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr char kType[] = "application/vnd.in-toto+json";

std::string Statement(const std::string& image_sha256) {
  return absl::StrCat(
      R"({"_type":"https://in-toto.io/Statement/v1","subject":[)",
      R"({"name":"other","digest":{"sha256":"00"}},)",
      R"({"name":"pay.jws","digest":{"sha256":")",
      absl::BytesToHexString(image_sha256),
      R"("}}],"predicateType":"https://slsa.dev/provenance/v1",)",
      R"("predicate":{"builder":{"id":"https://ci.example/1"}}})");
}

std::string Envelope(const std::string& type, const std::string& payload,
                     const std::string& signature) {
  return absl::StrCat(R"({"payloadType":")", type, R"(","payload":")",
                      Base64Encode(payload),
                      R"(","signatures":[{"keyid":"x","sig":"AAAA"},)",
                      R"({"sig":")", Base64Encode(signature), R"("}]})");
}

class EvidenceTest : public ::testing::Test {
 protected:
  EvidenceTest() {
    const auto hierarchy = protocol::test::NewHierarchy("SP");
    for (const auto type : {crypto::KeyType::kRsa, crypto::KeyType::kEcP256}) {
      keys_.push_back(crypto::PrivateKey::Generate(type).value());
      SpCertificate certificate;
      certificate.der = protocol::test::NewLeaf(hierarchy, pki::Role::kSp,
                                                keys_.back().public_key())
                            .der();
      certificate.fingerprint = crypto::Sha256(certificate.der);
      certificates_.push_back(certificate);
    }
  }

  // As DSSE says it.
  static std::string Sign(const crypto::PrivateKey& key,
                          const std::string& payload,
                          const std::string& type = kType) {
    return crypto::SignSha256(key,
                              absl::StrCat("DSSEv1 ", type.size(), " ", type,
                                           " ", payload.size(), " ", payload),
                              crypto::EcFormat::kDer)
        .value();
  }

  absl::StatusOr<VerifiedStatement> Verify(const std::string& envelope) {
    return VerifyProvenance(envelope, image_, certificates_);
  }

  // Of a statement that the SP signed whatever it says.
  absl::StatusOr<VerifiedStatement> VerifySigned(const std::string& payload) {
    return Verify(Envelope(kType, payload, Sign(keys_[1], payload)));
  }

  const std::string image_ = crypto::Sha256("the image");
  std::vector<crypto::PrivateKey> keys_;
  std::vector<SpCertificate> certificates_;
};

TEST_F(EvidenceTest, AStatementIsTheSpsByEitherKindOfKey) {
  const std::string payload = Statement(image_);
  for (size_t i = 0; i < keys_.size(); ++i) {
    OTRP_ASSERT_OK_AND_ASSIGN(
        const VerifiedStatement statement,
        Verify(Envelope(kType, payload, Sign(keys_[i], payload))));
    EXPECT_EQ(statement.predicate_type, "https://slsa.dev/provenance/v1");
    EXPECT_EQ(statement.signer_fingerprint, certificates_[i].fingerprint);
  }
}

TEST_F(EvidenceTest, AStatementThatTheSpDidNotSignIsRefused) {
  const std::string payload = Statement(image_);
  const auto other =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
  const auto refused = StatusIs(kInvalid, HasSubstr("none of its signatures"));
  EXPECT_THAT(Verify(Envelope(kType, payload, Sign(other, payload))), refused);
  // Over the payload alone, over another payload, under another type.
  EXPECT_THAT(Verify(Envelope(kType, payload,
                              *crypto::SignSha256(keys_[1], payload,
                                                  crypto::EcFormat::kDer))),
              refused);
  EXPECT_THAT(Verify(Envelope(kType, payload + " ", Sign(keys_[1], payload))),
              refused);
  EXPECT_THAT(
      Verify(Envelope(kType, payload, Sign(keys_[1], payload, "text/plain"))),
      refused);
  // The SP's certificate is there, but not among those that may sign.
  certificates_.pop_back();
  EXPECT_THAT(Verify(Envelope(kType, payload, Sign(keys_[1], payload))),
              refused);
}

TEST_F(EvidenceTest, AStatementAboutAnotherImageIsRefused) {
  EXPECT_THAT(VerifySigned(Statement(crypto::Sha256("another"))),
              StatusIs(kInvalid, HasSubstr("none of its subjects")));
  EXPECT_THAT(VerifySigned(absl::StrReplaceAll(Statement(image_),
                                               {{"subject", "subjects"}})),
              StatusIs(kInvalid, HasSubstr("none of its subjects")));
  EXPECT_THAT(VerifySigned(absl::StrReplaceAll(Statement(image_),
                                               {{"\"sha256\"", "\"sha512\""}})),
              StatusIs(kInvalid, HasSubstr("none of its subjects")));
}

TEST_F(EvidenceTest, WhatIsNoStatementIsRefusedByName) {
  const std::string payload = Statement(image_);
  for (const auto& [envelope, why] :
       std::vector<std::pair<std::string, std::string>>{
           {"", "1 MiB"},
           {std::string(kMaxProvenanceBytes + 1, ' '), "1 MiB"},
           {"[]", "DSSE"},
           {"{\"payloadType\":", "DSSE"},
           {Envelope("text/plain", payload, "x"), "payloadType"},
           {R"({"payloadType":"application/vnd.in-toto+json","payload":"!"})",
            "base64"},
           {R"({"payloadType":"application/vnd.in-toto+json","payload":"e30=",)"
            R"("signatures":[]})",
            "signatures"}}) {
    EXPECT_THAT(Verify(envelope), StatusIs(kInvalid, HasSubstr(why)))
        << envelope.substr(0, 80);
  }
  EXPECT_THAT(VerifySigned("{}"), StatusIs(kInvalid, HasSubstr("in-toto")));
  EXPECT_THAT(VerifySigned("no JSON"), StatusIs(kInvalid, HasSubstr("JSON")));
  EXPECT_THAT(
      VerifySigned(absl::StrReplaceAll(payload, {{"predicateType", "x"}})),
      StatusIs(kInvalid, HasSubstr("predicateType")));
}

TEST_F(EvidenceTest, ManySignaturesAreRefusedBeforeAnyIsChecked) {
  std::string envelope = absl::StrCat(R"({"payloadType":")", kType,
                                      R"(","payload":"e30=","signatures":[)");
  for (int i = 0; i < 9; ++i) {
    absl::StrAppend(&envelope, i == 0 ? "" : ",", R"({"sig":"AAAA"})");
  }
  EXPECT_THAT(Verify(envelope + "]}"),
              StatusIs(kInvalid, HasSubstr("1 to 8 signatures")));
}

TEST(SbomTest, TheFormatsAreTold) {
  EXPECT_THAT(SbomFormat(R"({"spdxVersion":"SPDX-2.3","packages":[]})"),
              IsOkAndHolds("spdx-2.3"));
  EXPECT_THAT(
      SbomFormat(
          R"({"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld"})"),
      IsOkAndHolds("spdx-3"));
  EXPECT_THAT(SbomFormat(R"({"bomFormat":"CycloneDX","specVersion":"1.6"})"),
              IsOkAndHolds("cyclonedx-1.6"));
}

TEST(SbomTest, WhatIsNoneIsRefused) {
  for (const std::string& bad :
       {std::string("{}"), std::string("[]"), std::string("<bom/>"),
        std::string(R"({"bomFormat":"CycloneDX"})"),
        std::string(R"({"spdxVersion":23})"), std::string(),
        std::string(kMaxSbomBytes + 1, ' '), std::string(100, '[')}) {
    EXPECT_THAT(SbomFormat(bad), StatusIs(kInvalid, HasSubstr("document:")))
        << bad.substr(0, 40);
  }
}

}  // namespace
}  // namespace portal
}  // namespace otrp

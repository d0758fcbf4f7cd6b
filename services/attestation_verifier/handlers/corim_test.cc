// Files of reference values and keys, over the service's RPCs and the real
// database.

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/pem.h"
#include "libs/crypto/random.h"
#include "libs/crypto/sign.h"
#include "libs/crypto/x509.h"
#include "libs/pki/issue.h"
#include "libs/rpc/channel.h"
#include "otrp/verifier/v1/evidence.grpc.pb.h"
#include "otrp/verifier/v1/reference_imports.grpc.pb.h"
#include "otrp/verifier/v1/reference_values.grpc.pb.h"
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
using ::testing::HasSubstr;

class CorimTest : public VerifierTest {
 protected:
  const std::string implementation_ = std::string(32, 'm');
  const std::string digest_ = std::string(32, 'a');
  const std::string signer_ = std::string(32, 's');
  const std::string instance_ = absl::StrCat("\x01", std::string(32, 'i'));

  std::string Class() const {
    return absl::StrCat("0: {0: 560(", Diag(implementation_),
                        "), 1: \"ACME\", 2: \"RoadRunner\"}");
  }
  std::string Component() const {
    return absl::StrCat(
        "{0: \"psa.software-component\", 1: {0: {0: \"2.1.0\"}, 2: [[1, ",
        Diag(digest_), "]], 11: \"BL\", 13: [560(", Diag(signer_), ")]}}");
  }
  std::string References() const {
    return absl::StrCat("0: [[{", Class(), "}, [", Component(), "]]]");
  }
  std::string Keys() const {
    // A line feed as its escape: the notation has no other.
    const std::string pem = absl::StrReplaceAll(
        crypto::PemEncode("PUBLIC KEY", test::EcKey().public_key().ToSpki()),
        {{"\n", "\\\n"}});
    return absl::StrCat("3: [[{", Class(), ", 1: 550(", Diag(instance_),
                        ")}, [554(\"", pem, "\")]]]");
  }
  std::string Corim(absl::string_view triples,
                    absl::string_view more = "") const {
    return absl::StrCat("501({0: \"test\", 1: [506(<<{1: {0: h'01'}, 4: {",
                        triples, "}}>>)]", more, "})");
  }

  static std::string Signed(absl::string_view corim,
                            absl::string_view open = "{}") {
    const absl::string_view header =
        "{1: -7, 8: <<{0: {0: \"ACME\"}, 1: {1: 1(2000000000)}}>>}";
    const std::string payload = CborOf(corim);
    const std::string tbs = CborOf(absl::StrCat(
        "[\"Signature1\", <<", header, ">>, h'', ", Diag(payload), "]"));
    return CborOf(absl::StrCat(
        "18([<<", header, ">>, ", open, ", ", Diag(payload), ", ",
        Diag(crypto::SignSha256(test::EcKey(), tbs, crypto::EcFormat::kP1363)
                 .value()),
        "])"));
  }

  absl::StatusOr<v1::ImportCorimResponse> Import(
      const v1::ImportCorimRequest& request) {
    auto stub = v1::ReferenceImports::NewStub(operator_);
    return rpc::Call<v1::ImportCorimResponse>(
        *stub, &v1::ReferenceImports::Stub::ImportCorim, request);
  }

  v1::ImportCorimRequest Unsigned(absl::string_view diagnostic) {
    v1::ImportCorimRequest request;
    request.set_corim(CborOf(diagnostic));
    request.set_anchor("acme");
    request.set_name("tfm");
    request.set_unsigned_ok(true);
    return request;
  }

  void AllowAcme() {
    v1::PutEvidenceAnchorRequest request;
    request.set_name("acme");
    request.add_schemes("psa");
    auto stub = v1::EvidenceAnchors::NewStub(operator_);
    EXPECT_THAT(
        rpc::Call<v1::PutEvidenceAnchorResponse>(
            *stub, &v1::EvidenceAnchors::Stub::PutEvidenceAnchor, request),
        IsOk());
  }

  // Below the OEM's root, whose name in `anchors` is "oem".
  static std::string LeafWith(std::vector<std::string> usages) {
    crypto::CertificateSpec spec;
    spec.serial = pki::NewSerial(crypto::SystemRandom());
    spec.common_name = "signer";
    spec.not_before = test::Now() - absl::Hours(1);
    spec.not_after = test::Now() + absl::Hours(1);
    spec.key_usage = crypto::kDigitalSignature;
    spec.eku_oids = std::move(usages);
    return crypto::SignX509(spec, test::EcKey().public_key(),
                            &TheOem().tee.ca.info(), TheOem().tee.ca_key)
        .value();
  }
};

TEST_F(CorimTest, ValuesAreSubmittedAndKeysRegisteredWithTheirHistory) {
  Load();
  AllowAcme();
  v1::ImportCorimRequest request =
      Unsigned(Corim(absl::StrCat(References(), ", ", Keys())));
  request.set_dry_run(true);
  const size_t audited = database_.AuditEvents().size();
  OTRP_ASSERT_OK_AND_ASSIGN(v1::ImportCorimResponse response, Import(request));
  EXPECT_TRUE(response.dry_run());
  EXPECT_THAT(references_.Get("tfm-1"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(database_.AuditEvents().size(), audited);
  request.set_dry_run(false);
  OTRP_ASSERT_OK_AND_ASSIGN(response, Import(request));
  EXPECT_EQ(response.signer(), "unsigned");
  ASSERT_EQ(response.values_size(), 1);
  EXPECT_EQ(response.values(0).name(), "tfm-1");
  EXPECT_EQ(response.values(0).tee_name(),
            schemes::PsaTeeName(implementation_));
  EXPECT_EQ(response.values(0).tee_version(),
            schemes::SoftwareVersion({{digest_, signer_}}));
  ASSERT_EQ(response.keys_size(), 1);
  OTRP_ASSERT_OK_AND_ASSIGN(const auto key, evidence_.FindKey(instance_));
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key->spki, test::EcKey().public_key().ToSpki());
  OTRP_ASSERT_OK_AND_ASSIGN(const StoredReference value,
                            references_.Get("tfm-1"));
  EXPECT_EQ(value.state, ReferenceState::kSubmitted);
  EXPECT_EQ(value.changed_by, "otrp://operator/alice");
  EXPECT_EQ(references_.History("tfm-1")->size(), 1u);
  EXPECT_EQ(database_.AuditEvents().size(), audited + 1);
  // The same file again.
  EXPECT_THAT(Import(request), IsOk());
}

TEST_F(CorimTest, AVersionOfAModelIsWhatAnEatSays) {
  Load();
  AllowAcme();
  OTRP_ASSERT_OK_AND_ASSIGN(
      const v1::ImportCorimResponse response,
      Import(Unsigned(Corim("0: [[{0: {1: \"ACME\", 2: \"Acme OS\"}}, "
                            "[{1: {0: {0: \"3.1.4\", 1: 16384}}}]]]"))));
  ASSERT_EQ(response.values_size(), 1);
  EXPECT_EQ(response.values(0).tee_name(), "Acme OS");
  EXPECT_EQ(response.values(0).tee_version(), "3.1.4");
}

TEST_F(CorimTest, WhatIsntUnderstoodIsRefusedAndSaysWhere) {
  Load();
  AllowAcme();
  const std::string record = absl::StrCat("[{", Class(), "}, [");
  const auto component = [&](absl::string_view value) {
    return Corim(absl::StrCat("0: [", record,
                              "{0: \"psa.software-component\", 1: {", value,
                              "}}]]]"));
  };
  const std::string digests = absl::StrCat("2: [[1, ", Diag(digest_), "]]");
  const std::string keys = absl::StrCat("13: [560(", Diag(signer_), ")]");
  struct Case {
    std::string corim;
    const char* where;
  };
  for (const Case& c : std::initializer_list<Case>{
           {Corim("8: []"), "tags[0].triples.8: "},
           {Corim("1: []"), "tags[0].triples.1: "},
           {Corim(References(), ", -1: \"foo\""), "corim.-1: "},
           {Corim(References(), ", 2: []"), "corim.2: "},
           {Corim(References(), ", 3: 32(\"tag:other\")"), "corim.profile: "},
           {Corim(References(), ", 4: {1: 1(1)}"), "corim.validity: "},
           {"501({0: \"x\", 1: [505(h'00')]})", "tags[0]: "},
           {"501({0: \"x\", 1: []})", "corim.tags: "},
           {"502({})", "corim: must be tag 501"},
           {component(absl::StrCat(digests, ", ", keys, ", 1: 552(1)")),
            "reference-triples[0].measurements[0].mval.1: "},
           {component(digests), "mval.cryptokeys: "},
           {component(keys), "mval.digests: "},
           {component(absl::StrCat("2: [[1, h'00']], ", keys)),
            "mval.digests: "},
           {component(absl::StrCat("2: [[3, ", Diag(digest_), "]], ", keys)),
            "mval.digests: "},
           {Corim(absl::StrCat("0: [", record, "{0: 37(h'00'), 1: {", digests,
                               ", ", keys, "}}]]]")),
            "measurements[0].mkey: "},
           {Corim(absl::StrCat("0: [", record, "{0: ", Diag("x"),
                               ", 1: {}, 2: []}]]]")),
            "measurements[0].2: "},
           {Corim("0: [[{0: {0: 560(h'00')}}, [{1: {}}]]]"),
            "environment.class.class-id: "},
           {Corim("0: [[{0: {0: 37(h'00')}}, [{1: {}}]]]"),
            "environment.class.class-id: "},
           {Corim("0: [[{0: {2: \"m\", 3: 1}}, [{1: {0: {0: \"1\"}}}]]]"),
            "environment.class.3: "},
           {Corim("0: [[{0: {2: \"m\"}, 1: 550(h'01')}, "
                  "[{1: {0: {0: \"1\"}}}]]]"),
            "environment.1: "},
           {Corim("0: [[{0: {2: \"m\"}}, [{1: {0: {0: \"1\"}, 2: []}}]]]"),
            "mval.2: "},
           {Corim(absl::StrCat("3: [[{", Class(), "}, [554(\"x\")]]]")),
            "attest-key-triples[0].environment: "},
           {Corim(absl::StrCat("3: [[{", Class(), ", 1: 550(", Diag(instance_),
                               ")}, [554(\"x\")]]]")),
            "attest-key-triples[0].keys: "}}) {
    EXPECT_THAT(
        Import(Unsigned(c.corim)),
        StatusIs(absl::StatusCode::kInvalidArgument,
                 ::testing::AllOf(HasSubstr("corim: "), HasSubstr(c.where))))
        << c.where;
  }
  EXPECT_THAT(references_.Get("tfm-1"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(CorimTest, AllOfItIsTakenOrNothing) {
  Load();
  AllowAcme();
  // The instance has another key already.
  OTRP_ASSERT_OK(evidence_.AddKeys(
      {{instance_, "acme", "other", std::string(32, 'd'), test::Now(), "bob"}},
      store::AuditEvent()));
  v1::ImportCorimRequest request =
      Unsigned(Corim(absl::StrCat(References(), ", ", Keys())));
  for (bool dry_run : {true, false}) {
    request.set_dry_run(dry_run);
    EXPECT_THAT(Import(request), StatusIs(absl::StatusCode::kFailedPrecondition,
                                          HasSubstr("key_id: ")));
  }
  EXPECT_THAT(references_.Get("tfm-1"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(CorimTest, AnActiveValueOfThatNameIsNotReplaced) {
  Load();
  AllowAcme();
  EXPECT_THAT(Import(Unsigned(Corim(References()))), IsOk());
  v1::ActivateReferenceValueRequest activate;
  activate.set_name("tfm-1");
  auto stub = v1::ReferenceValues::NewStub(operator_);
  EXPECT_THAT(
      rpc::Call<v1::ActivateReferenceValueResponse>(
          *stub, &v1::ReferenceValues::Stub::ActivateReferenceValue, activate),
      IsOk());
  EXPECT_THAT(Import(Unsigned(Corim(References()))), IsOk());
  EXPECT_EQ(references_.Get("tfm-1")->state, ReferenceState::kActive);
  EXPECT_THAT(
      Import(Unsigned(Corim("0: [[{0: {2: \"m\"}}, [{1: {0: {0: \"1\"}}}]]]"))),
      StatusIs(absl::StatusCode::kFailedPrecondition,
               HasSubstr("import under another name")));
}

TEST_F(CorimTest, AnUnsignedOneNeedsTheOperatorsWord) {
  Load();
  AllowAcme();
  v1::ImportCorimRequest request = Unsigned(Corim(References()));
  request.set_unsigned_ok(false);
  EXPECT_THAT(Import(request), StatusIs(absl::StatusCode::kInvalidArgument,
                                        HasSubstr("unsigned_ok")));
  // That isn't a word for a wrong signature.
  request.set_unsigned_ok(true);
  request.set_corim(Signed(Corim(References())));
  request.set_signer_spki(test::OtherEcKey().public_key().ToSpki());
  EXPECT_THAT(Import(request), StatusIs(absl::StatusCode::kInvalidArgument,
                                        HasSubstr("signature is wrong")));
  request.clear_signer_spki();
  EXPECT_THAT(Import(request), StatusIs(absl::StatusCode::kInvalidArgument,
                                        HasSubstr("give signer_spki")));
  request.set_signer_spki(test::EcKey().public_key().ToSpki());
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::ImportCorimResponse response,
                            Import(request));
  EXPECT_EQ(response.signer(), absl::BytesToHexString(crypto::Sha256(
                                   test::EcKey().public_key().ToSpki())));
}

TEST_F(CorimTest, ADevicesCertificateSignsNoReferenceValues) {
  constexpr char kCodeSigning[] = "1.3.6.1.5.5.7.3.3";
  ca_.copy.anchors[0].ekus = {kCodeSigning};
  Load();
  AllowAcme();
  const auto chained = [&](const std::string& leaf) {
    v1::ImportCorimRequest request;
    request.set_anchor("oem");
    request.set_name("tfm");
    request.set_corim(Signed(Corim(References()),
                             absl::StrCat("{33: [", Diag(leaf), ", ",
                                          Diag(TheOem().tee.ca.der()), "]}")));
    return request;
  };
  EXPECT_THAT(Import(chained(TheOem().tee_leaf.der())),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("isn't for code signing")));
  v1::ImportCorimRequest request = chained(LeafWith({kCodeSigning}));
  request.set_anchor("acme");
  EXPECT_THAT(Import(request), StatusIs(absl::StatusCode::kInvalidArgument,
                                        HasSubstr("leads to oem")));
  EXPECT_THAT(Import(chained(LeafWith({"1.3.6.1.5.5.7.3.1"}))),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("its signer's chain")));
  EXPECT_THAT(Import(chained(LeafWith({kCodeSigning}))), IsOk());
}

TEST_F(CorimTest, NamesTheFieldThatIsWrong) {
  Load();
  AllowAcme();
  struct Case {
    const char* field;
    void (*plant)(v1::ImportCorimRequest*);
  };
  for (const Case& c : std::initializer_list<Case>{
           {"corim", [](v1::ImportCorimRequest* r) { r->clear_corim(); }},
           {"corim",
            [](v1::ImportCorimRequest* r) {
              r->set_corim(std::string((1 << 20) + 1, 'x'));
            }},
           {"name", [](v1::ImportCorimRequest* r) { r->clear_name(); }},
           {"name",
            [](v1::ImportCorimRequest* r) {
              r->set_name(std::string(57, 'x'));
            }},
           {"anchor", [](v1::ImportCorimRequest* r) { r->clear_anchor(); }}}) {
    v1::ImportCorimRequest request = Unsigned(Corim(References()));
    c.plant(&request);
    EXPECT_THAT(Import(request),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr(absl::StrCat(c.field, ": "))));
  }
  v1::ImportCorimRequest request = Unsigned(Corim(References()));
  request.set_anchor("nobody");
  EXPECT_THAT(Import(request), StatusIs(absl::StatusCode::kFailedPrecondition,
                                        HasSubstr("anchor: ")));
}

}  // namespace
}  // namespace verifier
}  // namespace otrp

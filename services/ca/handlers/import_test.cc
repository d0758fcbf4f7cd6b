// Authorities that an outside root certifies. The root is openssl's: a key in a
// file, as in a safe.

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/pem.h"
#include "libs/pki/certificate.h"
#include "libs/pki/verify.h"
#include "services/ca/handlers/authorities.h"
#include "services/ca/testing/suite.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;
using Code = absl::StatusCode;

constexpr char kCa[] =
    "basicConstraints=critical,CA:TRUE,pathlen:0\n"
    "keyUsage=critical,keyCertSign,cRLSign\n"
    "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n";

std::string Path(const std::string& name) {
  return absl::StrCat(::testing::TempDir(), "/", name);
}

std::string File(const std::string& name, absl::string_view bytes) {
  std::ofstream(Path(name), std::ios::binary) << bytes;
  return Path(name);
}

void Shell(const std::string& command) {
  const int code =
      std::system(absl::StrCat(command, " >", Path("out"), " 2>&1").c_str());
  ASSERT_EQ(code, 0) << command << "\n" << FileText(Path("out"));
}

// The request of the generation of this name: "sp-ca.2".
template <typename Request>
Request About(const std::string& name) {
  const size_t dot = name.rfind('.');
  Request request;
  request.set_line(name.substr(0, dot));
  request.set_generation(
      dot == std::string::npos ? 1 : std::stoi(name.substr(dot + 1)));
  return request;
}

class ImportTest : public SuiteTest {
 protected:
  ImportTest() {
    File("root.cnf",
         "[req]\ndistinguished_name=dn\nx509_extensions=ca\n[dn]\n[ca]\n"
         "basicConstraints=critical,CA:TRUE,pathlen:1\n"
         "keyUsage=critical,keyCertSign,cRLSign\n"
         "subjectKeyIdentifier=hash\n");
    for (const char* name : {"root", "other"}) {
      Shell(
          absl::StrCat("openssl req -x509 -newkey ec -pkeyopt "
                       "ec_paramgen_curve:P-384 -nodes -sha384 -days 7000 "
                       "-subj /O=Outside/CN=",
                       name, " -config ", Path("root.cnf"), " -keyout ",
                       Path(absl::StrCat(name, ".key")), " -out ",
                       Path(absl::StrCat(name, ".pem"))));
    }
  }

  absl::StatusOr<std::string> Request(const std::string& line,
                                      const std::string& key = "",
                                      bool replace = false) {
    v1::RequestGenerationRequest request;
    request.set_line(line);
    request.set_key(key);
    request.set_replace(replace);
    v1::RequestGenerationResponse response;
    const absl::Status status =
        RequestGeneration(Operator(), env_, request, response);
    if (!status.ok()) return status;
    return response.csr_der();
  }

  // The root's answer; `days` from now on.
  pki::Certificate Sign(const std::string& csr, const std::string& extensions,
                        int days = 5000, const std::string& root = "root") {
    File("csr.pem", crypto::PemEncode("CERTIFICATE REQUEST", csr));
    File("ext.cnf", extensions);
    Shell(absl::StrCat("openssl x509 -req -sha384 -in ", Path("csr.pem"),
                       " -CA ", Path(root + ".pem"), " -CAkey ",
                       Path(root + ".key"), " -CAcreateserial -days ", days,
                       " -extfile ", Path("ext.cnf"), " -out ",
                       Path("signed.pem")));
    return pki::Certificate::FromPem(FileText(Path("signed.pem"))).value();
  }
  pki::Certificate Root(const std::string& name = "root") {
    return pki::Certificate::FromPem(FileText(Path(name + ".pem"))).value();
  }

  absl::StatusOr<v1::Authority> Import(const std::string& line,
                                       const std::string& der,
                                       const std::vector<std::string>& above,
                                       absl::string_view pkcs8 = "") {
    v1::ImportGenerationRequest request;
    request.set_line(line);
    request.set_certificate_der(der);
    for (const std::string& one : above) request.add_above_der(one);
    request.set_private_key_der(std::string(pkcs8));
    v1::ImportGenerationResponse response;
    const absl::Status status =
        ImportGeneration(Operator(), env_, request, response);
    if (!status.ok()) return status;
    return response.generation();
  }
  absl::Status Activate(const std::string& name) {
    const auto request = About<v1::ActivateGenerationRequest>(name);
    v1::ActivateGenerationResponse response;
    return ActivateGeneration(Operator(), env_, request, response);
  }
  // So that the line is free for the next test.
  void RetireNext(const std::string& name) {
    const auto request = About<v1::RetireGenerationRequest>(name);
    v1::RetireGenerationResponse response;
    EXPECT_THAT(RetireGeneration(Operator(), env_, request, response), IsOk());
  }
};

TEST_F(ImportTest, AnOfflineRootCertifiesAKeyThatNeverLeaves) {
  const auto csr = Request("sp-ca", "RSA-3072");
  ASSERT_THAT(csr.status(), IsOk());
  // The same until it is used.
  EXPECT_EQ(*Request("sp-ca"), *csr);
  const pki::Certificate certificate = Sign(*csr, kCa);
  const auto made = Import("sp-ca", certificate.der(), {Root().der()});
  ASSERT_THAT(made.status(), IsOk());
  EXPECT_EQ(made->state(), "next");
  EXPECT_EQ(made->issuer(), "");
  EXPECT_EQ(made->key_bits(), 3072);
  ASSERT_THAT(Activate(made->name()), IsOk());
  const auto issued = Issue(v1::PROFILE_SP, NewCsr());
  ASSERT_THAT(issued.status(), IsOk());
  ASSERT_EQ(issued->chain_der_size(), 3);
  EXPECT_EQ(issued->chain_der(1), certificate.der());
  EXPECT_EQ(issued->chain_der(2), Root().der());
  const pki::Certificate leaf =
      pki::Certificate::FromDer(issued->chain_der(0)).value();
  File("leaf.pem", pki::ToPem(leaf));
  File("ca.pem", pki::ToPem(certificate));
  Shell(absl::StrCat(
      "openssl verify -attime ", absl::ToUnixSeconds(clock_.Now()), " -CAfile ",
      Path("root.pem"), " -untrusted ", Path("ca.pem"), " ", Path("leaf.pem")));
  // Its own list and answers are there; its root's are the root's affair.
  ASSERT_THAT(Revoke(issued->serial()), IsOk());
  File("ca.crl", store_.GetCrl(made->name())->der);
  Shell(absl::StrCat("openssl crl -inform DER -CAfile ", Path("ca.pem"),
                     " -in ", Path("ca.crl"), " -noout"));
  auto revoke = About<v1::RevokeGenerationRequest>(made->name());
  revoke.set_confirm_line(revoke.line());
  revoke.set_reason(v1::REVOCATION_REASON_SUPERSEDED);
  v1::RevokeGenerationResponse response;
  EXPECT_THAT(RevokeGeneration(Operator(), env_, revoke, response),
              StatusIs(Code::kFailedPrecondition, HasSubstr("another's")));
  // The request is used up.
  EXPECT_THAT(Import("sp-ca", certificate.der(), {Root().der()}).status(),
              StatusIs(Code::kFailedPrecondition, HasSubstr("ca csr")));
}

TEST_F(ImportTest, AKeyComesAlongAndIsSealed) {
  const crypto::PrivateKey key =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP384).value();
  const pki::Certificate certificate = Sign(CsrOf(key, "Imported"), kCa);
  EXPECT_THAT(
      Import("tee-ca", certificate.der(), {Root().der()}, "no key").status(),
      StatusIs(Code::kInvalidArgument, HasSubstr("private_key_der")));
  const crypto::PrivateKey other =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP384).value();
  EXPECT_THAT(Import("tee-ca", certificate.der(), {Root().der()},
                     other.ToPkcs8().view())
                  .status(),
              StatusIs(Code::kInvalidArgument, HasSubstr("private_key_der")));
  const auto made =
      Import("tee-ca", certificate.der(), {Root().der()}, key.ToPkcs8().view());
  ASSERT_THAT(made.status(), IsOk());
  const std::vector<AuthorityRecord> rows = store_.ListAuthorities().value();
  for (const AuthorityRecord& row : rows) {
    if (row.name != made->name()) continue;
    EXPECT_THAT(row.sealed_key,
                Not(HasSubstr(std::string(key.ToPkcs8().view()))));
  }
  ASSERT_THAT(Activate(made->name()), IsOk());
  EXPECT_THAT(Issue(v1::PROFILE_TEE, NewCsr(crypto::KeyType::kRsa)).status(),
              IsOk());
}

TEST_F(ImportTest, WhateverIsWrongIsFoundBeforeAnythingIsStored) {
  const auto csr = Request("sp-ca", "P-256", /*replace=*/true);
  ASSERT_THAT(csr.status(), IsOk());
  const auto with = [](const char* from, const char* to) {
    std::string text = kCa;
    text.replace(text.find(from), std::string(from).size(), to);
    return text;
  };
  const std::string root = Root().der();
  struct Case {
    const char* what;
    std::string der;
    std::vector<std::string> above;
    const char* error;
  };
  const size_t authorities = store_.ListAuthorities()->size();
  for (const Case& c : std::vector<Case>{
           {"no certificate", "x", {root}, "certificate_der"},
           {"another key",
            Sign(CsrOf(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256)
                           .value()),
                 kCa)
                .der(),
            {root},
            "another key"},
           {"a leaf",
            Sign(*csr, with("CA:TRUE,pathlen:0", "CA:FALSE")).der(),
            {root},
            "basicConstraints"},
           {"no CRLs",
            Sign(*csr, with("keyCertSign,cRLSign", "keyCertSign")).der(),
            {root},
            "keyUsage"},
           {"other usages",
            Sign(*csr, absl::StrCat(kCa, "extendedKeyUsage=serverAuth\n"))
                .der(),
            {root},
            "extendedKeyUsage"},
           {"nothing above it", Sign(*csr, kCa).der(), {}, "above_der"},
           {"no root above it",
            Sign(*csr, kCa).der(),
            {authorities_.ActiveOf("sp-ca")->certificate.der()},
            "above_der"},
           {"another root above it",
            Sign(*csr, kCa).der(),
            {Root("other").der()},
            "certificate_der"},
           {"longer than its root",
            Sign(*csr, kCa, 9000).der(),
            {root},
            "ends after its issuer"},
           {"no room above it",
            Sign(*csr, with("pathlen:0", "pathlen:3")).der(),
            {root},
            "path length"},
       }) {
    EXPECT_THAT(Import("sp-ca", c.der, c.above).status(),
                StatusIs(Code::kInvalidArgument, HasSubstr(c.error)))
        << c.what;
  }
  const pki::Certificate soon = Sign(*csr, kCa, 1);
  // The suite's clock is ahead of openssl's.
  ASSERT_LT(soon.not_after(), clock_.Now());
  EXPECT_THAT(Import("sp-ca", soon.der(), {root}).status(),
              StatusIs(Code::kInvalidArgument, HasSubstr("has ended")));
  EXPECT_EQ(store_.ListAuthorities()->size(), authorities);
  // The request is still good.
  EXPECT_EQ(*Request("sp-ca"), *csr);
  const auto made = Import("sp-ca", Sign(*csr, kCa).der(), {root});
  ASSERT_THAT(made.status(), IsOk());
  RetireNext(made->name());
}

TEST_F(ImportTest, NoOutsiderStandsAboveATsmAndNoneAboveARoot) {
  EXPECT_THAT(Request("tsm-ca").status(),
              StatusIs(Code::kFailedPrecondition, HasSubstr("OCSP")));
  EXPECT_THAT(Request("sp-root").status(),
              StatusIs(Code::kFailedPrecondition, HasSubstr("root")));
  EXPECT_THAT(Request("nobody").status(), StatusIs(Code::kNotFound));
  EXPECT_THAT(Request("sp-ca", "P-521").status(),
              StatusIs(Code::kInvalidArgument, HasSubstr("key:")));
}

TEST_F(ImportTest, ARootIsImportedWithItsKey) {
  const auto key = crypto::PrivateKey::FromAuthorityPkcs8(
      crypto::PemDecode(FileText(Path("root.key"))).value()[0].der);
  ASSERT_THAT(key.status(), IsOk());
  const auto made = Import("tee-root", Root().der(), {}, key->ToPkcs8().view());
  ASSERT_THAT(made.status(), IsOk());
  EXPECT_TRUE(made->is_root());
  ASSERT_THAT(Activate(made->name()), IsOk());
  v1::PrepareGenerationRequest request;
  request.set_line("tee-ca");
  v1::PrepareGenerationResponse response;
  // The last one of tee-ca may be another's.
  const absl::Status prepared =
      PrepareGeneration(Operator(), env_, request, response);
  if (prepared.ok()) {
    EXPECT_EQ(response.generation().issuer(), made->name());
  } else {
    EXPECT_THAT(prepared,
                StatusIs(Code::kFailedPrecondition, HasSubstr("another's")));
  }
}

}  // namespace
}  // namespace handlers
}  // namespace ca
}  // namespace otrp

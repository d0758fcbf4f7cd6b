// A ceremony's plan, and what comes of it, as openssl sees it.

#include "clients/otrpctl/ceremony.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/encrypted_key.h"
#include "libs/crypto/pem.h"
#include "libs/crypto/random.h"
#include "libs/pki/certificate.h"
#include "libs/pki/csr.h"
#include "tests/support/status_matchers.h"

namespace otrp::ctl {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kPlan[] = R"yaml(version: 1
title: Acme TEE hierarchy
steps:
  - root: {name: tee-root, subject: Acme TEE Root, key: P-384, days: 7300,
           path_length: 2, permitted_uri_hosts: [.acme.example]}
  - issuing:
      name: tee-ca
      issuer: tee-root
      subject: Acme TEE CA
      key: RSA-3072
      days: 5475
      policies: [2.25.7.1, 2.25.7.2]
      cps: https://acme.example/cps
      crl_url: http://pki.acme.example/tee-root.crl
  - sign: {name: online-ca, issuer: tee-root, csr: online.csr,
           subject: Acme Online CA, days: 3650}
  - crl:
      name: tee-root
      issuer: tee-root
      number: 1
      days: 180
      revoked:
        - {serial: 1a2b, reason: cACompromise, at: "2026-11-01T00:00:00Z"}
)yaml";

constexpr char kPassphrase[] = "correct horse battery";

std::string Path(const std::string& name) {
  return absl::StrCat(::testing::TempDir(), "/", name);
}

std::string Shell(const std::string& command) {
  const int code =
      std::system(absl::StrCat(command, " >", Path("out"), " 2>&1").c_str());
  std::ifstream file(Path("out"));
  std::string text((std::istreambuf_iterator<char>(file)),
                   std::istreambuf_iterator<char>());
  EXPECT_EQ(code, 0) << command << "\n" << text;
  return text;
}

class CeremonyTest : public ::testing::Test {
 protected:
  CeremonyTest() {
    const crypto::PrivateKey key =
        crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
    files_["online.csr"] = crypto::PemEncode(
        "CERTIFICATE REQUEST",
        pki::Csr::Create(key, "whatever", {}, {}).value().der());
  }

  CeremonyInput Input(const std::string& plan) {
    CeremonyInput input;
    input.plan = plan;
    input.read =
        [this](const std::string& path) -> absl::StatusOr<std::string> {
      const auto found = files_.find(path);
      if (found == files_.end()) {
        return absl::NotFoundError(absl::StrCat(path, " isn't there"));
      }
      return found->second;
    };
    input.passphrase = kPassphrase;
    input.now = absl::FromUnixSeconds(1'800'000'000);
    input.random = &crypto::SystemRandom();
    return input;
  }

  // Why the plan is refused when `what` in it becomes `other`.
  absl::Status Refused(const std::string& what, const std::string& other) {
    const std::string plan = absl::StrReplaceAll(kPlan, {{what, other}});
    EXPECT_NE(plan, kPlan);
    return RehearseCeremony(Input(plan)).status();
  }

  std::map<std::string, std::string> files_;
};

TEST_F(CeremonyTest, MakesWhatThePlanSaysAsOpensslSeesIt) {
  const auto done = RunCeremony(Input(kPlan));
  ASSERT_THAT(done.status(), IsOk());
  std::map<std::string, const CeremonyFile*> files;
  for (const CeremonyFile& file : done->files) {
    files[file.name] = &file;
    std::ofstream(Path(file.name), std::ios::binary) << file.octets;
  }
  ASSERT_EQ(files.size(), 6u);
  const std::string at = " -attime 1800000100 ";
  EXPECT_THAT(
      Shell(absl::StrCat(
          "openssl verify", at, "-CAfile ", Path("tee-root.cert.pem"), " ",
          Path("tee-ca.cert.pem"), " ", Path("online-ca.cert.pem"))),
      HasSubstr("online-ca.cert.pem: OK"));
  EXPECT_THAT(Shell(absl::StrCat("openssl crl -noout -text -CAfile ",
                                 Path("tee-root.cert.pem"), " -in ",
                                 Path("tee-root.crl.pem"))),
              ::testing::AllOf(HasSubstr("verify OK"), HasSubstr("1A2B"),
                               HasSubstr("CA Compromise"),
                               HasSubstr("ecdsa-with-SHA384")));
  EXPECT_THAT(Shell(absl::StrCat("openssl x509 -noout -text -in ",
                                 Path("tee-root.cert.pem"))),
              ::testing::AllOf(HasSubstr("Name Constraints: critical"),
                               HasSubstr("URI:.acme.example"),
                               HasSubstr("pathlen:2"), HasSubstr("secp384r1")));
  EXPECT_THAT(Shell(absl::StrCat("openssl x509 -noout -text -in ",
                                 Path("tee-ca.cert.pem"))),
              ::testing::AllOf(HasSubstr("Policy: 2.25.7.1"),
                               HasSubstr("Policy: 2.25.7.2"),
                               HasSubstr("CPS: https://acme.example/cps")));
  // The keys are closed, and openssl opens them with the passphrase.
  std::ofstream(Path("pass")) << kPassphrase;
  for (const char* name : {"tee-root.key.pem", "tee-ca.key.pem"}) {
    EXPECT_TRUE(files[name]->is_key);
    EXPECT_TRUE(crypto::IsEncryptedKey(files[name]->octets));
    Shell(absl::StrCat("openssl pkey -noout -check -passin file:", Path("pass"),
                       " -in ", Path(name)));
  }
}

TEST_F(CeremonyTest, TheTranscriptHasTheHashOfAllThatWentInAndCameOut) {
  const auto done = RunCeremony(Input(kPlan));
  ASSERT_THAT(done.status(), IsOk());
  const std::string text = done->transcript.Serialize();
  EXPECT_THAT(text, HasSubstr(Sha256Hex(kPlan)));
  EXPECT_THAT(text, HasSubstr(Sha256Hex(files_["online.csr"])));
  for (const CeremonyFile& file : done->files) {
    EXPECT_THAT(text, HasSubstr(Sha256Hex(file.octets))) << file.name;
  }
  EXPECT_THAT(text, Not(HasSubstr("PRIVATE")));
  EXPECT_THAT(text, Not(HasSubstr(kPassphrase)));
}

TEST_F(CeremonyTest, ARehearsalMakesNothingAndFindsTheSameFaults) {
  const auto rehearsed = RehearseCeremony(Input(kPlan));
  ASSERT_THAT(rehearsed.status(), IsOk());
  EXPECT_THAT(rehearsed->files, IsEmpty());
  EXPECT_EQ(rehearsed->transcript.Find("steps")->items().size(), 4u);
}

TEST_F(CeremonyTest, ALaterCeremonyUsesTheKeyOfAnEarlierOne) {
  const auto first = RunCeremony(Input(kPlan));
  ASSERT_THAT(first.status(), IsOk());
  for (const CeremonyFile& file : first->files) {
    files_[file.name] = file.octets;
  }
  const std::string plan =
      "version: 1\ntitle: next year\nsteps:\n"
      "  - use: {name: root, certificate: tee-root.cert.pem, "
      "key: tee-root.key.pem}\n"
      "  - crl: {name: root, issuer: root, number: 2, days: 180}\n"
      // A name without a space looks like a host's, which the constraints of
      // the root's certificate are about.
      "  - sign: {name: second, issuer: root, csr: online.csr, subject: "
      "Acme Second CA, days: 30}\n";
  EXPECT_THAT(RunCeremony(Input(plan)).status(), IsOk());
  CeremonyInput wrong = Input(plan);
  wrong.passphrase = "another passphrase";
  EXPECT_THAT(RunCeremony(wrong).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("the passphrase doesn't open it")));
  // A key that isn't the certificate's.
  files_["tee-root.key.pem"] = files_["tee-ca.key.pem"];
  EXPECT_THAT(RunCeremony(Input(plan)).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("line 4, column 5: key:")));
}

TEST_F(CeremonyTest, WhatIsUnknownOrImpossibleIsRefusedWithItsPlace) {
  struct Case {
    const char* what;
    const char* other;
    const char* error;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"version: 1", "version: 2", "line 1, column 10"},
           {"title:", "titel:", "title is missing"},
           {"path_length: 2,", "path_lenght: 2,",
            "line 5, column 12: path_lenght is unknown"},
           {"- root:", "- rot:", "line 4, column 5: rot is no step"},
           {"key: P-384", "key: P-521", "line 4, column 57: key must be"},
           {"days: 5475", "days: 9000", "would end after its issuer"},
           {"days: 5475", "days: many", "line 11, column 13: days"},
           {"days: 5475", "days: 5475\n      days: 1", "stands there twice"},
           {"issuer: tee-root, csr", "issuer: nobody, csr",
            "nobody is no authority"},
           {"csr: online.csr", "csr: missing.csr", "missing.csr isn't there"},
           {"path_length: 2,", "path_length: 0,", "path_length:"},
           {"name: online-ca", "name: tee-ca", "name tee-ca is taken"},
           {"name: online-ca", "name: ../online-ca", "name must be"},
           {"subject: Acme TEE CA", "subject: &a x", "anchors and tags"},
           {"subject: Acme TEE CA", "subject: !!str x", "anchors and tags"},
           {"serial: 1a2b", "serial: 0x12", "serial must be"},
           {"reason: cACompromise", "reason: boredom", "reason must be"},
           {"policies: [2.25.7.1, 2.25.7.2]", "policies: [gold]",
            "policies must be up to 8 OIDs"},
           {"policies: [2.25.7.1, 2.25.7.2]", "path_length: 0",
            "cps needs policies"},
           {"title: Acme", "title: [Acme", "line "},
           {"steps:", "---\nsteps:", "one document"}}) {
    EXPECT_THAT(
        Refused(c.what, c.other),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.error)))
        << c.what << " -> " << c.other;
  }
  EXPECT_THAT(RehearseCeremony(Input("")).status(), Not(IsOk()));
  EXPECT_THAT(RehearseCeremony(Input(std::string(2 << 20, '#'))).status(),
              Not(IsOk()));
}

}  // namespace
}  // namespace otrp::ctl

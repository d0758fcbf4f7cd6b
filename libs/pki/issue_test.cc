// What leaves an authority: named by the key identifiers that are there, made
// by the key that belongs to them, and readable for the openssl command.

#include "libs/pki/issue.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/random.h"
#include "libs/pki/certificate.h"
#include "libs/pki/crl.h"
#include "libs/pki/ocsp.h"
#include "libs/pki/verify.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace pki {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

const absl::Time kNow = absl::Now();

AuthorityTemplate AuthorityOf(const std::string& name, int path_length) {
  AuthorityTemplate authority;
  authority.serial = NewSerial(crypto::SystemRandom());
  authority.common_name = name;
  authority.not_before = kNow - absl::Hours(1);
  authority.not_after = kNow + absl::Hours(24 * 365);
  authority.path_length = path_length;
  return authority;
}

LeafTemplate Leaf() {
  LeafTemplate leaf;
  leaf.role = Role::kTee;
  leaf.serial = NewSerial(crypto::SystemRandom());
  leaf.common_name = "device";
  leaf.not_before = kNow - absl::Hours(1);
  leaf.not_after = kNow + absl::Hours(24);
  return leaf;
}

OcspSignerTemplate Signer() {
  OcspSignerTemplate signer;
  signer.serial = NewSerial(crypto::SystemRandom());
  signer.common_name = "OCSP";
  signer.not_before = kNow - absl::Hours(1);
  signer.not_after = kNow + absl::Hours(24);
  return signer;
}

std::string FileText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(file)),
                     std::istreambuf_iterator<char>());
}

std::string Path(const std::string& name) {
  return absl::StrCat(::testing::TempDir(), "/issue-", name);
}

std::string File(const std::string& name, absl::string_view bytes) {
  std::ofstream(Path(name), std::ios::binary) << bytes;
  return Path(name);
}

// Standard output and error of a shell command; fails on its failure.
std::string Shell(const std::string& command) {
  const int code =
      std::system(absl::StrCat(command, " >", Path("out"), " 2>&1").c_str());
  const std::string text = FileText(Path("out"));
  EXPECT_EQ(code, 0) << command << "\n" << text;
  return text;
}

class IssueTest : public ::testing::TestWithParam<crypto::KeyType> {
 protected:
  IssueTest()
      : root_key_(crypto::PrivateKey::Generate(GetParam()).value()),
        key_(crypto::PrivateKey::Generate(GetParam()).value()),
        other_key_(crypto::PrivateKey::Generate(GetParam()).value()),
        root_(IssueRoot(AuthorityOf("Root", 1), root_key_).value()),
        ca_(IssueAuthority(AuthorityOf("CA", 0), key_.public_key(), root_,
                           root_key_)
                .value()) {}

  std::string ResponseBy(const Certificate& responder,
                         const crypto::PrivateKey& key, const CertId& id) {
    OcspTemplate response;
    response.produced_at = kNow - absl::Minutes(5);
    response.this_update = response.produced_at;
    response.next_update = kNow + absl::Hours(1);
    response.entries = {{id, OcspStatus::kGood, kNow, -1}};
    return IssueOcspResponse(response, responder, key).value();
  }

  const crypto::PrivateKey root_key_, key_, other_key_;
  const Certificate root_, ca_;
};

INSTANTIATE_TEST_SUITE_P(RsaAndEc, IssueTest,
                         ::testing::Values(crypto::KeyType::kRsa,
                                           crypto::KeyType::kEcP256,
                                           crypto::KeyType::kEcP384));

TEST_P(IssueTest, AForeignAuthorityIsNamedByItsOwnKeyIdentifier) {
  // Neither of the methods of RFC 5280 4.2.1.2 makes such an identifier.
  const std::string key = File("foreign.key", root_key_.ToPem().view());
  const std::string config =
      File("foreign.cnf",
           "[req]\ndistinguished_name=dn\nx509_extensions=ca\n[dn]\n[ca]\n"
           "basicConstraints=critical,CA:TRUE\n"
           "keyUsage=critical,keyCertSign,cRLSign\n"
           "subjectKeyIdentifier=01:02:03:04:05\n");
  Shell(absl::StrCat("openssl req -x509 -new -days 30 -subj /CN=Foreign -key ",
                     key, " -config ", config, " -out ", Path("foreign.pem")));
  const Certificate foreign =
      Certificate::FromPem(FileText(Path("foreign.pem"))).value();
  const std::string identifier("\1\2\3\4\5");
  ASSERT_EQ(foreign.info().subject_key_id, identifier);

  const Certificate leaf =
      IssueLeaf(Leaf(), key_.public_key(), foreign, root_key_).value();
  EXPECT_EQ(leaf.info().authority_key_id, identifier);
  EXPECT_THAT(CheckIssued(leaf, foreign), IsOk());
  const Certificate below =
      IssueAuthority(AuthorityOf("Below", 0), key_.public_key(), foreign,
                     root_key_)
          .value();
  EXPECT_EQ(below.info().authority_key_id, identifier);
  const Certificate signer =
      IssueOcspSigner(Signer(), key_.public_key(), foreign, root_key_).value();
  EXPECT_EQ(signer.info().authority_key_id, identifier);

  // A second opinion: a wrong identifier breaks the chain for openssl.
  CrlTemplate list;
  list.this_update = kNow - absl::Minutes(5);
  list.next_update = kNow + absl::Hours(1);
  const std::string crl =
      File("foreign.crl", IssueCrl(list, foreign, root_key_).value().der());
  EXPECT_THAT(
      Shell(absl::StrCat("openssl crl -inform DER -noout -text -in ", crl)),
      HasSubstr("01:02:03:04:05"));
  EXPECT_THAT(
      Shell(absl::StrCat("openssl crl -inform DER -in ", crl, " -out ",
                         Path("foreign-crl.pem"), " && openssl verify ",
                         "-crl_check -CRLfile ", Path("foreign-crl.pem"),
                         " -CAfile ", Path("foreign.pem"), " ",
                         File("foreign-leaf.pem", ToPem(leaf)))),
      HasSubstr("OK"));
}

TEST_P(IssueTest, AKeyThatIsNotItsCertificatesIsFoundBeforeAnythingLeaves) {
  const Certificate good =
      IssueLeaf(Leaf(), other_key_.public_key(), ca_, key_).value();
  EXPECT_THAT(CheckIssued(good, ca_), IsOk());
  const Certificate wrong =
      IssueLeaf(Leaf(), other_key_.public_key(), ca_, other_key_).value();
  EXPECT_THAT(CheckIssued(wrong, ca_),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("signature")));
  EXPECT_THAT(CheckIssued(good, root_),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("key")));
  EXPECT_THAT(CheckIssued(good, good),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("may not sign")));
  EXPECT_THAT(CheckIssued(ca_, root_), IsOk());
  EXPECT_THAT(CheckIssued(root_, root_), IsOk());
}

TEST_P(IssueTest, NoAuthorityLeavesThatItsIssuerHasNoRoomFor) {
  const Certificate below = IssueAuthority(AuthorityOf("Below", 0),
                                           other_key_.public_key(), ca_, key_)
                                .value();
  EXPECT_THAT(CheckIssued(below, ca_),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("path length")));
  // As deep as its issuer, or without a limit.
  for (int path_length : {1, -1}) {
    const Certificate wide = IssueAuthority(AuthorityOf("Wide", path_length),
                                            key_.public_key(), root_, root_key_)
                                 .value();
    EXPECT_EQ(wide.info().path_length, path_length);
    EXPECT_THAT(CheckIssued(wide, root_), StatusIs(absl::StatusCode::kInternal,
                                                   HasSubstr("path length")));
  }
}

TEST_P(IssueTest, AnOcspSignerSignsForItsIssuerAndIsGoodForNothingElse) {
  const Certificate signer =
      IssueOcspSigner(Signer(), other_key_.public_key(), ca_, key_).value();
  EXPECT_THAT(CheckIssued(signer, ca_), IsOk());
  const std::string file = File("signer.pem", ToPem(signer));
  const std::string text =
      Shell(absl::StrCat("openssl x509 -noout -text -in ", file));
  EXPECT_THAT(text, HasSubstr("OCSP Signing"));
  EXPECT_THAT(text, HasSubstr("OCSP No Check"));
  EXPECT_THAT(text, HasSubstr("CA:FALSE"));
  for (const Profile& profile : Profiles()) {
    const auto chain =
        VerifyChain(signer, {ca_}, TrustAnchors({root_}), {kNow, profile.role});
    ASSERT_FALSE(chain.ok()) << profile.word;
    // What is on P-384 is no leaf that signs messages.
    EXPECT_EQ(ChainError(chain.status()),
              AllowsKey(profile, signer.public_key().type()) ? "wrong-usage"
                                                             : "invalid")
        << profile.word;
  }

  const Certificate leaf =
      IssueLeaf(Leaf(), root_key_.public_key(), ca_, key_).value();
  const std::string der = ResponseBy(signer, other_key_, CertIdOf(leaf, ca_));
  EXPECT_THAT(OcspResponse::Parse(der).value().Verify(leaf, ca_, kNow),
              IsOkAndHolds(OcspStatus::kGood));
  // Not for another authority, nor after its end.
  EXPECT_FALSE(OcspResponse::Parse(der).value().Verify(leaf, root_, kNow).ok());
  EXPECT_FALSE(OcspResponse::Parse(der)
                   .value()
                   .Verify(leaf, ca_, kNow + absl::Hours(25))
                   .ok());
  const std::string said = Shell(absl::StrCat(
      "openssl ocsp -no_nonce -issuer ", File("ca.pem", ToPem(ca_)), " -cert ",
      File("leaf.pem", ToPem(leaf)), " -CAfile ",
      File("root.pem", ToPem(root_)), " -verify_other ", Path("ca.pem"),
      " -respin ", File("response.der", der)));
  EXPECT_THAT(said, HasSubstr("Response verify OK"));
  EXPECT_THAT(said, HasSubstr(": good"));
}

TEST_P(IssueTest, IssuersAreKnownByEveryHashOfACertId) {
  const Certificate leaf =
      IssueLeaf(Leaf(), root_key_.public_key(), ca_, key_).value();
  const std::string ca = File("ca.pem", ToPem(ca_));
  const std::string certificate = File("leaf.pem", ToPem(leaf));
  for (absl::string_view hash : kCertIdHashes) {
    Shell(absl::StrCat("openssl ocsp -no_nonce -", hash, " -issuer ", ca,
                       " -cert ", certificate, " -reqout ", Path("asked.der")));
    const OcspRequest request =
        ParseOcspRequest(FileText(Path("asked.der"))).value();
    EXPECT_EQ(request.id.hash, hash);
    EXPECT_EQ(request.id.serial, leaf.serial());
    EXPECT_TRUE(request.id.IssuedBy(ca_)) << hash;
    EXPECT_FALSE(request.id.IssuedBy(root_)) << hash;
    EXPECT_EQ(request.id.der, CertIdOf(leaf.serial(), ca_, hash).der) << hash;
  }
  // Another hash names nobody, and is no reason to call a request malformed.
  Shell(absl::StrCat("openssl ocsp -no_nonce -sha224 -issuer ", ca, " -cert ",
                     certificate, " -reqout ", Path("asked.der")));
  const OcspRequest request =
      ParseOcspRequest(FileText(Path("asked.der"))).value();
  EXPECT_EQ(request.id.hash, "");
  EXPECT_FALSE(request.id.IssuedBy(ca_));
}

TEST_P(IssueTest, AListOfManyCertificatesIsARequestAboutTheFirst) {
  std::string command = absl::StrCat("openssl ocsp -no_nonce -issuer ",
                                     File("ca.pem", ToPem(ca_)));
  for (int serial = 100; serial < 200; ++serial) {
    absl::StrAppend(&command, " -serial ", serial);
  }
  Shell(absl::StrCat(command, " -reqout ", Path("many.der")));
  const OcspRequest request =
      ParseOcspRequest(FileText(Path("many.der"))).value();
  EXPECT_EQ(request.id.serial, "64");
}

}  // namespace
}  // namespace pki
}  // namespace otrp

// What third parties' authorities make, and ours don't: larger curves, standard
// usages, CRLs of a part of the certificates or without an end, delegated OCSP
// responders.

#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/der.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/pem.h"
#include "libs/crypto/random.h"
#include "libs/crypto/sign.h"
#include "libs/pki/certificate.h"
#include "libs/pki/crl.h"
#include "libs/pki/issue.h"
#include "libs/pki/ocsp.h"
#include "libs/pki/verify.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace pki {
namespace {

namespace der = crypto::der;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

constexpr char kClientAuth[] = "1.3.6.1.5.5.7.3.2";
constexpr char kBasicOcsp[] = "1.3.6.1.5.5.7.48.1.1";
constexpr char kServerAuth[] = "1.3.6.1.5.5.7.3.1";

constexpr char kConfig[] = R"(
[ca]
default_ca = d
[d]
database = index.txt
serial = serial
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha384
default_days = 30
policy = p
[p]
commonName = supplied
[req]
distinguished_name = dn
[dn]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign,digitalSignature
[leaf]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
[plain]
basicConstraints = CA:FALSE
[responder]
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored
[responder_unchecked]
extendedKeyUsage = OCSPSigning
[responder_for_keys]
keyUsage = critical,keyEncipherment
extendedKeyUsage = OCSPSigning
noCheck = ignored
[responder_for_tls]
extendedKeyUsage = serverAuth
noCheck = ignored
)";

template <typename T>
T Must(absl::StatusOr<T> value) {
  EXPECT_TRUE(value.ok()) << value.status();
  return *std::move(value);
}

// A folder with an authority that the openssl command runs.
class Oem {
 public:
  explicit Oem(const std::string& curve) {
    std::string name = absl::StrCat(::testing::TempDir(), "/oemXXXXXX");
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    std::ofstream(absl::StrCat(folder_, "/c")) << kConfig;
    std::ofstream(absl::StrCat(folder_, "/index.txt")) << "";
    std::ofstream(absl::StrCat(folder_, "/serial")) << "1000\n";
    Run(absl::StrCat("openssl req -x509 -config c -extensions root -newkey ec ",
                     "-pkeyopt ec_paramgen_curve:", curve,
                     " -nodes -sha384 -subj '/CN=OEM root' -days 3650 ",
                     "-keyout ca.key -out ca.pem"));
  }

  void Run(const std::string& command) const {
    const std::string all =
        absl::StrCat("cd ", folder_, " && ", command, " >log 2>&1");
    EXPECT_EQ(std::system(all.c_str()), 0) << command << "\n" << Read("log");
  }

  std::string Read(const std::string& name) const {
    std::ifstream file(absl::StrCat(folder_, "/", name), std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(file)),
                       std::istreambuf_iterator<char>());
  }

  Certificate Cert(const std::string& name) const {
    return Must(Certificate::FromPem(Read(absl::StrCat(name, ".pem"))));
  }

  // NAME.pem with the extensions of that section, on that curve.
  Certificate Issue(const std::string& name, const std::string& section,
                    const std::string& curve = "P-256",
                    const std::string& md = "sha384") const {
    Run(absl::StrCat("openssl req -new -config c -newkey ec -pkeyopt ",
                     "ec_paramgen_curve:", curve, " -nodes -subj /CN=", name,
                     " -keyout ", name, ".key -out ", name, ".csr"));
    Run(absl::StrCat("openssl ca -batch -config c -notext -extensions ",
                     section, " -md ", md, " -in ", name, ".csr -out ", name,
                     ".pem"));
    return Cert(name);
  }

  // About leaf.pem, by the responder of that name.
  OcspResponse Ask(const std::string& responder, absl::string_view id_hash,
                   const std::string& md) const {
    Run(absl::StrCat("openssl ocsp -", id_hash, " -issuer ca.pem -cert ",
                     "leaf.pem -no_nonce -reqout asked.der"));
    Run(absl::StrCat("openssl ocsp -index index.txt -CA ca.pem -rsigner ",
                     responder, ".pem -rkey ", responder, ".key -rmd ", md,
                     " -ndays 1 -reqin asked.der -respout answer.der"));
    return Must(OcspResponse::Parse(Read("answer.der")));
  }

 private:
  std::string folder_;
};

class CurveTest : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Curves, CurveTest,
                         ::testing::Values("P-384", "P-521"));

TEST_P(CurveTest, AnAuthorityOnALargerCurveIsBelieved) {
  const Oem oem(GetParam());
  const Certificate leaf = oem.Issue("leaf", "plain");
  const auto chain = VerifyChain(leaf, {}, TrustAnchors({oem.Cert("ca")}),
                                 {absl::Now(), Role::kTee});
  ASSERT_TRUE(chain.ok()) << chain.status();
  EXPECT_EQ(chain->leaf().public_key().type(), crypto::KeyType::kEcP256);
  // And not one of its name.
  const auto other =
      VerifyChain(leaf, {}, TrustAnchors({Oem(GetParam()).Cert("ca")}),
                  {absl::Now(), Role::kTee});
  EXPECT_EQ(ChainError(other.status()), "unknown-issuer");
}

TEST_P(CurveTest, ALeafOnALargerCurveSignsNoMessages) {
  const Oem oem(GetParam());
  const Certificate leaf = oem.Issue("leaf", "plain", GetParam());
  const auto chain = VerifyChain(leaf, {}, TrustAnchors({oem.Cert("ca")}),
                                 {absl::Now(), Role::kTee});
  EXPECT_THAT(chain.status(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("one of the role tee is RSA or P-256")));
  EXPECT_FALSE(crypto::PublicKey::FromSpki(leaf.public_key().ToSpki()).ok());
  EXPECT_FALSE(crypto::VerifySha256(leaf.public_key(), "m", std::string(64, 1),
                                    crypto::EcFormat::kP1363)
                   .ok());
}

TEST(AnchorUsageTest, OnlyTheUsagesOfTheirAnchorMakeOthersCertificatesGood) {
  const Oem oem("P-256");
  const Certificate leaf = oem.Issue("leaf", "leaf");
  const Certificate root = oem.Cert("ca");
  const auto word = [&](const std::vector<TrustAnchor>& anchors) {
    const auto chain = VerifyChain(leaf, {}, TrustAnchors::WithUsages(anchors),
                                   {absl::Now(), Role::kTee});
    return chain.ok() ? "good" : ChainError(chain.status());
  };
  EXPECT_EQ(word({{root, {}}}), "wrong-usage");
  EXPECT_EQ(word({{root, {kServerAuth}}}), "wrong-usage");
  EXPECT_EQ(word({{root, {kServerAuth, kClientAuth}}}), "good");
  EXPECT_EQ(word({{root, {kAnyEku}}}), "good");
  // The same anchor under two names.
  EXPECT_EQ(word({{root, {}}, {root, {kClientAuth}}}), "good");
  // Another anchor's usages are none of this one's.
  EXPECT_EQ(word({{root, {}}, {Oem("P-256").Cert("ca"), {kAnyEku}}}),
            "wrong-usage");
}

// ---- CRLs, by hand.

struct HandMadeCrl {
  absl::Time this_update = absl::Now() - absl::Hours(1);
  // Empty: no nextUpdate.
  std::string next_update = der::GeneralizedTime(absl::Now() + absl::Hours(9));
  // Contents of INTEGERs.
  std::vector<std::string> serials;
  // The value of issuingDistributionPoint; empty: none.
  std::string idp;
  // One more extension: its OID; critical.
  std::string critical;
};

// An authority of ours whose CRLs are made here.
class CrlTest : public ::testing::Test {
 protected:
  static AuthorityTemplate Template(const std::string& name) {
    AuthorityTemplate authority;
    authority.serial = NewSerial(crypto::SystemRandom());
    authority.common_name = name;
    authority.not_before = absl::Now() - absl::Hours(2);
    authority.not_after = absl::Now() + absl::Hours(2400);
    authority.path_length = 1;
    return authority;
  }

  static std::string Uri(const std::string& uri) {
    return der::Tlv(der::Context(6), uri);
  }
  // distributionPoint [0] { fullName [0] { uniformResourceIdentifier [6] } }
  static std::string Point(const std::string& uri) {
    return der::Tlv(der::Explicit(0), der::Tlv(der::Explicit(0), Uri(uri)));
  }
  static std::string True(int tag) {
    return der::Tlv(der::Context(tag), "\xff");
  }
  static std::string Idp(const std::string& content) {
    return der::Sequence({content});
  }

  Certificate Leaf(const std::string& crl_url = "") {
    LeafTemplate leaf;
    leaf.role = Role::kTee;
    leaf.serial = NewSerial(crypto::SystemRandom());
    leaf.common_name = "device";
    leaf.names.uris = {"urn:device:1"};
    leaf.not_before = absl::Now() - absl::Hours(1);
    leaf.not_after = absl::Now() + absl::Hours(24);
    leaf.crl_url = crl_url;
    return Must(IssueLeaf(leaf, leaf_key_.public_key(), root_, key_));
  }

  absl::StatusOr<Crl> Make(const HandMadeCrl& crl) {
    const std::string algorithm =
        der::Sequence({der::Oid("1.2.840.10045.4.3.2")});
    std::string entries;
    for (const std::string& serial : crl.serials) {
      absl::StrAppend(&entries,
                      der::Sequence({der::Tlv(der::kInteger, serial),
                                     der::GeneralizedTime(crl.this_update)}));
    }
    if (!entries.empty()) entries = der::Sequence({entries});
    std::string extensions;
    const auto add = [&](absl::string_view oid, absl::string_view value) {
      absl::StrAppend(&extensions,
                      der::Sequence({der::Oid(oid), der::Tlv(0x01, "\xff"),
                                     der::OctetString(value)}));
    };
    if (!crl.idp.empty()) add("2.5.29.28", crl.idp);
    if (!crl.critical.empty()) add(crl.critical, der::PositiveInteger("\x01"));
    if (!extensions.empty()) {
      extensions = der::Tlv(der::Explicit(0), der::Sequence({extensions}));
    }
    const std::string tbs = der::Sequence(
        {der::PositiveInteger("\x01"), algorithm, root_.info().subject_der,
         der::GeneralizedTime(crl.this_update), crl.next_update, entries,
         extensions});
    return Crl::Parse(der::Sequence(
        {tbs, algorithm,
         der::BitString(
             Must(crypto::SignSha256(key_, tbs, crypto::EcFormat::kDer)))}));
  }

  // Content of the INTEGER of a certificate's serial.
  static std::string SerialOf(const Certificate& certificate) {
    const std::string& hex = certificate.serial();
    const std::string whole = der::PositiveInteger(absl::HexStringToBytes(
        hex.size() % 2 == 0 ? hex : absl::StrCat("0", hex)));
    return whole.substr(2);
  }

  crypto::PrivateKey key_ =
      Must(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256));
  crypto::PrivateKey leaf_key_ =
      Must(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256));
  Certificate root_ = Must(IssueRoot(Template("OEM"), key_));
  Certificate ca_ = Must(
      IssueAuthority(Template("OEM CA"), leaf_key_.public_key(), root_, key_));
};

TEST_F(CrlTest, OneOddSerialLosesNoOtherEntry) {
  const Certificate leaf = Leaf();
  HandMadeCrl list;
  list.serials = {"\xfb", std::string(1, '\0'), std::string(30, '\x11'),
                  SerialOf(leaf)};
  const Crl crl = Must(Make(list));
  EXPECT_TRUE(crl.Verify(root_, absl::Now()).ok());
  EXPECT_TRUE(crl.IsRevoked(leaf));
  EXPECT_FALSE(crl.IsRevoked(Leaf()));
  // The zero can be a certificate's.
  EXPECT_EQ(crl.skipped(), 2u);
}

TEST_F(CrlTest, ACrlOfAPartSpeaksAboutThatPartOnly) {
  const Certificate here = Leaf("http://oem.example/1.crl");
  const Certificate there = Leaf("http://oem.example/2.crl");
  const Certificate nowhere = Leaf();
  struct Case {
    const char* name;
    std::string idp;
    bool here, there, nowhere, ca;
  };
  const Case cases[] = {
      {"all", "", true, true, true, true},
      {"users", True(1), true, true, true, false},
      {"authorities", True(2), false, false, false, true},
      {"one point", Point("http://oem.example/1.crl"), true, false, false,
       false},
      {"users of a point", Point("http://oem.example/2.crl") + True(1), false,
       true, false, false},
      {"authorities of a point", Point("http://oem.example/1.crl") + True(2),
       false, false, false, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    HandMadeCrl list;
    if (!c.idp.empty()) list.idp = Idp(c.idp);
    list.serials = {SerialOf(here)};
    const Crl crl = Must(Make(list));
    EXPECT_TRUE(crl.Verify(root_, absl::Now()).ok());
    EXPECT_EQ(crl.IsFor(here), c.here);
    EXPECT_EQ(crl.IsFor(there), c.there);
    EXPECT_EQ(crl.IsFor(nowhere), c.nowhere);
    EXPECT_EQ(crl.IsFor(ca_), c.ca);
  }
}

TEST_F(CrlTest, WhatTellsLessOrOfOthersIsRefusedWithItsReason) {
  const auto refused = [&](const HandMadeCrl& list, const char* why) {
    EXPECT_THAT(Make(list).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(why)));
  };
  HandMadeCrl list;
  list.idp = Idp(True(4));
  refused(list, "indirect CRL");
  list.idp = Idp(der::Tlv(der::Context(3), std::string("\x06\x40", 2)));
  refused(list, "some reasons");
  list.idp = Idp(True(5));
  refused(list, "attribute certificates");
  list.idp = Idp(True(1) + True(2));
  refused(list, "contradicts itself");
  list.idp = Idp("");
  refused(list, "is empty");
  list.idp = "";
  list.critical = "2.5.29.27";
  refused(list, "CRL");
  list.critical = "1.2.3.4";
  refused(list, "unknown critical extension");
}

TEST_F(CrlTest, WithoutAnEndItIsCurrentForAsLongAsIsSaid) {
  HandMadeCrl list;
  list.next_update = "";
  list.serials = {SerialOf(ca_)};
  const Certificate leaf = Leaf();
  const Crl crl = Must(Make(list));
  EXPECT_TRUE(crl.VerifySigner(root_).ok());
  EXPECT_FALSE(crl.Verify(root_, absl::Now()).ok());
  const auto word = [&](const Certificate& about, absl::Duration life) {
    return WordOf({&crl}, about, absl::Now(), life);
  };
  EXPECT_LT(word(leaf, absl::ZeroDuration()).good_until, absl::Now());
  EXPECT_GT(word(leaf, absl::Hours(24)).good_until, absl::Now());
  EXPECT_LT(word(leaf, absl::Minutes(30)).good_until, absl::Now());
  // What it lists is revoked all the same.
  EXPECT_TRUE(word(ca_, absl::ZeroDuration()).revoked);
}

TEST_F(CrlTest, AnOlderListKeepsNoReleasedHold) {
  const Certificate leaf = Leaf();
  HandMadeCrl older;
  older.this_update = absl::Now() - absl::Hours(3);
  older.serials = {SerialOf(leaf)};
  const Crl held = Must(Make(older));
  const Crl released = Must(Make({}));
  for (const auto& lists :
       {std::vector<const Crl*>{&held, &released}, {&released, &held}}) {
    const RevocationWord word =
        WordOf(lists, leaf, absl::Now(), absl::ZeroDuration());
    EXPECT_FALSE(word.revoked);
    EXPECT_GT(word.good_until, absl::Now());
  }
  EXPECT_TRUE(WordOf({&held}, leaf, absl::Now(), absl::ZeroDuration()).revoked);
  // The newest list counts although it has run out.
  HandMadeCrl newest;
  newest.this_update = absl::Now() - absl::Minutes(10);
  newest.next_update = der::GeneralizedTime(absl::Now() - absl::Minutes(5));
  newest.serials = {SerialOf(leaf)};
  const Crl again = Must(Make(newest));
  EXPECT_TRUE(
      WordOf({&again, &released}, leaf, absl::Now(), absl::ZeroDuration())
          .revoked);
}

// ---- OCSP

class OcspTest : public ::testing::Test {
 protected:
  absl::StatusOr<OcspAnswer> Verify(
      const OcspResponse& response,
      absl::Span<const Crl* const> crls = {}) const {
    return response.Answer(leaf_, oem_.Cert("ca"), absl::Now(), crls);
  }

  const Oem oem_{"P-384"};
  const Certificate leaf_ = oem_.Issue("leaf", "leaf");
};

TEST_F(OcspTest, ResponsesAndIdsWithLargerHashesAreRead) {
  oem_.Issue("responder", "responder", "P-384");
  for (absl::string_view id : kCertIdHashes) {
    for (const char* md : {"sha256", "sha384", "sha512"}) {
      SCOPED_TRACE(absl::StrCat(id, " ", md));
      EXPECT_EQ(Must(Verify(oem_.Ask("responder", id, md))).status,
                OcspStatus::kGood);
      // Signed by the authority itself.
      EXPECT_EQ(Must(Verify(oem_.Ask("ca", id, md))).status, OcspStatus::kGood);
    }
  }
}

TEST_F(OcspTest, AnIdWithAnUnknownHashIsNobodys) {
  EXPECT_THAT(Verify(oem_.Ask("ca", "sha224", "sha256")).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("about another certificate")));
}

TEST_F(OcspTest, AResponderThatItsIssuerDidNotMakeForThisIsRefused) {
  const auto why = [&](const std::string& name, const std::string& section,
                       const std::string& md) {
    oem_.Issue(name, section, "P-256", md);
    return std::string(
        Verify(oem_.Ask(name, "sha1", "sha256")).status().message());
  };
  EXPECT_THAT(why("r1", "responder_for_tls", "sha256"),
              HasSubstr("isn't for OCSP signing"));
  EXPECT_THAT(why("r2", "responder_for_keys", "sha256"),
              HasSubstr("lacks digitalSignature"));
  EXPECT_THAT(why("r3", "responder", "sha1"),
              HasSubstr("algorithm that isn't accepted"));
  EXPECT_THAT(why("r4", "responder_unchecked", "sha256"),
              HasSubstr("may be revoked"));
  // A SHA-1 signature of the response itself.
  oem_.Issue("r5", "responder");
  EXPECT_THAT(Verify(oem_.Ask("r5", "sha1", "sha1")).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("signature is wrong")));
}

TEST_F(OcspTest, ACrlTellsWhetherAResponderIsRevoked) {
  const Certificate responder = oem_.Issue("responder", "responder_unchecked");
  const OcspResponse response = oem_.Ask("responder", "sha1", "sha256");
  const auto list = [&](const std::string& name) {
    oem_.Run(absl::StrCat("openssl ca -config c -gencrl -crldays 3 -out ", name,
                          ".crl"));
    return Must(
        Crl::Parse(Must(crypto::PemDecode(oem_.Read(name + ".crl")))[0].der));
  };
  const Crl good = list("good");
  EXPECT_EQ(Must(Verify(response, {&good})).status, OcspStatus::kGood);
  oem_.Run("openssl ca -config c -revoke responder.pem");
  const Crl bad = list("bad");
  EXPECT_THAT(
      Verify(response, {&bad}).status(),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("is revoked")));
  // Another authority's list says nothing.
  const Oem stranger("P-384");
  stranger.Run("openssl ca -config c -gencrl -crldays 3 -out x.crl");
  const Crl other =
      Must(Crl::Parse(Must(crypto::PemDecode(stranger.Read("x.crl")))[0].der));
  EXPECT_FALSE(Verify(response, {&other}).ok());
}

// ---- producedAt, and lives: by our own writer.

class OcspTimesTest : public CrlTest {
 protected:
  absl::StatusOr<OcspAnswer> Verify(const OcspTemplate& answer,
                                    absl::Time now) const {
    return Must(OcspResponse::Parse(
                    Must(IssueOcspResponse(answer, root_, key_))))
        .Answer(ca_, root_, now);
  }
};

TEST_F(OcspTimesTest, AResponseFromTheFutureOrBeforeWhatItTellsIsRefused) {
  const absl::Time now = absl::Now();
  OcspTemplate answer;
  answer.this_update = now - absl::Hours(1);
  answer.next_update = now + absl::Hours(5);
  answer.entries = {{CertIdOf(ca_, root_), OcspStatus::kGood, now, -1}};
  answer.produced_at = now;
  EXPECT_TRUE(Verify(answer, now).ok());
  // Clocks differ.
  answer.produced_at = now + absl::Minutes(4);
  EXPECT_TRUE(Verify(answer, now).ok());
  answer.produced_at = now + absl::Minutes(6);
  EXPECT_THAT(Verify(answer, now).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("produced in the future")));
  answer.produced_at = now - absl::Hours(2);
  EXPECT_THAT(Verify(answer, now).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("before thisUpdate")));
}

TEST_F(OcspTimesTest, AnAnswerLivesAsLongAsItsOwnEntry) {
  const absl::Time now = absl::Now();
  const Certificate leaf = Leaf();
  const auto single = [&](const Certificate& subject, absl::Duration life) {
    return der::Sequence(
        {CertIdOf(subject, root_).der, der::Tlv(der::Context(0), ""),
         der::GeneralizedTime(now - absl::Minutes(1)),
         der::Tlv(der::Explicit(0), der::GeneralizedTime(now + life))});
  };
  const std::string tbs =
      der::Sequence({der::Tlv(der::Explicit(1), root_.info().subject_der),
                     der::GeneralizedTime(now),
                     der::Sequence({single(ca_, absl::Hours(99)),
                                    single(leaf, absl::Hours(2)),
                                    single(leaf, absl::Hours(7))})});
  const std::string basic =
      der::Sequence({tbs, der::Sequence({der::Oid("1.2.840.10045.4.3.2")}),
                     der::BitString(Must(crypto::SignSha256(
                         key_, tbs, crypto::EcFormat::kDer)))});
  const OcspResponse response = Must(OcspResponse::Parse(der::Sequence(
      {der::Enumerated(0),
       der::Tlv(der::Explicit(0), der::Sequence({der::Oid(kBasicOcsp),
                                                 der::OctetString(basic)}))})));
  const OcspAnswer answer = Must(response.Answer(leaf, root_, now));
  EXPECT_EQ(absl::ToUnixSeconds(answer.next_update),
            absl::ToUnixSeconds(now + absl::Hours(2)));
  EXPECT_EQ(
      absl::ToUnixSeconds(Must(response.Answer(ca_, root_, now)).next_update),
      absl::ToUnixSeconds(now + absl::Hours(99)));
}

}  // namespace
}  // namespace pki
}  // namespace otrp

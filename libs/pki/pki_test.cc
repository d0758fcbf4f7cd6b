#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/pem.h"
#include "libs/crypto/random.h"
#include "libs/pki/certificate.h"
#include "libs/pki/crl.h"
#include "libs/pki/csr.h"
#include "libs/pki/issue.h"
#include "libs/pki/ocsp.h"
#include "libs/pki/verify.h"

namespace otrp {
namespace pki {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kNow = absl::Now();

template <typename T>
T Must(absl::StatusOr<T> value) {
  EXPECT_TRUE(value.ok()) << value.status();
  return *std::move(value);
}

const crypto::PrivateKey& Key(crypto::KeyType type, int n) {
  static auto* keys =
      new std::map<std::pair<crypto::KeyType, int>, crypto::PrivateKey>();
  auto found = keys->find({type, n});
  if (found == keys->end()) {
    found = keys->emplace(std::make_pair(type, n),
                          Must(crypto::PrivateKey::Generate(type)))
                .first;
  }
  return found->second;
}

// A root, an issuing authority and a TEE's certificate of one key type.
struct Hierarchy {
  explicit Hierarchy(crypto::KeyType type)
      : root_key(Key(type, 0)),
        ca_key(Key(type, 1)),
        leaf_key(Key(type, 2)),
        root(Must(IssueRoot(Authority("Root", 1), root_key))),
        ca(Must(IssueAuthority(Authority("CA", 0), ca_key.public_key(), root,
                               root_key))),
        leaf(Must(IssueLeaf(Leaf(), leaf_key.public_key(), ca, ca_key))) {}

  static AuthorityTemplate Authority(const std::string& name, int path) {
    AuthorityTemplate authority;
    authority.serial = NewSerial(crypto::SystemRandom());
    authority.common_name = name;
    authority.not_before = kNow - absl::Hours(1);
    authority.not_after = kNow + absl::Hours(24 * 365);
    authority.path_length = path;
    return authority;
  }

  static LeafTemplate Leaf() {
    LeafTemplate leaf;
    leaf.role = Role::kTee;
    leaf.serial = NewSerial(crypto::SystemRandom());
    leaf.common_name = "device 1";
    leaf.names.uris = {"https://tsm.example/otrp"};
    leaf.not_before = kNow - absl::Hours(1);
    leaf.not_after = kNow + absl::Hours(24);
    leaf.crl_url = "http://127.0.0.1/pki/crl/ca.crl";
    leaf.ocsp_url = "http://127.0.0.1/pki/ocsp";
    return leaf;
  }

  absl::StatusOr<VerifiedChain> Verify(absl::Time time, Role role) const {
    return VerifyChain(leaf, {ca}, TrustAnchors({root}), {time, role});
  }

  crypto::PrivateKey root_key, ca_key, leaf_key;
  Certificate root, ca, leaf;
};

class PkiTest : public ::testing::TestWithParam<crypto::KeyType> {
 protected:
  PkiTest() : h_(GetParam()) {}

  std::string File(const std::string& name, const std::string& bytes) {
    const std::string path = absl::StrCat(::testing::TempDir(), "/", name);
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  // Standard output and error of a shell command; fails on its failure.
  std::string Shell(const std::string& command) {
    const std::string out = absl::StrCat(::testing::TempDir(), "/out");
    const int code =
        std::system(absl::StrCat(command, " >", out, " 2>&1").c_str());
    std::ifstream file(out);
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    EXPECT_EQ(code, 0) << command << "\n" << text;
    return text;
  }

  Hierarchy h_;
};

INSTANTIATE_TEST_SUITE_P(RsaAndEc, PkiTest,
                         ::testing::Values(crypto::KeyType::kRsa,
                                           crypto::KeyType::kEcP256));

TEST_P(PkiTest, ReadsBackWhatItIssued) {
  EXPECT_EQ(h_.leaf.common_name(), "device 1");
  EXPECT_EQ(h_.leaf.subject(), "CN=device 1");
  EXPECT_EQ(h_.leaf.issuer(), "CN=CA");
  EXPECT_THAT(h_.leaf.san_uris(), ElementsAre("https://tsm.example/otrp"));
  EXPECT_FALSE(h_.leaf.is_ca());
  EXPECT_TRUE(h_.ca.is_ca());
  EXPECT_EQ(absl::ToUnixSeconds(h_.leaf.not_after()),
            absl::ToUnixSeconds(kNow + absl::Hours(24)));
  EXPECT_EQ(h_.leaf.eku_oids(), ProfileFor(Role::kTee).eku_oids);
}

TEST(PkiProfileTest, ARoleHasOneRowAtItsPlaceAndAnUsageOfItsOwn) {
  std::set<std::string> words;
  for (size_t i = 0; i < Profiles().size(); ++i) {
    const Profile& row = Profiles()[i];
    EXPECT_EQ(static_cast<size_t>(row.role), i) << row.word;
    EXPECT_TRUE(words.insert(std::string(row.word)).second) << row.word;
    EXPECT_EQ(FindProfile(row.word), &row);
    ASSERT_FALSE(row.eku_oids.empty()) << row.word;
    for (const std::string& oid : row.eku_oids) {
      for (absl::string_view arc : absl::StrSplit(oid, '.')) {
        uint64_t number = 0;
        ASSERT_TRUE(absl::SimpleAtoi(arc, &number)) << oid;
        EXPECT_LT(number, uint64_t{1} << 28) << oid;
      }
    }
    EXPECT_GT(row.lifetime, absl::ZeroDuration()) << row.word;
    EXPECT_LT(row.lifetime, IssuingLifetime()) << row.word;
    // A hierarchy is named by the role that it was made for.
    EXPECT_EQ(ProfileFor(row.authority).authority, row.authority) << row.word;
  }
  EXPECT_EQ(FindProfile(""), nullptr);
}

TEST(PkiProfileTest, TheEarlierUsagesOfARoleAreTakenForThatRoleOnly) {
  const std::pair<Role, const char*> earlier[] = {
      {Role::kTsm, "2.25.8033246198531478930.1"},
      {Role::kTee, "2.25.8033246198531478930.2"},
      {Role::kTfw, "2.25.8033246198531478930.3"},
      {Role::kSp, "2.25.8033246198531478930.4"}};
  for (const auto& [role, oid] : earlier) {
    for (const Profile& row : Profiles()) {
      const std::vector<std::string>& accepted = row.accepted_ekus;
      EXPECT_EQ(std::count(accepted.begin(), accepted.end(), oid),
                row.role == role ? 1 : 0)
          << row.word << " " << oid;
    }
  }
}

TEST_P(PkiTest, VerifiesAChainAndGivesItsEnd) {
  const VerifiedChain chain = Must(h_.Verify(kNow, Role::kTee));
  ASSERT_EQ(chain.certificates().size(), 3u);
  EXPECT_EQ(chain.certificates()[2].der(), h_.root.der());
  EXPECT_EQ(chain.not_after(), h_.leaf.not_after());
}

TEST_P(PkiTest, RefusesChainsWithAWordForEachReason) {
  const auto word = [](const absl::StatusOr<VerifiedChain>& chain) {
    EXPECT_FALSE(chain.ok());
    return ChainError(chain.status());
  };
  EXPECT_EQ(word(h_.Verify(kNow + absl::Hours(48), Role::kTee)), "expired");
  EXPECT_EQ(word(h_.Verify(kNow - absl::Hours(48), Role::kTee)),
            "not-yet-valid");
  EXPECT_EQ(word(h_.Verify(kNow, Role::kTfw)), "wrong-usage");
  EXPECT_EQ(word(VerifyChain(h_.leaf, {}, TrustAnchors({h_.root}),
                             {kNow, Role::kTee})),
            "unknown-issuer");
  EXPECT_EQ(
      word(VerifyChain(h_.leaf, {h_.ca}, TrustAnchors(), {kNow, Role::kTee})),
      "unknown-issuer");
  // An issuing authority with path length 0 can't make another.
  const crypto::PrivateKey& key = Key(GetParam(), 3);
  const Certificate below = Must(IssueAuthority(
      Hierarchy::Authority("Below", 0), key.public_key(), h_.ca, h_.ca_key));
  const Certificate leaf =
      Must(IssueLeaf(Hierarchy::Leaf(), h_.leaf_key.public_key(), below, key));
  EXPECT_EQ(word(VerifyChain(leaf, {below, h_.ca}, TrustAnchors({h_.root}),
                             {kNow, Role::kTee})),
            "path-too-long");
  // A leaf can't issue: its keyUsage says so, and it isn't taken for an issuer.
  LeafTemplate forged = Hierarchy::Leaf();
  const Certificate by_leaf =
      Must(IssueLeaf(forged, key.public_key(), h_.leaf, h_.leaf_key));
  EXPECT_EQ(word(VerifyChain(by_leaf, {h_.leaf, h_.ca}, TrustAnchors({h_.root}),
                             {kNow, Role::kTee})),
            "unknown-issuer");
}

TEST_P(PkiTest, RefusesASignatureByAnotherKeyOfTheSameName) {
  const Certificate forged = Must(IssueLeaf(
      Hierarchy::Leaf(), h_.leaf_key.public_key(), h_.ca, Key(GetParam(), 3)));
  const auto chain =
      VerifyChain(forged, {h_.ca}, TrustAnchors({h_.root}), {kNow, Role::kTee});
  ASSERT_FALSE(chain.ok());
  EXPECT_EQ(ChainError(chain.status()), "bad-signature");
}

TEST_P(PkiTest, RefusesTrailingOctetsAndCutOffCertificates) {
  EXPECT_FALSE(Certificate::FromDer(h_.leaf.der() + '\0').ok());
  EXPECT_FALSE(Certificate::FromDer("").ok());
  for (size_t n = 1; n < h_.leaf.der().size(); n += 37) {
    EXPECT_FALSE(Certificate::FromDer(h_.leaf.der().substr(0, n)).ok());
  }
}

TEST_P(PkiTest, FindsACertificatesKeyWithoutReadingTheRest) {
  const std::string& der = h_.leaf.der();
  const auto spki = SubjectPublicKeyInfoOf(der);
  ASSERT_TRUE(spki.ok()) << spki.status();
  EXPECT_EQ(*spki, h_.leaf.public_key().ToSpki());
  for (size_t n = 0; n < der.size(); ++n) {
    const auto cut = SubjectPublicKeyInfoOf(der.substr(0, n));
    EXPECT_EQ(cut.status().code(), absl::StatusCode::kInvalidArgument) << n;
  }
  EXPECT_FALSE(SubjectPublicKeyInfoOf(*spki).ok());
}

TEST_P(PkiTest, ChecksARequestsOwnSignature) {
  const Csr csr = Must(Csr::Create(
      h_.leaf_key, "device 1", {"https://tsm.example/otrp"}, {"a.example"}));
  EXPECT_EQ(csr.common_name(), "device 1");
  EXPECT_THAT(csr.san_uris(), ElementsAre("https://tsm.example/otrp"));
  EXPECT_THAT(csr.san_dns(), ElementsAre("a.example"));
  EXPECT_TRUE(csr.public_key() == h_.leaf_key.public_key());
  std::string broken = csr.der();
  broken[broken.size() - 3] ^= 1;
  EXPECT_FALSE(Csr::Parse(broken).ok());
}

TEST_P(PkiTest, RefusesNamesThatWouldSmuggleOthers) {
  const auto csr =
      Csr::Create(h_.leaf_key, "x", {std::string("https://a\0.b", 12)}, {});
  EXPECT_FALSE(csr.ok());
}

TEST_P(PkiTest, CrlsSayWhoIsRevokedAndAreVerified) {
  CrlTemplate list;
  list.number = 7;
  list.this_update = kNow - absl::Minutes(1);
  list.next_update = kNow + absl::Hours(24);
  list.revoked = {{h_.leaf.serial(), kNow, 1}};
  const Crl crl = Must(IssueCrl(list, h_.ca, h_.ca_key));
  EXPECT_EQ(crl.number(), 7);
  EXPECT_TRUE(crl.IsFor(h_.leaf));
  EXPECT_TRUE(crl.IsRevoked(h_.leaf));
  EXPECT_TRUE(crl.Verify(h_.ca, kNow).ok());
  EXPECT_FALSE(crl.Verify(h_.root, kNow).ok());
  EXPECT_FALSE(crl.Verify(h_.ca, kNow + absl::Hours(25)).ok());
  const Crl forged = Must(IssueCrl(list, h_.ca, Key(GetParam(), 3)));
  EXPECT_FALSE(forged.Verify(h_.ca, kNow).ok());
  EXPECT_FALSE(Crl::Parse(crl.der() + "x").ok());
}

TEST_P(PkiTest, OpensslAcceptsOurChainAndCrl) {
  CrlTemplate list;
  list.this_update = kNow - absl::Minutes(1);
  list.next_update = kNow + absl::Hours(24);
  list.revoked = {{h_.leaf.serial(), kNow, 4}};
  const std::string root = File("root.pem", ToPem(h_.root));
  const std::string ca = File("ca.pem", ToPem(h_.ca));
  const std::string leaf = File("leaf.pem", ToPem(h_.leaf));
  const std::string crl =
      File("ca.crl", Must(IssueCrl(list, h_.ca, h_.ca_key)).der());
  EXPECT_THAT(Shell(absl::StrCat("openssl verify -x509_strict -CAfile ", root,
                                 " -untrusted ", ca, " ", leaf)),
              HasSubstr("OK"));
  EXPECT_THAT(Shell(absl::StrCat("openssl crl -inform DER -in ", crl,
                                 " -CAfile ", ca, " -noout -text")),
              HasSubstr("verify OK"));
}

TEST_P(PkiTest, OpensslAcceptsOurOcspResponses) {
  const std::string request =
      File("request.der", Must(BuildOcspRequest(h_.leaf, h_.ca)));
  OcspTemplate answer;
  answer.produced_at = kNow;
  answer.this_update = kNow - absl::Minutes(1);
  answer.next_update = kNow + absl::Hours(24);
  answer.entries = {{CertIdOf(h_.leaf, h_.ca), OcspStatus::kGood, kNow, -1}};
  const std::string ca = File("ca.pem", ToPem(h_.ca));
  const std::string root = File("root.pem", ToPem(h_.root));
  const std::string leaf = File("leaf.pem", ToPem(h_.leaf));
  const std::string command =
      absl::StrCat("openssl ocsp -no_nonce -issuer ", ca, " -cert ", leaf,
                   " -CAfile ", root, " -verify_other ", ca, " -respin ");
  const std::string good =
      File("good.der", Must(IssueOcspResponse(answer, h_.ca, h_.ca_key)));
  std::string said = Shell(command + good);
  EXPECT_THAT(said, HasSubstr("Response verify OK"));
  EXPECT_THAT(said, HasSubstr(": good"));
  answer.entries[0].status = OcspStatus::kRevoked;
  answer.entries[0].reason = 1;
  const std::string revoked =
      File("revoked.der", Must(IssueOcspResponse(answer, h_.ca, h_.ca_key)));
  said = Shell(command + revoked);
  EXPECT_THAT(said, HasSubstr(": revoked"));
  EXPECT_THAT(said, HasSubstr("keyCompromise"));
}

TEST_P(PkiTest, UnderstandsOpensslsRequestsWithTheirNonce) {
  const std::string ca = File("ca.pem", ToPem(h_.ca));
  const std::string leaf = File("leaf.pem", ToPem(h_.leaf));
  const std::string path = absl::StrCat(::testing::TempDir(), "/asked.der");
  Shell(absl::StrCat("openssl ocsp -issuer ", ca, " -cert ", leaf, " -reqout ",
                     path));
  std::ifstream file(path, std::ios::binary);
  const std::string der((std::istreambuf_iterator<char>(file)),
                        std::istreambuf_iterator<char>());
  const OcspRequest request = Must(ParseOcspRequest(der));
  EXPECT_EQ(request.id.serial, h_.leaf.serial());
  EXPECT_TRUE(request.id.IssuedBy(h_.ca));
  EXPECT_FALSE(request.id.IssuedBy(h_.root));
  EXPECT_EQ(request.nonce.size(), 16u);
  for (size_t n = 0; n < der.size(); ++n) {
    EXPECT_FALSE(ParseOcspRequest(der.substr(0, n)).ok());
  }
}

TEST_P(PkiTest, VerifiesOcspResponsesOnlyForTheirCertificateAndTime) {
  OcspTemplate answer;
  answer.produced_at = kNow;
  answer.this_update = kNow - absl::Minutes(1);
  answer.next_update = kNow + absl::Hours(1);
  answer.entries = {{CertIdOf(h_.leaf, h_.ca), OcspStatus::kGood, kNow, -1}};
  answer.nonce = "0123456789abcdef";
  const std::string der = Must(IssueOcspResponse(answer, h_.ca, h_.ca_key));
  const OcspResponse response = Must(OcspResponse::Parse(der));
  EXPECT_EQ(response.nonce(), answer.nonce);
  EXPECT_EQ(Must(response.Verify(h_.leaf, h_.ca, kNow)), OcspStatus::kGood);
  EXPECT_FALSE(response.Verify(h_.leaf, h_.ca, kNow + absl::Hours(2)).ok());
  EXPECT_FALSE(response.Verify(h_.leaf, h_.ca, kNow - absl::Hours(2)).ok());
  EXPECT_FALSE(response.Verify(h_.ca, h_.ca, kNow).ok());
  EXPECT_FALSE(response.Verify(h_.leaf, h_.root, kNow).ok());
  const OcspResponse forged = Must(OcspResponse::Parse(
      Must(IssueOcspResponse(answer, h_.ca, Key(GetParam(), 3)))));
  EXPECT_FALSE(forged.Verify(h_.leaf, h_.ca, kNow).ok());
  for (size_t n = 0; n < der.size(); n += 3) {
    EXPECT_FALSE(OcspResponse::Parse(der.substr(0, n)).ok());
  }
  EXPECT_FALSE(
      OcspResponse::Parse(OcspErrorResponse(OcspError::kTryLater)).ok());
}

TEST_P(PkiTest, AGoodEntryHidesNoRevokedOneOfTheSameCertificate) {
  const CertId id = CertIdOf(h_.leaf, h_.ca);
  const OcspEntry good = {id, OcspStatus::kGood, kNow, -1};
  const OcspEntry unknown = {id, OcspStatus::kUnknown, kNow, -1};
  const OcspEntry revoked = {id, OcspStatus::kRevoked, kNow, 1};
  const auto verify = [&](std::vector<OcspEntry> entries) {
    OcspTemplate answer;
    answer.produced_at = kNow;
    answer.this_update = kNow - absl::Minutes(1);
    answer.next_update = kNow + absl::Hours(1);
    answer.entries = std::move(entries);
    return Must(Must(OcspResponse::Parse(
                         Must(IssueOcspResponse(answer, h_.ca, h_.ca_key))))
                    .Verify(h_.leaf, h_.ca, kNow));
  };
  EXPECT_EQ(verify({good, revoked}), OcspStatus::kRevoked);
  EXPECT_EQ(verify({revoked, unknown, good}), OcspStatus::kRevoked);
  EXPECT_EQ(verify({good, unknown, good}), OcspStatus::kUnknown);
}

TEST_P(PkiTest, ReadsNoncesOf128OctetsAndRefusesLongerOnes) {
  OcspTemplate answer;
  answer.produced_at = kNow;
  answer.this_update = kNow;
  answer.next_update = kNow + absl::Hours(1);
  answer.entries = {{CertIdOf(h_.leaf, h_.ca), OcspStatus::kGood, kNow, -1}};
  answer.nonce = std::string(128, 'n');
  EXPECT_EQ(Must(OcspResponse::Parse(
                     Must(IssueOcspResponse(answer, h_.ca, h_.ca_key))))
                .nonce(),
            answer.nonce);
  answer.nonce.push_back('n');
  EXPECT_FALSE(
      OcspResponse::Parse(Must(IssueOcspResponse(answer, h_.ca, h_.ca_key)))
          .ok());
}

}  // namespace
}  // namespace pki
}  // namespace otrp

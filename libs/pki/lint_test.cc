// Every lint on a certificate that keeps it and on one that doesn't.

#include "libs/pki/lint.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/der.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/random.h"
#include "libs/crypto/x509.h"
#include "libs/pki/issue.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace pki {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace der = crypto::der;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

constexpr char kSki[] = "2.5.29.14";
constexpr char kUsage[] = "2.5.29.15";
constexpr char kSan[] = "2.5.29.17";
constexpr char kBasic[] = "2.5.29.19";
constexpr char kPoints[] = "2.5.29.31";
constexpr char kPolicies[] = "2.5.29.32";
constexpr char kAki[] = "2.5.29.35";
constexpr char kEku[] = "2.5.29.37";
constexpr char kAia[] = "1.3.6.1.5.5.7.1.1";

// By which policies the authority issues.
const std::vector<std::string> kIssuedBy = {"2.25.7.1", "2.25.7.2"};

std::string Extension(const char* oid, bool critical,
                      const std::string& value) {
  return der::Sequence({der::Oid(oid), critical ? der::Tlv(0x01, "\xff") : "",
                        der::OctetString(value)});
}

// A TBSCertificate as parts that a case changes.
struct Parts {
  std::string version, serial, algorithm, issuer, validity, subject, spki;
  std::string unique_ids;
  // With their OIDs.
  std::vector<std::pair<std::string, std::string>> extensions;

  std::string& At(const std::string& oid) {
    for (auto& [name, whole] : extensions) {
      if (name == oid) return whole;
    }
    extensions.emplace_back(oid, "");
    return extensions.back().second;
  }
  void Put(const char* oid, bool critical, const std::string& value) {
    At(oid) = Extension(oid, critical, value);
  }
  std::string ToDer() const {
    std::string list;
    for (const auto& [oid, whole] : extensions) absl::StrAppend(&list, whole);
    return der::Sequence(
        {version, serial, algorithm, issuer, validity, subject, spki,
         unique_ids,
         der::Tlv(der::Explicit(3), der::Tlv(der::kSequence, list))});
  }
};

std::string Take(der::Reader& reader) {
  return std::string(reader.Next().value().whole);
}

Parts PartsOf(const std::string& tbs) {
  der::Reader outer(tbs);
  der::Reader reader(outer.Next().value().content);
  Parts parts;
  parts.version = Take(reader);
  parts.serial = Take(reader);
  parts.algorithm = Take(reader);
  parts.issuer = Take(reader);
  parts.validity = Take(reader);
  parts.subject = Take(reader);
  parts.spki = Take(reader);
  der::Reader wrapper(reader.Next().value().content);
  der::Reader list(wrapper.Next().value().content);
  while (!list.empty()) {
    const der::Element extension = list.Next().value();
    der::Reader inside(extension.content);
    parts.extensions.emplace_back(
        der::ReadOid(inside.Next().value().content).value(),
        std::string(extension.whole));
  }
  EXPECT_EQ(parts.ToDer(), tbs);
  return parts;
}

class LintTest : public ::testing::Test {
 protected:
  static Certificate NewAuthority(const crypto::PrivateKey& key) {
    AuthorityTemplate root;
    root.serial = NewSerial(crypto::SystemRandom());
    root.common_name = "Authority";
    root.not_before = kNow - absl::Hours(1);
    root.not_after = kNow + absl::Hours(24 * 365 * 12);
    return IssueRoot(root, key).value();
  }

  static std::string GoodTbs(Role role, const crypto::PrivateKey& authority_key,
                             const Certificate& authority,
                             const crypto::PublicKey& key) {
    const Profile& profile = ProfileFor(role);
    LeafTemplate leaf;
    leaf.role = role;
    leaf.serial = NewSerial(crypto::SystemRandom());
    leaf.common_name = "holder, 端末";
    switch (profile.names) {
      case NameRule::kTsmId: leaf.names.uris = {"https://tsm.a/otrp"}; break;
      case NameRule::kServiceIdentity:
        leaf.names.uris = {"otrp://service/tsm"};
        leaf.names.dns = {"tsm.internal", "*.svc"};
        break;
      case NameRule::kClientIdentity:
        leaf.names.uris = {"otrp://sp/bank"};
        break;
      default: break;
    }
    leaf.not_before = kNow - absl::Minutes(5);
    leaf.not_after = leaf.not_before + profile.lifetime;
    leaf.crl_url = "http://pki.example/pki/crl/a.crl";
    leaf.ocsp_url = "http://pki.example/pki/ocsp";
    leaf.issuer_url = "http://pki.example/pki/ca/a.cer";
    leaf.policy_oids = kIssuedBy;
    leaf.cps_uri = "https://a.example/cps";
    return crypto::TbsOf(
        IssueLeaf(leaf, key, authority, authority_key).value().info());
  }

  static crypto::PrivateKey NewKey(crypto::KeyType type) {
    return crypto::PrivateKey::Generate(type).value();
  }

  const crypto::PrivateKey ec_ = NewKey(crypto::KeyType::kEcP256);
  const Certificate authority_ = NewAuthority(ec_);

  std::vector<std::string> Found(const std::string& tbs,
                                 absl::optional<Role> role = Role::kService) {
    std::vector<std::string> names;
    for (const LintFinding& f : LintTbs(tbs, {authority_, role, &kIssuedBy})) {
      names.push_back(f.name);
    }
    return names;
  }
};

TEST_F(LintTest, WhatWeIssueKeepsThemAllByEachProfileAndKindOfKey) {
  const crypto::PrivateKey rsa = NewKey(crypto::KeyType::kRsa);
  const Certificate rsa_authority = NewAuthority(rsa);
  for (const Profile& profile : Profiles()) {
    for (const crypto::PrivateKey& key : {ec_, rsa}) {
      SCOPED_TRACE(
          absl::StrCat(profile.word, " ", crypto::KeyTypeName(key.type())));
      EXPECT_THAT(
          Found(GoodTbs(profile.role, ec_, authority_, key.public_key()),
                profile.role),
          IsEmpty());
      const std::string by_rsa =
          GoodTbs(profile.role, rsa, rsa_authority, key.public_key());
      EXPECT_THAT(LintTbs(by_rsa, {rsa_authority, profile.role}), IsEmpty());
    }
  }
  EXPECT_THAT(Found(crypto::TbsOf(authority_.info()), absl::nullopt),
              IsEmpty());
}

struct Case {
  const char* lint;
  std::function<void(Parts&)> spoil;
  // What can't hold then either.
  std::vector<std::string> too = {};
};

std::string Name(const std::string& text, uint8_t tag = 0x0c) {
  return der::Sequence({der::Tlv(
      0x31, der::Sequence({der::Oid("2.5.4.3"), der::Tlv(tag, text)}))});
}

std::string Utc(absl::Time time) {
  return der::Tlv(0x17,
                  absl::FormatTime("%y%m%d%H%M%SZ", time, absl::UTCTimeZone()));
}

std::string Bits(const char* content, size_t size = 2) {
  return der::Tlv(der::kBitString, absl::string_view(content, size));
}

std::string Uri(const std::string& uri) {
  return der::Tlv(der::Context(6), uri);
}

const std::string kService = Uri("otrp://service/tsm");

std::string Point(const std::string& name) {
  return der::Sequence({der::Sequence(
      {der::Tlv(der::Explicit(0), der::Tlv(der::Explicit(0), name))})});
}

// secp384r1 with its base point.
std::string P384() {
  return der::Sequence(
      {der::Sequence({der::Oid("1.2.840.10045.2.1"), der::Oid("1.3.132.0.34")}),
       der::BitString(absl::HexStringToBytes(
           "04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a38"
           "5502f25dbf55296c3a545e3872760ab73617de4a96262c6f5d9e98bf9292dc29f8"
           "f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f"))});
}

// secp521r1 with a point of it.
std::string P521() {
  return absl::HexStringToBytes(
      "30819b301006072a8648ce3d020106052b81040023038186000400be87a937b52c945c"
      "baf636adff18ed6322a726ea1f87e1944bbcc7b381e59bb5a92fa846f063f877b6469a"
      "c324b70dc7483e84177ba7d53e2c24b2d62a2572a72500f7fe9992bba5164712bd53e2"
      "0b01e6753aba0072b2a6767980102f9f5b1203d560afdb394bed3e48037d6583f23879"
      "983970d328b749e27f6a8813c8845c86af9a");
}

std::string Policies(const std::vector<std::string>& oids) {
  std::string entries;
  for (const std::string& oid : oids) {
    absl::StrAppend(&entries, der::Sequence({der::Oid(oid)}));
  }
  return der::Tlv(der::kSequence, entries);
}

std::vector<Case> Cases() {
  const absl::Time begin = kNow - absl::Minutes(5);
  const absl::Duration day = absl::Hours(24);
  return {
      {"version",
       [](Parts& p) {
         p.version = der::Tlv(der::Explicit(0), der::PositiveInteger("\1"));
       }},
      {"serial_positive",
       [](Parts& p) {
         p.serial = der::Tlv(der::kInteger, "\x80" + std::string(15, '\1'));
       }},
      {"serial_length",
       [](Parts& p) {
         p.serial = der::PositiveInteger(std::string(21, '\1'));
       }},
      {"serial_random",
       [](Parts& p) { p.serial = der::PositiveInteger("1234"); }},
      {"signature_algorithm",
       [](Parts& p) {
         p.algorithm = der::Sequence({der::Oid("1.2.840.10045.4.1")});
       }},
      {"issuer_name", [](Parts& p) { p.issuer = Name("Another"); }},
      {"validity_form",
       [=](Parts& p) {
         p.validity = der::Sequence(
             {der::GeneralizedTime(begin), der::GeneralizedTime(begin + day)});
       }},
      {"validity_order",
       [=](Parts& p) {
         p.validity = der::Sequence({Utc(begin + day), Utc(begin)});
       }},
      {"subject_present",
       [](Parts& p) { p.subject = der::Sequence({}); },
       {"san_form", "profile_common_name"}},
      {"subject_strings", [](Parts& p) { p.subject = Name("holder", 0x14); }},
      {"common_name_length",
       [](Parts& p) { p.subject = Name(std::string(65, 'x')); }},
      {"key_known",
       [](Parts& p) {
         p.spki = der::Sequence({der::Sequence({der::Oid("1.3.101.112")}),
                                 der::BitString(std::string(32, 'k'))});
       },
       {"profile_key"}},
      {"no_unique_ids",
       [](Parts& p) {
         p.unique_ids = der::Tlv(der::Context(1), std::string("\0id", 3));
       }},
      {"extensions_once",
       [](Parts& p) { p.extensions.emplace_back("again", p.At(kSki)); }},
      {"extension_default",
       [](Parts& p) {
         p.At(kSki) = der::Sequence(
             {der::Oid(kSki), der::Tlv(0x01, std::string(1, '\0')),
              der::OctetString(der::OctetString("key id"))});
       }},
      {"extensions_known",
       [](Parts& p) { p.Put("1.2.3.4", true, der::Null()); }},
      {"authority_key_id",
       [](Parts& p) {
         p.Put(kAki, false, der::Sequence({der::Tlv(der::Context(0), "else")}));
       }},
      {"subject_key_id", [](Parts& p) { p.At(kSki) = ""; }},
      {"key_usage_present",
       [](Parts& p) { p.Put(kUsage, false, Bits("\7\x80")); }},
      {"key_usage_bits",
       [](Parts& p) { p.Put(kUsage, true, Bits("\0\x80", 2)); }},
      {"key_usage_cert_sign",
       [](Parts& p) { p.Put(kUsage, true, Bits("\2\x84")); },
       {"profile_key_usage"}},
      {"key_usage_fits_key",
       [](Parts& p) { p.Put(kUsage, true, Bits("\5\xa0")); },
       {"profile_key_usage"}},
      {"basic_constraints",
       [](Parts& p) {
         p.Put(kBasic, true, der::Sequence({der::PositiveInteger("\1")}));
       }},
      {"san_form",
       [](Parts& p) { p.Put(kSan, true, der::Sequence({kService})); }},
      {"san_uris",
       [](Parts& p) { p.Put(kSan, false, der::Sequence({Uri("no-scheme")})); },
       {"profile_names"}},
      {"san_dns",
       [](Parts& p) {
         p.Put(kSan, false,
               der::Sequence({kService, der::Tlv(der::Context(2), "-a.b_c")}));
       }},
      {"eku_uncritical",
       [](Parts& p) {
         p.Put(kEku, true,
               der::Sequence({der::Oid("1.3.6.1.5.5.7.3.1"),
                              der::Oid("1.3.6.1.5.5.7.3.2")}));
       }},
      {"crl_points_uncritical",
       [](Parts& p) { p.Put(kPoints, true, Point(Uri("http://a/b.crl"))); }},
      {"crl_points_uri",
       [](Parts& p) {
         p.Put(kPoints, false, Point(der::Tlv(der::Context(2), "a.crl")));
       }},
      {"aia_uncritical",
       [](Parts& p) {
         p.Put(kAia, true,
               der::Sequence({der::Sequence(
                   {der::Oid("1.3.6.1.5.5.7.48.1"), Uri("http://a/ocsp")})}));
       }},
      {"aia_uris",
       [](Parts& p) {
         p.Put(kAia, false,
               der::Sequence({der::Sequence(
                   {der::Oid("1.3.6.1.5.5.7.48.1"), Uri("file:///ocsp")})}));
       }},
      {"policies_form",
       [](Parts& p) {
         p.Put(kPolicies, false, Policies({"2.25.7.1", "2.25.7.1"}));
       },
       {"profile_policies"}},
      {"policies_uncritical",
       [](Parts& p) { p.Put(kPolicies, true, Policies(kIssuedBy)); }},
      {"profile_policies",
       [](Parts& p) { p.Put(kPolicies, false, Policies({"2.25.7.1"})); }},
      {"profile_no_ca",
       [](Parts& p) {
         p.Put(kBasic, true, der::Sequence({der::Tlv(0x01, "\xff")}));
       }},
      {"profile_key", [](Parts& p) { p.spki = P521(); }},
      {"profile_key_usage",
       [](Parts& p) { p.Put(kUsage, true, Bits("\6\x40")); }},
      {"profile_eku",
       [](Parts& p) {
         p.Put(kEku, false, der::Sequence({der::Oid("1.3.6.1.5.5.7.3.2")}));
       }},
      {"profile_lifetime",
       [=](Parts& p) {
         p.validity = der::Sequence({Utc(begin), Utc(begin + 91 * day)});
       }},
      {"profile_ends_with_issuer",
       [=](Parts& p) {
         const absl::Time end = kNow + 365 * 12 * day + absl::Seconds(1);
         p.validity = der::Sequence({Utc(end - day), Utc(end)});
       }},
      {"profile_common_name",
       [](Parts& p) {
         const std::string attribute = der::Tlv(
             0x31, der::Sequence({der::Oid("2.5.4.3"), der::Tlv(0x0c, "a")}));
         p.subject = der::Sequence({attribute, attribute});
       }},
      {"profile_names",
       [](Parts& p) {
         p.Put(kSan, false, der::Sequence({Uri("otrp://operator/root")}));
       }},
      {"profile_no_nocheck",
       [](Parts& p) { p.Put("1.3.6.1.5.5.7.48.1.5", false, der::Null()); }},
  };
}

TEST_F(LintTest, EachFindsWhatItIsForAndNothingElse) {
  const Parts good =
      PartsOf(GoodTbs(Role::kService, ec_, authority_,
                      NewKey(crypto::KeyType::kEcP256).public_key()));
  std::set<std::string> tried;
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.lint);
    EXPECT_TRUE(tried.insert(c.lint).second);
    Parts bad = good;
    c.spoil(bad);
    std::vector<std::string> want = {c.lint};
    want.insert(want.end(), c.too.begin(), c.too.end());
    EXPECT_THAT(Found(bad.ToDer()), ElementsAreArray(want));
  }
  for (const Lint& lint : Lints()) {
    EXPECT_EQ(tried.count(std::string(lint.name)), 1u)
        << lint.name << " has no bad case";
  }
  EXPECT_EQ(tried.size(), Lints().size());
}

TEST_F(LintTest, AnRsaAuthoritysAlgorithmIsNoneOfAnEcOnes) {
  Parts parts = PartsOf(GoodTbs(Role::kTee, ec_, authority_, ec_.public_key()));
  parts.algorithm =
      der::Sequence({der::Oid("1.2.840.113549.1.1.11"), der::Null()});
  EXPECT_THAT(Found(parts.ToDer(), Role::kTee),
              ElementsAre("signature_algorithm"));
}

TEST_F(LintTest, KeysOnP384AreForTlsOnly) {
  Parts parts = PartsOf(GoodTbs(Role::kTee, ec_, authority_, ec_.public_key()));
  parts.spki = P384();
  for (const Profile& profile : Profiles()) {
    const std::vector<std::string> found = Found(parts.ToDer(), profile.role);
    EXPECT_EQ(
        std::count(found.begin(), found.end(), "profile_key"),
        profile.role == Role::kService || profile.role == Role::kClient ? 0 : 1)
        << profile.word;
  }
}

TEST_F(LintTest, NamesOfTheSuiteAreForTheirProfilesOnly) {
  Parts parts = PartsOf(GoodTbs(Role::kTee, ec_, authority_, ec_.public_key()));
  parts.Put(kSan, false, der::Sequence({Uri("otrp://operator/root")}));
  for (const Profile& profile : Profiles()) {
    const std::vector<std::string> found = Found(parts.ToDer(), profile.role);
    EXPECT_EQ(std::count(found.begin(), found.end(), "profile_names"),
              profile.names == NameRule::kClientIdentity ? 0 : 1)
        << profile.word;
  }
}

TEST_F(LintTest, PoliciesAreNotHeldAgainstWhatNobodyKnows) {
  Parts parts = PartsOf(GoodTbs(Role::kTee, ec_, authority_, ec_.public_key()));
  parts.Put(kPolicies, false, Policies({"2.25.9"}));
  EXPECT_THAT(LintTbs(parts.ToDer(), {authority_, Role::kTee}), IsEmpty());
  EXPECT_THAT(Found(parts.ToDer(), Role::kTee),
              ElementsAre("profile_policies"));
  // The extension without a policy in it says nothing that can be held.
  parts.Put(kPolicies, false, der::Sequence({}));
  EXPECT_THAT(
      LintTbs(parts.ToDer(), {authority_, Role::kTee}),
      ElementsAre(::testing::Field(&LintFinding::name, "policies_form")));
}

TEST_F(LintTest, OctetsThatAreNoCertificateAreOneFinding) {
  const std::string good =
      GoodTbs(Role::kService, ec_, authority_, ec_.public_key());
  for (const std::string& octets :
       {std::string(), std::string("hello"), good + "x",
        good.substr(0, good.size() - 1), der::Sequence({})}) {
    EXPECT_THAT(Found(octets), ElementsAre("structure"));
  }
}

TEST_F(LintTest, AWarningIsSignedAndAnErrorIsNamedWithItsSource) {
  const LintContext context = {authority_, Role::kService};
  Parts parts =
      PartsOf(GoodTbs(Role::kService, ec_, authority_, ec_.public_key()));
  parts.Put(kSan, false,
            der::Sequence({kService, der::Tlv(der::Context(2), "a_b")}));
  EXPECT_THAT(CheckLints(parts.ToDer(), context), IsOk());
  parts.At(kSki) = "";
  EXPECT_THAT(CheckLints(parts.ToDer(), context),
              StatusIs(absl::StatusCode::kInternal,
                       HasSubstr("subject_key_id (RFC 5280 4.2.1.2)")));
}

}  // namespace
}  // namespace pki
}  // namespace otrp

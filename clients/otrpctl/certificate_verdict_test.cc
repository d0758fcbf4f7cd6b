// What is said of certificates, by whatever octets the PKI port gives: lies,
// old lists and nothing at all.

#include "clients/otrpctl/certificate_verdict.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/pki/crl.h"
#include "libs/pki/issue.h"
#include "libs/pki/ocsp.h"
#include "libs/protocol/test_pki.h"

namespace otrp::ctl {
namespace {

using ::testing::HasSubstr;
using Kind = Verdict::Kind;
namespace pki_test = protocol::test;

absl::Time Now() { return pki_test::Now(); }

std::string Ocsp(const pki::Certificate& subject,
                 const pki::Certificate& issuer, const crypto::PrivateKey& key,
                 pki::OcspStatus status) {
  pki::OcspTemplate response;
  pki::OcspEntry entry;
  entry.id = pki::CertIdOf(subject, issuer);
  entry.status = status;
  entry.revoked_at = Now() - absl::Hours(2);
  response.entries = {entry};
  response.produced_at = Now();
  response.this_update = Now() - absl::Hours(1);
  response.next_update = Now() + absl::Hours(12);
  return pki::IssueOcspResponse(response, issuer, key).value();
}

class CertificateVerdictTest : public ::testing::Test {
 protected:
  // The suite's own authorities, unless a test takes them away.
  std::vector<Trusted> Ours() const {
    return {{"sp-root", h_.root, true}, {"sp-ca", h_.ca, true}};
  }

  Told Honest(const pki::Certificate& subject, const Trusted& issuer,
              const std::vector<std::string>& revoked = {}) const {
    const bool by_root = issuer.name == "sp-root";
    bool is_revoked = false;
    for (const std::string& serial : revoked) {
      is_revoked = is_revoked || serial == subject.serial();
    }
    return {
        pki_test::NewCrl(h_, revoked, Now() - absl::Hours(1),
                         Now() + absl::Hours(24), by_root),
        Ocsp(subject, issuer.certificate, by_root ? h_.root_key : h_.ca_key,
             is_revoked ? pki::OcspStatus::kRevoked : pki::OcspStatus::kGood)};
  }
  Ask AllGood() const {
    return [this](const pki::Certificate& subject, const Trusted& issuer) {
      return Honest(subject, issuer);
    };
  }

  std::string Member(const Verdict& verdict, const char* name) const {
    const json::Value* value = verdict.value.Find(name);
    return value == nullptr ? "" : value->Serialize();
  }

  pki_test::Hierarchy h_ = pki_test::NewHierarchy("SP");
  crypto::PrivateKey key_ =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
  pki::Certificate leaf_ =
      pki_test::NewLeaf(h_, pki::Role::kSp, key_.public_key());
};

TEST_F(CertificateVerdictTest, AGoodOneHasItsChainAndBothWords) {
  const Verdict verdict = Judge({leaf_}, Ours(), AllGood(), Now());
  EXPECT_EQ(verdict.kind, Kind::kGood) << verdict.why;
  EXPECT_EQ(Member(verdict, "profile"), "\"sp\"");
  EXPECT_EQ(Member(verdict, "authority"), "\"sp-ca\"");
  EXPECT_THAT(Member(verdict, "chain"), HasSubstr("\"sp-ca\",\"sp-root\""));
  EXPECT_THAT(Member(verdict, "crl"), HasSubstr("good, says list 1"));
  EXPECT_THAT(Member(verdict, "ocsp"), HasSubstr("good, says the response"));
  EXPECT_EQ(Member(verdict, "advice"), "");
}

TEST_F(CertificateVerdictTest, InTheLastThirdItSaysHowToGoOn) {
  const Verdict verdict = Judge(
      {pki_test::NewLeaf(h_, pki::Role::kClient, key_.public_key(),
                         Now() - absl::Hours(12), Now() + absl::Hours(4))},
      Ours(), AllGood(), Now());
  EXPECT_EQ(verdict.kind, Kind::kGood) << verdict.why;
  EXPECT_THAT(Member(verdict, "advice"),
              AllOf(HasSubstr("it ends in 4h"), HasSubstr("otrpctl renew")));
}

TEST_F(CertificateVerdictTest, OneWordThatItIsRevokedIsEnough) {
  const std::vector<std::string> serials = {leaf_.serial()};
  for (const bool by_crl : {true, false}) {
    const Verdict verdict = Judge(
        {leaf_}, Ours(),
        [&](const pki::Certificate& subject, const Trusted& issuer) {
          Told told = Honest(subject, issuer);
          const Told revoked = Honest(subject, issuer, serials);
          (by_crl ? told.crl_der : told.ocsp_der) =
              by_crl ? revoked.crl_der : revoked.ocsp_der;
          return told;
        },
        Now());
    EXPECT_EQ(verdict.kind, Kind::kRevoked);
    EXPECT_THAT(verdict.why, HasSubstr("it is revoked"));
    EXPECT_THAT(Member(verdict, "advice"), HasSubstr("otrpctl sp enroll"));
  }
}

TEST_F(CertificateVerdictTest, ARevokedAuthorityTakesItAlong) {
  const Verdict verdict = Judge(
      {leaf_}, Ours(),
      [&](const pki::Certificate& subject, const Trusted& issuer) {
        return Honest(subject, issuer, {h_.ca.serial()});
      },
      Now());
  EXPECT_EQ(verdict.kind, Kind::kRevoked);
  EXPECT_THAT(verdict.why, HasSubstr("its authority SP CA is revoked"));
}

TEST_F(CertificateVerdictTest, WordsThatOthersSignedOrThatAreOldAreNone) {
  const auto other = pki_test::NewHierarchy("SP");
  const std::vector<Ask> lies = {
      // Signed by who has the names and not the keys.
      [&](const pki::Certificate& subject, const Trusted& issuer) {
        return Told{pki_test::NewCrl(other, {}, Now() - absl::Hours(1),
                                     Now() + absl::Hours(24)),
                    Ocsp(subject, issuer.certificate, other.ca_key,
                         pki::OcspStatus::kGood)};
      },
      // Yesterday's list; another's response.
      [&](const pki::Certificate&, const Trusted& issuer) {
        return Told{
            pki_test::NewCrl(h_, {}, Now() - absl::Hours(48),
                             Now() - absl::Hours(24)),
            Ocsp(h_.ca, issuer.certificate, h_.ca_key, pki::OcspStatus::kGood)};
      },
      [&](const pki::Certificate& subject, const Trusted& issuer) {
        return Told{"not a list", Ocsp(subject, issuer.certificate, h_.ca_key,
                                       pki::OcspStatus::kUnknown)};
      },
      [](const pki::Certificate&, const Trusted&) {
        return Told{absl::UnavailableError("away"),
                    absl::UnavailableError("away")};
      },
  };
  for (const Ask& lie : lies) {
    const Verdict verdict = Judge({leaf_}, Ours(), lie, Now());
    EXPECT_EQ(verdict.kind, Kind::kUnknown);
    EXPECT_THAT(verdict.why, HasSubstr("nobody says whether"));
    EXPECT_THAT(Member(verdict, "crl"), HasSubstr("nothing: "));
    EXPECT_THAT(Member(verdict, "ocsp"), HasSubstr("nothing: "));
  }
}

TEST_F(CertificateVerdictTest, WhatNobodyTrustedSignedIsUntrusted) {
  const auto other = pki_test::NewHierarchy("SP");
  const pki::Certificate forged =
      pki_test::NewLeaf(other, pki::Role::kSp, key_.public_key());
  // With its own issuers beside it, too.
  for (const auto& file : {std::vector<pki::Certificate>{forged},
                           {forged, other.ca, other.root}}) {
    const Verdict verdict = Judge(file, Ours(), AllGood(), Now());
    EXPECT_EQ(verdict.kind, Kind::kUntrusted);
    EXPECT_THAT(verdict.why, HasSubstr("SP CA"));
    EXPECT_THAT(Member(verdict, "advice"), HasSubstr("otrpctl trust add"));
  }
}

TEST_F(CertificateVerdictTest, ARevokedRootOfOursVouchesForNothing) {
  ca::v1::ListAuthoritiesResponse response;
  auto* root = response.add_authorities();
  root->set_name("sp-root");
  root->set_is_root(true);
  root->set_certificate_der(h_.root.der());
  auto* issuing = response.add_authorities();
  issuing->set_name("sp-ca");
  issuing->set_certificate_der(h_.ca.der());
  EXPECT_EQ(Judge({leaf_}, OursOf(response), AllGood(), Now()).kind,
            Kind::kGood);
  // Nobody is asked: no list tells of a root.
  root->set_state("revoked");
  EXPECT_EQ(Judge({leaf_}, OursOf(response), AllGood(), Now()).kind,
            Kind::kUntrusted);
}

TEST_F(CertificateVerdictTest, ACrossCertificateLeadsToTheNextGeneration) {
  const auto next = pki_test::NewHierarchy("SP next");
  pki::AuthorityTemplate cross;
  cross.serial = "c0";
  cross.common_name = h_.ca.common_name();
  cross.not_before = Now() - absl::Hours(1);
  cross.not_after = Now() + absl::Hours(100);
  ca::v1::ListAuthoritiesResponse response;
  auto* root = response.add_authorities();
  root->set_name("sp-root-2");
  root->set_is_root(true);
  root->set_certificate_der(next.root.der());
  auto* issuing = response.add_authorities();
  issuing->set_name("sp-ca");
  issuing->set_certificate_der(h_.ca.der());
  const Ask nobody = [](const pki::Certificate&, const Trusted&) {
    return Told{absl::UnavailableError("away"), absl::UnavailableError("away")};
  };
  EXPECT_EQ(Judge({leaf_}, OursOf(response), nobody, Now()).kind,
            Kind::kUntrusted);
  issuing->add_cross_certificates_der(
      pki::IssueAuthority(cross, h_.ca_key.public_key(), next.root,
                          next.root_key)
          ->der());
  EXPECT_EQ(Judge({leaf_}, OursOf(response), nobody, Now()).kind,
            Kind::kUnknown);
}

TEST_F(CertificateVerdictTest, AnotherRootVouchesForItButOnlyItsOwnListsTell) {
  const auto other = pki_test::NewHierarchy("OEM");
  std::vector<Trusted> trusted = Ours();
  trusted.push_back({"anchor oem", other.root, false});
  const Verdict verdict = Judge(
      {pki_test::NewLeaf(other, pki::Role::kTee, key_.public_key()), other.ca},
      trusted, AllGood(), Now());
  EXPECT_EQ(verdict.kind, Kind::kUnknown);
  EXPECT_THAT(Member(verdict, "chain"), HasSubstr("anchor oem"));
  EXPECT_THAT(verdict.why, HasSubstr("otrpctl revocation list"));
}

TEST_F(CertificateVerdictTest, BeforeAndAfterItsTimeItSaysWhen) {
  const Verdict ended = Judge({leaf_}, Ours(), AllGood(), leaf_.not_after());
  // The lists are old then as well: that it ended is known without them.
  EXPECT_EQ(ended.kind, Kind::kEnded);
  EXPECT_THAT(ended.why, HasSubstr("it ended at "));
  EXPECT_THAT(Member(ended, "advice"), HasSubstr("otrpctl sp enroll"));
  const pki::Certificate later =
      pki_test::NewLeaf(h_, pki::Role::kSp, key_.public_key(),
                        Now() + absl::Hours(1), Now() + absl::Hours(2));
  EXPECT_EQ(Judge({later}, Ours(), AllGood(), Now()).kind, Kind::kNotYetValid);
}

}  // namespace
}  // namespace otrp::ctl

// An audit of what is as it should be, and of each thing that isn't.

#include "clients/otrpctl/certificate_audit.h"

#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/random.h"
#include "libs/pki/issue.h"
#include "libs/rpc/time.h"

namespace otrp::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace v1 = otrp::ca::v1;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class CertificateAuditTest : public ::testing::Test {
 protected:
  static crypto::PrivateKey NewKey() {
    return crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
  }

  CertificateAuditTest() {
    pki::AuthorityTemplate root;
    root.serial = pki::NewSerial(crypto::SystemRandom());
    root.common_name = "Authority";
    root.not_before = kNow - absl::Hours(24);
    root.not_after = kNow + absl::Hours(24 * 365 * 11);
    authority_der_ = pki::IssueRoot(root, key_)->der();
    authority_.set_name("tee-ca");
    authority_.set_certificate_der(authority_der_);
  }

  v1::Certificate NewRow(const std::string& status = "issued") {
    const auto authority = pki::Certificate::FromDer(authority_der_).value();
    pki::LeafTemplate leaf;
    leaf.role = pki::Role::kTee;
    leaf.serial = pki::NewSerial(crypto::SystemRandom());
    leaf.common_name = "device";
    leaf.not_before = kNow - absl::Hours(1);
    leaf.not_after = kNow + absl::Hours(24);
    const auto made =
        pki::IssueLeaf(leaf, NewKey().public_key(), authority, key_).value();
    v1::Certificate row;
    row.set_serial(made.serial());
    row.set_profile(v1::PROFILE_TEE);
    row.set_authority("tee-ca");
    row.set_subject("device");
    *row.mutable_not_before() = rpc::ToProto(leaf.not_before);
    *row.mutable_not_after() = rpc::ToProto(leaf.not_after);
    row.set_status(status);
    row.set_der(made.der());
    if (status == "revoked") {
      *row.mutable_revoked_at() = rpc::ToProto(kNow - absl::Minutes(30));
    }
    return row;
  }

  std::string CrlOf(const std::vector<std::string>& serials) {
    pki::CrlTemplate crl;
    crl.number = 1;
    crl.this_update = kNow - absl::Minutes(5);
    crl.next_update = kNow + absl::Hours(1);
    for (const std::string& serial : serials) {
      crl.revoked.push_back({serial, kNow - absl::Minutes(30), 1});
    }
    return pki::IssueCrl(crl, pki::Certificate::FromDer(authority_der_).value(),
                         key_)
        ->der();
  }

  // The checks that don't hold.
  std::vector<std::string> Checks(const std::vector<v1::Certificate>& rows,
                                  const std::string& crl) {
    CertificateAudit audit(kNow);
    audit.AddAuthority(authority_, crl);
    for (const v1::Certificate& row : rows) audit.AddCertificate(row);
    audit.Finish();
    std::vector<std::string> checks;
    for (const AuditFinding& finding : audit.findings()) {
      checks.push_back(finding.check);
    }
    EXPECT_EQ(audit.failed(), !checks.empty() && !crl.empty());
    return checks;
  }

  const crypto::PrivateKey key_ = NewKey();
  std::string authority_der_;
  v1::Authority authority_;
};

TEST_F(CertificateAuditTest, WhatIsAsItShouldBeHasNoFinding) {
  const v1::Certificate revoked = NewRow("revoked");
  v1::Certificate intended = NewRow("intended");
  intended.clear_der();
  *intended.mutable_not_before() = rpc::ToProto(kNow - absl::Minutes(6));
  EXPECT_THAT(Checks({NewRow(), revoked, intended}, CrlOf({revoked.serial()})),
              IsEmpty());
}

TEST_F(CertificateAuditTest, EachThingThatIsWrongIsFoundByItsName) {
  struct Case {
    const char* check;
    std::function<void(v1::Certificate&)> spoil;
  };
  const std::string another = NewRow().der();
  const std::vector<Case> cases = {
      {"row", [](v1::Certificate& row) { row.set_subject("somebody else"); }},
      {"row",
       [](v1::Certificate& row) { row.add_san_uris("otrp://operator/eve"); }},
      {"row",
       [](v1::Certificate& row) {
         *row.mutable_not_after() = rpc::ToProto(kNow + absl::Hours(25));
       }},
      {"row", [&](v1::Certificate& row) { row.set_der(another); }},
      {"row", [](v1::Certificate& row) { row.clear_der(); }},
      {"structure", [](v1::Certificate& row) { row.set_der("hello"); }},
      {"signature",
       [](v1::Certificate& row) {
         std::string der = row.der();
         der[der.size() - 3] ^= 1;
         row.set_der(der);
       }},
      {"profile_eku",
       [](v1::Certificate& row) { row.set_profile(v1::PROFILE_SP); }},
      {"authority", [](v1::Certificate& row) { row.set_authority("none"); }},
      {"unlisted",
       [](v1::Certificate& row) {
         row.set_status("revoked");
         *row.mutable_revoked_at() = rpc::ToProto(kNow - absl::Minutes(30));
       }},
      {"intent",
       [](v1::Certificate& row) {
         row.set_status("intended");
         row.clear_der();
       }},
  };
  for (const Case& c : cases) {
    v1::Certificate row = NewRow();
    c.spoil(row);
    EXPECT_THAT(Checks({row}, CrlOf({})), ::testing::Contains(c.check))
        << c.check;
  }
}

TEST_F(CertificateAuditTest, ListsAndRowsAreHeldAgainstEachOther) {
  const v1::Certificate good = NewRow();
  EXPECT_THAT(Checks({good}, CrlOf({good.serial()})), ElementsAre("listed"));
  EXPECT_THAT(Checks({good}, CrlOf({"f00d"})), ElementsAre("unknown"));
  EXPECT_THAT(Checks({good, good}, CrlOf({})), ElementsAre("serial"));
  EXPECT_THAT(Checks({good}, ""), ElementsAre("crl"));
  std::string forged = CrlOf({});
  forged[forged.size() - 3] ^= 1;
  EXPECT_THAT(Checks({good}, forged), ElementsAre("crl"));
}

}  // namespace
}  // namespace otrp::ctl

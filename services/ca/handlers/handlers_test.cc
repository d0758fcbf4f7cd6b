// Issuance, revocation and anchors over real keys and a real PostgreSQL.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/der.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/sign.h"
#include "libs/pki/crl.h"
#include "libs/pki/csr.h"
#include "libs/pki/ocsp.h"
#include "services/ca/handlers/certificates.h"
#include "services/ca/handlers/directory.h"
#include "services/ca/handlers/expiry.h"
#include "services/ca/handlers/trust_anchors.h"
#include "services/ca/testing/suite.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

using HandlersTest = SuiteTest;

TEST_F(HandlersTest, ARequestIdGivesOneCertificate) {
  const std::string csr = NewCsr();
  const auto first = Issue(v1::PROFILE_TEE, csr, {}, "order-1");
  const auto again = Issue(v1::PROFILE_TEE, csr, {}, "order-1");
  ASSERT_THAT(first.status(), IsOk());
  ASSERT_THAT(again.status(), IsOk());
  EXPECT_EQ(first->serial(), again->serial());
  EXPECT_EQ(first->chain_der(0), again->chain_der(0));
  EXPECT_THAT(
      Issue(v1::PROFILE_TEE, NewCsr(), {}, "order-1").status(),
      StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("request_id")));
  EXPECT_THAT(Issue(v1::PROFILE_TFW, csr, {}, "order-1").status(),
              StatusIs(absl::StatusCode::kAlreadyExists));
  // Without one, each call makes one.
  EXPECT_NE(Issue(v1::PROFILE_TEE, csr)->serial(),
            Issue(v1::PROFILE_TEE, csr)->serial());
}

TEST_F(HandlersTest, NobodyIsAnsweredWithARevokedOrEndedCertificateAgain) {
  const std::string csr = NewCsr();
  const auto first = Issue(v1::PROFILE_SP, csr, {}, "enrol-1");
  ASSERT_THAT(first.status(), IsOk());
  ASSERT_THAT(Revoke(first->serial(), v1::REVOCATION_REASON_SUPERSEDED),
              IsOk());
  const auto second = Issue(v1::PROFILE_SP, csr, {}, "enrol-1");
  ASSERT_THAT(second.status(), IsOk());
  EXPECT_NE(second->serial(), first->serial());
  // From now on it is the new one's id, and still that of one request.
  EXPECT_EQ(Issue(v1::PROFILE_SP, csr, {}, "enrol-1")->serial(),
            second->serial());
  EXPECT_THAT(Issue(v1::PROFILE_SP, NewCsr(), {}, "enrol-1").status(),
              StatusIs(absl::StatusCode::kAlreadyExists));
  clock_.Advance(absl::Hours(366 * 24));
  const auto third = Issue(v1::PROFILE_SP, csr, {}, "enrol-1");
  clock_.Advance(-absl::Hours(366 * 24));
  ASSERT_THAT(third.status(), IsOk());
  EXPECT_NE(third->serial(), second->serial());
}

TEST_F(HandlersTest, WhatEndsSoonIsListedOnceWhateverThePages) {
  const std::string first =
      Issue(v1::PROFILE_CLIENT, NewCsr(), {"otrp://operator/soon1"})->serial();
  const std::string second =
      Issue(v1::PROFILE_CLIENT, NewCsr(), {"otrp://operator/soon2"})->serial();
  std::vector<std::string> serials;
  v1::FindExpiringCertificatesRequest request;
  request.set_page_size(1);
  request.set_within_seconds(17 * 3600);
  request.set_profile(v1::PROFILE_CLIENT);
  for (int pages = 0; pages < 100; ++pages) {
    v1::FindExpiringCertificatesResponse response;
    ASSERT_THAT(FindExpiringCertificates(Operator(), env_, request, response),
                IsOk());
    for (const v1::Certificate& one : response.certificates()) {
      serials.push_back(one.serial());
    }
    request.set_page_token(response.next_page_token());
    if (request.page_token().empty()) break;
  }
  EXPECT_EQ(std::count(serials.begin(), serials.end(), first), 1);
  EXPECT_EQ(std::count(serials.begin(), serials.end(), second), 1);
  v1::FindExpiringCertificatesResponse response;
  request.set_within_seconds(15 * 3600);
  ASSERT_THAT(FindExpiringCertificates(Operator(), env_, request, response),
              IsOk());
  for (const v1::Certificate& one : response.certificates()) {
    EXPECT_NE(one.serial(), first);
  }
  request.set_within_seconds(-1);
  EXPECT_THAT(FindExpiringCertificates(Operator(), env_, request, response),
              StatusIs(kInvalid, HasSubstr("within_seconds: must be 0 to ")));
  request.set_within_seconds(0);
  request.set_page_token("bm8");
  EXPECT_THAT(FindExpiringCertificates(Operator(), env_, request, response),
              StatusIs(kInvalid, HasSubstr("page_token")));
}

TEST_F(HandlersTest, AKeyThatWasCompromisedGetsNoCertificateAnyMore) {
  const auto key =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
  const auto first = Issue(v1::PROFILE_SP, CsrOf(key), {}, "enrol-2");
  ASSERT_THAT(first.status(), IsOk());
  ASSERT_THAT(Issue(v1::PROFILE_SP, CsrOf(key), {}, "renewal").status(),
              IsOk());
  ASSERT_THAT(Revoke(first->serial()), IsOk());
  const auto refused = StatusIs(kInvalid, HasSubstr("csr_der: its key"));
  EXPECT_THAT(Issue(v1::PROFILE_SP, CsrOf(key), {}, "enrol-2").status(),
              refused);
  EXPECT_THAT(Issue(v1::PROFILE_TEE, CsrOf(key, "another")).status(), refused);
  EXPECT_THAT(Issue(v1::PROFILE_SP, NewCsr()).status(), IsOk());
}

TEST_F(HandlersTest, AnSpRevokesItsOwnClientCertificatesAndSeesNoOthers) {
  const auto issue = [&](v1::Profile profile, const std::string& uri) {
    return Issue(profile, NewCsr(), {uri})->serial();
  };
  const std::string own = issue(v1::PROFILE_CLIENT, "otrp://sp/bank");
  rpc::Identity owner(rpc::CallerKind::kSp, "bank");
  owner.agent = "token/tok_1";
  const rpc::CallContext bank(owner, "test", "", absl::InfiniteFuture());
  const auto reason = v1::REVOCATION_REASON_SUPERSEDED;
  for (const std::string& serial :
       {issue(v1::PROFILE_CLIENT, "otrp://sp/shop"),
        issue(v1::PROFILE_CLIENT, "otrp://operator/bank"),
        issue(v1::PROFILE_SERVICE, "otrp://service/tsm"),
        issue(v1::PROFILE_TEE, "https://sp.example/bank"),
        std::string("f00d")}) {
    EXPECT_THAT(
        Revoke(serial, reason, bank),
        StatusIs(absl::StatusCode::kNotFound,
                 absl::StrCat("serial: is of no certificate: ", serial)));
    // The portal revokes what it asks for, and nothing else.
    EXPECT_THAT(
        Revoke(serial, reason, Call(rpc::CallerKind::kService, "sp_portal")),
        StatusIs(absl::StatusCode::kNotFound));
  }
  owner.taids = {"pay"};
  EXPECT_THAT(
      Revoke(own, reason,
             rpc::CallContext(owner, "test", "", absl::InfiniteFuture())),
      StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_EQ(store_.GetCertificate(own)->state, CertificateState::kIssued);
  ASSERT_THAT(Revoke(own, reason, bank), IsOk());
  EXPECT_EQ(store_.GetCertificate(own)->state, CertificateState::kRevoked);
  const store::AuditEvent audit = database_.AuditEvents().back();
  EXPECT_EQ(audit.actor, "otrp://sp/bank/token/tok_1");
  EXPECT_EQ(audit.subject, own);
  EXPECT_THAT(audit.details_json, HasSubstr("SUPERSEDED"));
}

TEST_F(HandlersTest, ThePortalRevokesSigningCertificatesForTheirSps) {
  const auto issued = Issue(v1::PROFILE_SP, NewCsr(), {}, "",
                            Call(rpc::CallerKind::kService, "sp_portal"));
  ASSERT_THAT(issued.status(), IsOk());
  EXPECT_THAT(Revoke(issued->serial(), v1::REVOCATION_REASON_KEY_COMPROMISE,
                     Call(rpc::CallerKind::kService, "tsm")),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Revoke(issued->serial(), v1::REVOCATION_REASON_KEY_COMPROMISE,
                     Call(rpc::CallerKind::kService, "sp_portal")),
              IsOk());
}

TEST_F(HandlersTest, ACrlIsSentOnceToWhoKeepsItsNumber) {
  v1::GetCrlRequest request;
  request.set_authority("sp-ca");
  v1::GetCrlResponse first;
  ASSERT_THAT(env_.revocation.PublishCrl("sp-ca"), IsOk());
  ASSERT_THAT(GetCrl(Operator(), env_, request, first), IsOk());
  ASSERT_FALSE(first.crl_der().empty());
  request.set_known_number(first.number());
  v1::GetCrlResponse again;
  ASSERT_THAT(GetCrl(Operator(), env_, request, again), IsOk());
  EXPECT_TRUE(again.crl_der().empty());
  EXPECT_EQ(again.number(), first.number());
  ASSERT_THAT(env_.revocation.PublishCrl("sp-ca"), IsOk());
  v1::GetCrlResponse next;
  ASSERT_THAT(GetCrl(Operator(), env_, request, next), IsOk());
  EXPECT_EQ(pki::Crl::Parse(next.crl_der())->number(), first.number() + 1);
}

TEST_F(HandlersTest, BadRequestsNameTheirFieldAndLeaveNothing) {
  const size_t before = AuditCount();
  const size_t certificates = CertificatesOf(pki::Role::kTee);
  const std::string good = NewCsr();
  std::string forged = good;
  forged[forged.size() - 5] ^= 1;
  for (const std::string& csr :
       {std::string(), std::string("hello"), good.substr(0, 40), good + "x",
        forged, std::string(20'000, '\x30')}) {
    EXPECT_THAT(Issue(v1::PROFILE_TEE, csr).status(),
                StatusIs(kInvalid, HasSubstr("csr_der")));
  }
  EXPECT_THAT(Issue(v1::PROFILE_UNSPECIFIED, good).status(),
              StatusIs(kInvalid, HasSubstr("profile")));
  EXPECT_THAT(Issue(static_cast<v1::Profile>(99), good).status(),
              StatusIs(kInvalid, HasSubstr("profile")));
  EXPECT_THAT(Issue(v1::PROFILE_TEE, good, {"a b"}).status(),
              StatusIs(kInvalid, HasSubstr("san_uris")));
  EXPECT_THAT(Issue(v1::PROFILE_TEE, good, {}, "a b").status(),
              StatusIs(kInvalid, HasSubstr("request_id")));
  EXPECT_THAT(Issue(v1::PROFILE_TEE, good, {}, std::string(129, 'x')).status(),
              StatusIs(kInvalid, HasSubstr("request_id")));
  const auto key =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
  for (const std::string& name :
       {std::string(), std::string(65, 'x'), std::string("a\nb")}) {
    const auto csr = pki::Csr::Create(key, name, {}, {});
    if (!csr.ok()) continue;
    EXPECT_THAT(Issue(v1::PROFILE_TEE, csr->der()).status(),
                StatusIs(kInvalid, HasSubstr("common_name")));
  }
  EXPECT_EQ(AuditCount(), before);
  EXPECT_EQ(CertificatesOf(pki::Role::kTee), certificates);
}

// Identities of the suite come from the order, never from a request.
TEST_F(HandlersTest, NobodyTalksHimselfIntoAnIdentity) {
  const auto key =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
  const std::string csr =
      pki::Csr::Create(key, "x", {"otrp://operator/root"}, {}).value().der();
  for (v1::Profile profile : {v1::PROFILE_TEE, v1::PROFILE_SP,
                              v1::PROFILE_CLIENT, v1::PROFILE_SERVICE}) {
    EXPECT_THAT(Issue(profile, csr).status(),
                StatusIs(kInvalid, HasSubstr("san_uris")))
        << profile;
  }
  EXPECT_THAT(
      Issue(v1::PROFILE_CLIENT, NewCsr(), {"otrp://service/tsm"}).status(),
      StatusIs(kInvalid));
  EXPECT_THAT(
      Issue(v1::PROFILE_SERVICE, NewCsr(), {"otrp://operator/a"}).status(),
      StatusIs(kInvalid));
}

TEST_F(HandlersTest, ATsmNeedsAnIdOfItsOwn) {
  for (const std::vector<std::string>& uris :
       std::vector<std::vector<std::string>>{
           {}, {"http://a/"}, {"https://"}, {"https://a/", "https://b/"}}) {
    EXPECT_THAT(Issue(v1::PROFILE_TSM, NewCsr(), uris).status(),
                StatusIs(kInvalid, HasSubstr("san_uris")));
  }
}

TEST_F(HandlersTest, OcspSignsNothingAboutASerialItNeverIssued) {
  const auto issued = Issue(v1::PROFILE_TEE, NewCsr());
  ASSERT_THAT(issued.status(), IsOk());
  const auto leaf = pki::Certificate::FromDer(issued->chain_der(0)).value();
  const auto ca = pki::Certificate::FromDer(issued->chain_der(1)).value();
  // The request ends with the serial.
  std::string asked = pki::BuildOcspRequest(leaf, ca).value();
  asked.back() ^= 1;
  v1::GetOcspResponseRequest ask;
  ask.set_request_der(asked);
  v1::GetOcspResponseResponse answer;
  EXPECT_THAT(GetOcspResponse(Operator(), env_, ask, answer), IsOk());
  EXPECT_EQ(answer.response_der(),
            pki::OcspErrorResponse(pki::OcspError::kUnauthorized));
}

TEST_F(HandlersTest, ARevocationIsInTheNextCrlAndOcspResponse) {
  const auto issued = Issue(v1::PROFILE_TEE, NewCsr());
  ASSERT_THAT(issued.status(), IsOk());
  const auto leaf = pki::Certificate::FromDer(issued->chain_der(0)).value();
  const auto ca = pki::Certificate::FromDer(issued->chain_der(1)).value();
  const auto status = [&] {
    v1::GetOcspResponseRequest ask;
    ask.set_request_der(pki::BuildOcspRequest(leaf, ca).value());
    v1::GetOcspResponseResponse answer;
    EXPECT_THAT(GetOcspResponse(Operator(), env_, ask, answer), IsOk());
    return pki::OcspResponse::Parse(answer.response_der())
        .value()
        .Verify(leaf, ca, clock_.Now());
  };
  const auto in_crl = [&] {
    v1::GetCrlRequest ask;
    ask.set_authority("tee-ca");
    v1::GetCrlResponse answer;
    EXPECT_THAT(GetCrl(Operator(), env_, ask, answer), IsOk());
    const pki::Crl crl = pki::Crl::Parse(answer.crl_der()).value();
    EXPECT_THAT(crl.Verify(ca, clock_.Now()), IsOk());
    return crl.IsRevoked(leaf);
  };
  EXPECT_THAT(status(), IsOkAndHolds(pki::OcspStatus::kGood));
  EXPECT_FALSE(in_crl());
  EXPECT_THAT(Revoke(issued->serial()), IsOk());
  EXPECT_THAT(status(), IsOkAndHolds(pki::OcspStatus::kRevoked));
  EXPECT_TRUE(in_crl());
  const size_t audited = AuditCount();
  EXPECT_THAT(Revoke(issued->serial(), v1::REVOCATION_REASON_SUPERSEDED),
              IsOk());
  EXPECT_EQ(store_.GetCertificate(issued->serial())->revoked->reason,
            RevocationReason::kKeyCompromise)
      << "the first reason stays";
  EXPECT_LE(AuditCount(), audited + 1);
  EXPECT_THAT(Revoke("0123456789"), StatusIs(absl::StatusCode::kNotFound));
  for (const char* bad : {"", "xyz", "-1"}) {
    EXPECT_THAT(Revoke(bad), StatusIs(kInvalid, HasSubstr("serial"))) << bad;
  }
}

TEST_F(HandlersTest, AnchorsAreCertificatesOfAuthoritiesUnderOneName) {
  v1::AddTrustAnchorRequest request;
  request.set_role(common::v1::ROLE_TEE);
  request.set_name("oem");
  v1::AddTrustAnchorResponse response;
  const auto add = [&] {
    return AddTrustAnchor(Operator(), env_, request, response);
  };
  EXPECT_THAT(add(), StatusIs(kInvalid, HasSubstr("certificate_der")));
  const auto leaf = Issue(v1::PROFILE_TEE, NewCsr());
  request.set_certificate_der(leaf->chain_der(0));
  EXPECT_THAT(add(), StatusIs(kInvalid, HasSubstr("certificate_der")))
      << "a device's certificate is no authority's";
  request.set_certificate_der(authorities_.Find("sp-root")->certificate.der());
  EXPECT_THAT(add(), IsOk());
  EXPECT_THAT(add(), IsOk());
  request.set_certificate_der(authorities_.Find("tfw-root")->certificate.der());
  EXPECT_THAT(add(),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       HasSubstr("name: is another certificate's, oem")));
  for (const char* bad : {"", "a b", "a/b"}) {
    request.set_name(bad);
    EXPECT_THAT(add(), StatusIs(kInvalid, HasSubstr("name"))) << bad;
  }
  request.set_name("x");
  request.set_role(common::v1::ROLE_UNSPECIFIED);
  EXPECT_THAT(add(), StatusIs(kInvalid, HasSubstr("role")));
}

TEST_F(HandlersTest, AnAnchorHasTheUsagesThatItWasAddedWith) {
  v1::AddTrustAnchorRequest request;
  request.set_role(common::v1::ROLE_TEE);
  request.set_name("usages");
  request.set_certificate_der(authorities_.Find("sp-root")->certificate.der());
  request.add_accepted_ekus("1.3.6.1.5.5.7.3.2");
  request.add_accepted_ekus("1.2.3");
  v1::AddTrustAnchorResponse response;
  const auto add = [&] {
    return AddTrustAnchor(Operator(), env_, request, response);
  };
  EXPECT_THAT(add(), IsOk());
  EXPECT_THAT(response.anchor().accepted_ekus(),
              ::testing::ElementsAre("1.2.3", "1.3.6.1.5.5.7.3.2"));
  EXPECT_THAT(add(), IsOk());
  v1::ListTrustAnchorsResponse list;
  EXPECT_THAT(ListTrustAnchors(Operator(), env_, {}, list), IsOk());
  int found = 0;
  for (const v1::TrustAnchor& anchor : list.anchors()) {
    if (anchor.name() != "usages") continue;
    ++found;
    EXPECT_EQ(anchor.accepted_ekus_size(), 2);
  }
  EXPECT_EQ(found, 1);
  // Others would widen or narrow it without a word.
  request.mutable_accepted_ekus()->RemoveLast();
  EXPECT_THAT(add(), StatusIs(absl::StatusCode::kAlreadyExists,
                              HasSubstr("accepted_ekus: the anchor usages")));
  for (const char* bad : {"", "any", "1", "3.1", "1.40.1", "1.2.", "1.02.3"}) {
    request.set_accepted_ekus(0, bad);
    EXPECT_THAT(add(), StatusIs(kInvalid, HasSubstr("accepted_ekus"))) << bad;
  }
  request.clear_accepted_ekus();
  for (int i = 0; i < 17; ++i) request.add_accepted_ekus("1.2.3");
  EXPECT_THAT(add(), StatusIs(kInvalid, HasSubstr("at most 16")));
}

TEST_F(HandlersTest, SeveralAnchorsAreAddedAllOrNone) {
  const auto anchors = [&] {
    v1::ListTrustAnchorsResponse list;
    EXPECT_THAT(ListTrustAnchors(Operator(), env_, {}, list), IsOk());
    return list;
  };
  const int before = anchors().anchors_size();
  v1::AddTrustAnchorRequest request;
  request.set_role(common::v1::ROLE_TEE);
  request.set_name("several");
  request.set_certificate_der(authorities_.Find("sp-root")->certificate.der());
  request.add_further_certificates_der(
      authorities_.Find("tfw-root")->certificate.der());
  request.add_further_certificates_der(
      Issue(v1::PROFILE_TEE, NewCsr())->chain_der(0));
  v1::AddTrustAnchorResponse response;
  const auto add = [&] {
    response.Clear();
    return AddTrustAnchor(Operator(), env_, request, response);
  };
  const size_t audited = AuditCount();
  EXPECT_THAT(add(),
              StatusIs(kInvalid, HasSubstr("certificate 3 of 3: is no")));
  EXPECT_EQ(anchors().anchors_size(), before);
  EXPECT_EQ(AuditCount(), audited);
  request.set_further_certificates_der(
      1, authorities_.Find("tee-root")->certificate.der());
  EXPECT_THAT(add(), IsOk());
  EXPECT_EQ(response.anchor().name(), "several");
  ASSERT_EQ(response.further_anchors_size(), 2);
  EXPECT_EQ(response.further_anchors(0).name(), "several-2");
  EXPECT_EQ(response.further_anchors(1).name(), "several-3");
  EXPECT_EQ(anchors().anchors_size(), before + 3);
  EXPECT_EQ(AuditCount(), audited + 3);
  // The last one's name is another certificate's: the others stay away too.
  v1::RemoveTrustAnchorResponse removed;
  for (const char* name : {"several", "several-2"}) {
    v1::RemoveTrustAnchorRequest remove;
    remove.set_role(common::v1::ROLE_TEE);
    remove.set_name(name);
    EXPECT_THAT(RemoveTrustAnchor(Operator(), env_, remove, removed), IsOk());
  }
  request.set_further_certificates_der(
      1, authorities_.Find("tsm-root")->certificate.der());
  EXPECT_THAT(add(), StatusIs(absl::StatusCode::kAlreadyExists,
                              HasSubstr("several-3")));
  EXPECT_EQ(anchors().anchors_size(), before + 1);
}

TEST_F(HandlersTest, ACertificateOfVersion1IsRefusedAsAnAnchor) {
  namespace der = crypto::der;
  const auto key =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
  const std::string algorithm =
      der::Sequence({der::Oid("1.2.840.10045.4.3.2")});
  const std::string name = der::Sequence({der::Tlv(
      0x31, der::Sequence({der::Oid("2.5.4.3"), der::Tlv(0x0c, "old leaf")}))});
  const std::string tbs = der::Sequence(
      {der::PositiveInteger("\x05"), algorithm, name,
       der::Sequence({der::GeneralizedTime(clock_.Now() - absl::Hours(1)),
                      der::GeneralizedTime(clock_.Now() + absl::Hours(99))}),
       name, key.public_key().ToSpki()});
  v1::AddTrustAnchorRequest request;
  request.set_role(common::v1::ROLE_TEE);
  request.set_name("version-1");
  request.set_certificate_der(der::Sequence(
      {tbs, algorithm,
       der::BitString(
           crypto::SignSha256(key, tbs, crypto::EcFormat::kDer).value())}));
  v1::AddTrustAnchorResponse response;
  EXPECT_THAT(AddTrustAnchor(Operator(), env_, request, response),
              StatusIs(kInvalid, HasSubstr("certificate_der: is a certificate "
                                           "of version 1")));
}

TEST_F(HandlersTest, ACommonNamesLimitIsInCharacters) {
  const auto key =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
  std::string name;
  for (int i = 0; i < 64; ++i) name += "\u0416";
  const auto issued = Issue(v1::PROFILE_SP, CsrOf(key, name));
  ASSERT_THAT(issued.status(), IsOk());
  EXPECT_EQ(
      pki::Certificate::FromDer(issued->chain_der(0)).value().common_name(),
      name);
  // A request can't have more; an order can.
  v1::IssueCertificateRequest order;
  order.set_profile(v1::PROFILE_SP);
  order.set_csr_der(CsrOf(key, "x"));
  order.set_common_name(name + "\u0416");
  v1::IssueCertificateResponse response;
  EXPECT_THAT(IssueCertificate(Operator(), env_, order, response),
              StatusIs(kInvalid, HasSubstr("common_name")));
}

TEST_F(HandlersTest, WhatDoesNotExistIsNamedByItsField) {
  v1::GetCrlRequest crl;
  crl.set_authority("nobody");
  v1::GetCrlResponse crl_response;
  EXPECT_THAT(GetCrl(Operator(), env_, crl, crl_response),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("authority: ")));
  v1::GetCertificateRequest certificate;
  certificate.set_serial("0123456789");
  v1::GetCertificateResponse certificate_response;
  EXPECT_THAT(
      GetCertificate(Operator(), env_, certificate, certificate_response),
      StatusIs(absl::StatusCode::kNotFound, HasSubstr("serial: ")));
  v1::RemoveTrustAnchorRequest anchor;
  anchor.set_role(common::v1::ROLE_TEE);
  anchor.set_name("nobody");
  v1::RemoveTrustAnchorResponse anchor_response;
  EXPECT_THAT(RemoveTrustAnchor(Operator(), env_, anchor, anchor_response),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("name: ")));
}

TEST_F(HandlersTest, WithoutADatabaseNothingIsIssued) {
  const size_t certificates = CertificatesOf(pki::Role::kTee);
  database_.proxy().SetReachable(false);
  EXPECT_THAT(Issue(v1::PROFILE_TEE, NewCsr()).status(),
              StatusIs(absl::StatusCode::kUnavailable));
  database_.proxy().SetReachable(true);
  EXPECT_EQ(CertificatesOf(pki::Role::kTee), certificates);
}

using Loss = testing::PostgresProxy::Loss;

// The caller can't know what became of its call: it repeats it.
class LostCommitTest : public SuiteTest,
                       public ::testing::WithParamInterface<Loss> {
 protected:
  // Audit records of the action about the serial.
  size_t Audited(const std::string& action, const std::string& serial) {
    size_t count = 0;
    for (const store::AuditEvent& event : database_.AuditEvents()) {
      if (event.action == action && event.subject == serial) ++count;
    }
    return count;
  }
  void LoseNextCommit() { database_.proxy().LoseNextCommit(GetParam()); }
  int lost() { return database_.proxy().lost_commits(); }
};

INSTANTIATE_TEST_SUITE_P(OfRequestAndAnswer, LostCommitTest,
                         ::testing::Values(Loss::kRequest, Loss::kAnswer));

TEST_P(LostCommitTest, AnIntentIsRepeatedToOneCertificate) {
  const std::string id = absl::StrCat("lost-intent-", lost());
  const std::string csr = NewCsr();
  const size_t before = CertificatesOf(pki::Role::kTee);
  LoseNextCommit();
  const int lost_before = lost();
  EXPECT_THAT(Issue(v1::PROFILE_TEE, csr, {}, id).status(),
              StatusIs(absl::StatusCode::kUnknown));
  EXPECT_EQ(lost(), lost_before + 1);
  const auto again = Issue(v1::PROFILE_TEE, csr, {}, id);
  ASSERT_THAT(again.status(), IsOk());
  EXPECT_EQ(CertificatesOf(pki::Role::kTee), before + 1);
  EXPECT_EQ(Audited("certificate.issue", again->serial()), 1u);
}

TEST_P(LostCommitTest, AnIssuanceIsRepeatedToTheSameCertificate) {
  const std::string csr_der = NewCsr();
  const pki::Csr csr = pki::Csr::Parse(csr_der).value();
  IssueOrder order;
  order.common_name = csr.common_name();
  order.request_id = absl::StrCat("lost-issuance-", lost());
  std::string serial;
  const int lost_before = lost();
  // The record is made between the two commits.
  EXPECT_THAT(env_.issuer
                  .Issue(csr, order,
                         [&](const CertificateRecord& signed_one) {
                           serial = signed_one.serial;
                           LoseNextCommit();
                           store::AuditEvent event;
                           event.actor = "otrp://operator/alice";
                           event.action = "certificate.issue";
                           event.subject = signed_one.serial;
                           return event;
                         })
                  .status(),
              StatusIs(absl::StatusCode::kUnknown));
  EXPECT_EQ(lost(), lost_before + 1);
  const auto again = Issue(v1::PROFILE_TEE, csr_der, {}, order.request_id);
  ASSERT_THAT(again.status(), IsOk());
  EXPECT_EQ(again->serial(), serial);
  EXPECT_EQ(Audited("certificate.issue", serial), 1u);
}

TEST_P(LostCommitTest, ARevocationIsRepeatedAndInTheCrlWithItsFirstReason) {
  const auto issued = Issue(v1::PROFILE_TEE, NewCsr());
  ASSERT_THAT(issued.status(), IsOk());
  const auto leaf = pki::Certificate::FromDer(issued->chain_der(0)).value();
  const int lost_before = lost();
  LoseNextCommit();
  EXPECT_THAT(Revoke(issued->serial()), StatusIs(absl::StatusCode::kUnknown));
  EXPECT_EQ(lost(), lost_before + 1);
  EXPECT_THAT(Revoke(issued->serial()), IsOk());
  EXPECT_EQ(store_.GetCertificate(issued->serial())->revoked->reason,
            RevocationReason::kKeyCompromise);
  EXPECT_EQ(Audited("certificate.revoke", issued->serial()), 1u);
  EXPECT_TRUE(
      pki::Crl::Parse(store_.GetCrl("tee-ca")->der).value().IsRevoked(leaf));
}

}  // namespace
}  // namespace handlers
}  // namespace ca
}  // namespace otrp

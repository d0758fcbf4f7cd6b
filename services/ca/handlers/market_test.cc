// Authorities that compete: each by its own name, policies and owner, and none
// in the way of the role's default.

#include "services/ca/handlers/market.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/der.h"
#include "libs/pki/certificate.h"
#include "libs/pki/verify.h"
#include "services/ca/handlers/authorities.h"
#include "services/ca/handlers/batches.h"
#include "services/ca/handlers/certificates.h"
#include "services/ca/handlers/directory.h"
#include "services/ca/handlers/usage.h"
#include "services/ca/testing/suite.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr char kPolicy[] = "1.3.6.1.4.1.99999.7.1";

class MarketTest : public SuiteTest {
 protected:
  static v1::CreateAuthorityRequest Wanted(const std::string& line) {
    v1::CreateAuthorityRequest request;
    request.set_line(line);
    request.set_role(common::v1::ROLE_TEE);
    request.set_common_name(absl::StrCat(line, " Issuing CA"));
    request.set_key("P-256");
    return request;
  }

  absl::StatusOr<v1::Authority> Create(
      const v1::CreateAuthorityRequest& request) {
    v1::CreateAuthorityResponse response;
    const absl::Status status =
        CreateAuthority(Operator(), env_, request, response);
    if (!status.ok()) return status;
    return response.authority();
  }

  // Records of it; the first OCSP signer has its own.
  size_t Created() {
    const std::vector<std::string> actions = database_.AuditActions();
    return static_cast<size_t>(
        std::count(actions.begin(), actions.end(), "authority.create"));
  }

  absl::StatusOr<pki::Certificate> IssueBy(
      const std::string& authority, const rpc::CallContext& call = Operator(),
      const std::vector<std::string>& uris = {},
      v1::Profile profile = v1::PROFILE_TEE,
      v1::IssueCertificateResponse* response = nullptr) {
    v1::IssueCertificateRequest request;
    request.set_profile(profile);
    request.set_csr_der(NewCsr());
    request.set_authority(authority);
    for (const std::string& uri : uris) request.add_san_uris(uri);
    v1::IssueCertificateResponse own;
    v1::IssueCertificateResponse& issued =
        response == nullptr ? own : *response;
    const absl::Status status = IssueCertificate(call, env_, request, issued);
    if (!status.ok()) return status;
    return pki::Certificate::FromDer(issued.chain_der(0));
  }
};

TEST_F(MarketTest, ANamedAuthorityIssuesByItsPoliciesAndTheDefaultStays) {
  v1::CreateAuthorityRequest wanted = Wanted("a-gold-ca");
  wanted.add_policy_oids(kPolicy);
  wanted.set_cps_uri("https://gold.example/cps");
  const auto made = Create(wanted);
  ASSERT_THAT(made.status(), IsOk());
  EXPECT_THAT(made->policy_oids(), ElementsAre(kPolicy));
  v1::IssueCertificateResponse response;
  const auto leaf =
      IssueBy("a-gold-ca", Operator(), {}, v1::PROFILE_TEE, &response);
  ASSERT_THAT(leaf.status(), IsOk());
  EXPECT_EQ(leaf->info().issuer, "CN=a-gold-ca Issuing CA");
  EXPECT_THAT(leaf->der(), HasSubstr(crypto::der::Oid(kPolicy)));
  EXPECT_THAT(leaf->der(), HasSubstr("https://gold.example/cps"));
  // Its name sorts before "tee-ca", and yet:
  const auto by_default = IssueBy("");
  ASSERT_THAT(by_default.status(), IsOk());
  EXPECT_EQ(by_default->info().issuer, "CN=OTrP Suite TEE OEM Issuing CA");
  EXPECT_THAT(by_default->der(), Not(HasSubstr(crypto::der::Oid(kPolicy))));
  // Who trusts its vendor's anchor alone follows; so does who has the root.
  std::vector<pki::Certificate> above;
  for (int i = 1; i < response.chain_der_size(); ++i) {
    above.push_back(pki::Certificate::FromDer(response.chain_der(i)).value());
  }
  for (const pki::Certificate& anchor : {above.front(), above.back()}) {
    EXPECT_THAT(pki::VerifyChain(*leaf, above, pki::TrustAnchors({anchor}),
                                 {clock_.Now(), pki::Role::kTee})
                    .status(),
                IsOk());
  }
}

TEST_F(MarketTest, TheSameAgainIsNoErrorAndOtherTermsAreTaken) {
  const size_t created = Created();
  v1::CreateAuthorityRequest wanted = Wanted("twice-ca");
  ASSERT_THAT(Create(wanted).status(), IsOk());
  ASSERT_THAT(Create(wanted).status(), IsOk());
  EXPECT_EQ(Created(), created + 1);
  wanted.set_owner("otrp://sp/acme");
  EXPECT_THAT(Create(wanted).status(),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       HasSubstr("line: there is an authority twice-ca")));
  // Nobody takes the name of the role's own.
  EXPECT_THAT(Create(Wanted("tee-ca")).status(),
              StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_F(MarketTest, LaterPoliciesAreThoseOfLaterCertificates) {
  v1::CreateAuthorityRequest wanted = Wanted("turns-ca");
  wanted.add_policy_oids(kPolicy);
  ASSERT_THAT(Create(wanted).status(), IsOk());
  v1::SetAuthorityPoliciesRequest request;
  request.set_line("turns-ca");
  request.add_policy_oids("2.25.9");
  v1::SetAuthorityPoliciesResponse response;
  const size_t audited = AuditCount();
  for (int i = 0; i < 2; ++i) {
    ASSERT_THAT(SetAuthorityPolicies(Operator(), env_, request, response),
                IsOk());
  }
  EXPECT_EQ(AuditCount(), audited + 1);
  EXPECT_THAT(response.authority().policy_oids(), ElementsAre("2.25.9"));
  const auto leaf = IssueBy("turns-ca");
  ASSERT_THAT(leaf.status(), IsOk());
  EXPECT_THAT(leaf->der(), HasSubstr(crypto::der::Oid("2.25.9")));
  EXPECT_THAT(leaf->der(), Not(HasSubstr(crypto::der::Oid(kPolicy))));
  // The next generation issues by them, too.
  v1::PrepareGenerationRequest prepare;
  prepare.set_line("turns-ca");
  v1::PrepareGenerationResponse prepared;
  ASSERT_THAT(PrepareGeneration(Operator(), env_, prepare, prepared), IsOk());
  EXPECT_THAT(prepared.generation().policy_oids(), ElementsAre("2.25.9"));
  for (const char* line : {"tee-root", "no-such-ca"}) {
    request.set_line(line);
    EXPECT_FALSE(
        SetAuthorityPolicies(Operator(), env_, request, response).ok());
  }
}

TEST_F(MarketTest, AnOwnedAuthorityIsItsOwnersAndTheOperatorsAlone) {
  v1::CreateAuthorityRequest wanted = Wanted("acme-ca");
  wanted.set_owner("otrp://sp/acme");
  wanted.set_vendor("acme-tees");
  ASSERT_THAT(Create(wanted).status(), IsOk());
  const rpc::CallContext acme = Call(rpc::CallerKind::kSp, "acme");
  const rpc::CallContext rival = Call(rpc::CallerKind::kSp, "rival");
  EXPECT_THAT(IssueBy("acme-ca", acme).status(), IsOk());
  EXPECT_THAT(IssueBy("acme-ca").status(), IsOk());
  // As one that doesn't exist.
  const auto refused = IssueBy("acme-ca", rival);
  EXPECT_THAT(refused.status(), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(IssueBy("no-such-ca").status(),
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr("authority: issues none of these")));
  // Its owner gets nothing else by itself: not the default's, another profile's
  // or another's.
  ASSERT_THAT(Create(Wanted("free-ca")).status(), IsOk());
  for (const char* authority : {"", "tee-ca", "free-ca"}) {
    EXPECT_THAT(IssueBy(authority, acme).status(),
                StatusIs(absl::StatusCode::kPermissionDenied,
                         HasSubstr("authority: must be one of your own")))
        << authority;
  }
  for (v1::Profile profile : {v1::PROFILE_CLIENT, v1::PROFILE_SERVICE,
                              v1::PROFILE_SP, v1::PROFILE_TFW}) {
    EXPECT_THAT(
        IssueBy("acme-ca", acme, {"otrp://operator/root"}, profile).status(),
        StatusIs(absl::StatusCode::kPermissionDenied))
        << profile;
  }
  EXPECT_THAT(IssueBy("acme-ca", Operator(), {}, v1::PROFILE_TFW).status(),
              StatusIs(absl::StatusCode::kNotFound));
  v1::IssueBatchRequest batch;
  batch.set_profile(v1::PROFILE_TEE);
  batch.set_authority("acme-ca");
  batch.add_items()->set_csr_der(NewCsr());
  batch.mutable_items(0)->set_request_id("line-1");
  v1::IssueBatchResponse issued;
  EXPECT_THAT(IssueBatch(rival, env_, batch, issued),
              StatusIs(absl::StatusCode::kNotFound));
  ASSERT_THAT(IssueBatch(acme, env_, batch, issued), IsOk());
  EXPECT_NE(issued.results(0).serial(), "");
  // Whose it is isn't the others' business.
  for (const auto& [who, owner] :
       std::vector<std::pair<rpc::CallContext, std::string>>{
           {acme, "otrp://sp/acme"},
           {Operator(), "otrp://sp/acme"},
           {rival, ""}}) {
    v1::ListAuthoritiesResponse all;
    ASSERT_THAT(ListAuthorities(who, env_, {}, all), IsOk());
    for (const v1::Authority& one : all.authorities()) {
      if (one.line() != "acme-ca") continue;
      EXPECT_EQ(one.owner(), owner);
    }
  }
  OTRP_ASSERT_OK_AND_ASSIGN(const TrustAnchorList anchors,
                            store_.ListAnchors(pki::Role::kTee));
  std::vector<std::string> names;
  for (const TrustAnchor& anchor : anchors.anchors) {
    names.push_back(anchor.name);
  }
  EXPECT_THAT(names, ::testing::Contains("acme-tees"));
}

TEST_F(MarketTest, WhatAnOwnedAuthorityCostsAndIssuesIsItsOwnersToSee) {
  v1::CreateAuthorityRequest wanted = Wanted("secret-ca");
  wanted.set_owner("otrp://sp/acme");
  ASSERT_THAT(Create(wanted).status(), IsOk());
  const service::UsageLedgerOptions options = UsageOptions(authorities_);
  rpc::Identity acme(rpc::CallerKind::kSp, "acme");
  // Which of its people it is doesn't count.
  acme.agent = "member/alice";
  const rpc::Identity rival(rpc::CallerKind::kSp, "rival");
  EXPECT_THAT(options.owned(acme), ::testing::Contains("secret-ca"));
  EXPECT_THAT(options.owned(rival), ::testing::IsEmpty());
  EXPECT_TRUE(options.sees_price(acme, "secret-ca"));
  EXPECT_FALSE(options.sees_price(rival, "secret-ca"));
  for (const char* party : {"", "tee-ca"}) {
    EXPECT_TRUE(options.sees_price(rival, party)) << party;
  }
}

TEST_F(MarketTest, WhatItMayNotCertifyIsRefusedBeforeAnythingIsSigned) {
  v1::CreateAuthorityRequest wanted = Wanted("narrow-ca");
  wanted.add_permitted_uri_hosts(".acme.example");
  wanted.add_permitted_uri_hosts("one.example");
  ASSERT_THAT(Create(wanted).status(), IsOk());
  const size_t before = CertificatesOf(pki::Role::kTee);
  for (const char* uri :
       {"https://evil.example/a", "https://acme.example/a",
        "https://notacme.example/a", "https://a.acme.example.evil.example/",
        "https://a.acme.example@evil.example/", "https://x.one.example/",
        "urn:acme"}) {
    EXPECT_THAT(IssueBy("narrow-ca", Operator(), {uri}).status(),
                StatusIs(kInvalid, HasSubstr("san_uris: ")))
        << uri;
  }
  // Without a SAN, a name like a host's is one to relying parties.
  EXPECT_THAT(IssueBy("narrow-ca").status(),
              StatusIs(kInvalid, HasSubstr("common_name: looks like")));
  EXPECT_EQ(CertificatesOf(pki::Role::kTee), before);
  for (const char* uri :
       {"https://a.acme.example/x", "https://b.a.acme.example:8443/x",
        "https://one.example"}) {
    EXPECT_THAT(IssueBy("narrow-ca", Operator(), {uri}).status(), IsOk())
        << uri;
  }
}

TEST_F(MarketTest, WhatCannotBeIsNamedByItsField) {
  using Spoil = void (*)(v1::CreateAuthorityRequest&);
  const std::pair<const char*, Spoil> cases[] = {
      {"line: ", [](auto& r) { r.set_line("../tee"); }},
      {"line: ", [](auto& r) { r.set_line("Gold"); }},
      // Would be read as a generation.
      {"line: ", [](auto& r) { r.set_line("tee-ca.7"); }},
      {"line: ", [](auto& r) { r.set_line(std::string(49, 'a')); }},
      {"role: ", [](auto& r) { r.set_role(common::v1::ROLE_SERVICE); }},
      {"common_name: ", [](auto& r) { r.set_common_name(""); }},
      {"key: ", [](auto& r) { r.set_key("DSA"); }},
      {"lifetime_days: ", [](auto& r) { r.set_lifetime_days(-1); }},
      {"policy_oids: ", [](auto& r) { r.add_policy_oids("hello"); }},
      {"policy_oids: ",
       [](auto& r) {
         r.add_policy_oids("2.25.1");
         r.add_policy_oids("2.25.1");
       }},
      {"cps_uri: ", [](auto& r) { r.set_cps_uri("https://a.example/"); }},
      {"cps_uri: ",
       [](auto& r) {
         r.add_policy_oids("2.25.1");
         r.set_cps_uri("javascript:alert(1)");
       }},
      {"permitted_uri_hosts: ",
       [](auto& r) { r.add_permitted_uri_hosts("*.a.example"); }},
      {"permitted_dns: ", [](auto& r) { r.add_permitted_dns(".a.example"); }},
      {"owner: ", [](auto& r) { r.set_owner("acme"); }},
      {"owner: ", [](auto& r) { r.set_owner("otrp://service/tsm"); }},
      {"vendor: ", [](auto& r) { r.set_vendor("a b"); }},
      {"vendor: ", [](auto& r) {
         r.set_role(common::v1::ROLE_TSM);
         r.set_vendor("acme");
       }}};
  const size_t audited = AuditCount();
  for (const auto& [field, spoil] : cases) {
    v1::CreateAuthorityRequest request = Wanted("bad-ca");
    spoil(request);
    EXPECT_THAT(Create(request).status(), StatusIs(kInvalid, HasSubstr(field)));
  }
  EXPECT_EQ(AuditCount(), audited);
}

}  // namespace
}  // namespace handlers
}  // namespace ca
}  // namespace otrp

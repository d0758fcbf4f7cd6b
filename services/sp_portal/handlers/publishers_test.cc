// Trusted publishing, with ID tokens of a real issuer.

#include "services/sp_portal/handlers/publishers.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "services/sp_portal/env.h"
#include "services/sp_portal/handlers/tokens.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/testing/handlers_fixture.h"
#include "services/sp_portal/testing/issuer_process.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kDenied = absl::StatusCode::kPermissionDenied;
constexpr absl::StatusCode kUnauthenticated =
    absl::StatusCode::kUnauthenticated;
constexpr char kSubject[] = "repo:acme/pay:ref:refs/heads/main";

class PublishersTest : public HandlersFixture {
 protected:
  void SetUp() override {
    for (const char* spid : {"acme", "shop"}) {
      OTRP_ASSERT_OK(Create(spid, spid));
    }
    OTRP_ASSERT_OK(SetIssuer("otrp"));
    ASSERT_TRUE(fetcher_.FetchAndWait(absl::Seconds(20)));
  }

  absl::Status SetIssuer(const std::string& audience,
                         const std::string& jwks = "") {
    v1::SetIssuerRequest request;
    request.set_issuer(issuer_.url());
    request.set_audience(audience);
    request.set_jwks(jwks);
    v1::SetIssuerResponse response;
    return handlers::SetIssuer(operator_, real_, request, response);
  }

  v1::AddPublisherRequest Wanted(const std::string& subject = kSubject) {
    v1::AddPublisherRequest request;
    request.set_spid("acme");
    request.set_issuer(issuer_.url());
    request.set_subject(subject);
    return request;
  }
  absl::StatusOr<v1::Publisher> Add(const v1::AddPublisherRequest& request) {
    v1::AddPublisherResponse response;
    OTRP_RETURN_IF_ERROR(
        handlers::AddPublisher(acme_, real_, request, response));
    return response.publisher();
  }

  absl::StatusOr<v1::ExchangeTokenResponse> Exchange(
      const std::string& id_token, const std::string& spid = "acme") {
    v1::ExchangeTokenRequest request;
    request.set_spid(spid);
    request.set_grant_type("urn:ietf:params:oauth:grant-type:token-exchange");
    request.set_subject_token(id_token);
    request.set_subject_token_type("urn:ietf:params:oauth:token-type:id_token");
    v1::ExchangeTokenResponse response;
    OTRP_RETURN_IF_ERROR(
        handlers::ExchangeToken(api_, real_, request, response));
    return response;
  }

  absl::StatusOr<v1::Principal> Ask(const std::string& token) {
    v1::AuthenticateRequest request;
    request.set_token(token);
    v1::AuthenticateResponse response;
    OTRP_RETURN_IF_ERROR(
        handlers::Authenticate(api_, real_, request, response));
    return response.principal();
  }

  testing::IssuerProcess issuer_;
  // The issuer's clock is the system's.
  IssuerFetcher fetcher_{publishers_, RealClock(), {/*insecure=*/true, ""}};
  Env real_{guard_,
            store_,
            blobs_,
            uploads_,
            ca_,
            delivery_,
            pull_log_,
            RealClock(),
            random_,
            access_,
            absl::Hours(24),
            publishers_,
            fetcher_,
            /*insecure_issuers=*/true,
            webhooks_,
            rollouts_};
  rpc::CallContext api_ = Call(rpc::CallerKind::kService, "api");
  rpc::CallContext acme_ = Call(rpc::CallerKind::kSp, "acme");
};

TEST_F(PublishersTest, AJobOfTheNamedCiPushesForMinutesWithoutAStoredSecret) {
  v1::AddPublisherRequest request = Wanted();
  request.add_taids("pay");
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::Publisher publisher, Add(request));
  EXPECT_EQ(publisher.role(), "developer");

  OTRP_ASSERT_OK_AND_ASSIGN(const auto given,
                            Exchange(issuer_.Token(kSubject)));
  EXPECT_EQ(given.token_type(), "Bearer");
  EXPECT_EQ(given.expires_in(), 15 * 60);
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::Principal who, Ask(given.access_token()));
  EXPECT_EQ(who.name(), "acme");
  EXPECT_EQ(who.role(), "developer");
  EXPECT_EQ(who.agent(), "ci/" + publisher.publisher_id());
  EXPECT_THAT(who.taids(), ElementsAre("pay"));
  EXPECT_EQ(database_.AuditActions().back(), "token.exchange");
}

TEST_F(PublishersTest, AnRsaSignedOneIsTakenToo) {
  OTRP_ASSERT_OK(Add(Wanted()));
  const std::string token = issuer_.Token(kSubject, "", "otrp-rs256");
  EXPECT_THAT(Exchange(token), StatusIs(kUnauthenticated, HasSubstr("aud")));
  OTRP_ASSERT_OK(SetIssuer("otrp-rs256"));
  OTRP_EXPECT_OK(Exchange(token));
}

TEST_F(PublishersTest, AnotherJobIsRefusedAsForAnSpThatDoesntExist) {
  v1::AddPublisherRequest request = Wanted();
  (*request.mutable_claims())["environment"] = "release";
  OTRP_ASSERT_OK(Add(request));
  const absl::Status unknown =
      Exchange(issuer_.Token(kSubject, "&environment=release"), "nobody")
          .status();
  EXPECT_THAT(unknown, StatusIs(kDenied));
  EXPECT_EQ(
      Exchange(issuer_.Token("repo:evil/pay", "&environment=release")).status(),
      unknown);
  EXPECT_EQ(Exchange(issuer_.Token(kSubject)).status(), unknown);
  EXPECT_EQ(Exchange(issuer_.Token(kSubject, "&environment=test")).status(),
            unknown);
  EXPECT_EQ(Exchange(issuer_.Token(kSubject, "&environment=release"), "shop")
                .status(),
            unknown);
  OTRP_EXPECT_OK(Exchange(issuer_.Token(kSubject, "&environment=release")));
}

TEST_F(PublishersTest, AnIdTokenIsWorthNothingASecondTime) {
  OTRP_ASSERT_OK(Add(Wanted("repo:acme/*")));
  const std::string token = issuer_.Token(kSubject);
  OTRP_ASSERT_OK(Exchange(token));
  EXPECT_THAT(Exchange(token),
              StatusIs(kUnauthenticated, HasSubstr("exchanged before")));
}

TEST_F(PublishersTest, OneOfALoginOrOfAStrangerIsRefused) {
  OTRP_ASSERT_OK(Add(Wanted()));
  EXPECT_THAT(Exchange(issuer_.Token(kSubject, "&nonce=x")),
              StatusIs(kUnauthenticated, HasSubstr("nonce")));
  testing::IssuerProcess stranger;
  EXPECT_THAT(Exchange(stranger.Token(kSubject)),
              StatusIs(kUnauthenticated, HasSubstr("issuer")));
  EXPECT_THAT(Exchange(""), StatusIs(kUnauthenticated));
  EXPECT_THAT(Exchange(std::string(kMaxIdTokenBytes + 1, 'a')),
              StatusIs(kUnauthenticated, HasSubstr("16 KiB")));
}

TEST_F(PublishersTest, NewKeysAreFetchedBehindTheRequestsThatNeedThem) {
  OTRP_ASSERT_OK(Add(Wanted()));
  const std::string before = issuer_.Token(kSubject);
  issuer_.Rotate();
  const std::string token = issuer_.Token(kSubject);
  EXPECT_THAT(Exchange(token),
              StatusIs(kUnauthenticated, HasSubstr("try again")));
  ASSERT_TRUE(fetcher_.FetchAndWait(absl::Seconds(20)));
  OTRP_EXPECT_OK(Exchange(token));
  EXPECT_THAT(Exchange(before), StatusIs(kUnauthenticated));
}

TEST_F(PublishersTest, WhatAPublisherMayBeIsLimited) {
  v1::AddPublisherRequest request = Wanted();
  request.set_role("owner");
  EXPECT_THAT(Add(request), StatusIs(kInvalid, HasSubstr("role:")));
  request.set_role("releaser");
  OTRP_EXPECT_OK(Add(request));
  EXPECT_THAT(Add(Wanted("*")), StatusIs(kInvalid, HasSubstr("subject:")));
  EXPECT_THAT(Add(Wanted("")), StatusIs(kInvalid, HasSubstr("subject:")));
  request = Wanted();
  request.set_issuer("https://unknown.example");
  EXPECT_THAT(Add(request), StatusIs(absl::StatusCode::kNotFound));
  request = Wanted();
  for (size_t i = 0; i <= kMaxPublisherClaims; ++i) {
    (*request.mutable_claims())[absl::StrCat("c", i)] = "x";
  }
  EXPECT_THAT(Add(request), StatusIs(kInvalid, HasSubstr("claims:")));
  request = Wanted();
  request.set_spid("shop");
  EXPECT_THAT(Add(request), StatusIs(absl::StatusCode::kNotFound));
  v1::AddPublisherResponse response;
  EXPECT_THAT(
      handlers::AddPublisher(Call(rpc::CallerKind::kSp, "acme", "token/tok_1"),
                             real_, Wanted(), response),
      StatusIs(kDenied));
}

TEST_F(PublishersTest, IssuersAreHttpsUrlsOutsideOfPrivateNetworks) {
  real_.insecure_issuers = false;
  for (const char* url :
       {"http://ci.example", "ftp://ci.example", "https://ci.example?x=1",
        "https://user@ci.example", "https://ci.example/#a", ""}) {
    v1::SetIssuerRequest request;
    request.set_issuer(url);
    v1::SetIssuerResponse response;
    EXPECT_THAT(handlers::SetIssuer(operator_, real_, request, response),
                StatusIs(kInvalid, HasSubstr("issuer:")))
        << url;
  }
  // One that is set all the same isn't asked.
  IssuerFetcher strict(publishers_, RealClock(), {/*insecure=*/false, ""});
  OTRP_ASSERT_OK(publishers_.SetIssuer(
      {"https://127.0.0.1:1", "otrp", false, "", "op", {}, ""}, {}));
  ASSERT_TRUE(strict.FetchAndWait(absl::Seconds(20)));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto issuer,
                            publishers_.FindIssuer("https://127.0.0.1:1"));
  EXPECT_THAT(issuer->fetch_error, HasSubstr("no host of the public"));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto plain,
                            publishers_.FindIssuer(issuer_.url()));
  EXPECT_THAT(plain->fetch_error, HasSubstr("https"));
}

TEST_F(PublishersTest, PinnedKeysMustBeKeys) {
  EXPECT_THAT(SetIssuer("otrp", "{}"), StatusIs(kInvalid, HasSubstr("jwks:")));
  EXPECT_THAT(SetIssuer("otrp", std::string(kMaxJwksBytes + 1, ' ')),
              StatusIs(kInvalid, HasSubstr("jwks:")));
}

}  // namespace
}  // namespace portal
}  // namespace otrp

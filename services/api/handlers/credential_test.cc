// What needs no connection; certificates: tests/rest.

#include "services/api/handlers/credential.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace api {
namespace handlers {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

http::Request With(const std::string& authorization) {
  http::Request request;
  request.headers = {{"authorization", authorization}};
  return request;
}

TEST(CredentialTest, ABearerTokenIsTaken) {
  for (const char* value : {"Bearer otrp_abc-._~+/=", "bearer otrp_abc-._~+/=",
                            "BEARER  otrp_abc-._~+/="}) {
    OTRP_ASSERT_OK_AND_ASSIGN(const Credential credential,
                              CredentialOf(Scheme::kHttps, With(value)));
    EXPECT_EQ(credential.kind, Credential::Kind::kSecret);
    EXPECT_EQ(credential.secret.kind, Secret::Kind::kToken);
    EXPECT_EQ(credential.secret.value, "otrp_abc-._~+/=");
  }
}

TEST(CredentialTest, WithoutOneThereIsNone) {
  OTRP_ASSERT_OK_AND_ASSIGN(const Credential credential,
                            CredentialOf(Scheme::kHttps, http::Request()));
  EXPECT_EQ(credential.kind, Credential::Kind::kNone);
}

TEST(CredentialTest, AnotherSchemeOrOtherCharactersAreRefusedAndNotQuoted) {
  for (const std::string& value :
       {std::string(), std::string("Bearer"), std::string("Bearer "),
        std::string("Basic s3cret"), std::string("s3cret"),
        std::string("Bearer s3cret s3cret"), std::string("Bearer s3cret,x"),
        std::string("Bearer s3cret\n"), std::string("Bearer s3cr=et"),
        std::string("Bearer ="), "Bearer s3cret" + std::string(128, 'a')}) {
    EXPECT_THAT(
        CredentialOf(Scheme::kHttps, With(value)).status(),
        StatusIs(absl::StatusCode::kUnauthenticated, Not(HasSubstr("s3cret"))))
        << value;
  }
}

TEST(CredentialTest, TwoAreNone) {
  http::Request request = With("Bearer a");
  request.headers.emplace_back("Authorization", "Bearer a");
  EXPECT_THAT(CredentialOf(Scheme::kHttps, request).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(CredentialTest, TheCookieOfASessionIsTakenOnce) {
  const http::Header cookie("Cookie", "a=b; __Host-otrp-session=otrpses_1; c");
  http::Request request;
  request.method = "GET";
  request.headers = {cookie};
  OTRP_ASSERT_OK_AND_ASSIGN(const Credential credential,
                            CredentialOf(Scheme::kHttps, request));
  EXPECT_EQ(credential.kind, Credential::Kind::kSecret);
  EXPECT_EQ(credential.secret.kind, Secret::Kind::kSession);
  EXPECT_EQ(credential.secret.value, "otrpses_1");
  OTRP_ASSERT_OK_AND_ASSIGN(const Credential plain,
                            CredentialOf(Scheme::kHttp, request));
  EXPECT_EQ(plain.kind, Credential::Kind::kNone);
  request.headers = {cookie, cookie};
  EXPECT_THAT(CredentialOf(Scheme::kHttps, request).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
  request.headers = {cookie, {"Authorization", "Bearer a"}};
  EXPECT_THAT(CredentialOf(Scheme::kHttps, request).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(CredentialTest, EachOfSeveralOriginsMustBeThisOne) {
  http::Request request;
  request.method = "DELETE";
  request.headers = {{"Host", "api.example:443"},
                     {"Cookie", "__Host-otrp-session=otrpses_1"},
                     {"X-OTrP-Console", "1"},
                     {"Origin", "https://api.example"},
                     {"Origin", "https://evil.example"}};
  EXPECT_THAT(CredentialOf(Scheme::kHttps, request).status(),
              StatusIs(absl::StatusCode::kPermissionDenied));
  request.headers.pop_back();
  OTRP_EXPECT_OK(CredentialOf(Scheme::kHttps, request).status());
}

TEST(CredentialTest, ATokenInTheUrlIsRefusedBesideAGoodOneToo) {
  for (const char* query :
       {"access_token=s3cret", "a=b&ACCESS_TOKEN=s3cret", "token",
        "acc%65ss_token=s3cret", "api_key=s3cret&x", "password=s3cret"}) {
    http::Request request = With("Bearer good");
    request.query = query;
    EXPECT_THAT(
        CredentialOf(Scheme::kHttps, request).status(),
        StatusIs(absl::StatusCode::kInvalidArgument, Not(HasSubstr("s3cret"))))
        << query;
  }
  EXPECT_FALSE(HasCredential("page_token=x&pageToken=x&tokens=1"));
  EXPECT_FALSE(HasCredential(""));
}

}  // namespace
}  // namespace handlers
}  // namespace api
}  // namespace otrp

// Signing in to the console through the REST front, over real TLS, with the
// portal's own handlers and database behind it; and what a hostile page, or a
// hostile client, makes of a session's cookie.

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "grpcpp/impl/codegen/service_type.h"
#include "gtest/gtest.h"
#include "libs/json/json.h"
#include "services/sp_portal/handlers/accounts.h"
#include "services/sp_portal/handlers/tokens.h"
#include "services/sp_portal/services.h"
#include "services/sp_portal/testing/handlers_fixture.h"
#include "tests/rest/front.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace {

namespace v1 = ::otrp::portal::v1;
using ::otrp::testing::Front;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kSession[] = "/console/session";
constexpr char kBank[] = "/v1/service-providers/bank";
constexpr char kTokens[] = "/v1/service-providers/bank/tokens";
constexpr char kNewToken[] = R"({"name":"by somebody","role":"auditor"})";
const http::Header kJson("Content-Type", "application/json");
const http::Header kConsole("X-OTrP-Console", "1");

class ConsoleSessionTest : public portal::HandlersFixture {
 protected:
  void SetUp() override {
    // The front's time is the real one.
    clock_.Advance(absl::Now() - clock_.Now());
    env_.max_token_life = absl::Hours(24 * 365);
    OTRP_ASSERT_OK(Create("bank", "Bank AG"));
    Front::Options options;
    for (const auto& service : services_) {
      options.portal.push_back(service.get());
    }
    options.asks_portal = true;
    OTRP_ASSERT_OK_AND_ASSIGN(front_, Front::Start(options));
    client_ = front_->NewClient("");
    token_ = NewMember("bank", "owner", "alice");
  }

  http::Response Send(const std::string& method, const std::string& target,
                      const std::vector<http::Header>& headers = {},
                      const std::string& body = "") {
    auto response = client_->Send(method, front_->Url(target), headers, body);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *std::move(response) : http::Response();
  }

  static std::string SignInBody(const std::string& token) {
    json::Value body = json::Value::Object();
    body.Set("token", json::Value::String(token));
    return body.Serialize();
  }
  http::Response SignIn(const std::string& token,
                        std::vector<http::Header> headers = {}) {
    headers.push_back(kJson);
    return Send("POST", kSession, headers, SignInBody(token));
  }

  // As a browser sends it.
  static http::Header Cookie(const http::Response& signed_in) {
    const std::string set(signed_in.header("Set-Cookie"));
    return {"Cookie", set.substr(0, set.find(';'))};
  }
  http::Header NewCookie() { return Cookie(SignIn(token_)); }

  int WhoAmI(const http::Header& cookie) {
    return Send("GET", kSession, {cookie}).status;
  }

  // Tokens that are good, alice's first among them.
  int CountTokens() {
    v1::ListTokensRequest request;
    request.set_spid("bank");
    v1::ListTokensResponse response;
    EXPECT_THAT(portal::handlers::ListTokens(bank_, env_, request, response),
                ::otrp::testing::IsOk());
    return response.tokens_size();
  }

  // Without the answer, the memory of the front's may be true for 5 s.
  void ExpectDeadSoon(const http::Header& cookie) {
    const absl::Time end = absl::Now() + absl::Seconds(7);
    int status = WhoAmI(cookie);
    while (status == 200 && absl::Now() < end) {
      absl::SleepFor(absl::Milliseconds(100));
      status = WhoAmI(cookie);
    }
    EXPECT_EQ(status, 401);
    EXPECT_EQ(Send("GET", kBank, {cookie}).status, 401);
  }

  std::vector<std::unique_ptr<grpc::Service>> services_ =
      portal::NewServices(env_);
  std::unique_ptr<Front> front_;
  std::unique_ptr<http::Client> client_;
  std::string token_;
};

TEST_F(ConsoleSessionTest, AMemberSignsInAndTheCookieIsHis) {
  const http::Response in = SignIn(token_);
  ASSERT_EQ(in.status, 201) << in.body;
  EXPECT_EQ(in.header("Content-Type"), "application/json");
  EXPECT_EQ(in.header("Cache-Control"), "no-store");
  EXPECT_FALSE(in.header("X-Request-Id").empty());
  OTRP_ASSERT_OK_AND_ASSIGN(const json::Value body,
                            json::Parse(in.body, json::kStrangers));
  OTRP_ASSERT_OK_AND_ASSIGN(const json::Value* caller,
                            body.GetObject("caller"));
  EXPECT_EQ(caller->Serialize(), R"({"kind":"sp","name":"bank","role":"owner",)"
                                 R"("agent":"member/alice","taids":[]})");
  OTRP_ASSERT_OK_AND_ASSIGN(const absl::string_view until,
                            body.GetString("expires_at"));
  absl::Time expires_at;
  ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, until, &expires_at, nullptr));
  EXPECT_GT(expires_at, absl::Now() + absl::Minutes(11 * 60 + 59));
  EXPECT_LT(expires_at, absl::Now() + absl::Minutes(12 * 60 + 1));

  const http::Response who = Send("GET", kSession, {Cookie(in)});
  EXPECT_EQ(who.status, 200);
  EXPECT_EQ(who.body, in.body);
  EXPECT_EQ(Send("GET", kBank, {Cookie(in)}).status, 200);
  EXPECT_EQ(
      Send("POST", kTokens, {Cookie(in), kConsole, kJson}, kNewToken).status,
      200);
  EXPECT_EQ(Send("GET", kSession).status, 401);
  EXPECT_EQ(Send("PUT", kSession, {Cookie(in), kConsole}).status, 405);
}

TEST_F(ConsoleSessionTest, AnOperatorSignsInAsOne) {
  const http::Response in = SignIn(NewMember("", "approver", "olga"));
  ASSERT_EQ(in.status, 201) << in.body;
  EXPECT_THAT(
      in.body,
      HasSubstr(R"("kind":"operator","name":"olga","role":"approver")"));
}

TEST_F(ConsoleSessionTest, TheCookieIsForThisHostAndNoScript) {
  const http::Response in = SignIn(token_);
  EXPECT_THAT(
      std::string(in.header("Set-Cookie")),
      MatchesRegex("__Host-otrp-session=otrpses_[A-Za-z0-9]+; Path=/; HttpOnly;"
                   " SameSite=Strict; Secure; Max-Age=43(200|199|198)"));
  EXPECT_THAT(in.body, Not(HasSubstr("otrpses_")));
  EXPECT_THAT(absl::StrCat(in.body, in.header("Set-Cookie")),
              Not(HasSubstr(token_)));
  // On loopback without TLS a browser takes no __Host-.
  OTRP_ASSERT_OK_AND_ASSIGN(const http::Response plain,
                            client_->Send("POST", front_->PlainUrl(kSession),
                                          {kJson}, SignInBody(token_)));
  EXPECT_THAT(
      std::string(plain.header("Set-Cookie")),
      MatchesRegex("otrp-session=otrpses_[A-Za-z0-9]+; Path=/; HttpOnly; "
                   "SameSite=Strict; Max-Age=43(200|199|198)"));
}

TEST_F(ConsoleSessionTest, WithoutTheConsolesHeaderACookieChangesNothing) {
  const http::Header cookie = NewCookie();
  for (const std::vector<http::Header>& headers :
       {std::vector<http::Header>{cookie, kJson},
        std::vector<http::Header>{cookie, kJson, {"X-OTrP-Console", ""}},
        std::vector<http::Header>{cookie, kJson, {"X-OTrP-Console", "0"}}}) {
    const http::Response response = Send("POST", kTokens, headers, kNewToken);
    EXPECT_EQ(response.status, 403);
    EXPECT_THAT(response.body, HasSubstr("X-OTrP-Console"));
  }
  EXPECT_EQ(Send("DELETE", kSession, {cookie}).status, 403);
  EXPECT_EQ(WhoAmI(cookie), 200);
  EXPECT_EQ(CountTokens(), 1);
}

TEST_F(ConsoleSessionTest, AnotherOriginsPageChangesNothingByACookie) {
  const http::Header cookie = NewCookie();
  const std::string own = front_->Origin();
  for (const std::string& origin :
       {std::string("https://evil.example"), std::string("null"), std::string(),
        std::string("https://127.0.0.1"), own + "0", own + ".evil.example",
        own + "/", "http" + own.substr(5), own + " https://evil.example"}) {
    const std::vector<http::Header> headers = {
        cookie, kConsole, kJson, {"Origin", origin}};
    EXPECT_EQ(Send("POST", kTokens, headers, kNewToken).status, 403) << origin;
    EXPECT_EQ(Send("DELETE", kSession, headers).status, 403) << origin;
    EXPECT_EQ(SignIn(token_, {{"Origin", origin}}).status, 403) << origin;
  }
  EXPECT_EQ(CountTokens(), 1);
  EXPECT_EQ(Send("POST", kTokens, {cookie, kConsole, kJson, {"Origin", own}},
                 kNewToken)
                .status,
            200);
}

TEST_F(ConsoleSessionTest, AnotherSitesRequestChangesNothingByACookie) {
  const http::Header cookie = NewCookie();
  for (const char* site : {"cross-site", "same-site", "none", "", "x"}) {
    const std::vector<http::Header> headers = {
        cookie, kConsole, kJson, {"Sec-Fetch-Site", site}};
    EXPECT_EQ(Send("POST", kTokens, headers, kNewToken).status, 403) << site;
    EXPECT_EQ(SignIn(token_, {{"Sec-Fetch-Site", site}}).status, 403) << site;
  }
  EXPECT_EQ(CountTokens(), 1);
  EXPECT_EQ(Send("POST", kTokens,
                 {cookie, kConsole, kJson, {"Sec-Fetch-Site", "same-origin"}},
                 kNewToken)
                .status,
            200);
}

TEST_F(ConsoleSessionTest, ACookieDoesNotCountInWhatAnotherSiteHasABrowserGet) {
  const http::Header cookie = NewCookie();
  for (const char* target : {kSession, kBank}) {
    for (const char* site : {"cross-site", "same-site"}) {
      const http::Response response =
          Send("GET", target, {cookie, {"Sec-Fetch-Site", site}});
      EXPECT_EQ(response.status, 403) << target << site;
      EXPECT_THAT(response.body, Not(HasSubstr("Bank AG")));
    }
    // Typed by the user, or from a page of this origin.
    for (const char* site : {"none", "same-origin"}) {
      EXPECT_EQ(Send("GET", target, {cookie, {"Sec-Fetch-Site", site}}).status,
                200)
          << target << site;
    }
  }
}

TEST_F(ConsoleSessionTest, ACertificateThatABrowserShowsIsNoOtherPages) {
  const auto browser = front_->NewClient("otrp://operator/olga");
  // Without a body a page needs nobody's leave to have it sent.
  const std::string resume = front_->Url(absl::StrCat(kBank, ":resume"));
  for (const http::Header& from :
       {http::Header("Origin", "https://evil.example"),
        http::Header("Sec-Fetch-Site", "cross-site")}) {
    OTRP_ASSERT_OK_AND_ASSIGN(const http::Response response,
                              browser->Send("POST", resume, {from}, ""));
    EXPECT_EQ(response.status, 403) << from.first;
  }
  OTRP_ASSERT_OK_AND_ASSIGN(const http::Response response,
                            browser->Send("POST", resume, {}, ""));
  EXPECT_EQ(response.status, 200) << response.body;
}

TEST_F(ConsoleSessionTest, ACookieThatTheClientChoseBecomesNoSession) {
  const std::string chosen =
      "__Host-otrp-session=otrpses_0123456789012345678901234567890123456789012"
      "abcdef";
  const http::Response in = SignIn(token_, {{"Cookie", chosen}});
  EXPECT_EQ(in.status, 201);
  EXPECT_NE(Cookie(in).second, chosen);
  EXPECT_EQ(WhoAmI({"Cookie", chosen}), 401);
  // Nor does a former one become another member's.
  const http::Response bobs =
      SignIn(NewMember("bank", "auditor", "bob"), {Cookie(in)});
  EXPECT_NE(Cookie(bobs).second, Cookie(in).second);
  EXPECT_THAT(Send("GET", kSession, {Cookie(in)}).body, HasSubstr("alice"));
  EXPECT_THAT(Send("GET", kSession, {Cookie(bobs)}).body, HasSubstr("bob"));
}

TEST_F(ConsoleSessionTest, ACookieThatANeighbourCouldSetDoesNotCount) {
  const std::string good = NewCookie().second;
  const std::string secret = good.substr(good.find('='));
  // Without the prefix any host below the same domain may set it.
  for (const std::string& name :
       {std::string("otrp-session"), std::string("__host-otrp-session"),
        std::string("__Secure-otrp-session"),
        std::string("X__Host-otrp-session"),
        std::string("a=__Host-otrp-session")}) {
    EXPECT_EQ(WhoAmI({"Cookie", name + secret}), 401) << name;
  }
  // Two of them: nobody knows whose is first.
  EXPECT_EQ(WhoAmI({"Cookie", absl::StrCat(good, "; ", good)}), 400);
  EXPECT_EQ(WhoAmI({"Cookie", absl::StrCat("theme=dark; ", good)}), 200);
}

TEST_F(ConsoleSessionTest, ATokenIsNoCookieAndASessionIsNoToken) {
  EXPECT_EQ(WhoAmI({"Cookie", absl::StrCat("__Host-otrp-session=", token_)}),
            401);
  const std::string cookie = NewCookie().second;
  const std::string secret = cookie.substr(cookie.find('=') + 1);
  EXPECT_EQ(Send("GET", kBank, {{"Authorization", "Bearer " + secret}}).status,
            401);
  EXPECT_EQ(SignIn(secret).status, 401);
}

TEST_F(ConsoleSessionTest, ACookieBesideAnotherCredentialIs400) {
  const http::Header cookie = NewCookie();
  const http::Header bearer("Authorization", "Bearer " + token_);
  EXPECT_EQ(Send("GET", kBank, {cookie, bearer}).status, 400);
  EXPECT_EQ(SignIn(token_, {bearer}).status, 400);
  const auto browser = front_->NewClient("otrp://sp/bank");
  OTRP_ASSERT_OK_AND_ASSIGN(
      http::Response response,
      browser->Send("GET", front_->Url(kBank), {cookie}, ""));
  EXPECT_EQ(response.status, 400);
  OTRP_ASSERT_OK_AND_ASSIGN(
      response, browser->Send("POST", front_->Url(kSession), {kJson},
                              SignInBody(token_)));
  EXPECT_EQ(response.status, 400);
}

TEST_F(ConsoleSessionTest, GuessingTokensBySigningInEnds) {
  int refused = 0;
  for (int i = 0; i < 30; ++i) {
    const http::Response response = SignIn(absl::StrCat("otrp_", i));
    if (response.status == 429) {
      ++refused;
      EXPECT_FALSE(response.header("Retry-After").empty());
    } else {
      EXPECT_EQ(response.status, 401);
    }
    EXPECT_TRUE(response.header("Set-Cookie").empty());
  }
  EXPECT_EQ(refused, 10);
  // Nor is there another way to go on.
  EXPECT_EQ(WhoAmI({"Cookie", "__Host-otrp-session=otrpses_1"}), 429);
  EXPECT_EQ(Send("DELETE", kSession,
                 {{"Cookie", "__Host-otrp-session=otrpses_1"}, kConsole})
                .status,
            429);
  EXPECT_EQ(
      Send("GET", kBank, {{"Cookie", "__Host-otrp-session=otrpses_1"}}).status,
      429);
}

TEST_F(ConsoleSessionTest, WhoSignsInWithGoodTokensIsNoGuesser) {
  for (int i = 0; i < 30; ++i) EXPECT_EQ(SignIn(token_).status, 201);
  const http::Header cookie = NewCookie();
  for (int i = 0; i < 30; ++i) EXPECT_EQ(WhoAmI(cookie), 200);
}

TEST_F(ConsoleSessionTest, WhatIsNoSignInIsRefusedAndNotQuoted) {
  const std::string good = SignInBody(token_);
  for (const std::string& body :
       {std::string(), std::string("{}"), std::string("s3cret"),
        std::string(R"(["s3cret"])"), std::string(R"({"token":1})"),
        std::string(R"({"token":"s3cret","token":"s3cret"})"),
        std::string(R"({"token":"s3cret","admin":true})"),
        std::string(10000, '[')}) {
    const http::Response response = Send("POST", kSession, {kJson}, body);
    EXPECT_TRUE(response.status == 400 || response.status == 413) << body;
    EXPECT_THAT(response.body, Not(HasSubstr("s3cret")));
  }
  EXPECT_EQ(Send("POST", kSession, {}, good).status, 415);
  EXPECT_EQ(
      Send("POST", kSession, {{"Content-Type", "text/plain"}}, good).status,
      415);
  EXPECT_EQ(
      Send("POST", absl::StrCat(kSession, "?token=", token_), {kJson}, good)
          .status,
      400);
}

TEST_F(ConsoleSessionTest, WhatARequestSaysBecomesNoHeaderOfItsAnswer) {
  const std::string evil = "x\r\nSet-Cookie: evil=1";
  for (const http::Response& response :
       {SignIn(evil), SignIn("otrp_%0d%0aSet-Cookie:%20evil=1"),
        Send("GET", "/console/%0d%0aSet-Cookie:%20evil=1"),
        Send("GET", "/%0d%0aSet-Cookie:%20evil=1"),
        Send("GET", kSession, {{"Cookie", "__Host-otrp-session=\"x evil=1\""}}),
        Send("GET", kSession,
             {{"traceparent",
               "00-evilevilevilevilevilevilevilevil-00f067aa0ba902b7-01"}}),
        Send("DELETE", kSession,
             {{"Origin", "https://evil.example"},
              {"Cookie", "__Host-otrp-session=evil"},
              kConsole})}) {
    EXPECT_GE(response.status, 400);
    for (const http::Header& header : response.headers) {
      EXPECT_FALSE(absl::StrContains(header.second, "evil"))
          << header.first << ": " << header.second;
    }
  }
}

TEST_F(ConsoleSessionTest, SigningOutEndsTheSessionAtOnce) {
  const http::Header cookie = NewCookie();
  const http::Header other = NewCookie();
  EXPECT_EQ(WhoAmI(cookie), 200);
  const http::Response out = Send("DELETE", kSession, {cookie, kConsole});
  EXPECT_EQ(out.status, 204);
  EXPECT_THAT(std::string(out.header("Set-Cookie")),
              MatchesRegex("__Host-otrp-session=; .*Max-Age=0"));
  // A copy of the cookie is worth nothing, and the other browser's goes on.
  const http::Response after = Send("GET", kSession, {cookie});
  EXPECT_EQ(after.status, 401);
  EXPECT_THAT(std::string(after.header("Set-Cookie")), HasSubstr("Max-Age=0"));
  EXPECT_EQ(Send("GET", kBank, {cookie}).status, 401);
  EXPECT_EQ(WhoAmI(other), 200);
  EXPECT_EQ(Send("DELETE", kSession, {cookie, kConsole}).status, 204);
  EXPECT_EQ(Send("DELETE", kSession, {kConsole}).status, 401);
}

TEST_F(ConsoleSessionTest, ASessionIsDeadSoonAfterItsTokenWasRevoked) {
  const http::Header cookie = NewCookie();
  v1::ListTokensRequest list;
  list.set_spid("bank");
  v1::ListTokensResponse tokens;
  OTRP_ASSERT_OK(portal::handlers::ListTokens(bank_, env_, list, tokens));
  ASSERT_THAT(tokens.tokens(), SizeIs(1));
  EXPECT_EQ(WhoAmI(cookie), 200);
  v1::RevokeTokenRequest revoke;
  revoke.set_spid("bank");
  revoke.set_token_id(tokens.tokens(0).token_id());
  v1::RevokeTokenResponse revoked;
  OTRP_ASSERT_OK(portal::handlers::RevokeToken(bank_, env_, revoke, revoked));
  ExpectDeadSoon(cookie);
  EXPECT_EQ(SignIn(token_).status, 401);
}

TEST_F(ConsoleSessionTest, ASessionIsDeadSoonAfterItsMemberWasRemoved) {
  const http::Header cookie =
      Cookie(SignIn(NewMember("bank", "releaser", "bob")));
  EXPECT_EQ(WhoAmI(cookie), 200);
  v1::RemoveMemberRequest remove;
  remove.set_spid("bank");
  remove.set_name("bob");
  v1::RemoveMemberResponse removed;
  OTRP_ASSERT_OK(portal::handlers::RemoveMember(bank_, env_, remove, removed));
  ExpectDeadSoon(cookie);
}

TEST_F(ConsoleSessionTest, ASessionIsDeadSoonAfterItsAccountWasSuspended) {
  const http::Header cookie = NewCookie();
  EXPECT_EQ(WhoAmI(cookie), 200);
  v1::SuspendServiceProviderRequest suspend;
  suspend.set_spid("bank");
  suspend.set_reason("test");
  v1::SuspendServiceProviderResponse suspended;
  OTRP_ASSERT_OK(portal::handlers::SuspendServiceProvider(operator_, env_,
                                                          suspend, suspended));
  ExpectDeadSoon(cookie);
}

TEST_F(ConsoleSessionTest, AStreamEndsSoonAfterItsSessionDid) {
  http::Response stream;
  stream.status = 0;
  // On a busy machine the reader may come after the sign-out, and have none.
  for (int attempt = 0; attempt < 10 && stream.status != 200; ++attempt) {
    const http::Header cookie = NewCookie();
    const absl::Time start = absl::Now();
    std::thread reader([&] {
      stream = Send("GET", kBank, {cookie, {"Accept", "text/event-stream"}});
    });
    absl::SleepFor(absl::Milliseconds(100) * attempt);
    // Of another connection, since the client has one at a time.
    const auto other = front_->NewClient("");
    EXPECT_THAT(
        other->Send("DELETE", front_->Url(kSession), {cookie, kConsole}, ""),
        ::otrp::testing::IsOk());
    reader.join();
    EXPECT_LT(absl::Now() - start, absl::Seconds(9));
  }
  EXPECT_THAT(stream.body, HasSubstr("event: problem"));
  EXPECT_THAT(stream.body, HasSubstr("\"status\":401"));
}

TEST_F(ConsoleSessionTest, AProgramsTokenOpensNoConsole) {
  v1::CreateTokenRequest request;
  request.set_spid("bank");
  request.set_name("CI");
  request.set_role("developer");
  v1::CreateTokenResponse made;
  OTRP_ASSERT_OK(portal::handlers::CreateToken(bank_, env_, request, made));
  const http::Response response = SignIn(made.secret());
  EXPECT_EQ(response.status, 403);
  EXPECT_THAT(response.body, HasSubstr("member"));
  EXPECT_TRUE(response.header("Set-Cookie").empty());
}

}  // namespace
}  // namespace otrp

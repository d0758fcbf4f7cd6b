// What the REST front itself does with good and with hostile requests, over
// real TLS; behind it a portal with one resource.

#include "tests/rest/front.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/rpc/delegation.h"
#include "otrp/portal/v1/portal.grpc.pb.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace {

namespace v1 = ::otrp::portal::v1;
using ::otrp::testing::Front;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Says who asked.
class ServiceProviders : public v1::ServiceProviders::Service {
 public:
  grpc::Status GetServiceProvider(
      grpc::ServerContext* context,
      const v1::GetServiceProviderRequest* request,
      v1::GetServiceProviderResponse* response) override {
    Note(*context);
    if (request->spid() == "none") {
      return grpc::Status(grpc::StatusCode::NOT_FOUND, "spid: is unknown");
    }
    response->mutable_service_provider()->set_spid(request->spid());
    response->mutable_service_provider()->set_name(name);
    return grpc::Status::OK;
  }

  grpc::Status ListServiceProviders(
      grpc::ServerContext*, const v1::ListServiceProvidersRequest*,
      v1::ListServiceProvidersResponse* response) override {
    response->add_service_providers()->set_name(name);
    return grpc::Status::OK;
  }

  grpc::Status CreateServiceProvider(
      grpc::ServerContext* context,
      const v1::CreateServiceProviderRequest* request,
      v1::CreateServiceProviderResponse*) override {
    Note(*context);
    if (request->spid().empty()) {
      return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT,
                          "spid: must be 1 to 64 letters");
    }
    return grpc::Status::OK;
  }

  std::string name = "Acme";
  std::vector<std::string> callers;
  std::string traceparent;

 private:
  void Note(const grpc::ServerContext& context) {
    const auto caller = rpc::CallerOf(rpc::IdentityOf(*context.auth_context()),
                                      context.client_metadata());
    callers.push_back(caller.ok() ? caller->ToString() : "refused");
    const auto it = context.client_metadata().find("traceparent");
    if (it != context.client_metadata().end()) {
      traceparent.assign(it->second.data(), it->second.size());
    }
  }
};

constexpr char kAcme[] = "/v1/service-providers/acme";
constexpr char kAll[] = "/v1/service-providers";
const http::Header kJson("Content-Type", "application/json");

class FrontTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.portal = {&portal_};
    Start();
  }

  void Start() {
    OTRP_ASSERT_OK_AND_ASSIGN(front_, Front::Start(options_));
    operator_ = front_->NewClient("otrp://operator/admin");
    nobody_ = front_->NewClient("");
    rpc::Identity alice(rpc::CallerKind::kSp, "acme");
    alice.role = rpc::Role::kDeveloper;
    alice.agent = "member/alice";
    front_->tokens.callers["otrp_alice"] = alice;
  }

  http::Response Send(http::Client& client, const std::string& method,
                      const std::string& target,
                      const std::vector<http::Header>& headers = {},
                      const std::string& body = "") {
    auto response = client.Send(method, front_->Url(target), headers, body);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *std::move(response) : http::Response();
  }

  ServiceProviders portal_;
  Front::Options options_;
  std::unique_ptr<Front> front_;
  std::unique_ptr<http::Client> operator_;
  std::unique_ptr<http::Client> nobody_;
};

TEST_F(FrontTest, ACertificatesHolderIsTheCaller) {
  const http::Response response = Send(*operator_, "GET", kAcme);
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.header("Content-Type"), "application/json");
  EXPECT_THAT(response.body, HasSubstr("\"name\":\"Acme\""));
  EXPECT_THAT(portal_.callers, ::testing::ElementsAre("otrp://operator/admin"));
}

TEST_F(FrontTest, ATokensHolderIsTheCaller) {
  const http::Response response =
      Send(*nobody_, "GET", kAcme, {{"Authorization", "Bearer otrp_alice"}});
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_THAT(portal_.callers,
              ::testing::ElementsAre("otrp://sp/acme/member/alice"));
}

TEST_F(FrontTest, NobodyTalksHimselfIntoACaller) {
  const std::string admin =
      rpc::CallerMessage({rpc::CallerKind::kOperator, "admin"})
          .SerializeAsString();
  const http::Response response =
      Send(*nobody_, "GET", kAcme,
           {{"Authorization", "Bearer otrp_alice"},
            {"otrp-caller-bin", absl::Base64Escape(admin)},
            {"Grpc-Metadata-otrp-caller-bin", absl::Base64Escape(admin)},
            {"X-Forwarded-Client-Cert", "URI=otrp://operator/admin"}});
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_THAT(portal_.callers,
              ::testing::ElementsAre("otrp://sp/acme/member/alice"));
}

TEST_F(FrontTest, WithoutACredentialOrWithABadOneItIs401) {
  for (const auto& headers :
       {std::vector<http::Header>{},
        std::vector<http::Header>{{"Authorization", "Bearer otrp_wrong"}},
        std::vector<http::Header>{{"Authorization", "Basic b3RycA=="}}}) {
    const http::Response response = Send(*nobody_, "GET", kAcme, headers);
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(response.header("WWW-Authenticate"), "Bearer");
    EXPECT_THAT(response.body, HasSubstr("UNAUTHENTICATED"));
  }
  EXPECT_THAT(portal_.callers, IsEmpty());
}

TEST_F(FrontTest, AServicesOrNobodysCertificateIsNoCredential) {
  for (const char* uri :
       {"otrp://service/tsm", "otrp://service/api", "https://example.com",
        "otrp://operator/a,URI:otrp://sp/b"}) {
    const auto client = front_->NewClient(uri);
    EXPECT_EQ(Send(*client, "GET", kAcme).status, 401) << uri;
  }
  EXPECT_THAT(portal_.callers, IsEmpty());
}

TEST_F(FrontTest, ARevokedCertificateIsNoneOverNewAndOpenConnections) {
  for (const char* uri : {"otrp://operator/mallory", "otrp://sp/acme"}) {
    OTRP_ASSERT_OK_AND_ASSIGN(const std::string dir,
                              front_->NewCertificate(uri));
    const auto client = front_->NewClientOf(dir);
    EXPECT_EQ(Send(*client, "GET", kAcme).status, 200) << uri;
    front_->revocations.Add({Front::SerialOf(dir)});
    const http::Response response = Send(*client, "GET", kAcme);
    EXPECT_EQ(response.status, 401) << uri;
    EXPECT_TRUE(absl::StrContains(response.body, "revoked"));
    EXPECT_EQ(Send(*front_->NewClientOf(dir), "GET", kAcme).status, 401) << uri;
    EXPECT_EQ(Send(*front_->NewClient(uri), "GET", kAcme).status, 200) << uri;
  }
  EXPECT_EQ(portal_.callers.size(), 4u);
}

TEST_F(FrontTest, TwoCredentialsAndOneInTheUrlAre400) {
  const http::Header token("Authorization", "Bearer otrp_alice");
  EXPECT_EQ(Send(*operator_, "GET", kAcme, {token}).status, 400);
  const http::Response response =
      Send(*nobody_, "GET", absl::StrCat(kAcme, "?access_token=otrp_alice"),
           {token});
  EXPECT_EQ(response.status, 400);
  EXPECT_FALSE(absl::StrContains(response.body, "otrp_alice"));
  EXPECT_THAT(portal_.callers, IsEmpty());
  EXPECT_EQ(front_->tokens.asked, 0);
}

TEST_F(FrontTest, GuessingTokensEndsAndThePortalIsAskedNoMore) {
  int refused = 0;
  for (int i = 0; i < 60; ++i) {
    const http::Response response =
        Send(*nobody_, "GET", kAcme,
             {{"Authorization", absl::StrCat("Bearer otrp_", i)}});
    if (response.status == 429) {
      ++refused;
      EXPECT_FALSE(response.header("Retry-After").empty());
    } else {
      EXPECT_EQ(response.status, 401);
    }
  }
  EXPECT_EQ(front_->tokens.asked, 20);
  EXPECT_EQ(refused, 40);
  // A certificate isn't guessed.
  EXPECT_EQ(Send(*operator_, "GET", kAcme).status, 200);
}

TEST_F(FrontTest, ACallerOfGoodTokensIsNoGuesser) {
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(
        Send(*nobody_, "GET", kAcme, {{"Authorization", "Bearer otrp_alice"}})
            .status,
        200);
  }
}

TEST_F(FrontTest, OneCallersRequestsHaveARateAndAreTold) {
  options_.caller_requests = 4;
  Start();
  const http::Response first = Send(*operator_, "GET", kAcme);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.header("RateLimit-Policy"), "\"caller\";q=2;w=1");
  EXPECT_EQ(first.header("RateLimit"), "\"caller\";r=1;t=1");
  int refused = 0;
  for (int i = 0; i < 20; ++i) {
    const http::Response response = Send(*operator_, "GET", kAcme);
    if (response.status != 429) continue;
    ++refused;
    EXPECT_THAT(response.body, HasSubstr("RESOURCE_EXHAUSTED"));
    EXPECT_FALSE(response.header("Retry-After").empty());
  }
  EXPECT_GT(refused, 5);
  const auto other = front_->NewClient("otrp://operator/other");
  EXPECT_EQ(Send(*other, "GET", kAcme).status, 200);
}

TEST_F(FrontTest, ErrorsNameTheMemberAndTheRequest) {
  const http::Response response = Send(*operator_, "POST", kAll, {kJson}, "{}");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.header("Content-Type"), "application/problem+json");
  EXPECT_THAT(response.body, HasSubstr("\"field\":\"spid\""));
  EXPECT_THAT(response.body, HasSubstr("\"code\":\"INVALID_ARGUMENT\""));
  EXPECT_THAT(response.body,
              HasSubstr(absl::StrCat("\"request_id\":\"",
                                     response.header("X-Request-Id"), "\"")));
  EXPECT_EQ(Send(*operator_, "GET", "/v1/service-providers/none").status, 404);
}

TEST_F(FrontTest, TheCallersTraceGoesOnAndABadOneDoesNot) {
  const std::string id = "4bf92f3577b34da6a3ce929d0e0e4736";
  http::Response response =
      Send(*operator_, "GET", kAcme,
           {{"traceparent", absl::StrCat("00-", id, "-00f067aa0ba902b7-01")}});
  EXPECT_EQ(response.header("X-Request-Id"), id);
  EXPECT_THAT(portal_.traceparent, HasSubstr(id));
  response = Send(*operator_, "GET", kAcme, {{"traceparent", "00-evil"}});
  EXPECT_EQ(response.header("X-Request-Id").size(), 32u);
  EXPECT_THAT(portal_.traceparent,
              HasSubstr(std::string(response.header("X-Request-Id"))));
}

TEST_F(FrontTest, AnswersHaveSecurityHeadersAndAllowNoOtherOrigin) {
  for (const char* target : {kAcme, "/", "/v1/nothing"}) {
    const http::Response response =
        Send(*operator_, "GET", target, {{"Origin", "https://evil.example"}});
    EXPECT_THAT(std::string(response.header("Content-Security-Policy")),
                HasSubstr("default-src 'none'"));
    EXPECT_EQ(response.header("X-Content-Type-Options"), "nosniff");
    EXPECT_THAT(std::string(response.header("Strict-Transport-Security")),
                HasSubstr("max-age="));
    EXPECT_FALSE(response.header("X-Request-Id").empty());
    EXPECT_FALSE(
        http::HasHeader(response.headers, "Access-Control-Allow-Origin"));
  }
}

TEST_F(FrontTest, TheReferenceIsForEverybodyAndLoadsNothing) {
  const http::Response json = Send(*nobody_, "GET", "/openapi.json");
  EXPECT_EQ(json.status, 200);
  EXPECT_EQ(json.header("Content-Type"), "application/json");
  EXPECT_THAT(json.body, HasSubstr("/v1/service-providers/{spid}"));
  const http::Response page = Send(*nobody_, "GET", "/reference");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(std::string(page.header("Content-Security-Policy")),
              HasSubstr("default-src 'none'"));
  EXPECT_THAT(page.body, HasSubstr("openapi.json"));
  EXPECT_EQ(Send(*nobody_, "GET", "/openapi.json",
                 {{"If-None-Match", std::string(json.header("ETag"))}})
                .status,
            304);
}

TEST_F(FrontTest, EntityTagsSaveAnAnswerAndGuardAChange) {
  const http::Response first = Send(*operator_, "GET", kAcme);
  const http::Header etag("If-None-Match", std::string(first.header("ETag")));
  EXPECT_EQ(Send(*operator_, "GET", kAcme, {etag}).status, 304);
  portal_.name = "Acme AG";
  EXPECT_EQ(Send(*operator_, "GET", kAcme, {etag}).status, 200);
  const http::Header seen(
      "If-Match", std::string(Send(*operator_, "GET", kAll).header("ETag")));
  portal_.name = "Acme SE";
  const size_t before = portal_.callers.size();
  EXPECT_EQ(
      Send(*operator_, "POST", kAll, {kJson, seen}, R"({"spid":"x"})").status,
      412);
  EXPECT_EQ(portal_.callers.size(), before);
  const http::Header now(
      "If-Match", std::string(Send(*operator_, "GET", kAll).header("ETag")));
  EXPECT_EQ(
      Send(*operator_, "POST", kAll, {kJson, now}, R"({"spid":"x"})").status,
      200);
}

TEST_F(FrontTest, HeadOptionsAndOtherMethods) {
  const http::Response head = Send(*operator_, "HEAD", kAcme);
  EXPECT_EQ(head.status, 200);
  EXPECT_THAT(head.body, IsEmpty());
  EXPECT_FALSE(head.header("ETag").empty());
  const http::Response options = Send(*nobody_, "OPTIONS", kAll);
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.header("Allow"), "GET, HEAD, POST, OPTIONS");
  const http::Response wrong = Send(*operator_, "DELETE", kAll);
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("Allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(Send(*operator_, "TRACE", kAll).status, 405);
}

TEST_F(FrontTest, BodiesAreJsonAndBounded) {
  EXPECT_EQ(Send(*operator_, "POST", kAll, {}, R"({"spid":"x"})").status, 415);
  EXPECT_EQ(
      Send(*operator_, "POST", kAll,
           {{"Content-Type", "application/x-www-form-urlencoded"}}, "spid=x")
          .status,
      415);
  EXPECT_EQ(Send(*operator_, "POST", kAll, {kJson}, "{").status, 400);
  EXPECT_EQ(
      Send(*operator_, "POST", kAll, {kJson}, std::string(100000, '[')).status,
      400);
  EXPECT_EQ(
      Send(*operator_, "POST", kAll, {kJson}, R"({"spid":"x","admin":true})")
          .status,
      400);
  EXPECT_THAT(portal_.callers, IsEmpty());
  EXPECT_EQ(Send(*operator_, "POST", kAll, {kJson}, R"({"spid":"x"})").status,
            200);
  EXPECT_EQ(Send(*operator_, "POST", kAll, {kJson},
                 std::string(api::kMaxBodyBytes + 1, ' '))
                .status,
            413);
}

TEST_F(FrontTest, TricksInPathsReachNoService) {
  for (const char* target :
       {"//v1/service-providers/acme", "/v1//service-providers/acme",
        "/v1/service-providers/acme/", "/v1/service-providers/./acme",
        "/v1/service-providers/../service-providers/acme",
        "/v1/service-providers/%2e%2e/acme", "/v1/service-providers/ac%00me",
        "/v1/service-providers/ac%0d%0ame", "/v1/service-providers/%zz",
        "/v1/service-providers/%ff", "/V1/service-providers/acme",
        "/v1/service-providers/acme;x=y/z",
        "/otrp.portal.v1.ServiceProviders/GetServiceProvider"}) {
    const int status = Send(*operator_, "GET", target).status;
    EXPECT_TRUE(status == 400 || status == 404) << target << ": " << status;
  }
  EXPECT_THAT(portal_.callers, IsEmpty());
  // An escaped slash is part of the id, not of the path.
  const http::Response response =
      Send(*operator_, "GET", "/v1/service-providers/a%2Fb");
  EXPECT_THAT(response.body, HasSubstr("\"spid\":\"a/b\""));
}

}  // namespace
}  // namespace otrp

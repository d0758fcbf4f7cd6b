// Idempotency-Key over HTTP: the front, and behind it a service that keeps
// answers in its database.

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/rpc/run.h"
#include "libs/service/audit.h"
#include "libs/service/kept_answers.h"
#include "otrp/portal/v1/access.grpc.pb.h"
#include "services/sp_portal/authz.h"
#include "tests/rest/front.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace {

namespace v1 = ::otrp::portal::v1;
using ::otrp::testing::Front;
using ::testing::HasSubstr;

constexpr char kTokens[] = "/v1/service-providers/acme/tokens";
const http::Header kJson("Content-Type", "application/json");

struct Env {
  const rpc::Guard& guard;
  store::Pool& pool;
  // Names of the tokens that were made.
  std::vector<std::string> made;
  std::function<absl::Status()> before;
};

absl::Status ListTokens(const rpc::CallContext&, Env& env,
                        const v1::ListTokensRequest&,
                        v1::ListTokensResponse& response) {
  for (const std::string& name : env.made) {
    response.add_tokens()->set_name(name);
  }
  return absl::OkStatus();
}

absl::Status CreateToken(const rpc::CallContext& call, Env& env,
                         const v1::CreateTokenRequest& request,
                         v1::CreateTokenResponse& response) {
  if (env.before) OTRP_RETURN_IF_ERROR(env.before());
  if (request.name().empty()) {
    return absl::InvalidArgumentError("name: must be 1 to 200 characters");
  }
  OTRP_RETURN_IF_ERROR(env.pool.Run([&](store::Tx& tx) {
    return store::AppendAudit(tx, service::AuditOf(call, "token.create", "x"));
  }));
  env.made.push_back(request.name());
  response.set_secret(absl::StrCat("otrp_", env.made.size()));
  response.mutable_token()->set_name(request.name());
  return absl::OkStatus();
}

class Tokens final : public v1::Tokens::Service {
 public:
  explicit Tokens(Env& env) : env_(env) {}
  grpc::Status CreateToken(grpc::ServerContext* context,
                           const v1::CreateTokenRequest* request,
                           v1::CreateTokenResponse* response) override {
    return rpc::Run(context, env_, request, response, &otrp::CreateToken);
  }
  grpc::Status ListTokens(grpc::ServerContext* context,
                          const v1::ListTokensRequest* request,
                          v1::ListTokensResponse* response) override {
    return rpc::Run(context, env_, request, response, &otrp::ListTokens);
  }

 private:
  Env& env_;
};

class IdempotencyKeyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Front::Options options;
    options.portal = {&tokens_};
    OTRP_ASSERT_OK_AND_ASSIGN(front_, Front::Start(options));
    acme_ = front_->NewClient("otrp://sp/acme");
  }

  http::Response Send(http::Client& client, const std::string& method,
                      const std::vector<http::Header>& headers,
                      const std::string& body) {
    auto response = client.Send(method, front_->Url(kTokens), headers, body);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *std::move(response) : http::Response();
  }
  http::Response Post(const std::string& key, const std::string& body,
                      const std::vector<http::Header>& more = {}) {
    std::vector<http::Header> headers = {kJson, {"Idempotency-Key", key}};
    headers.insert(headers.end(), more.begin(), more.end());
    return Send(*acme_, "POST", headers, body);
  }

  ::otrp::testing::ServiceDatabase database_{{"portal", ""}};
  service::KeptAnswers answers_{database_.pool(), "kek",
                                crypto::SystemRandom()};
  const rpc::Guard guard_{"sp_portal", portal::Authz(),
                          rpc::Guard::AuditCheck::kEnforce, &answers_};
  Env env_{guard_, database_.pool(), {}, {}};
  Tokens tokens_{env_};
  std::unique_ptr<Front> front_;
  std::unique_ptr<http::Client> acme_;
};

TEST_F(IdempotencyKeyTest, ARetryGetsTheFirstAnswerByteForByte) {
  const http::Response first = Post("k", R"({"name":"ci","role":"owner"})");
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_THAT(first.body, HasSubstr("otrp_1"));
  EXPECT_EQ(first.header("Idempotency-Replayed"), "");
  // However it is written.
  for (const char* body : {R"({"name":"ci","role":"owner"})",
                           R"({"role": "owner", "name": "ci"})"}) {
    const http::Response again = Post("k", body);
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(again.header("Content-Type"), first.header("Content-Type"));
    EXPECT_EQ(again.header("Cache-Control"), "no-store");
  }
  EXPECT_THAT(env_.made, ::testing::SizeIs(1));
}

TEST_F(IdempotencyKeyTest, ARefusalIsReplayedByteForByteToo) {
  const http::Response first = Post("k", "{}");
  ASSERT_EQ(first.status, 400);
  EXPECT_THAT(first.body, HasSubstr("\"field\":\"name\""));
  const http::Response again = Post("k", "{}");
  EXPECT_EQ(again.status, 400);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
  // The retry has its own line in the log.
  EXPECT_NE(again.header("X-Request-Id"), first.header("X-Request-Id"));
}

TEST_F(IdempotencyKeyTest, AnotherRequestUnderTheKeyIs422AndNotDone) {
  ASSERT_EQ(Post("k", R"({"name":"ci"})").status, 200);
  const http::Response other = Post("k", R"({"name":"other"})");
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(other.header("Content-Type"), "application/problem+json");
  EXPECT_THAT(other.body, HasSubstr("/problems/idempotency-key-reused"));
  EXPECT_THAT(env_.made, ::testing::ElementsAre("ci"));
}

TEST_F(IdempotencyKeyTest, WhileTheFirstRunsARetryIs409AndComesAgain) {
  absl::Notification begun;
  absl::Notification may_go_on;
  env_.before = [&] {
    begun.Notify();
    may_go_on.WaitForNotification();
    return absl::OkStatus();
  };
  const auto other = front_->NewClient("otrp://sp/acme");
  std::future<http::Response> first = std::async(std::launch::async, [&] {
    return Send(*other, "POST", {kJson, {"Idempotency-Key", "k"}},
                R"({"name":"ci"})");
  });
  begun.WaitForNotification();
  const http::Response second = Post("k", R"({"name":"ci"})");
  EXPECT_EQ(second.status, 409);
  EXPECT_EQ(second.header("Retry-After"), "1");
  may_go_on.Notify();
  const http::Response done = first.get();
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(Post("k", R"({"name":"ci"})").body, done.body);
  EXPECT_THAT(env_.made, ::testing::SizeIs(1));
}

TEST_F(IdempotencyKeyTest, WhatIsBusyMayBeTriedAgainUnderTheKey) {
  for (const absl::Status& busy :
       {absl::UnavailableError("busy"), absl::ResourceExhaustedError("full"),
        absl::DeadlineExceededError("late")}) {
    env_.before = [&] { return busy; };
    EXPECT_GE(Post("k", R"({"name":"ci"})").status, 429);
  }
  env_.before = nullptr;
  const http::Response done = Post("k", R"({"name":"ci"})");
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.header("Idempotency-Replayed"), "");
}

TEST_F(IdempotencyKeyTest, IfMatchIsNotHeldAgainstTheRetry) {
  const auto etag = [this] {
    return http::Header(
        "If-Match", std::string(Send(*acme_, "GET", {}, "").header("ETag")));
  };
  const http::Header seen = etag();
  const http::Response first = Post("k", R"({"name":"ci"})", {seen});
  ASSERT_EQ(first.status, 200);
  // The first one itself has changed what `seen` names.
  EXPECT_EQ(Post("k", R"({"name":"ci"})", {seen}).body, first.body);
  EXPECT_EQ(Post("l", R"({"name":"ci"})", {seen}).status, 412);
  EXPECT_EQ(Post("l", R"({"name":"ci"})", {etag()}).status, 200);
  EXPECT_THAT(env_.made, ::testing::SizeIs(2));
}

TEST_F(IdempotencyKeyTest, AnothersKeyIsAnother) {
  ASSERT_EQ(Post("k", R"({"name":"ci"})").status, 200);
  for (const char* agent : {"token/tok_1", "member/alice"}) {
    rpc::Identity caller(rpc::CallerKind::kSp, "acme");
    caller.role = rpc::Role::kOwner;
    caller.agent = agent;
    front_->tokens.callers[absl::StrCat("otrp_", &agent[6])] = caller;
  }
  const auto nobody = front_->NewClient("");
  for (const auto& [token, agent] : front_->tokens.callers) {
    const http::Response theirs =
        Send(*nobody, "POST",
             {kJson,
              {"Idempotency-Key", "k"},
              {"Authorization", absl::StrCat("Bearer ", token)}},
             R"({"name":"ci"})");
    EXPECT_EQ(theirs.status, 200) << theirs.body;
    EXPECT_EQ(theirs.header("Idempotency-Replayed"), "");
  }
  EXPECT_THAT(env_.made, ::testing::SizeIs(3));
}

TEST_F(IdempotencyKeyTest, OddKeysAre400AndNothingIsDone) {
  for (const std::string& key :
       {std::string(), std::string(256, 'k'), std::string("caf\xc3\xa9")}) {
    const http::Response response = Post(key, R"({"name":"ci"})");
    EXPECT_EQ(response.status, 400);
    EXPECT_THAT(response.body, HasSubstr("Idempotency-Key: must be 1 to 255"));
  }
  EXPECT_THAT(env_.made, ::testing::IsEmpty());
}

// Else whoever sends the same key and words would get the code or token.
TEST_F(IdempotencyKeyTest, WhoHasNoCredentialHasNoKeys) {
  const auto nobody = front_->NewClient("");
  for (const char* path : {"/v1/registrations", "/v1/invitations:accept"}) {
    const auto response = nobody->Send("POST", front_->Url(path),
                                       {kJson, {"Idempotency-Key", "1"}}, "{}");
    OTRP_ASSERT_OK(response.status());
    EXPECT_EQ(response->status, 400) << path;
    EXPECT_THAT(response->body, HasSubstr("Idempotency-Key"));
  }
}

TEST_F(IdempotencyKeyTest, ReadsTakeNoNoticeOfIt) {
  const http::Header key("Idempotency-Key", "k");
  EXPECT_EQ(Send(*acme_, "GET", {key}, "").status, 200);
  ASSERT_EQ(Post("k", R"({"name":"ci"})").status, 200);
  EXPECT_THAT(Send(*acme_, "GET", {key}, "").body, HasSubstr("ci"));
}

}  // namespace
}  // namespace otrp

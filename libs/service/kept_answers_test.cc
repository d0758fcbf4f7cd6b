// Requests under a key to a server with a database, over mutual TLS.

#include "libs/service/kept_answers.h"

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/delegation.h"
#include "libs/rpc/run.h"
#include "libs/rpc/server.h"
#include "libs/service/audit.h"
#include "otrp/portal/v1/access.grpc.pb.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp {
namespace service {
namespace {

namespace v1 = ::otrp::portal::v1;
using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::otrp::testing::TestTls;
using ::testing::HasSubstr;
using Kind = rpc::KeyOutcome::Kind;

constexpr char kMethod[] = "otrp.portal.v1.Tokens.CreateToken";
constexpr char kAlice[] = "otrp://operator/alice";
constexpr store::KeyRules kNoLease = {store::kKeepIdempotencyKeys,
                                      absl::ZeroDuration()};

struct Env {
  Env(const rpc::Guard& of_guard, store::Pool& of_pool)
      : guard(of_guard), pool(of_pool) {}

  const rpc::Guard& guard;
  store::Pool& pool;
  // How often the handler was there.
  std::atomic<int> called{0};
  // Instead of acting, and after it.
  absl::Status before;
  absl::Status after;
  // The handler tells that it has begun, and waits.
  absl::Notification* begun = nullptr;
  absl::Notification* may_go_on = nullptr;
  // Just before it acts.
  std::function<void()> on_act = [] {};
};

// Gives a new secret each time that it really acts.
absl::Status Create(const rpc::CallContext& call, Env& env,
                    const v1::CreateTokenRequest& request,
                    v1::CreateTokenResponse& response) {
  const int number = ++env.called;
  if (env.begun != nullptr) {
    std::exchange(env.begun, nullptr)->Notify();
    env.may_go_on->WaitForNotification();
  }
  OTRP_RETURN_IF_ERROR(env.before);
  std::exchange(env.on_act, [] {})();
  OTRP_RETURN_IF_ERROR(env.pool.Run([&](store::Tx& tx) {
    return store::AppendAudit(tx, AuditOf(call, "token.create", "it"));
  }));
  response.set_secret(absl::StrCat("otrp_s3cret_", number));
  response.mutable_token()->set_name(request.name());
  return env.after;
}

class Tokens final : public v1::Tokens::Service {
 public:
  explicit Tokens(Env& env) : env_(env) {}
  grpc::Status CreateToken(grpc::ServerContext* context,
                           const v1::CreateTokenRequest* request,
                           v1::CreateTokenResponse* response) override {
    return rpc::Run(context, env_, request, response, &Create);
  }

 private:
  Env& env_;
};

class KeptAnswersTest : public ::testing::Test {
 protected:
  struct Outcome {
    absl::Status status;
    v1::CreateTokenResponse response;
    rpc::KeyOutcome key;
  };

  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(tls_, TestTls::Create());
    Start({}, "kek");
  }

  // The process with another configuration.
  void Start(store::KeyRules rules, absl::string_view kek,
             absl::string_view previous_kek = "") {
    server_.reset();
    answers_ = std::make_unique<KeptAnswers>(
        database_.pool(), kek, crypto::SystemRandom(), rules, previous_kek);
    guard_ = std::make_unique<rpc::Guard>(
        "sp_portal", table_, rpc::Guard::AuditCheck::kReport, answers_.get());
    env_ = std::make_unique<Env>(*guard_, database_.pool());
    tokens_ = std::make_unique<Tokens>(*env_);
    rpc::Server::Options options;
    options.listen = "127.0.0.1:0";
    OTRP_ASSERT_OK_AND_ASSIGN(options.tls_dir,
                              tls_->Issue("otrp://service/sp_portal"));
    options.guard = guard_.get();
    OTRP_ASSERT_OK_AND_ASSIGN(server_,
                              rpc::Server::Start(options, {tokens_.get()}));
  }

  Outcome Call(const std::string& key, const std::string& name = "ci",
               const std::string& uri = kAlice,
               const rpc::CallOptions& given = {}) {
    rpc::CallOptions options = given;
    options.key.key = key;
    Outcome outcome;
    const auto dir = tls_->Issue(uri);
    EXPECT_THAT(dir, testing::IsOk());
    const auto channel = rpc::CreateChannel(
        {absl::StrCat("127.0.0.1:", server_->port()), "sp_portal", *dir});
    EXPECT_THAT(channel, testing::IsOk());
    v1::CreateTokenRequest request;
    request.set_name(name);
    grpc::ClientContext context;
    rpc::Prepare(options, &context);
    outcome.status =
        rpc::FromGrpcStatus(v1::Tokens::NewStub(*channel)->CreateToken(
            &context, request, &outcome.response));
    outcome.key = rpc::OutcomeOf(context);
    return outcome;
  }

  // All that the database holds of keys, with octets in hex.
  std::string Rows() {
    std::string all;
    const auto rows =
        database_.superuser().Query("SELECT k::text FROM idempotency_key AS k");
    EXPECT_THAT(rows, testing::IsOk());
    for (store::Row row : *rows) absl::StrAppend(&all, row.Raw(0), "\n");
    return all;
  }

  const rpc::AuthzTable table_{{{kMethod,
                                 rpc::Effect::kMutates,
                                 {rpc::Allow::Operators(), rpc::Allow::Sps(),
                                  rpc::Allow::Service("api")}}}};
  ::otrp::testing::ServiceDatabase database_{{"portal", ""}};
  std::unique_ptr<TestTls> tls_;
  std::unique_ptr<KeptAnswers> answers_;
  std::unique_ptr<rpc::Guard> guard_;
  std::unique_ptr<Env> env_;
  std::unique_ptr<Tokens> tokens_;
  std::unique_ptr<rpc::Server> server_;
};

TEST_F(KeptAnswersTest, TheSameRequestIsDoneOnceAndAnsweredTheSame) {
  rpc::CallOptions traced;
  traced.traceparent =
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const Outcome first = Call("k", "ci", kAlice, traced);
  OTRP_ASSERT_OK(first.status);
  EXPECT_EQ(first.key.kind, Kind::kNone);
  const Outcome again = Call("k");
  OTRP_ASSERT_OK(again.status);
  EXPECT_EQ(again.key.kind, Kind::kReplayed);
  EXPECT_EQ(again.key.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(again.response.SerializeAsString(),
            first.response.SerializeAsString());
  EXPECT_EQ(env_->called, 1);
  EXPECT_EQ(database_.AuditActions().size(), 1u);
}

TEST_F(KeptAnswersTest, WithoutAKeyOrWithAnotherItIsDoneAgain) {
  for (const char* key : {"", "", "k", "l"}) OTRP_EXPECT_OK(Call(key).status);
  EXPECT_EQ(env_->called, 4);
}

TEST_F(KeptAnswersTest, AnotherRequestUnderTheKeyIsRefused) {
  OTRP_ASSERT_OK(Call("k").status);
  const Outcome other = Call("k", "other");
  EXPECT_THAT(other.status, StatusIs(absl::StatusCode::kAlreadyExists,
                                     HasSubstr("Idempotency-Key: ")));
  EXPECT_EQ(other.key.kind, Kind::kOtherRequest);
  EXPECT_EQ(env_->called, 1);
}

TEST_F(KeptAnswersTest, NobodyGetsAnothersAnswer) {
  OTRP_ASSERT_OK(Call("k").status);
  rpc::Identity token(rpc::CallerKind::kSp, "acme");
  token.role = rpc::Role::kOwner;
  for (const char* agent : {"token/tok_1", "token/tok_2"}) {
    rpc::CallOptions options;
    token.agent = agent;
    options.caller = token;
    const Outcome theirs = Call("k", "ci", "otrp://service/api", options);
    OTRP_ASSERT_OK(theirs.status);
    EXPECT_EQ(theirs.key.kind, Kind::kNone) << agent;
  }
  EXPECT_EQ(Call("k", "ci", "otrp://operator/bob").key.kind, Kind::kNone);
  EXPECT_EQ(env_->called, 4);
}

TEST_F(KeptAnswersTest, WhoHasNoIdentityHasNoKeys) {
  EXPECT_THAT(Call("k", "ci", "otrp://service/api").status,
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("Idempotency-Key: ")));
  EXPECT_EQ(env_->called, 0);
}

TEST_F(KeptAnswersTest, AKeyIsNoWayPastTheTable) {
  EXPECT_THAT(Call("k", "ci", "otrp://auditor/eve").status,
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_EQ(Rows(), "");
}

TEST_F(KeptAnswersTest, WhileTheFirstRunsTheNextIsToldToWait) {
  absl::Notification begun;
  absl::Notification may_go_on;
  env_->begun = &begun;
  env_->may_go_on = &may_go_on;
  std::future<Outcome> first =
      std::async(std::launch::async, [this] { return Call("k"); });
  begun.WaitForNotification();
  const Outcome second = Call("k");
  EXPECT_THAT(second.status, StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(second.key.kind, Kind::kRunning);
  may_go_on.Notify();
  OTRP_EXPECT_OK(first.get().status);
  EXPECT_EQ(Call("k").key.kind, Kind::kReplayed);
  EXPECT_EQ(env_->called, 1);
}

TEST_F(KeptAnswersTest, ARefusalIsAnAnswerTooAndTroubleIsNone) {
  for (const absl::Status& status :
       {absl::InvalidArgumentError("name: must be shorter"),
        absl::NotFoundError("x"), absl::FailedPreconditionError("x")}) {
    const std::string key = absl::StrCat("final", status.ToString());
    env_->before = status;
    EXPECT_EQ(Call(key).status.code(), status.code());
    env_->before = absl::OkStatus();
    const Outcome again = Call(key);
    EXPECT_EQ(again.status, status);
    EXPECT_EQ(again.key.kind, Kind::kReplayed);
  }
  for (const absl::Status& status :
       {absl::UnavailableError("x"), absl::ResourceExhaustedError("x"),
        absl::DeadlineExceededError("x"), absl::AbortedError("x"),
        absl::InternalError("x")}) {
    const std::string key = absl::StrCat("trouble", status.ToString());
    env_->before = status;
    EXPECT_EQ(Call(key).status.code(), status.code());
    env_->before = absl::OkStatus();
    const Outcome again = Call(key);
    OTRP_EXPECT_OK(again.status);
    EXPECT_EQ(again.key.kind, Kind::kNone);
  }
}

// The process dies, or loses its database, between the deed and the answer.
TEST_F(KeptAnswersTest, WhatWasDoneIsNotDoneAgainThoughItsAnswerIsLost) {
  Start(kNoLease, "kek");
  env_->after = absl::UnavailableError("the answer got lost");
  EXPECT_FALSE(Call("k").status.ok());
  env_->after = absl::OkStatus();
  EXPECT_THAT(Call("k").status, StatusIs(absl::StatusCode::kAlreadyExists,
                                         HasSubstr("was carried out")));
  EXPECT_EQ(env_->called, 1);
  EXPECT_EQ(database_.AuditActions().size(), 1u);
}

TEST_F(KeptAnswersTest, OfACommitWithoutAnswerTheDatabaseKnowsWhatBecame) {
  using Loss = ::otrp::testing::PostgresProxy::Loss;
  Start(kNoLease, "kek");
  // Once it was done and once it wasn't; both look the same to the handler.
  for (const Loss loss : {Loss::kAnswer, Loss::kRequest}) {
    const std::string key = absl::StrCat("k", static_cast<int>(loss));
    const size_t before = database_.AuditActions().size();
    env_->on_act = [this, loss] { database_.proxy().LoseNextCommit(loss); };
    const Outcome first = Call(key);
    EXPECT_THAT(first.status, StatusIs(absl::StatusCode::kUnknown));
    const Outcome second = Call(key);
    EXPECT_EQ(second.status.ok(), loss == Loss::kRequest) << second.status;
    EXPECT_EQ(database_.AuditActions().size(), before + 1);
  }
}

TEST_F(KeptAnswersTest, ADeadTryIsTakenOverAndASlowOneIsStopped) {
  Start(kNoLease, "kek");
  absl::Notification begun;
  absl::Notification may_go_on;
  env_->begun = &begun;
  env_->may_go_on = &may_go_on;
  std::future<Outcome> slow =
      std::async(std::launch::async, [this] { return Call("k"); });
  begun.WaitForNotification();
  const Outcome second = Call("k");
  OTRP_EXPECT_OK(second.status);
  may_go_on.Notify();
  EXPECT_THAT(slow.get().status, StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(database_.AuditActions().size(), 1u);
  EXPECT_EQ(Call("k").response.secret(), second.response.secret());
}

TEST_F(KeptAnswersTest, NeitherKeysNorSecretsLieInTheDatabase) {
  const std::string key = "the-clients-own-key";
  const std::string secret = Call(key).response.secret();
  ASSERT_THAT(secret, HasSubstr("s3cret"));
  const std::string rows = Rows();
  ASSERT_THAT(rows, HasSubstr(kAlice));
  for (const std::string& hidden : {key, secret, std::string("s3cret")}) {
    EXPECT_FALSE(absl::StrContains(rows, hidden));
    EXPECT_FALSE(absl::StrContains(rows, absl::BytesToHexString(hidden)));
  }
  EXPECT_EQ(Call(key).response.secret(), secret);
}

// Who has the database and guesses the client's key.
TEST_F(KeptAnswersTest, WithoutTheServicesKeyAnAnswerDoesNotOpen) {
  OTRP_ASSERT_OK(Call("1").status);
  Start({}, "another kek");
  const Outcome again = Call("1");
  EXPECT_THAT(again.status, StatusIs(absl::StatusCode::kAlreadyExists,
                                     HasSubstr("the answer is lost")));
  EXPECT_EQ(again.response.secret(), "");
  EXPECT_EQ(env_->called, 0);
}

// While the service's key is replaced, over a restart on either side.
TEST_F(KeptAnswersTest, WhatTheKeyBeforeSealedIsStillTheAnswer) {
  const Outcome first = Call("1");
  OTRP_ASSERT_OK(first.status);
  Start({}, "another kek", "kek");
  const Outcome again = Call("1");
  OTRP_ASSERT_OK(again.status);
  EXPECT_EQ(again.response.secret(), first.response.secret());
  const Outcome second = Call("2");
  OTRP_ASSERT_OK(second.status);
  Start({}, "kek", "another kek");
  EXPECT_EQ(Call("2").response.secret(), second.response.secret());
  EXPECT_EQ(env_->called, 0);
}

// With the services' key and the database, but not the client's.
TEST_F(KeptAnswersTest, WithoutTheClientsKeyAnAnswerDoesNotOpen) {
  OTRP_ASSERT_OK(Call("mine").status);
  OTRP_ASSERT_OK(Call("yours", "other").status);
  OTRP_ASSERT_OK(database_.superuser()
                     .ExecOnce("UPDATE idempotency_key SET response = (SELECT "
                               "response FROM idempotency_key WHERE key = "
                               "encode(sha256('yours'), 'hex'))")
                     .status());
  const Outcome again = Call("mine");
  EXPECT_THAT(again.status, StatusIs(absl::StatusCode::kAlreadyExists,
                                     HasSubstr("the answer is lost")));
}

TEST_F(KeptAnswersTest, WithoutADatabaseNothingIsDone) {
  database_.proxy().SetReachable(false);
  EXPECT_THAT(Call("k").status, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(env_->called, 0);
  database_.proxy().SetReachable(true);
}

TEST_F(KeptAnswersTest, WhoAsksForTheAnswerAloneHasNothingDone) {
  rpc::CallOptions only;
  only.key.only_replay = true;
  EXPECT_THAT(Call("k", "ci", kAlice, only).status,
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(env_->called, 0);
  OTRP_ASSERT_OK(Call("k").status);
  EXPECT_EQ(Call("k", "ci", kAlice, only).key.kind, Kind::kReplayed);
}

}  // namespace
}  // namespace service
}  // namespace otrp

// A server and clients over real mutual TLS, in one process.

#include "libs/rpc/server.h"

#include <future>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "libs/base/files.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/run.h"
#include "libs/telemetry/metrics.h"
#include "otrp/common/v1/common.grpc.pb.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp {
namespace rpc {
namespace {

namespace pb = ::otrp::common::v1;
using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::otrp::testing::TestTls;
using ::testing::HasSubstr;
using ::testing::Not;

struct Env {
  const Guard& guard;
  // What the handlers do.
  int audit_records = 0;
  absl::Status result;
  // What they saw.
  std::string seen_caller;
  std::string seen_trace;
  std::string seen_peer;
  bool had_deadline = false;
};

absl::Status List(const CallContext& call, Env& env,
                  const pb::ListAuditEventsRequest& request,
                  pb::ListAuditEventsResponse& response) {
  env.seen_caller = call.caller().ToString();
  env.seen_trace = call.trace_id();
  env.had_deadline = call.deadline() != absl::InfiniteFuture();
  response.set_next_page_token(request.page_token());
  return env.result;
}

// Stands for a mutating method.
absl::Status Verify(const CallContext& call, Env& env,
                    const pb::VerifyAuditLogRequest&,
                    pb::VerifyAuditLogResponse&) {
  for (int i = 0; i < env.audit_records; ++i) call.NoteAuditRecord();
  if (env.audit_records < 0) call.Changed(false);
  return env.result;
}

class FakeService : public pb::AuditLog::Service {
 public:
  explicit FakeService(Env& env) : env_(env) {}
  grpc::Status ListAuditEvents(grpc::ServerContext* context,
                               const pb::ListAuditEventsRequest* request,
                               pb::ListAuditEventsResponse* response) override {
    env_.seen_peer = context->peer();
    return Run(context, env_, request, response, &List);
  }
  grpc::Status VerifyAuditLog(grpc::ServerContext* context,
                              const pb::VerifyAuditLogRequest* request,
                              pb::VerifyAuditLogResponse* response) override {
    return Run(context, env_, request, response, &Verify);
  }

 private:
  Env& env_;
};

const AuthzTable& Table() {
  static const auto* table = new AuthzTable({
      {"otrp.common.v1.AuditLog.ListAuditEvents",
       Effect::kReads,
       {Allow::Operators(), Allow::Service("tsm")}},
      {"otrp.common.v1.AuditLog.VerifyAuditLog",
       Effect::kMutates,
       {Allow::Operators()}},
  });
  return *table;
}

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(tls_, TestTls::Create());
    OTRP_ASSERT_OK_AND_ASSIGN(server_dir_, tls_->Issue("otrp://service/ca"));
    Server::Options options;
    options.listen = "127.0.0.1:0";
    options.tls_dir = server_dir_;
    options.guard = &guard_;
    options.tls_refresh = absl::Seconds(1);
    OTRP_ASSERT_OK_AND_ASSIGN(server_, Server::Start(options, {&service_}));
  }

  std::shared_ptr<grpc::Channel> Connect(const std::string& dir,
                                         const std::string& service = "ca") {
    auto channel = CreateChannel(
        {absl::StrCat("127.0.0.1:", server_->port()), service, dir});
    EXPECT_THAT(channel, IsOk());
    return channel.ok() ? *channel : nullptr;
  }

  std::shared_ptr<grpc::Channel> ConnectAs(const std::string& uri) {
    auto dir = tls_->Issue(uri);
    EXPECT_THAT(dir, IsOk());
    return dir.ok() ? Connect(*dir) : nullptr;
  }

  static absl::StatusOr<pb::ListAuditEventsResponse> CallList(
      const std::shared_ptr<grpc::Channel>& channel,
      const CallOptions& options = {}) {
    pb::ListAuditEventsRequest request;
    request.set_page_token("echo");
    return Call<pb::ListAuditEventsResponse>(
        *pb::AuditLog::NewStub(channel), &pb::AuditLog::Stub::ListAuditEvents,
        request, options);
  }

  static absl::Status CallVerify(
      const std::shared_ptr<grpc::Channel>& channel) {
    return Call<pb::VerifyAuditLogResponse>(*pb::AuditLog::NewStub(channel),
                                            &pb::AuditLog::Stub::VerifyAuditLog,
                                            pb::VerifyAuditLogRequest())
        .status();
  }

  // A call by path, with an empty request.
  static absl::Status CallPath(const std::shared_ptr<grpc::Channel>& channel,
                               const std::string& path) {
    grpc::ClientContext context;
    Prepare({}, &context);
    grpc::GenericStub stub(channel);
    grpc::CompletionQueue queue;
    const grpc::Slice empty;
    auto call = stub.PrepareUnaryCall(&context, path,
                                      grpc::ByteBuffer(&empty, 1), &queue);
    call->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    call->Finish(&response, &status, nullptr);
    void* tag;
    bool ok;
    queue.Next(&tag, &ok);
    return FromGrpcStatus(status);
  }

  Guard guard_{"ca", Table(), Guard::AuditCheck::kEnforce};
  Env env_{guard_, 0, absl::OkStatus(), "", "", "", false};
  FakeService service_{env_};
  std::unique_ptr<TestTls> tls_;
  std::string server_dir_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, TheCallerIsWhoTheCertificateSays) {
  auto channel = ConnectAs("otrp://operator/alice");
  CallOptions options;
  options.traceparent =
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  OTRP_ASSERT_OK_AND_ASSIGN(auto response, CallList(channel, options));
  EXPECT_EQ(response.next_page_token(), "echo");
  EXPECT_EQ(env_.seen_caller, "otrp://operator/alice");
  EXPECT_EQ(env_.seen_trace, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_TRUE(env_.had_deadline);
}

TEST_F(ServerTest, AnAsyncCallGivesWhatACallGives) {
  const auto stub = pb::AuditLog::NewStub(ConnectAs("otrp://operator/alice"));
  const auto call = [&](const CallOptions& options) {
    pb::ListAuditEventsRequest request;
    request.set_page_token("echo");
    std::promise<absl::StatusOr<pb::ListAuditEventsResponse>> result;
    CallAsync(*stub->async(),
              &pb::AuditLog::StubInterface::async_interface::ListAuditEvents,
              std::move(request), options,
              [&result](absl::StatusOr<pb::ListAuditEventsResponse> response) {
                result.set_value(std::move(response));
              });
    return result.get_future().get();
  };
  CallOptions options;
  options.traceparent =
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  OTRP_ASSERT_OK_AND_ASSIGN(auto response, call(options));
  EXPECT_EQ(response.next_page_token(), "echo");
  EXPECT_EQ(env_.seen_trace, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_TRUE(env_.had_deadline);

  env_.result = absl::NotFoundError("no such sp");
  EXPECT_THAT(call({}), StatusIs(absl::StatusCode::kNotFound, "no such sp"));
  options.timeout = -absl::Seconds(1);
  EXPECT_THAT(call(options), StatusIs(absl::StatusCode::kDeadlineExceeded));
  server_->Shutdown(absl::Seconds(1));
  EXPECT_THAT(call({}), StatusIs(absl::StatusCode::kUnavailable));
}

// gRPC's threads can't wait for themselves: the last reference to a channel
// must not be given up on one of them.
TEST_F(ServerTest, ACallsHoldOnItsChannelEndsBeforeItsAnswerIsTold) {
  const auto channel = ConnectAs("otrp://operator/alice");
  const auto stub = pb::AuditLog::NewStub(channel);
  const long before = channel.use_count();
  std::promise<long> told;
  CallAsync(*stub->async(),
            &pb::AuditLog::StubInterface::async_interface::ListAuditEvents,
            pb::ListAuditEventsRequest(), CallOptions(),
            [&](absl::StatusOr<pb::ListAuditEventsResponse> response) {
              OTRP_EXPECT_OK(response);
              told.set_value(channel.use_count());
            });
  EXPECT_EQ(told.get_future().get(), before);
}

// Over real connections: the door and the frame agree on who calls.
TEST_F(ServerTest, OnlyTheFrontCallsForSomebodyElse) {
  Identity eve;
  eve.kind = CallerKind::kOperator;
  eve.name = "eve";
  eve.role = Role::kOperator;
  eve.agent = "token/t1";
  CallOptions options;
  options.caller = eve;
  const auto list = [&](const std::string& uri) {
    const auto stub = pb::AuditLog::NewStub(ConnectAs(uri));
    return Call<pb::ListAuditEventsResponse>(
               *stub, &pb::AuditLog::Stub::ListAuditEvents,
               pb::ListAuditEventsRequest(), options)
        .status();
  };
  EXPECT_THAT(list("otrp://service/api"), IsOk());
  EXPECT_EQ(env_.seen_caller, "otrp://operator/eve/token/t1");
  env_.seen_caller.clear();
  for (const char* other :
       {"otrp://service/tsm", "otrp://operator/api", "otrp://sp/acme"}) {
    EXPECT_THAT(list(other), StatusIs(absl::StatusCode::kPermissionDenied))
        << other;
  }
  // Who may not call may not be called for.
  options.caller->kind = CallerKind::kSp;
  options.caller->role = Role::kOwner;
  EXPECT_THAT(list("otrp://service/api"),
              StatusIs(absl::StatusCode::kPermissionDenied));
  // The front itself isn't in the table.
  options.caller.reset();
  EXPECT_THAT(list("otrp://service/api"),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_EQ(env_.seen_caller, "");
}

TEST_F(ServerTest, WhoMayNotCallIsTurnedAwayBeforeTheHandler) {
  for (const char* uri :
       {"otrp://sp/bank", "otrp://auditor/bob", "otrp://service/ca", "",
        "otrp://operator/", "https://operator/alice",
        // Two identities: nobody's choice.
        "otrp://operator/alice,URI:otrp://sp/bank"}) {
    EXPECT_THAT(CallList(ConnectAs(uri)),
                StatusIs(absl::StatusCode::kPermissionDenied))
        << uri;
  }
  EXPECT_EQ(env_.seen_caller, "");
}

TEST_F(ServerTest, MethodsOutsideTheTableAreDeniedNotUnimplemented) {
  EXPECT_THAT(CallPath(ConnectAs("otrp://operator/alice"),
                       "/otrp.common.v1.AuditLog/NoSuch"),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_F(ServerTest, HealthIsForAllReflectionForOperators) {
  const std::string health = "/grpc.health.v1.Health/Check";
  const std::string reflection =
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
  EXPECT_THAT(CallPath(ConnectAs("otrp://sp/bank"), health), IsOk());
  EXPECT_THAT(CallPath(ConnectAs(""), health),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(CallPath(ConnectAs("otrp://sp/bank"), reflection),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(CallPath(ConnectAs("otrp://operator/a"), reflection),
              Not(StatusIs(absl::StatusCode::kPermissionDenied)));
}

TEST_F(ServerTest, AnotherRootsCertificatesDoNotGetIn) {
  OTRP_ASSERT_OK_AND_ASSIGN(auto other, TestTls::Create());
  OTRP_ASSERT_OK_AND_ASSIGN(std::string dir,
                            other->Issue("otrp://operator/alice"));
  OTRP_ASSERT_OK_AND_ASSIGN(std::string ours,
                            tls_->Issue("otrp://operator/alice"));
  // The client trusts the server: whoever refuses is the server.
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string root,
                            ReadWholeFile(ours + "/ca.pem"));
  OTRP_ASSERT_OK(WriteFileAtomically(dir + "/ca.pem", root, 0600));
  EXPECT_THAT(CallList(Connect(dir)), StatusIs(absl::StatusCode::kUnavailable));
  OTRP_EXPECT_OK(CallList(Connect(ours)));
}

TEST_F(ServerTest, AServerOfAnotherNameIsNotTalkedTo) {
  OTRP_ASSERT_OK_AND_ASSIGN(std::string dir,
                            tls_->Issue("otrp://operator/alice"));
  EXPECT_THAT(CallList(Connect(dir, "tsm")),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(ServerTest, HandlerErrorsReachTheCallerStripped) {
  auto channel = ConnectAs("otrp://operator/alice");
  env_.result = absl::NotFoundError("no such sp");
  EXPECT_THAT(CallList(channel),
              StatusIs(absl::StatusCode::kNotFound, "no such sp"));
  env_.result = absl::InternalError("SELECT secret");
  EXPECT_THAT(CallList(channel),
              StatusIs(absl::StatusCode::kInternal, Not(HasSubstr("secret"))));
}

TEST_F(ServerTest, AMutationLeavesExactlyOneAuditRecord) {
  auto channel = ConnectAs("otrp://operator/alice");
  struct Case {
    int records;
    bool fine;
  };
  for (const Case& c :
       {Case{1, true}, Case{0, false}, Case{2, false}, Case{-1, true}}) {
    env_.audit_records = c.records;
    EXPECT_EQ(CallVerify(channel).ok(), c.fine) << c.records;
  }
  // A refused call needs none.
  env_.audit_records = 0;
  env_.result = absl::InvalidArgumentError("x");
  EXPECT_THAT(CallVerify(channel),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ServerTest, CallsAreCounted) {
  OTRP_ASSERT_OK(CallList(ConnectAs("otrp://operator/alice")));
  EXPECT_THAT(telemetry::Default().Serialize(),
              HasSubstr("otrp.common.v1.AuditLog.ListAuditEvents"));
}

TEST_F(ServerTest, NewCertificatesAreTakenUpWhileRunning) {
  // The server's new certificate has another name: what the client accepts
  // shows which one is in use.
  OTRP_ASSERT_OK_AND_ASSIGN(std::string dir,
                            tls_->Issue("otrp://operator/alice"));
  OTRP_ASSERT_OK(CallList(Connect(dir, "ca")));
  OTRP_ASSERT_OK(tls_->Reissue(server_dir_, "otrp://service/renamed"));
  bool taken_up = false;
  for (int i = 0; i < 50 && !taken_up; ++i) {
    absl::SleepFor(absl::Milliseconds(200));
    taken_up = CallList(Connect(dir, "renamed")).ok();
  }
  EXPECT_TRUE(taken_up);
}

TEST_F(ServerTest, ConnectionsEndInTimeAndNoCallIsLost) {
  Server::Options options;
  options.listen = "127.0.0.1:0";
  options.tls_dir = server_dir_;
  options.guard = &guard_;
  options.max_connection_age = absl::Milliseconds(300);
  FakeService service(env_);
  server_.reset();
  OTRP_ASSERT_OK_AND_ASSIGN(server_, Server::Start(options, {&service}));
  auto channel = ConnectAs("otrp://operator/alice");
  std::set<std::string> connections;
  const absl::Time end = absl::Now() + absl::Seconds(3);
  while (absl::Now() < end) {
    OTRP_ASSERT_OK(CallList(channel));
    connections.insert(env_.seen_peer);
  }
  EXPECT_GT(connections.size(), 3u);
}

TEST_F(ServerTest, ShutdownLetsNobodyIn) {
  auto channel = ConnectAs("otrp://operator/alice");
  OTRP_ASSERT_OK(CallList(channel));
  server_->Shutdown(absl::Seconds(1));
  EXPECT_THAT(CallList(channel), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(ServerTest, StartNamesWhatIsWrong) {
  Server::Options options;
  options.guard = &guard_;
  options.tls_dir = server_dir_;
  EXPECT_THAT(
      Server::Start(options, {}).status(),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("listen")));
  options.listen = absl::StrCat("127.0.0.1:", server_->port());
  EXPECT_THAT(
      Server::Start(options, {}).status(),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr(options.listen)));
  options.tls_dir = "/nowhere";
  EXPECT_THAT(Server::Start(options, {}).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("/nowhere/cert.pem")));
}

}  // namespace
}  // namespace rpc
}  // namespace otrp

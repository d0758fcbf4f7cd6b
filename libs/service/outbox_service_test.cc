// The RPCs about an outbox, against a real PostgreSQL.

#include "libs/service/outbox_service.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/guard.h"
#include "libs/rpc/server.h"
#include "libs/store/outbox.h"
#include "otrp/common/v1/outbox.grpc.pb.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp {
namespace service {
namespace {

namespace v1 = ::otrp::common::v1;
using ::otrp::testing::StatusIs;
using ::otrp::testing::TestTls;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class OutboxServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(tls_, TestTls::Create());
    service_ = NewOutboxService(guard_, database_.pool());
    rpc::Server::Options options;
    options.listen = "127.0.0.1:0";
    options.guard = &guard_;
    OTRP_ASSERT_OK_AND_ASSIGN(options.tls_dir,
                              tls_->Issue("otrp://service/sp_portal"));
    OTRP_ASSERT_OK_AND_ASSIGN(server_,
                              rpc::Server::Start(options, {service_.get()}));
    alice_ = ChannelOf("otrp://operator/alice");
  }

  std::shared_ptr<grpc::Channel> ChannelOf(const std::string& who) {
    auto dir = tls_->Issue(who);
    EXPECT_TRUE(dir.ok()) << dir.status();
    auto channel = rpc::CreateChannel(
        {absl::StrCat("127.0.0.1:", server_->port()), "sp_portal", *dir});
    EXPECT_TRUE(channel.ok()) << channel.status();
    return *channel;
  }

  // A message, tried in vain: parked where it was refused.
  int64_t Put(const std::string& event, bool tried) {
    store::OutboxMessage message;
    message.event_id = event;
    message.lane = "bank";
    message.topic = "tsm.catalog";
    message.type = "otrp.catalog.version_released";
    message.content_type = "application/protobuf";
    message.key = "bank/app";
    message.payload = "a secret of the bank";
    int64_t id = 0;
    EXPECT_TRUE(database_.pool()
                    .Run([&](store::Tx& tx) -> absl::Status {
                      OTRP_ASSIGN_OR_RETURN(id, store::Enqueue(tx, message));
                      return absl::OkStatus();
                    })
                    .ok());
    if (!tried) return id;
    EXPECT_TRUE(database_.pool()
                    .ExecOnce("UPDATE outbox SET attempts = 1, failures = 1, "
                              "last_error = 'INVALID_ARGUMENT: no', parked_at "
                              "= now() WHERE id = $1",
                              id)
                    .ok());
    return id;
  }

  template <typename Response, typename Rpc, typename Request>
  absl::StatusOr<Response> Call(Rpc rpc, const Request& request) {
    return rpc::Call<Response>(*v1::Outbox::NewStub(alice_), rpc, request);
  }

  absl::StatusOr<v1::OutboxMessage> Get(int64_t id) {
    v1::GetOutboxMessageRequest request;
    request.set_id(id);
    OTRP_ASSIGN_OR_RETURN(const auto response,
                          Call<v1::GetOutboxMessageResponse>(
                              &v1::Outbox::Stub::GetOutboxMessage, request));
    return response.message();
  }

  absl::StatusOr<v1::RetryOutboxMessageResponse> Retry(int64_t id) {
    v1::RetryOutboxMessageRequest request;
    request.set_id(id);
    return Call<v1::RetryOutboxMessageResponse>(
        &v1::Outbox::Stub::RetryOutboxMessage, request);
  }

  absl::StatusOr<v1::SkipOutboxMessageResponse> Skip(
      int64_t id, const std::string& reason) {
    v1::SkipOutboxMessageRequest request;
    request.set_id(id);
    request.set_reason(reason);
    return Call<v1::SkipOutboxMessageResponse>(
        &v1::Outbox::Stub::SkipOutboxMessage, request);
  }

  std::vector<int64_t> Listed(bool all) {
    v1::ListOutboxMessagesRequest request;
    request.set_include_waiting(all);
    auto response = Call<v1::ListOutboxMessagesResponse>(
        &v1::Outbox::Stub::ListOutboxMessages, request);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<int64_t> ids;
    for (const v1::OutboxMessage& message : response->messages()) {
      ids.push_back(message.id());
    }
    return ids;
  }

  testing::ServiceDatabase database_{{"portal", ""}};
  const rpc::AuthzTable table_{OutboxRules()};
  const rpc::Guard guard_{"sp_portal", table_,
                          rpc::Guard::AuditCheck::kEnforce};
  std::unique_ptr<TestTls> tls_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<rpc::Server> server_;
  std::shared_ptr<grpc::Channel> alice_;
};

TEST_F(OutboxServiceTest, ShowsWhatWaitsAndNothingOfItsPayload) {
  const int64_t parked = Put("a", true);
  const int64_t behind = Put("b", false);
  EXPECT_THAT(Listed(true), ElementsAre(parked, behind));
  EXPECT_THAT(Listed(false), ElementsAre(parked));
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::OutboxMessage message, Get(parked));
  EXPECT_EQ(message.state(), v1::OUTBOX_MESSAGE_STATE_PARKED);
  EXPECT_EQ(message.last_error(), "INVALID_ARGUMENT: no");
  EXPECT_EQ(message.payload_bytes(), 20);
  EXPECT_EQ(message.payload_sha256().size(), 32u);
  EXPECT_THAT(message.DebugString(), Not(HasSubstr("secret")));
  EXPECT_THAT(Get(99), StatusIs(absl::StatusCode::kNotFound, HasSubstr("id")));
  EXPECT_THAT(database_.AuditActions(), IsEmpty());
}

TEST_F(OutboxServiceTest, ARetryIsAuditedAndForgetsTheFailures) {
  const int64_t id = Put("a", true);
  OTRP_ASSERT_OK_AND_ASSIGN(const auto response, Retry(id));
  EXPECT_EQ(response.message().state(), v1::OUTBOX_MESSAGE_STATE_WAITING);
  EXPECT_EQ(response.message().failures(), 0);
  EXPECT_THAT(database_.AuditActions(), ElementsAre("outbox.retry"));
}

TEST_F(OutboxServiceTest, OnlyWhatHoldsUpItsLaneIsSkippedAndWithAReason) {
  const int64_t held = Put("a", true);
  const int64_t behind = Put("b", false);
  EXPECT_THAT(Skip(behind, "why not"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("id")));
  EXPECT_THAT(Skip(held, ""), StatusIs(absl::StatusCode::kInvalidArgument,
                                       HasSubstr("reason")));
  EXPECT_THAT(Skip(held, std::string(501, 'x')),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(database_.AuditActions(), IsEmpty());
  OTRP_ASSERT_OK_AND_ASSIGN(const auto response,
                            Skip(held, "the version is gone"));
  EXPECT_EQ(response.message().state(), v1::OUTBOX_MESSAGE_STATE_SKIPPED);
  EXPECT_EQ(response.message().payload_bytes(), 0);
  EXPECT_THAT(Listed(true), ElementsAre(behind));
  EXPECT_THAT(database_.AuditActions(), ElementsAre("outbox.skip"));
  EXPECT_THAT(Retry(held), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(OutboxServiceTest, AnAuditorLooksAndChangesNothing) {
  const int64_t id = Put("a", true);
  alice_ = ChannelOf("otrp://auditor/bob");
  EXPECT_THAT(Listed(true), ElementsAre(id));
  EXPECT_THAT(Retry(id), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(Skip(id, "x"), StatusIs(absl::StatusCode::kPermissionDenied));
}

}  // namespace
}  // namespace service
}  // namespace otrp

// Events over a real connection, out of a real outbox; the TSM's side:
// services/tsm/handlers/admin_test.cc.

#include "services/sp_portal/clients/event_delivery.h"

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/store/outbox.h"
#include "otrp/tsm/v1/tsm.grpc.pb.h"
#include "services/sp_portal/testing/handlers_fixture.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::TestTls;
using ::testing::ElementsAre;
using ::testing::StartsWith;

const rpc::AuthzTable& Table() {
  static const auto* table =
      new rpc::AuthzTable({{"otrp.tsm.v1.Catalog.Apply",
                            rpc::Effect::kReads,
                            {rpc::Allow::Service("sp_portal")}}});
  return *table;
}

class Catalog : public tsm::v1::Catalog::Service {
 public:
  grpc::Status Apply(grpc::ServerContext*, const tsm::v1::ApplyRequest* request,
                     tsm::v1::ApplyResponse*) override {
    std::lock_guard<std::mutex> lock(mutex_);
    taken_.push_back(request->event_id());
    return grpc::Status::OK;
  }
  std::vector<std::string> taken() {
    std::lock_guard<std::mutex> lock(mutex_);
    return taken_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> taken_;
};

class EventDeliveryTest : public HandlersFixture {
 protected:
  void SetUp() override {
    tls_ = *TestTls::Create();
    rpc::Server::Options options;
    options.listen = "127.0.0.1:0";
    options.guard = &tsm_guard_;
    options.tls_dir = *tls_->Issue("otrp://service/tsm");
    server_ = *rpc::Server::Start(options, {&catalog_});
  }

  void StartDelivery() {
    delivery_ = StartGrpcEventDelivery(
        database_.pool(), blobs_,
        *rpc::CreateChannel({absl::StrCat("127.0.0.1:", server_->port()), "tsm",
                             *tls_->Issue("otrp://service/sp_portal")}));
  }

  int64_t Put(const std::string& lane, tsm::v1::ApplyRequest event) {
    event.set_event_id(absl::StrCat("event of ", lane));
    store::OutboxMessage message;
    message.event_id = event.event_id();
    message.lane = lane;
    message.topic = "tsm.catalog";
    message.key = lane;
    message.payload = event.SerializeAsString();
    int64_t id = 0;
    EXPECT_TRUE(database_.pool()
                    .Run([&](store::Tx& tx) -> absl::Status {
                      OTRP_ASSIGN_OR_RETURN(id, store::Enqueue(tx, message));
                      return absl::OkStatus();
                    })
                    .ok());
    return id;
  }

  const rpc::Guard tsm_guard_{"tsm", Table()};
  Catalog catalog_;
  std::unique_ptr<TestTls> tls_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<EventDelivery> delivery_;
};

TEST_F(EventDeliveryTest, WhatThePortalCannotFillInIsNotTheTsmsRefusal) {
  tsm::v1::ApplyRequest release;
  release.mutable_version_released()->set_spid("bank");
  release.mutable_version_released()->set_taid("pay");
  release.mutable_version_released()->set_version("1.0.0");
  const int64_t without_image = Put("bank", release);
  tsm::v1::ApplyRequest withdrawal;
  withdrawal.mutable_application_withdrawn()->set_spid("shop");
  const int64_t other = Put("shop", withdrawal);
  StartDelivery();
  EXPECT_TRUE(delivery_->WaitDelivered(other, absl::Seconds(5)));
  EXPECT_FALSE(delivery_->WaitDelivered(without_image, absl::Seconds(1)));
  EXPECT_THAT(catalog_.taken(), ElementsAre("event of shop"));
  OTRP_ASSERT_OK_AND_ASSIGN(
      const store::Row row,
      database_.pool().Query1("SELECT parked_at IS NULL, last_error FROM "
                              "outbox WHERE id = $1",
                              without_image));
  bool waits = false;
  std::string error;
  OTRP_ASSERT_OK(row.Scan(&waits, &error));
  EXPECT_TRUE(waits);
  EXPECT_THAT(error, StartsWith("INTERNAL: the portal can't fill it in: "));
}

}  // namespace
}  // namespace portal
}  // namespace otrp

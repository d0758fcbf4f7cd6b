// Against a real PostgreSQL.

#include "libs/store/outbox.h"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "tests/support/postgres.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace store {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::otrp::testing::TestDatabase;
using ::otrp::testing::TestPostgres;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The receiving side: can be down, remembers what it was given.
class FakeReceiver {
 public:
  absl::Status Take(const OutboxMessage& message) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (down_) return absl::UnavailableError("receiver is down");
    taken_.push_back(message.payload);
    return absl::OkStatus();
  }
  void SetDown(bool down) {
    std::lock_guard<std::mutex> lock(mutex_);
    down_ = down;
  }
  std::vector<std::string> taken() {
    std::lock_guard<std::mutex> lock(mutex_);
    return taken_;
  }

 private:
  std::mutex mutex_;
  bool down_ = false;
  std::vector<std::string> taken_;
};

class OutboxTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(
        db_, TestPostgres::Shared().NewDatabase({{"portal", ""}}));
    OTRP_ASSERT_OK_AND_ASSIGN(pool_, db_->NewPool("portal"));
  }

  std::unique_ptr<OutboxDispatcher> StartDispatcher() {
    OutboxDispatcher::Options options;
    options.min_backoff = absl::Milliseconds(20);
    options.max_backoff = absl::Milliseconds(50);
    return OutboxDispatcher::Start(
        pool_.get(),
        [this](const OutboxMessage& m) { return receiver_.Take(m); }, options);
  }

  int64_t Put(const std::string& payload) {
    int64_t id = 0;
    absl::Status status = pool_->Run([&](Tx& tx) -> absl::Status {
      OutboxMessage m;
      m.event_id = "event " + payload;
      m.topic = "test";
      m.key = "k";
      m.payload = payload;
      OTRP_ASSIGN_OR_RETURN(id, Enqueue(tx, m));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return id;
  }

  std::unique_ptr<TestDatabase> db_;
  std::unique_ptr<Pool> pool_;
  FakeReceiver receiver_;
};

TEST_F(OutboxTest, DeliversInOrderAndAtOnce) {
  auto dispatcher = StartDispatcher();
  std::vector<std::string> expected;
  int64_t last = 0;
  for (int i = 0; i < 40; ++i) {
    expected.push_back(absl::StrCat(i));
    last = Put(expected.back());
  }
  EXPECT_TRUE(dispatcher->WaitDelivered(last, absl::Seconds(5)));
  EXPECT_EQ(receiver_.taken(), expected);
  OTRP_ASSERT_OK_AND_ASSIGN(OutboxBacklog backlog, OutboxPending(*pool_));
  EXPECT_EQ(backlog.messages, 0);
  EXPECT_EQ(backlog.age, absl::ZeroDuration());
  const absl::Time start = absl::Now();
  EXPECT_TRUE(dispatcher->WaitDelivered(Put("quick"), absl::Seconds(5)));
  EXPECT_LT(absl::Now() - start, absl::Milliseconds(500));
}

TEST_F(OutboxTest, TheBacklogHasASizeAndAnAge) {
  Put("first");
  absl::SleepFor(absl::Milliseconds(50));
  Put("second");
  OTRP_ASSERT_OK_AND_ASSIGN(OutboxBacklog backlog, OutboxPending(*pool_));
  EXPECT_EQ(backlog.messages, 2);
  EXPECT_GE(backlog.age, absl::Milliseconds(50));
  EXPECT_LT(backlog.age, absl::Minutes(5));
}

TEST_F(OutboxTest, WhatIsRolledBackIsNotSent) {
  auto dispatcher = StartDispatcher();
  EXPECT_THAT(pool_->Run([](Tx& tx) -> absl::Status {
    OutboxMessage m;
    m.event_id = "e";
    m.payload = "ghost";
    OTRP_RETURN_IF_ERROR(Enqueue(tx, m).status());
    return absl::AbortedError("no");
  }),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_TRUE(dispatcher->WaitDelivered(Put("real"), absl::Seconds(5)));
  EXPECT_THAT(receiver_.taken(), ElementsAre("real"));
}

TEST_F(OutboxTest, KeepsTryingInOrderWhileTheReceiverIsDown) {
  receiver_.SetDown(true);
  auto dispatcher = StartDispatcher();
  Put("a");
  const int64_t b = Put("b");
  EXPECT_FALSE(dispatcher->WaitDelivered(b, absl::Milliseconds(200)));
  EXPECT_THAT(receiver_.taken(), IsEmpty());
  OTRP_ASSERT_OK_AND_ASSIGN(
      Row row, pool_->Query1("SELECT attempts > 1, last_error FROM outbox "
                             "ORDER BY id LIMIT 1"));
  bool tried_again;
  std::string error;
  OTRP_ASSERT_OK(row.Scan(&tried_again, &error));
  EXPECT_TRUE(tried_again);
  EXPECT_EQ(error, "UNAVAILABLE: receiver is down");
  receiver_.SetDown(false);
  EXPECT_TRUE(dispatcher->WaitDelivered(b, absl::Seconds(5)));
  EXPECT_THAT(receiver_.taken(), ElementsAre("a", "b"));
}

TEST_F(OutboxTest, ANewProcessDeliversWhatTheOldOneLeft) {
  receiver_.SetDown(true);
  auto dispatcher = StartDispatcher();
  const int64_t id = Put("left");
  EXPECT_FALSE(dispatcher->WaitDelivered(id, absl::Milliseconds(50)));
  dispatcher.reset();
  receiver_.SetDown(false);
  dispatcher = StartDispatcher();
  EXPECT_TRUE(dispatcher->WaitDelivered(id, absl::Seconds(5)));
  EXPECT_THAT(receiver_.taken(), ElementsAre("left"));
}

TEST_F(OutboxTest, TwoDispatchersDoNotSendTwice) {
  auto one = StartDispatcher();
  auto two = StartDispatcher();
  int64_t last = 0;
  for (int i = 0; i < 30; ++i) {
    last = Put(absl::StrCat(i));
    one->Notify();
    two->Notify();
  }
  EXPECT_TRUE(two->WaitDelivered(last, absl::Seconds(5)));
  EXPECT_EQ(receiver_.taken().size(), 30u);
}

TEST_F(OutboxTest, TheInboxTakesAnEventOnce) {
  auto take = [&](const std::string& source, const std::string& id) {
    bool first = false;
    EXPECT_TRUE(pool_
                    ->Run([&](Tx& tx) -> absl::Status {
                      OTRP_ASSIGN_OR_RETURN(first,
                                            InboxFirstTime(tx, source, id));
                      return absl::OkStatus();
                    })
                    .ok());
    return first;
  };
  EXPECT_TRUE(take("portal", "1"));
  EXPECT_FALSE(take("portal", "1"));
  EXPECT_TRUE(take("portal", "2"));
  EXPECT_TRUE(take("other", "1"));
}

}  // namespace
}  // namespace store
}  // namespace otrp

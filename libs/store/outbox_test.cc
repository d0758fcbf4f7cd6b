// Against a real PostgreSQL.

#include "libs/store/outbox.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "tests/support/lock_waiters.h"
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

// The receiving side: can be down, refuses what it is told to, remembers what
// it was given.
class FakeReceiver {
 public:
  absl::Status Take(const OutboxMessage& message) {
    std::lock_guard<std::mutex> lock(mutex_);
    ++calls_;
    if (down_) return absl::UnavailableError("receiver is down");
    const auto answer = answers_.find(message.payload);
    if (answer != answers_.end()) return answer->second;
    taken_.push_back(message.payload);
    return absl::OkStatus();
  }
  // To messages with this payload; OK: takes them.
  void Answer(const std::string& payload, absl::Status status) {
    std::lock_guard<std::mutex> lock(mutex_);
    answers_.erase(payload);
    if (!status.ok()) answers_.emplace(payload, std::move(status));
  }
  int calls() {
    std::lock_guard<std::mutex> lock(mutex_);
    return calls_;
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
  int calls_ = 0;
  std::map<std::string, absl::Status> answers_;
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
    options.max_lane_backoff = absl::Milliseconds(50);
    options.poll_interval = absl::Milliseconds(50);
    options.max_failures = 3;
    return OutboxDispatcher::Start(
        pool_.get(),
        [this](const OutboxMessage& m) { return receiver_.Take(m); }, options);
  }

  static OutboxMessage Message(const std::string& payload,
                               const std::string& lane) {
    OutboxMessage m;
    m.event_id = "event " + payload;
    m.lane = lane;
    m.topic = "test";
    m.key = "k";
    m.payload = payload;
    return m;
  }

  int64_t Put(const std::string& payload, const std::string& lane = "bank") {
    int64_t id = 0;
    absl::Status status = pool_->Run([&](Tx& tx) -> absl::Status {
      OTRP_ASSIGN_OR_RETURN(id, Enqueue(tx, Message(payload, lane)));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return id;
  }

  OutboxBacklog Backlog() {
    auto backlog = OutboxPending(*pool_);
    EXPECT_TRUE(backlog.ok()) << backlog.status();
    return backlog.ok() ? *backlog : OutboxBacklog();
  }

  // Waits until so many messages are parked.
  void AwaitParked(int64_t wanted) {
    const absl::Time end = absl::Now() + absl::Seconds(5);
    while (Backlog().parked < wanted && absl::Now() < end) {
      absl::SleepFor(absl::Milliseconds(10));
    }
    EXPECT_EQ(Backlog().parked, wanted);
  }

  std::unique_ptr<TestDatabase> db_;
  std::unique_ptr<Pool> pool_;
  FakeReceiver receiver_;
};

TEST_F(OutboxTest, WhatIsRefusedIsParkedAndHoldsUpItsOwnLaneAlone) {
  receiver_.Answer("bad", absl::InvalidArgumentError("event: what is that"));
  const int64_t bad = Put("bad", "bank");
  const int64_t behind = Put("behind", "bank");
  const int64_t other = Put("other", "shop");
  auto dispatcher = StartDispatcher();
  EXPECT_TRUE(dispatcher->WaitDelivered(other, absl::Seconds(5)));
  AwaitParked(1);
  EXPECT_FALSE(dispatcher->WaitDelivered(behind, absl::Milliseconds(200)));
  EXPECT_THAT(receiver_.taken(), ElementsAre("other"));
  EXPECT_EQ(Backlog().lanes_waiting, 1);
  OTRP_ASSERT_OK_AND_ASSIGN(
      Row row, pool_->Query1("SELECT attempts, last_error FROM outbox WHERE "
                             "id = $1 AND parked_at IS NOT NULL",
                             bad));
  int32_t attempts;
  std::string error;
  OTRP_ASSERT_OK(row.Scan(&attempts, &error));
  EXPECT_EQ(attempts, 1);
  EXPECT_EQ(error, "INVALID_ARGUMENT: event: what is that");
}

TEST_F(OutboxTest, WhatFailsTooOftenIsParked) {
  receiver_.Answer("bad", absl::InternalError("a fault"));
  Put("bad");
  auto dispatcher = StartDispatcher();
  AwaitParked(1);
  EXPECT_EQ(receiver_.calls(), 3);
}

TEST_F(OutboxTest, WhatFailsForAWhileKeepsTheOrderOfItsLane) {
  receiver_.Answer("1", absl::InternalError("a fault"));
  auto dispatcher = StartDispatcher();
  Put("1");
  const int64_t last = Put("2");
  const absl::Time end = absl::Now() + absl::Seconds(5);
  while (receiver_.calls() == 0 && absl::Now() < end) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  receiver_.Answer("1", absl::OkStatus());
  EXPECT_TRUE(dispatcher->WaitDelivered(last, absl::Seconds(5)));
  EXPECT_THAT(receiver_.taken(), ElementsAre("1", "2"));
}

TEST_F(OutboxTest, AReceiverThatIsAwayParksNothingAndIsAskedByFewLanes) {
  receiver_.SetDown(true);
  constexpr int kLanes = 40;
  std::vector<int64_t> ids;
  for (int i = 0; i < kLanes; ++i) {
    ids.push_back(Put(absl::StrCat(i), absl::StrCat("lane ", i)));
  }
  auto dispatcher = StartDispatcher();
  absl::SleepFor(absl::Milliseconds(400));
  // Two a round, of which there are 400 / 20 at the very most.
  EXPECT_GT(receiver_.calls(), 4);
  EXPECT_LE(receiver_.calls(), kLanes);
  EXPECT_EQ(Backlog().parked, 0);
  receiver_.SetDown(false);
  for (const int64_t id : ids) {
    EXPECT_TRUE(dispatcher->WaitDelivered(id, absl::Seconds(5)));
  }
}

TEST_F(OutboxTest, AMessageThatBringsTheReceiverDownHoldsUpItsOwnLaneAlone) {
  receiver_.Answer("killer", absl::UnavailableError("connection reset"));
  Put("killer", "bank");
  auto dispatcher = StartDispatcher();
  // As long as others get through, it is the message.
  const absl::Time end = absl::Now() + absl::Seconds(10);
  for (int i = 0; Backlog().parked == 0 && absl::Now() < end; ++i) {
    const int64_t other = Put(absl::StrCat(i), "shop");
    EXPECT_TRUE(dispatcher->WaitDelivered(other, absl::Seconds(5)));
    // Meanwhile it is tried by itself.
    absl::SleepFor(absl::Milliseconds(60));
  }
  EXPECT_EQ(Backlog().parked, 1);
}

TEST_F(OutboxTest, ALongLaneDoesNotKeepTheOthersWaiting) {
  for (int i = 0; i < 100; ++i) Put(absl::StrCat(i), "bank");
  const int64_t other = Put("other", "shop");
  auto dispatcher = StartDispatcher();
  EXPECT_TRUE(dispatcher->WaitDelivered(other, absl::Seconds(5)));
  const std::vector<std::string> taken = receiver_.taken();
  const auto place = std::find(taken.begin(), taken.end(), "other");
  EXPECT_LT(place - taken.begin(), 2);
}

TEST_F(OutboxTest, WhatWasDeliveredIsNotKept) {
  auto dispatcher = StartDispatcher();
  const int64_t id = Put("a secret");
  EXPECT_TRUE(dispatcher->WaitDelivered(id, absl::Seconds(5)));
  OTRP_ASSERT_OK_AND_ASSIGN(
      Row row,
      pool_->Query1("SELECT payload = '' FROM outbox WHERE id = $1", id));
  bool empty = false;
  OTRP_ASSERT_OK(row.Scan(&empty));
  EXPECT_TRUE(empty);
}

TEST_F(OutboxTest, WritersOfALaneWaitForEachOtherAndForNobodyElse) {
  std::thread second;
  absl::Status done;
  OTRP_ASSERT_OK(pool_->Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(Enqueue(tx, Message("first", "bank")).status());
    Put("elsewhere", "shop");
    second = std::thread([&] {
      done = pool_->Run([&](Tx& other) {
        return Enqueue(other, Message("second", "bank")).status();
      });
    });
    return testing::AwaitLockWaiters(*pool_, 1);
  }));
  second.join();
  OTRP_ASSERT_OK(done);
  OTRP_ASSERT_OK_AND_ASSIGN(
      Rows rows, pool_->Query("SELECT event_id FROM outbox ORDER BY id"));
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].Raw(0), "event first");
  EXPECT_EQ(rows[2].Raw(0), "event second");
}

TEST_F(OutboxTest, AMessageOfTheVersionBeforeGetsTheLaneOfItsKey) {
  OTRP_ASSERT_OK_AND_ASSIGN(Rows rows, pool_->ExecOnce(R"sql(
      INSERT INTO outbox (event_id, topic, key, payload)
      VALUES ('e', 'test', 'bank/app', 'x')
      RETURNING lane
      )sql"));
  EXPECT_EQ(rows[0].Raw(0), "bank");
}

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

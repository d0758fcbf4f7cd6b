// Against a real PostgreSQL.

#include "libs/store/idempotency.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
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

class IdempotencyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(
        db_, TestPostgres::Shared().NewDatabase({{"portal", ""}}));
    OTRP_ASSERT_OK_AND_ASSIGN(pool_, db_->NewPool("portal"));
  }

  // A handler that answers with a new number each time it really acts.
  absl::StatusOr<std::string> Call(const std::string& scope,
                                   const std::string& key,
                                   const std::string& hash) {
    std::string answer;
    OTRP_RETURN_IF_ERROR(pool_->Run([&](Tx& tx) -> absl::Status {
      OTRP_ASSIGN_OR_RETURN(auto stored, FindIdempotent(tx, scope, key, hash));
      if (stored.has_value()) {
        answer = *stored;
        return absl::OkStatus();
      }
      answer = "answer " + std::to_string(++acted_);
      absl::SleepFor(acting_);
      return SaveIdempotent(tx, scope, key, hash, answer);
    }));
    return answer;
  }

  std::unique_ptr<TestDatabase> db_;
  std::unique_ptr<Pool> pool_;
  std::atomic<int> acted_{0};
  // How long the handler acts.
  absl::Duration acting_ = absl::ZeroDuration();
};

TEST_F(IdempotencyTest, TheSameRequestGetsTheSameAnswer) {
  EXPECT_THAT(Call("tsm Issue", "k", "hash-1"), IsOkAndHolds("answer 1"));
  EXPECT_THAT(Call("tsm Issue", "k", "hash-1"), IsOkAndHolds("answer 1"));
  EXPECT_EQ(acted_, 1);
}

TEST_F(IdempotencyTest, TheSameKeyForAnotherRequestIsRefused) {
  OTRP_ASSERT_OK(Call("tsm Issue", "k", "hash-1"));
  EXPECT_THAT(Call("tsm Issue", "k", "hash-2"),
              StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_F(IdempotencyTest, CallersDoNotShareKeys) {
  EXPECT_THAT(Call("tsm Issue", "k", "h"), IsOkAndHolds("answer 1"));
  EXPECT_THAT(Call("portal Issue", "k", "h"), IsOkAndHolds("answer 2"));
}

TEST_F(IdempotencyTest, AtTheSameTimeItIsStillDoneOnce) {
  // The others come while it is done.
  acting_ = absl::Milliseconds(300);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back(
        [&] { EXPECT_THAT(Call("s", "k", "h"), IsOkAndHolds("answer 1")); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(acted_, 1);
}

TEST_F(IdempotencyTest, OldKeysGo) {
  OTRP_ASSERT_OK(Call("s", "k", "h"));
  const absl::Duration budget = absl::Seconds(5);
  EXPECT_THAT(
      PurgeIdempotencyKeys(*pool_, absl::Now() - absl::Hours(1), budget),
      IsOkAndHolds(0));
  EXPECT_THAT(PurgeIdempotencyKeys(*pool_, absl::Now(), budget),
              IsOkAndHolds(1));
}

}  // namespace
}  // namespace store
}  // namespace otrp

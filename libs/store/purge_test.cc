#include "libs/store/purge.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "libs/store/value.h"
#include "libs/telemetry/metrics.h"
#include "tests/support/postgres.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace store {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::TestDatabase;
using ::otrp::testing::TestPostgres;

constexpr PurgeRule kRule = {"outbox", "delivered_at"};

absl::Time At(int64_t seconds) {
  return absl::FromUnixSeconds(1800000000 + seconds);
}

class PurgeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(
        database_, TestPostgres::Shared().NewDatabase({{"portal", ""}}));
    OTRP_ASSERT_OK_AND_ASSIGN(pool_, database_->NewPool("portal"));
  }

  // Delivered at At(1), At(2), ...
  void Deliver(int messages) {
    OTRP_ASSERT_OK(pool_->ExecOnce(R"sql(
      INSERT INTO outbox (event_id, topic, key, payload, delivered_at)
      SELECT n::text, 't', 'k', '', $2::timestamptz + make_interval(secs => n)
      FROM generate_series(1, $1::integer) AS n
    )sql",
                                   messages, At(0)));
  }

  static void ExpectLag(const std::string& seconds) {
    EXPECT_THAT(
        telemetry::Default().Serialize(),
        ::testing::HasSubstr("otrp_purge_lag_seconds{schema=\"portal\",table="
                             "\"outbox\"} " +
                             seconds + "\n"));
  }

  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<Pool> pool_;
};

TEST_F(PurgeTest, RemovesBatchAfterBatchUntilNothingIsLeft) {
  Deliver(2 * kPurgeBatch + 10);
  EXPECT_THAT(Purge(*pool_, kRule, At(2 * kPurgeBatch + 6), absl::Seconds(30)),
              IsOkAndHolds(2 * kPurgeBatch + 5));
  ExpectLag("0");
  EXPECT_THAT(Purge(*pool_, kRule, At(2 * kPurgeBatch + 6), absl::Seconds(30)),
              IsOkAndHolds(0));
}

// Every field of a rule is part of its statements.
TEST_F(PurgeTest, ARuleSaysWhichRowsAndWhatBecomesOfThem) {
  Deliver(10);
  OTRP_ASSERT_OK(pool_->ExecOnce(
      "UPDATE outbox SET topic = 'kept' WHERE event_id IN ('1', '3')"));
  static constexpr PurgeRule kMark = {"outbox",
                                      "delivered_at",
                                      PurgeLock::kSkipLocked,
                                      "topic <> 'kept'",
                                      "topic = 'kept', key = 'marked'",
                                      "marked"};
  EXPECT_THAT(Purge(*pool_, kMark, At(6), absl::Seconds(30)), IsOkAndHolds(3));
  EXPECT_THAT(telemetry::Default().Serialize(),
              ::testing::HasSubstr("otrp_purge_lag_seconds{schema=\"portal\","
                                   "table=\"marked\"} 0\n"));
  const auto count = [&](const char* where) {
    int64_t rows = -1;
    const auto row = pool_->Query1(
        absl::StrCat("SELECT count(*) FROM outbox WHERE ", where));
    EXPECT_TRUE(row.ok() && row->Scan(&rows).ok());
    return rows;
  };
  EXPECT_EQ(count("key = 'marked' AND event_id IN ('2', '4', '5')"), 3);
  EXPECT_EQ(count("key = 'marked'"), 3);
  EXPECT_EQ(count("true"), 10);
}

TEST_F(PurgeTest, AReplicaSkipsWhatAnotherOneHolds) {
  Deliver(4);
  static constexpr PurgeRule kSkip = {"outbox", "delivered_at",
                                      PurgeLock::kSkipLocked};
  OTRP_ASSERT_OK(pool_->Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(
        tx.Exec("SELECT 1 FROM outbox WHERE event_id = '2' FOR UPDATE")
            .status());
    EXPECT_THAT(Purge(*pool_, kSkip, At(9), absl::Seconds(30)),
                IsOkAndHolds(3));
    return absl::OkStatus();
  }));
  EXPECT_THAT(Purge(*pool_, kSkip, At(9), absl::Seconds(30)), IsOkAndHolds(1));
}

TEST_F(PurgeTest, WithoutTimeItDoesOneBatchAndTellsWhatIsLeft) {
  Deliver(kPurgeBatch + 100);
  const absl::Time cutoff = At(kPurgeBatch + 101);
  EXPECT_THAT(Purge(*pool_, kRule, cutoff, absl::ZeroDuration()),
              IsOkAndHolds(kPurgeBatch));
  // The oldest that is left is number kPurgeBatch + 1.
  ExpectLag("100");
  EXPECT_THAT(Purge(*pool_, kRule, cutoff, absl::ZeroDuration()),
              IsOkAndHolds(100));
  ExpectLag("0");
}

}  // namespace
}  // namespace store
}  // namespace otrp

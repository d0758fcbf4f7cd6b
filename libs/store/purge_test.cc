#include "libs/store/purge.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
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

constexpr PurgeRule kRule = {"outbox", R"sql(
    DELETE FROM outbox
    WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM outbox WHERE delivered_at < $1::timestamptz
      ORDER BY delivered_at LIMIT $2::bigint))
  )sql",
                             R"sql(
    SELECT delivered_at FROM outbox WHERE delivered_at < $1::timestamptz
    ORDER BY delivered_at LIMIT 1
  )sql"};

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

// The proxy that loses commits, and what the pool makes of it.

#include "tests/support/postgres_proxy.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace testing {
namespace {

using store::Bytes;
using store::BytesOut;
using store::Row;
using store::Tx;
using Loss = PostgresProxy::Loss;

constexpr char kInsert[] =
    "INSERT INTO inbox (source, event_id) VALUES ('test', $1)";

class PostgresProxyTest : public ::testing::Test {
 protected:
  int64_t Rows() {
    auto row = database_.superuser().Query1("SELECT count(*) FROM inbox");
    int64_t rows = -1;
    EXPECT_TRUE(row.ok() && row->Scan(&rows).ok());
    return rows;
  }

  absl::Status InsertInTransaction(const std::string& id) {
    return database_.pool().Run(
        [&](Tx& tx) -> absl::Status { return tx.Exec(kInsert, id).status(); });
  }

  absl::Status InsertAtOnce(const std::string& id) {
    return database_.pool().ExecOnce(kInsert, id).status();
  }

  ServiceDatabase database_{{"portal", ""}};
};

TEST_F(PostgresProxyTest, ALostAnswerIsACommitThatHappened) {
  database_.proxy().LoseNextCommit(Loss::kAnswer);
  EXPECT_THAT(InsertInTransaction("a"), StatusIs(absl::StatusCode::kUnknown));
  EXPECT_EQ(Rows(), 1);
  database_.proxy().LoseNextCommit(Loss::kAnswer);
  EXPECT_THAT(InsertAtOnce("b"), StatusIs(absl::StatusCode::kUnknown));
  EXPECT_EQ(Rows(), 2);
  EXPECT_EQ(database_.proxy().lost_commits(), 2);
}

TEST_F(PostgresProxyTest, ALostRequestIsACommitThatDidNot) {
  database_.proxy().LoseNextCommit(Loss::kRequest);
  EXPECT_THAT(InsertInTransaction("a"), StatusIs(absl::StatusCode::kUnknown));
  database_.proxy().LoseNextCommit(Loss::kRequest);
  EXPECT_THAT(InsertAtOnce("b"), StatusIs(absl::StatusCode::kUnknown));
  EXPECT_EQ(Rows(), 0);
  EXPECT_EQ(database_.proxy().lost_commits(), 2);
}

TEST_F(PostgresProxyTest, OneCommitIsLostAndNoRead) {
  database_.proxy().LoseNextCommit(Loss::kAnswer);
  OTRP_EXPECT_OK(database_.pool().Query("SELECT 1 FROM outbox FOR UPDATE"));
  EXPECT_EQ(database_.proxy().lost_commits(), 0);
  EXPECT_THAT(InsertAtOnce("a"), StatusIs(absl::StatusCode::kUnknown));
  OTRP_EXPECT_OK(InsertAtOnce("b"));
  OTRP_EXPECT_OK(InsertInTransaction("c"));
  EXPECT_EQ(Rows(), 3);
}

TEST_F(PostgresProxyTest, LargeOctetsPassBothWaysOnManyConnections) {
  const std::string image(4 << 20, '\xa7');
  std::atomic<int> passed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      auto row = database_.pool().Query1("SELECT $1::bytea", Bytes(image));
      std::string same;
      if (row.ok() && row->Scan(BytesOut(&same)).ok() && same == image) {
        ++passed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(passed.load(), 4);
}

TEST_F(PostgresProxyTest, WhatCannotBeReachedIsUnavailableUntilItCan) {
  OTRP_ASSERT_OK(InsertAtOnce("a"));
  database_.proxy().SetReachable(false);
  EXPECT_THAT(InsertAtOnce("b"), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(InsertInTransaction("c"),
              StatusIs(absl::StatusCode::kUnavailable));
  database_.proxy().SetReachable(true);
  OTRP_EXPECT_OK(InsertAtOnce("d"));
  EXPECT_EQ(Rows(), 2);
}

}  // namespace
}  // namespace testing
}  // namespace otrp

// Against a real PostgreSQL.

#include "libs/store/pool.h"

#include <signal.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "libs/telemetry/metrics.h"
#include "tests/support/postgres.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace store {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::otrp::testing::TestDatabase;
using ::otrp::testing::TestPostgres;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class PoolTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(
        db_, TestPostgres::Shared().NewDatabase({{"portal", ""}}));
    OTRP_ASSERT_OK_AND_ASSIGN(super_, db_->NewSuperuserPool("portal"));
    OTRP_ASSERT_OK(super_->Run([](Tx& tx) {
      return tx.ExecScript(
          "CREATE TABLE item (id text PRIMARY KEY, n bigint CHECK (n >= 0), "
          "data bytea, at timestamptz, flag boolean NOT NULL DEFAULT false);"
          "CREATE TABLE part (item text NOT NULL REFERENCES item (id));"
          "GRANT ALL ON item, part TO otrp_portal");
    }));
    OTRP_ASSERT_OK_AND_ASSIGN(pool_, db_->NewPool("portal"));
  }

  int64_t CountItems() {
    auto row = pool_->Query1("SELECT count(*) FROM item");
    int64_t n = -1;
    EXPECT_TRUE(row.ok() && row->Scan(&n).ok());
    return n;
  }

  std::unique_ptr<TestDatabase> db_;
  std::unique_ptr<Pool> super_;
  std::unique_ptr<Pool> pool_;
};

TEST_F(PoolTest, EveryTypeComesBackAsItWent) {
  std::string data;
  for (int i = 0; i < 256; ++i) data += static_cast<char>(i);
  const absl::Time at = absl::FromUnixMicros(1763900000123456);
  OTRP_ASSERT_OK(pool_->ExecOnce(
      "INSERT INTO item (id, n, data, at, flag) VALUES ($1, $2, $3, $4, $5)",
      "näme 'x'", int64_t{1} << 60, Bytes(data), at, true));
  OTRP_ASSERT_OK_AND_ASSIGN(
      Row row, pool_->Query1("SELECT id, n, data, at, flag FROM item"));
  std::string id;
  std::string got;
  int64_t n;
  absl::Time when;
  bool flag;
  OTRP_ASSERT_OK(row.Scan(&id, &n, BytesOut(&got), &when, &flag));
  EXPECT_EQ(id, "näme 'x'");
  EXPECT_EQ(n, int64_t{1} << 60);
  EXPECT_EQ(got, data);
  EXPECT_EQ(when, at);
  EXPECT_TRUE(flag);
}

TEST_F(PoolTest, NullAndEmptyAreDifferent) {
  OTRP_ASSERT_OK(pool_->ExecOnce(
      "INSERT INTO item (id, n, data) VALUES ('null', $1, $2), ('empty', 0, "
      "$3)",
      absl::optional<int64_t>(), Null{}, Bytes("")));
  OTRP_ASSERT_OK_AND_ASSIGN(
      Rows rows, pool_->Query("SELECT n, data FROM item ORDER BY id DESC"));
  absl::optional<int64_t> n;
  absl::optional<std::string> data;
  OTRP_ASSERT_OK(rows[0].Scan(&n, BytesOut(&data)));
  EXPECT_FALSE(n.has_value());
  EXPECT_FALSE(data.has_value());
  OTRP_ASSERT_OK(rows[1].Scan(&n, BytesOut(&data)));
  EXPECT_EQ(n, 0);
  EXPECT_EQ(data, "");
}

TEST_F(PoolTest, ManyAlternatingBinaryParametersKeepTheirPlaces) {
  // More runs of text and bytes than the driver's call has room for.
  std::string sql = "SELECT concat(";
  std::vector<std::string> texts;
  for (int i = 0; i < 12; ++i) {
    texts.push_back(absl::StrCat("t", i));
    texts.push_back(absl::StrCat("b", i));
    absl::StrAppend(&sql, i == 0 ? "" : ", ", "$", 2 * i + 1,
                    "::text, convert_from($", 2 * i + 2, "::bytea, 'UTF8')");
  }
  sql += ")";
  std::vector<Param> params;
  std::string expected;
  for (size_t i = 0; i < texts.size(); ++i) {
    expected += texts[i];
    params.push_back(i % 2 == 0 ? Param(texts[i]) : Param(Bytes(texts[i])));
  }
  OTRP_ASSERT_OK_AND_ASSIGN(Rows rows,
                            pool_->ExecOnceParams(sql, params, true));
  EXPECT_EQ(rows[0].Raw(0), expected);
}

TEST_F(PoolTest, ALargeImageGoesThrough) {
  const std::string image(16 << 20, '\xa7');
  OTRP_ASSERT_OK(pool_->ExecOnce(
      "INSERT INTO item (id, data) VALUES ('image', $1)", Bytes(image)));
  OTRP_ASSERT_OK_AND_ASSIGN(Row row, pool_->Query1("SELECT data FROM item"));
  std::string got;
  OTRP_ASSERT_OK(row.Scan(BytesOut(&got)));
  EXPECT_TRUE(got == image);
}

TEST_F(PoolTest, ArraysReachAnyAndUnnest) {
  OTRP_ASSERT_OK(pool_->ExecOnce(
      "INSERT INTO item (id, data) SELECT * FROM unnest($1::text[], "
      "$2::bytea[])",
      TextArray({"a", "b \"q\" \\ ,}"}),
      BytesArray({"x", std::string("\0y", 2)})));
  OTRP_ASSERT_OK_AND_ASSIGN(
      Row row, pool_->Query1("SELECT id, data FROM item WHERE id = "
                             "ANY($1::text[])",
                             TextArray({"b \"q\" \\ ,}", "other"})));
  std::string id;
  std::string data;
  OTRP_ASSERT_OK(row.Scan(&id, BytesOut(&data)));
  EXPECT_EQ(id, "b \"q\" \\ ,}");
  EXPECT_EQ(data, std::string("\0y", 2));
}

TEST_F(PoolTest, ScanNamesWhatDoesNotFit) {
  OTRP_ASSERT_OK_AND_ASSIGN(Row row, pool_->Query1("SELECT NULL::text, 'x'"));
  std::string a;
  int64_t b;
  EXPECT_THAT(row.Scan(&a), StatusIs(absl::StatusCode::kInternal,
                                     HasSubstr("2 columns, not 1")));
  EXPECT_THAT(row.Scan(&a, &b), StatusIs(absl::StatusCode::kInternal,
                                         HasSubstr("column 0 is NULL")));
  absl::optional<std::string> maybe;
  EXPECT_THAT(row.Scan(&maybe, &b),
              StatusIs(absl::StatusCode::kInternal,
                       HasSubstr("column 1 isn't a 64-bit integer")));
}

TEST_F(PoolTest, ErrorsHaveTheirCodesAndTellNoValues) {
  OTRP_ASSERT_OK(
      pool_->ExecOnce("INSERT INTO item (id) VALUES ('secret-value')"));
  EXPECT_THAT(
      pool_->ExecOnce("INSERT INTO item (id) VALUES ('secret-value')"),
      StatusIs(absl::StatusCode::kAlreadyExists,
               AllOf(HasSubstr("item_pkey"), Not(HasSubstr("secret-value")))));
  EXPECT_THAT(pool_->ExecOnce("INSERT INTO part VALUES ('secret-none')"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("part_item_fkey"),
                             Not(HasSubstr("secret-none")))));
  EXPECT_THAT(
      pool_->ExecOnce("INSERT INTO item VALUES ('a', -1)"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("item_n_check")));
  EXPECT_THAT(pool_->ExecOnce("INSERT INTO item (n) VALUES (1)"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(pool_->ExecOnce("SELEC 1"),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("42601")));
  EXPECT_THAT(pool_->Query1("SELECT 1 FROM item WHERE id = 'nobody'"),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(pool_->Query1("SELECT generate_series(1, 2)"),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("2 rows")));
}

TEST_F(PoolTest, TheRunTimeRoleHasNoDdl) {
  EXPECT_THAT(
      pool_->ExecOnce("CREATE TABLE portal.mine (a int)"),
      StatusIs(absl::StatusCode::kInternal, HasSubstr("permission denied")));
  EXPECT_THAT(
      pool_->ExecOnce("DELETE FROM audit_event"),
      StatusIs(absl::StatusCode::kInternal, HasSubstr("permission denied")));
}

TEST_F(PoolTest, AnErrorRollsEverythingBack) {
  EXPECT_THAT(
      pool_->Run([](Tx& tx) -> absl::Status {
        OTRP_RETURN_IF_ERROR(
            tx.Exec("INSERT INTO item (id) VALUES ('a')").status());
        return absl::FailedPreconditionError("changed my mind");
      }),
      StatusIs(absl::StatusCode::kFailedPrecondition, "changed my mind"));
  EXPECT_EQ(CountItems(), 0);
}

TEST_F(PoolTest, AnOverlookedStatementErrorIsNotACommit) {
  EXPECT_THAT(pool_->Run([](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(
        tx.Exec("INSERT INTO item (id) VALUES ('a')").status());
    tx.Exec("INSERT INTO item (id) VALUES ('a')").IgnoreError();
    return absl::OkStatus();
  }),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(CountItems(), 0);
}

TEST_F(PoolTest, SerializationFailuresAreTriedAgain) {
  OTRP_ASSERT_OK(pool_->ExecOnce("INSERT INTO item VALUES ('a', 0)"));
  int attempts = 0;
  OTRP_EXPECT_OK(pool_->Run(
      [&](Tx& tx) -> absl::Status {
        ++attempts;
        int64_t n;
        OTRP_ASSIGN_OR_RETURN(Row row,
                              tx.Exec1("SELECT n FROM item WHERE id = 'a'"));
        OTRP_RETURN_IF_ERROR(row.Scan(&n));
        if (attempts == 1) {
          // Another one commits in between.
          OTRP_RETURN_IF_ERROR(
              pool_->ExecOnce("UPDATE item SET n = 10 WHERE id = 'a'")
                  .status());
        }
        return tx.Exec("UPDATE item SET n = $1 WHERE id = 'a'", n + 1).status();
      },
      {Isolation::kSerializable, false}));
  EXPECT_EQ(attempts, 2);
  OTRP_ASSERT_OK_AND_ASSIGN(Row row, pool_->Query1("SELECT n FROM item"));
  EXPECT_EQ(row.Raw(0), "11");
}

TEST_F(PoolTest, GivesUpAfterAFewConflicts) {
  OTRP_ASSERT_OK(pool_->ExecOnce("INSERT INTO item VALUES ('a', 0)"));
  int attempts = 0;
  EXPECT_THAT(
      pool_->Run(
          [&](Tx& tx) -> absl::Status {
            ++attempts;
            OTRP_RETURN_IF_ERROR(tx.Exec("SELECT n FROM item").status());
            OTRP_RETURN_IF_ERROR(
                pool_->ExecOnce("UPDATE item SET n = n + 1").status());
            return tx.Exec("UPDATE item SET n = 0").status();
          },
          {Isolation::kRepeatableRead, false}),
      StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(attempts, kMaxAttempts);
}

TEST_F(PoolTest, SlowStatementsAreEnded) {
  Pool::Options options;
  options.dsn = db_->Dsn("portal");
  options.schema = "portal";
  options.statement_timeout = absl::Milliseconds(50);
  OTRP_ASSERT_OK_AND_ASSIGN(auto quick, Pool::Create(options));
  EXPECT_THAT(quick->ExecOnce("SELECT pg_sleep(5)"),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  OTRP_EXPECT_OK(quick->Ping());
}

TEST_F(PoolTest, ALoiteringTransactionLosesItsConnectionAndIsNotCommitted) {
  Pool::Options options;
  options.dsn = db_->Dsn("portal");
  options.schema = "portal";
  options.idle_in_transaction_timeout = absl::Milliseconds(50);
  OTRP_ASSERT_OK_AND_ASSIGN(auto strict, Pool::Create(options));
  EXPECT_THAT(strict->Run([](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(
        tx.Exec("INSERT INTO item (id) VALUES ('a')").status());
    absl::SleepFor(absl::Milliseconds(200));
    return tx.Exec("SELECT 1").status();
  }),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(CountItems(), 0);
}

TEST_F(PoolTest, AChangedPasswordIsUsedByTheNextConnection) {
  std::string dsn = db_->Dsn("portal");
  Pool::Options options;
  options.schema = "portal";
  options.dsn_source = [&dsn]() -> absl::StatusOr<std::string> {
    if (dsn.empty()) return absl::InvalidArgumentError("--dsn_file: is gone");
    return dsn;
  };
  OTRP_ASSERT_OK_AND_ASSIGN(auto pool, Pool::Create(options));
  OTRP_EXPECT_OK(pool->Ping());
  const std::string good = dsn;
  dsn = "host=/nowhere";
  // Connections that are open stay.
  OTRP_EXPECT_OK(pool->Ping());
  OTRP_EXPECT_OK(pool->Run([&](Tx&) -> absl::Status {
    EXPECT_THAT(pool->Ping(), StatusIs(absl::StatusCode::kUnavailable));
    dsn.clear();
    EXPECT_THAT(pool->Ping(),
                StatusIs(absl::StatusCode::kUnavailable, HasSubstr("gone")));
    dsn = good;
    return pool->Ping();
  }));
}

TEST_F(PoolTest, FailuresAreCountedThatAreTheDatabases) {
  Pool::Options options;
  options.dsn = db_->Dsn("portal");
  options.schema = "counted";
  options.statement_timeout = absl::Milliseconds(50);
  options.size = 1;
  options.acquire_timeout = absl::Milliseconds(20);
  OTRP_ASSERT_OK_AND_ASSIGN(auto pool, Pool::Create(options));
  const auto metrics = [] { return telemetry::Default().Serialize(); };
  const auto slow = [&] { return pool->ExecOnce("SELECT pg_sleep(5)"); };
  EXPECT_THAT(slow(), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(metrics(),
              HasSubstr("otrp_db_failures_total{code=\"DEADLINE_EXCEEDED\","
                        "schema=\"counted\"} 1\n"));
  OTRP_EXPECT_OK(pool->Run([&](Tx&) -> absl::Status {
    EXPECT_FALSE(pool->Ping().ok());
    return absl::OkStatus();
  }));
  // The caller's own word isn't the database's.
  EXPECT_FALSE(
      pool->Run([](Tx&) { return absl::UnavailableError("no"); }).ok());
  EXPECT_THAT(metrics(),
              HasSubstr("otrp_db_failures_total{code=\"UNAVAILABLE\","
                        "schema=\"counted\"} 1\n"));
  EXPECT_THAT(metrics(),
              HasSubstr("otrp_db_pool_size{schema=\"counted\"} 1\n"));
  EXPECT_THAT(metrics(),
              HasSubstr("otrp_db_pool_waiting{schema=\"counted\"} 0\n"));
}

TEST_F(PoolTest, WaitsForAFreeConnectionButNotForEver) {
  Pool::Options options;
  options.dsn = db_->Dsn("portal");
  options.schema = "portal";
  options.size = 1;
  options.acquire_timeout = absl::Milliseconds(100);
  OTRP_ASSERT_OK_AND_ASSIGN(auto narrow, Pool::Create(options));
  OTRP_EXPECT_OK(narrow->Run([&](Tx&) -> absl::Status {
    EXPECT_THAT(narrow->Ping(),
                StatusIs(absl::StatusCode::kUnavailable, HasSubstr("in use")));
    return absl::OkStatus();
  }));
  OTRP_EXPECT_OK(narrow->Ping());
}

TEST_F(PoolTest, ManyThreadsShareAFewConnections) {
  OTRP_ASSERT_OK(pool_->ExecOnce("INSERT INTO item VALUES ('a', 0)"));
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        if (!pool_->ExecOnce("UPDATE item SET n = n + 1").ok()) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  OTRP_ASSERT_OK_AND_ASSIGN(Row row, pool_->Query1("SELECT n FROM item"));
  EXPECT_EQ(row.Raw(0), "320");
}

TEST_F(PoolTest, RefusesBadOptions) {
  Pool::Options options;
  options.schema = "portal";
  EXPECT_THAT(Pool::Create(options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("dsn")));
  options.dsn = "host=/nowhere";
  options.schema = "portal; DROP TABLE x";
  EXPECT_THAT(
      Pool::Create(options),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("schema")));
  options.schema = "portal";
  options.size = 0;
  EXPECT_THAT(Pool::Create(options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("size")));
}

TEST_F(PoolTest, AUriIsADsnToo) {
  Pool::Options options;
  options.dsn = absl::StrCat("postgresql://otrp_portal@/", db_->name(),
                             "?host=", TestPostgres::Shared().socket_dir());
  options.schema = "portal";
  OTRP_ASSERT_OK_AND_ASSIGN(auto pool, Pool::Create(options));
  OTRP_ASSERT_OK_AND_ASSIGN(
      Row row, pool->Query1("SELECT current_schema(), "
                            "current_setting('statement_timeout')"));
  EXPECT_EQ(row.Raw(0), "portal");
  EXPECT_EQ(row.Raw(1), "10s");
}

TEST_F(PoolTest, BehindASessionPoolerSettingsComeAsTheFirstStatement) {
  Pool::Options options;
  options.dsn = db_->Dsn("portal");
  options.schema = "portal";
  options.access.pooler = Pooler::kSession;
  OTRP_ASSERT_OK_AND_ASSIGN(auto pool, Pool::Create(options));
  OTRP_ASSERT_OK_AND_ASSIGN(
      Row row,
      pool->Query1("SELECT current_schema(), "
                   "current_setting('statement_timeout'), "
                   "current_setting('lock_timeout'), "
                   "current_setting('idle_in_transaction_session_timeout')"));
  EXPECT_EQ(row.Raw(0), "portal");
  EXPECT_EQ(row.Raw(1), "10s");
  EXPECT_EQ(row.Raw(2), "5s");
  EXPECT_EQ(row.Raw(3), "15s");
}

TEST_F(PoolTest, BehindATransactionPoolerNothingIsPreparedAndTheRoleMustServe) {
  Pool::Options options;
  options.dsn = db_->Dsn("portal");
  options.schema = "portal";
  options.access.pooler = Pooler::kTransaction;
  OTRP_ASSERT_OK_AND_ASSIGN(auto pool, Pool::Create(options));
  const absl::Status missing = pool->Ping();
  EXPECT_THAT(missing, StatusIs(absl::StatusCode::kUnavailable,
                                HasSubstr("ALTER ROLE otrp_portal SET ")));
  OTRP_ASSERT_OK_AND_ASSIGN(auto admin, db_->NewSuperuserPool("portal"));
  for (const char* setting :
       {"search_path = portal", "statement_timeout = '10s'",
        "lock_timeout = '4s'", "idle_in_transaction_session_timeout = '15s'",
        "timezone = 'UTC'", "jit = off"}) {
    OTRP_ASSERT_OK(
        admin->ExecOnce(absl::StrCat("ALTER ROLE otrp_portal IN DATABASE \"",
                                     db_->name(), "\" SET ", setting)));
  }
  OTRP_ASSERT_OK(pool->Ping());
  OTRP_ASSERT_OK(pool->ExecOnce("INSERT INTO item VALUES ($1, 0)", "a"));
  OTRP_ASSERT_OK_AND_ASSIGN(
      Row row, pool->Query1("SELECT count(*) FROM pg_prepared_statements"));
  EXPECT_EQ(row.Raw(0), "0");
  EXPECT_EQ(CountItems(), 1);
}

// Clusters of their own: these stop the server.
class RestartTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(postgres_, TestPostgres::Start());
    OTRP_ASSERT_OK_AND_ASSIGN(db_, postgres_->NewDatabase({{"portal", ""}}));
    OTRP_ASSERT_OK_AND_ASSIGN(pool_, db_->NewPool("portal"));
  }

  std::unique_ptr<TestPostgres> postgres_;
  std::unique_ptr<TestDatabase> db_;
  std::unique_ptr<Pool> pool_;
};

TEST_F(RestartTest, AStatementCutShortIsOfUnknownOutcome) {
  OTRP_ASSERT_OK_AND_ASSIGN(auto super, db_->NewSuperuserPool("portal"));
  // Ends the backend of the pool's only busy connection from outside, without
  // a word to the client.
  auto kill_sleepers = [&] {
    for (int i = 0; i < 100; ++i) {
      auto rows = super->Query(
          "SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' "
          "AND state = 'active' AND pid <> pg_backend_pid()");
      if (rows.ok() && !rows->empty()) {
        int32_t pid = 0;
        if ((*rows)[0].Scan(&pid).ok()) kill(pid, SIGKILL);
        return;
      }
      absl::SleepFor(absl::Milliseconds(20));
    }
  };
  {
    std::thread killer(kill_sleepers);
    EXPECT_THAT(pool_->ExecOnce("SELECT pg_sleep(3)"),
                StatusIs(absl::StatusCode::kUnknown));
    killer.join();
  }
  OTRP_ASSERT_OK(super->WaitReady(absl::Seconds(10)));
  OTRP_ASSERT_OK(pool_->WaitReady(absl::Seconds(10)));
}

constexpr char kInsertKey[] =
    "INSERT INTO inbox (source, event_id) VALUES ('test', $1)";

TEST_F(RestartTest, ARestartIsNotSeenByTheNextCall) {
  for (bool crash : {false, true}) {
    OTRP_ASSERT_OK(pool_->Ping());
    OTRP_ASSERT_OK(crash ? postgres_->Crash() : postgres_->Stop());
    OTRP_ASSERT_OK(postgres_->StartAgain());
    OTRP_EXPECT_OK(pool_->ExecOnce(kInsertKey, absl::StrCat(crash)));
  }
}

TEST_F(RestartTest, WithoutDatabaseCallsFailSoonAndRecoverAfterwards) {
  OTRP_ASSERT_OK(pool_->Ping());
  OTRP_ASSERT_OK(postgres_->Stop());
  EXPECT_THAT(pool_->Ping(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(pool_->Run([](Tx&) { return absl::OkStatus(); }),
              StatusIs(absl::StatusCode::kUnavailable));
  OTRP_ASSERT_OK(postgres_->StartAgain());
  OTRP_EXPECT_OK(pool_->WaitReady(absl::Seconds(5)));
}

TEST_F(RestartTest, ATransactionCutInTheMiddleIsDoneAgainOnce) {
  int attempts = 0;
  OTRP_EXPECT_OK(pool_->Run([&](Tx& tx) -> absl::Status {
    ++attempts;
    OTRP_RETURN_IF_ERROR(tx.Exec(kInsertKey, "x").status());
    if (attempts == 1) OTRP_RETURN_IF_ERROR(postgres_->Restart());
    return tx.Exec("SELECT 1").status();
  }));
  EXPECT_EQ(attempts, 2);
  OTRP_ASSERT_OK_AND_ASSIGN(Row row, pool_->Query1("SELECT count(*) FROM "
                                                   "inbox"));
  EXPECT_EQ(row.Raw(0), "1");
}

TEST_F(RestartTest, ACutWhileCommittingIsOfUnknownOutcome) {
  EXPECT_THAT(pool_->Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(tx.Exec(kInsertKey, "x").status());
    return postgres_->Crash();
  }),
              StatusIs(absl::StatusCode::kUnknown, HasSubstr("unknown")));
}

}  // namespace
}  // namespace store
}  // namespace otrp

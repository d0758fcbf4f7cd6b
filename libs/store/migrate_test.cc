// Against a real PostgreSQL.

#include "libs/store/migrate.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
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
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Migration& One() {
  static const auto* one =
      new Migration{"0001_one.sql",
                    "CREATE TABLE {{schema}}.t (a int);"
                    "GRANT SELECT, INSERT ON t TO {{runtime_role}};"};
  return *one;
}

class MigrateTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // Without schemas: what Migrate() makes itself.
    OTRP_ASSERT_OK_AND_ASSIGN(db_, TestPostgres::Shared().NewDatabase({}));
    options_.dsn = db_->OwnerDsn();
    options_.schema = "ca";
  }

  std::unique_ptr<TestDatabase> db_;
  MigrateOptions options_;
};

TEST_F(MigrateTest, AppliesEachOnce) {
  EXPECT_THAT(
      Migrate(options_, {One()}),
      IsOkAndHolds(ElementsAre("0000_common.sql", "0000_idempotency.sql",
                               "0000_order.sql", "0001_one.sql")));
  EXPECT_THAT(Migrate(options_, {One()}), IsOkAndHolds(IsEmpty()));
  OTRP_ASSERT_OK_AND_ASSIGN(auto pool, db_->NewPool("ca"));
  OTRP_EXPECT_OK(pool->ExecOnce("INSERT INTO t VALUES (1)"));
}

TEST_F(MigrateTest, LeavesNothingOfAFailedOne) {
  EXPECT_THAT(
      Migrate(options_, {{"0001_bad.sql", "CREATE TABLE x (a int); SELEC"}}),
      StatusIs(absl::StatusCode::kInternal, HasSubstr("0001_bad.sql")));
  EXPECT_THAT(Migrate(options_, {{"0001_bad.sql", "CREATE TABLE x (a int)"}}),
              IsOkAndHolds(ElementsAre("0001_bad.sql")));
}

TEST_F(MigrateTest, RefusesAFileThatChangedAfterwards) {
  OTRP_ASSERT_OK(Migrate(options_, {One()}));
  Migration changed = One();
  changed.sql += " ";
  EXPECT_THAT(Migrate(options_, {changed}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("0001_one.sql")));
}

TEST_F(MigrateTest, AnOlderProgramLeavesNewerMigrationsAlone) {
  OTRP_ASSERT_OK(Migrate(options_, {One(), {"0002_two.sql", "SELECT 1"}}));
  EXPECT_THAT(Migrate(options_, {One()}), IsOkAndHolds(IsEmpty()));
}

TEST_F(MigrateTest, BringsSequencesUpToTheirTables) {
  const Migration ids = {"0001_ids.sql",
                         "CREATE TABLE a (id bigserial PRIMARY KEY, x int);"
                         "CREATE TABLE b (\"Id\" bigint GENERATED ALWAYS AS "
                         "IDENTITY PRIMARY KEY, x int);"
                         "INSERT INTO a (x) VALUES (1)"};
  OTRP_ASSERT_OK(Migrate(options_, {ids}));
  OTRP_ASSERT_OK_AND_ASSIGN(auto super, db_->NewSuperuserPool("ca"));
  auto next = [&](const char* sql) {
    auto row = super->ExecOnce(sql);
    EXPECT_TRUE(row.ok()) << row.status();
    return row.ok() ? std::string((*row)[0].Raw(0)) : "";
  };
  // As logical replication leaves them.
  OTRP_ASSERT_OK(super->ExecOnce("INSERT INTO a VALUES (41, 1)"));
  OTRP_ASSERT_OK(
      super->ExecOnce("INSERT INTO b OVERRIDING SYSTEM VALUE VALUES (1, 1)"));
  OTRP_ASSERT_OK(Migrate(options_, {ids}));
  EXPECT_EQ(next("INSERT INTO a (x) VALUES (2) RETURNING id"), "42");
  EXPECT_EQ(next("INSERT INTO b (x) VALUES (2) RETURNING \"Id\""), "2");
  // One that is ahead stays so.
  OTRP_ASSERT_OK(super->ExecOnce("DELETE FROM a"));
  OTRP_ASSERT_OK(Migrate(options_, {ids}));
  EXPECT_EQ(next("INSERT INTO a (x) VALUES (3) RETURNING id"), "43");
}

TEST_F(MigrateTest, ConcurrentRunsApplyOnce) {
  OTRP_ASSERT_OK(Migrate(options_, {}));
  std::vector<std::thread> threads;
  std::vector<absl::Status> results(4);
  for (size_t i = 0; i < results.size(); ++i) {
    threads.emplace_back([this, &results, i] {
      results[i] = Migrate(options_, {One()}).status();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : results) OTRP_EXPECT_OK(status);
}

TEST_F(MigrateTest, RefusesOddNames) {
  options_.runtime_role = "x; DROP SCHEMA ca";
  EXPECT_THAT(
      Migrate(options_, {}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("runtime_role")));
}

class ReadMigrationsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::filesystem::path(::testing::TempDir()) /
           ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directory(dir_);
  }
  void Write(const std::string& name) {
    std::ofstream(dir_ / name) << "-- " << name;
  }
  std::filesystem::path dir_;
};

TEST_F(ReadMigrationsTest, ReadsSqlFilesInOrder) {
  Write("0002_b.sql");
  Write("0001_a.sql");
  Write("BUILD");
  OTRP_ASSERT_OK_AND_ASSIGN(auto found, ReadMigrations(dir_.string()));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name, "0001_a.sql");
  EXPECT_EQ(found[1].sql, "-- 0002_b.sql");
}

TEST_F(ReadMigrationsTest, RefusesBadNamesAndTakenNumbers) {
  Write("1_a.sql");
  EXPECT_THAT(
      ReadMigrations(dir_.string()),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("1_a.sql")));
  std::filesystem::remove(dir_ / "1_a.sql");
  Write("0001_a.sql");
  Write("0001_b.sql");
  EXPECT_THAT(ReadMigrations(dir_.string()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("number is taken")));
  std::filesystem::remove(dir_ / "0001_b.sql");
  Write("0000_mine.sql");
  EXPECT_THAT(ReadMigrations(dir_.string()),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ReadMigrations((dir_ / "nowhere").string()),
              StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace store
}  // namespace otrp

// A database that a test has left is as good as a new one.

#include "tests/support/service_database.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Answer(store::Pool& pool, const char* sql) {
  auto row = pool.Query1(sql);
  EXPECT_TRUE(row.ok()) << row.status();
  return row.ok() ? std::string(row->Raw(0)) : "";
}

constexpr char kName[] = "SELECT current_database()";
constexpr char kEnqueue[] = R"sql(
  INSERT INTO outbox (event_id, topic, key, payload)
  VALUES (gen_random_uuid()::text, 'topic', 'key', '') RETURNING id
)sql";

store::AuditEvent Event() {
  store::AuditEvent event;
  event.actor = "otrp://service/test";
  event.action = "test";
  return event;
}

TEST(ServiceDatabaseTest, WhatATestWroteIsGoneForTheNext) {
  std::string name;
  for (int round = 0; round < 2; ++round) {
    ServiceDatabase database{{"portal", ""}};
    if (round == 0) name = Answer(database.pool(), kName);
    EXPECT_EQ(Answer(database.pool(), kName), name);
    EXPECT_THAT(database.AuditActions(), IsEmpty());
    OTRP_ASSERT_OK(database.pool().Run(
        [](store::Tx& tx) { return store::AppendAudit(tx, Event()); }));
    EXPECT_THAT(database.AuditActions(), ElementsAre("test"));
    OTRP_ASSERT_OK_AND_ASSIGN(store::Rows rows,
                              database.pool().ExecOnce(kEnqueue));
    EXPECT_EQ(rows[0].Raw(0), "1");
  }
}

TEST(ServiceDatabaseTest, WhatMigrationsWroteStays) {
  for (int round = 0; round < 2; ++round) {
    ServiceDatabase database{{"portal", ""}};
    EXPECT_EQ(Answer(database.pool(), "SELECT min(name) FROM schema_migration"),
              "0000_common.sql");
  }
}

TEST(ServiceDatabaseTest, WhatTheSuperuserHadIsNobodyElses) {
  std::string name;
  {
    ServiceDatabase database{{"portal", ""}};
    name = Answer(database.superuser(), kName);
  }
  ServiceDatabase database{{"portal", ""}};
  EXPECT_NE(Answer(database.pool(), kName), name);
}

TEST(ServiceDatabaseTest, AProxyForgetsWhatItWasToldByATest) {
  {
    ServiceDatabase database{{"portal", ""}};
    database.proxy().LoseNextCommit(PostgresProxy::Loss::kAnswer);
    database.proxy().SetReachable(false);
  }
  ServiceDatabase database{{"portal", ""}};
  OTRP_EXPECT_OK(database.pool().ExecOnce(kEnqueue));
}

}  // namespace
}  // namespace testing
}  // namespace otrp

#include "libs/store/access.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace store {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

class AccessTest : public ::testing::Test {
 protected:
  AccessTest() {
    unsetenv("PGHOST");
    unsetenv("PGSSLMODE");
  }
};

TEST_F(AccessTest, ThisMachineNeedsNoTls) {
  for (const char* dsn :
       {"user=a", "host=/run/postgresql", "host=127.0.0.1", "host=localhost",
        "host=::1", "host=db.example hostaddr=127.0.0.1",
        "postgresql://a@/otrp?host=/run", "host=/run,127.0.0.1"}) {
    OTRP_EXPECT_OK(CheckConnectionString(dsn, SslMode::kVerifyFull)) << dsn;
  }
}

TEST_F(AccessTest, AnotherMachineNeedsWhatTheFloorSays) {
  for (const char* dsn :
       {"host=db.example", "host=db.example sslmode=disable",
        "host=db.example sslmode=prefer", "host=10.0.0.7",
        "host=localhost hostaddr=192.0.2.7", "host=/run,db.example",
        "service=main", "postgresql://a:hunter2@db.example/otrp",
        "postgresql://a:hunter2@127.0.0.1.example/otrp"}) {
    EXPECT_THAT(CheckConnectionString(dsn, SslMode::kRequire),
                StatusIs(kInvalid, AllOf(HasSubstr("needs require"),
                                         Not(HasSubstr("hunter2")))))
        << dsn;
  }
  OTRP_EXPECT_OK(CheckConnectionString("host=db.example", SslMode::kPrefer));
  OTRP_EXPECT_OK(CheckConnectionString("host=db.example sslmode=verify-full",
                                       SslMode::kVerifyFull));
  EXPECT_THAT(CheckConnectionString("host=db.example sslmode=require",
                                    SslMode::kVerifyFull),
              StatusIs(kInvalid, HasSubstr("needs verify-full")));
}

TEST_F(AccessTest, WhatTheEnvironmentGivesCounts) {
  setenv("PGSSLMODE", "verify-full", 1);
  OTRP_EXPECT_OK(
      CheckConnectionString("host=db.example", SslMode::kVerifyFull));
  unsetenv("PGSSLMODE");
  setenv("PGHOST", "db.example", 1);
  EXPECT_THAT(CheckConnectionString("user=a", SslMode::kRequire),
              StatusIs(kInvalid, HasSubstr("needs require")));
  unsetenv("PGHOST");
}

TEST_F(AccessTest, WhatLibpqCannotReadIsRefusedWithoutItsText) {
  EXPECT_THAT(
      CheckConnectionString("host=a password='hunter2", SslMode::kDisable),
      StatusIs(kInvalid,
               AllOf(HasSubstr("can't read"), Not(HasSubstr("hunter2")))));
}

TEST_F(AccessTest, AFlagTakesItsWordsAlone) {
  Pooler pooler = Pooler::kNone;
  SslMode mode = SslMode::kDisable;
  std::string error;
  EXPECT_TRUE(AbslParseFlag("transaction", &pooler, &error));
  EXPECT_EQ(AbslUnparseFlag(pooler), "transaction");
  EXPECT_TRUE(AbslParseFlag("verify-ca", &mode, &error));
  EXPECT_EQ(AbslUnparseFlag(mode), "verify-ca");
  EXPECT_FALSE(AbslParseFlag("statement", &pooler, &error));
  EXPECT_EQ(error, "give none, session or transaction");
  EXPECT_FALSE(AbslParseFlag("", &mode, &error));
}

}  // namespace
}  // namespace store
}  // namespace otrp

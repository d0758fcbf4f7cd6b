#include "libs/service/common_flags.h"

#include <sys/stat.h>

#include <fstream>
#include <string>

#include "absl/flags/declare.h"
#include "absl/flags/reflection.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

OTRP_SERVICE_FLAGS("127.0.0.1:9101", "127.0.0.1:9201", /*db_connections=*/6);
ABSL_DECLARE_FLAG(std::string, tls_dir);
ABSL_DECLARE_FLAG(std::string, dsn_file);
ABSL_DECLARE_FLAG(otrp::store::Pooler, db_pooler);
ABSL_DECLARE_FLAG(otrp::store::SslMode, db_least_sslmode);

namespace otrp {
namespace service {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

class CommonFlagsTest : public ::testing::Test {
 protected:
  CommonFlagsTest() {
    const std::string path = ::testing::TempDir() + "/dsn";
    std::ofstream(path) << "host=/db\n";
    EXPECT_EQ(chmod(path.c_str(), 0600), 0);
    absl::SetFlag(&FLAGS_dsn_file, path);
    absl::SetFlag(&FLAGS_tls_dir, "/tls");
  }

 private:
  const absl::FlagSaver saver_;
};

TEST_F(CommonFlagsTest, WhatIsntGivenIsTheServicesOwnDefault) {
  OTRP_ASSERT_OK_AND_ASSIGN(const CommonConfig config, CommonConfigFromFlags());
  EXPECT_EQ(config.listen, "127.0.0.1:9101");
  EXPECT_EQ(config.metrics_listen, "127.0.0.1:9201");
  EXPECT_EQ(config.db_connections, 6);
  EXPECT_EQ(config.tls_dir, "/tls");
  EXPECT_THAT(config.dsn(), IsOkAndHolds("host=/db"));
}

TEST_F(CommonFlagsTest, AnErrorNamesItsFlag) {
  {
    const absl::FlagSaver saver;
    absl::SetFlag(&FLAGS_listen, "9101");
    EXPECT_THAT(CommonConfigFromFlags(),
                StatusIs(kInvalid, HasSubstr("--listen:")));
  }
  {
    const absl::FlagSaver saver;
    absl::SetFlag(&FLAGS_tls_dir, "");
    EXPECT_THAT(CommonConfigFromFlags(),
                StatusIs(kInvalid, HasSubstr("--tls_dir:")));
  }
  absl::SetFlag(&FLAGS_dsn_file, "/nowhere");
  EXPECT_THAT(CommonConfigFromFlags(),
              StatusIs(kInvalid, HasSubstr("--dsn_file:")));
}

TEST_F(CommonFlagsTest, ADatabaseOverAnOpenLineIsRefused) {
  const std::string path = ::testing::TempDir() + "/open";
  std::ofstream(path) << "host=db.example password=hunter2 sslmode=prefer\n";
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  absl::SetFlag(&FLAGS_dsn_file, path);
  EXPECT_THAT(CommonConfigFromFlags(),
              StatusIs(kInvalid,
                       "--dsn_file: sslmode of the connection string "
                       "is prefer; a host that isn't this machine "
                       "needs require or more "
                       "(--db_least_sslmode)"));
  absl::SetFlag(&FLAGS_db_least_sslmode, store::SslMode::kPrefer);
  absl::SetFlag(&FLAGS_db_pooler, store::Pooler::kTransaction);
  OTRP_ASSERT_OK_AND_ASSIGN(const CommonConfig config, CommonConfigFromFlags());
  EXPECT_EQ(config.database.pooler, store::Pooler::kTransaction);
  EXPECT_EQ(config.database.least_ssl, store::SslMode::kPrefer);
}

TEST_F(CommonFlagsTest, APoolThatIsTooSmallForTheServiceIsRefused) {
  absl::SetFlag(&FLAGS_db_connections, 1);
  EXPECT_THAT(CommonConfigFromFlags(), ::otrp::testing::IsOk());
  EXPECT_THAT(CommonConfigFromFlags(/*min_db_connections=*/2),
              StatusIs(kInvalid, "--db_connections: give 2 to 100"));
  for (int bad : {0, -1, 101}) {
    absl::SetFlag(&FLAGS_db_connections, bad);
    EXPECT_THAT(CommonConfigFromFlags(),
                StatusIs(kInvalid, "--db_connections: give 1 to 100"));
  }
}

}  // namespace
}  // namespace service
}  // namespace otrp

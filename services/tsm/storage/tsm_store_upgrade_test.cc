// A database that the version before has filled, and goes on writing to.

#include <memory>
#include <vector>

#include "gtest/gtest.h"
#include "libs/store/migrate.h"
#include "services/tsm/storage/tsm_store.h"
#include "tests/support/postgres.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::TestPostgres;

// As the version before the counts writes devices.
absl::Status WriteDevices(store::Pool& pool, int from, int until) {
  return pool
      .ExecOnce(R"sql(
        INSERT INTO device (did, dialect, key_type, tee_name, tee_version,
          tee_certificate, tee_spki, verdict, attested_at, first_seen,
          last_seen)
        SELECT sha256(n::text::bytea), 'ietf03', 'RSA', 'tee', '1', 'cert',
          'spki', CASE WHEN n % 3 = 0 THEN 'refused' ELSE 'accepted' END,
          now(), now(), now()
        FROM generate_series($1::integer, $2::integer) AS n
        ON CONFLICT (did) DO UPDATE SET verdict = EXCLUDED.verdict
      )sql",
                from, until)
      .status();
}

TEST(TsmStoreUpgradeTest, CountsTheDevicesOfTheVersionBefore) {
  OTRP_ASSERT_OK_AND_ASSIGN(auto database,
                            TestPostgres::Shared().NewDatabase({{"tsm", ""}}));
  OTRP_ASSERT_OK_AND_ASSIGN(
      const std::vector<store::Migration> migrations,
      store::ReadMigrations("services/tsm/storage/migrations"));
  ASSERT_GE(migrations.size(), 2u);
  store::MigrateOptions options;
  options.dsn = database->OwnerDsn();
  options.schema = "tsm";
  OTRP_ASSERT_OK(store::Migrate(options, {migrations[0]}));
  OTRP_ASSERT_OK_AND_ASSIGN(auto before, database->NewPool("tsm"));
  OTRP_ASSERT_OK(WriteDevices(*before, 1, 9));

  OTRP_ASSERT_OK(store::Migrate(options, migrations));
  OTRP_ASSERT_OK_AND_ASSIGN(auto after, database->NewPool("tsm"));
  TsmStore store(*after);
  OTRP_ASSERT_OK_AND_ASSIGN(auto counts, store.CountDevices());
  EXPECT_EQ(counts[Verdict::kAccepted], 6);
  EXPECT_EQ(counts[Verdict::kRefused], 3);

  // Both run side by side for a while; some devices come again.
  OTRP_ASSERT_OK(WriteDevices(*before, 7, 12));
  OTRP_ASSERT_OK_AND_ASSIGN(counts, store.CountDevices());
  EXPECT_EQ(counts[Verdict::kAccepted], 8);
  EXPECT_EQ(counts[Verdict::kRefused], 4);
}

TEST(TsmStoreUpgradeTest, KeysOfTheVersionBeforeAreTheCurrentOnes) {
  OTRP_ASSERT_OK_AND_ASSIGN(auto database,
                            TestPostgres::Shared().NewDatabase({{"tsm", ""}}));
  OTRP_ASSERT_OK_AND_ASSIGN(
      const std::vector<store::Migration> migrations,
      store::ReadMigrations("services/tsm/storage/migrations"));
  store::MigrateOptions options;
  options.dsn = database->OwnerDsn();
  options.schema = "tsm";
  OTRP_ASSERT_OK(store::Migrate(options, {migrations[0]}));
  OTRP_ASSERT_OK_AND_ASSIGN(auto before, database->NewPool("tsm"));
  OTRP_ASSERT_OK(before->ExecOnce(
      "INSERT INTO identity (key_type, sealed_key) VALUES ('RSA', 'x')"));

  OTRP_ASSERT_OK(store::Migrate(options, migrations));
  OTRP_ASSERT_OK_AND_ASSIGN(auto after, database->NewPool("tsm"));
  TsmStore store(*after);
  OTRP_ASSERT_OK_AND_ASSIGN(const auto all, store.LoadIdentities());
  ASSERT_EQ(all.size(), 1u);
  // What the key was sealed for.
  EXPECT_EQ(all[0].id, "RSA");
  EXPECT_EQ(all[0].state, IdentityState::kCurrent);
  // It is still written by its type alone.
  OTRP_ASSERT_OK(before->ExecOnce(
      "UPDATE identity SET chain_pem = 'chain' WHERE key_type = 'RSA'"));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto again, store.LoadIdentities());
  EXPECT_EQ(again[0].chain_pem, "chain");
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

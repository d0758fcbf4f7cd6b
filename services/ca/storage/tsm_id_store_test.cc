// Ids of TSMs on a real PostgreSQL, as the run-time role.

#include "services/ca/storage/tsm_id_store.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/store/migrate.h"
#include "services/ca/storage/ca_store.h"
#include "tests/support/postgres.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kUri[] = "https://tsm.example";
constexpr char kTsm[] = "otrp://service/tsm";
constexpr char kAlice[] = "otrp://operator/alice";

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(seconds); }

store::AuditEvent Audit(const std::string& action) {
  store::AuditEvent event;
  event.actor = kAlice;
  event.action = action;
  return event;
}

class TsmIdStoreTest : public ::testing::Test {
 protected:
  absl::StatusOr<TsmIdStore::Changed> Add(const std::string& uri,
                                          const std::string& holder) {
    return store_.Add({uri, holder, At(7), kAlice}, Audit("add"));
  }
  absl::StatusOr<TsmIdStore::Changed> Transfer(const std::string& uri,
                                               const std::string& holder) {
    return store_.Transfer(uri, holder, [](const std::string& from) {
      return Audit("transfer from " + from);
    });
  }
  // What a certificate of that serial is told.
  absl::Status Intend(const std::string& serial, const std::string& asker) {
    CertificateRecord row;
    row.serial = serial;
    row.profile = pki::Role::kTsm;
    row.authority = "tsm-ca";
    row.san_uris = {kUri};
    row.not_before = At(0);
    row.not_after = At(1000);
    row.request_sha256 = std::string(32, 'r');
    IntentGrounds grounds;
    grounds.tsm_id = TsmIdClaim{kUri, asker};
    return ca_.RecordIntent(row, grounds);
  }

  testing::ServiceDatabase database_{{"ca", "services/ca/storage/migrations"}};
  CaStore ca_{database_.pool()};
  TsmIdStore store_{database_.pool()};
};

TEST_F(TsmIdStoreTest, OnlyTheHolderOfARegisteredIdGetsACertificateForIt) {
  EXPECT_THAT(Intend("1", kTsm),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("san_uris: is no registered id")));
  OTRP_ASSERT_OK(Add(kUri, kTsm).status());
  OTRP_ASSERT_OK(Intend("1", kTsm));
  EXPECT_THAT(Intend("2", kAlice),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("san_uris: is the id of another TSM")));
  OTRP_ASSERT_OK(Transfer(kUri, kAlice).status());
  OTRP_ASSERT_OK(Intend("2", kAlice));
  EXPECT_THAT(Intend("3", kTsm), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(ca_.GetCertificate("3"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(TsmIdStoreTest, AnIdIsAddedOnceAndNotTakenByAnother) {
  OTRP_ASSERT_OK_AND_ASSIGN(TsmIdStore::Changed added, Add(kUri, kTsm));
  EXPECT_TRUE(added.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(added, Add(kUri, kTsm));
  EXPECT_FALSE(added.changed);
  EXPECT_THAT(Add(kUri, kAlice).status(),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       HasSubstr("uri: is held by otrp://service/tsm")));
  OTRP_ASSERT_OK_AND_ASSIGN(TsmIdStore::Changed moved, Transfer(kUri, kAlice));
  EXPECT_TRUE(moved.changed);
  EXPECT_EQ(moved.tsm_id.holder, kAlice);
  EXPECT_EQ(moved.tsm_id.registered_at, At(7));
  OTRP_ASSERT_OK_AND_ASSIGN(moved, Transfer(kUri, kAlice));
  EXPECT_FALSE(moved.changed);
  EXPECT_THAT(Transfer("https://none", kAlice).status(),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(database_.AuditActions(),
              ElementsAre("add", "transfer from otrp://service/tsm"));
}

TEST_F(TsmIdStoreTest, NoIdIsReleasedWhileACertificateForItIsGood) {
  OTRP_ASSERT_OK(Add(kUri, kTsm).status());
  OTRP_ASSERT_OK(Intend("a1", kTsm));
  const auto in_use = StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr("uri: has a certificate that is good, "
                                         "a1"));
  EXPECT_THAT(store_.Release(kUri, At(10), Audit("release")), in_use);
  OTRP_ASSERT_OK(ca_.RecordIssued("a1", "der", Audit("issue")));
  EXPECT_THAT(store_.Release(kUri, At(999), Audit("release")), in_use);
  OTRP_ASSERT_OK(
      ca_.Revoke("a1", {RevocationReason::kSuperseded, At(1)}, Audit("revoke"))
          .status());
  OTRP_ASSERT_OK(store_.Release(kUri, At(10), Audit("release")));
  EXPECT_THAT(store_.Release(kUri, At(10), Audit("release")),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Intend("a2", kTsm),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(database_.AuditActions(),
              ElementsAre("add", "issue", "revoke", "release"));
}

TEST_F(TsmIdStoreTest, TheyAreListedByUriInPagesAllOrOneHolders) {
  for (const char* uri : {"https://c", "https://a", "https://b"}) {
    OTRP_ASSERT_OK(Add(uri, uri[8] == 'b' ? kAlice : kTsm).status());
  }
  const auto uris = [&](const std::string& holder, const std::string& after,
                        int limit) {
    std::vector<std::string> out;
    const auto rows = store_.List(holder, after, limit).value();
    for (const TsmIdRecord& one : rows) {
      out.push_back(one.uri);
    }
    return out;
  };
  EXPECT_THAT(uris("", "", 2), ElementsAre("https://a", "https://b"));
  EXPECT_THAT(uris("", "https://b", 2), ElementsAre("https://c"));
  EXPECT_THAT(uris(kTsm, "", 9), ElementsAre("https://a", "https://c"));
}

TEST(TsmIdMigrationTest, TheIdsOfTsmsThatRunAreRegistered) {
  OTRP_ASSERT_OK_AND_ASSIGN(
      const std::vector<store::Migration> all,
      store::ReadMigrations("services/ca/storage/migrations"));
  std::vector<store::Migration> before;
  for (const store::Migration& one : all) {
    if (one.name < "0031") before.push_back(one);
  }
  OTRP_ASSERT_OK_AND_ASSIGN(
      const auto database,
      testing::TestPostgres::Shared().NewDatabase({{"ca", ""}}));
  const store::MigrateOptions options = {database->OwnerDsn(), "ca", "", {}};
  OTRP_ASSERT_OK(store::Migrate(options, before).status());
  OTRP_ASSERT_OK_AND_ASSIGN(const auto superuser,
                            database->NewSuperuserPool("ca"));
  OTRP_ASSERT_OK(superuser
                     ->Query(R"sql(
      INSERT INTO certificate (serial, profile, authority, subject, san_uris,
                               not_before, not_after, status, request_sha256)
      SELECT uri, profile, 'tsm-ca', 'TSM', uri, now(), now() + days, status,
             'r'
      FROM (VALUES
        ('live', 'tsm', interval '1 day', 'issued'),
        ('begun', 'tsm', interval '1 day', 'intended'),
        ('claimed', 'tsm', interval '1 day', 'issued'),
        ('over', 'tsm', interval '-1 day', 'issued'),
        ('revoked', 'tsm', interval '1 day', 'revoked'),
        ('device', 'tee', interval '1 day', 'issued')
      ) AS row (uri, profile, days, status))sql")
                     .status());
  OTRP_ASSERT_OK(superuser
                     ->Query("INSERT INTO tsm_id (uri, holder) "
                             "VALUES ('claimed', 'otrp://operator/a')")
                     .status());
  OTRP_ASSERT_OK(store::Migrate(options, all).status());
  OTRP_ASSERT_OK_AND_ASSIGN(const auto pool, database->NewPool("ca"));
  std::vector<std::string> held;
  const auto rows = TsmIdStore(*pool).List("", "", 100).value();
  for (const TsmIdRecord& one : rows) {
    held.push_back(one.uri + " of " + one.holder);
  }
  EXPECT_THAT(held, ElementsAre("begun of otrp://service/tsm",
                                "claimed of otrp://operator/a",
                                "live of otrp://service/tsm"));
}

}  // namespace
}  // namespace ca
}  // namespace otrp

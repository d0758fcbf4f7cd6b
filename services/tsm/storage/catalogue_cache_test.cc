#include "services/tsm/storage/catalogue_cache.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "libs/store/pool.h"
#include "services/tsm/testing/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::StatusIs;

class CatalogueCacheTest : public TsmStoreTest {
 protected:
  int64_t RulesVersion() {
    const auto row =
        database_.pool().Query1("SELECT rules_version FROM catalogue");
    int64_t version = 0;
    EXPECT_TRUE(row.ok() && row->Scan(&version).ok());
    return version;
  }

  std::shared_ptr<const Catalogue> Newest() {
    auto catalogue = cache_.AtLeast(RulesVersion());
    EXPECT_TRUE(catalogue.ok()) << catalogue.status();
    return catalogue.ok() ? *catalogue : std::make_shared<const Catalogue>();
  }

  CatalogueCache cache_{database_.pool()};
};

// A yank that was confirmed holds for the next device, at whichever replica.
TEST_F(CatalogueCacheTest, NobodyIsJudgedByOneThatLacksWhatWasCommitted) {
  ApplyWallet("1.0", "image");
  EXPECT_FALSE(Newest()->FindRelease("bank", "wallet", "1.0")->yanked);
  TsmStore other_replica(database_.pool());
  OTRP_ASSERT_OK(other_replica.ApplyEvent(
      "other-1", Yank{"bank", "wallet", "1.0"}, Audit("yank")));
  EXPECT_TRUE(Newest()->FindRelease("bank", "wallet", "1.0")->yanked);
}

TEST_F(CatalogueCacheTest, WhatComesInParts) {
  ApplyWallet("1.0", "image");
  Apply(SpCertificate{"bank", "Bank", "cert", HexEncode(crypto::Sha256("c"))});
  Apply(Assignment{"bank", "wallet", AllDevices(), true});
  Apply(Assignment{"bank", "wallet", OneDevice{Did('a')}, true});
  const auto first = Newest();
  EXPECT_EQ(first->FindWord("all")->rules.size(), 1u);
  EXPECT_EQ(first->FindProvider("bank")->certificate,
            HexEncode(crypto::Sha256("c")));
  EXPECT_EQ(first->FindWord(absl::StrCat("did:", HexEncode(Did('a')))),
            nullptr);
  Apply(Assignment{"bank", "wallet", AllDevices(), false});
  Apply(Withdrawal{"bank", "wallet"});
  Apply(SpRevocation{"bank", HexEncode(crypto::Sha256("c")), At(5), 1});
  const auto second = Newest();
  EXPECT_TRUE(second->FindWord("all")->rules.empty());
  EXPECT_EQ(second->FindWord("all")->decisions.size(), 2u);
  EXPECT_TRUE(
      second->FindProvider("bank")->applications.at("wallet").withdrawn);
  EXPECT_TRUE(second->IsRevoked(HexEncode(crypto::Sha256("c"))));
  EXPECT_EQ(first->FindWord("all")->rules.size(), 1u);

  // Read as a whole, it is the same.
  CatalogueCache fresh(database_.pool());
  OTRP_ASSERT_OK(fresh.Refresh());
  OTRP_ASSERT_OK_AND_ASSIGN(const auto whole, fresh.AtLeast(RulesVersion()));
  EXPECT_EQ(whole->version(), second->version());
  EXPECT_EQ(whole->bytes(), second->bytes());
}

// Half a million assignments to single devices change nothing that all share.
TEST_F(CatalogueCacheTest, WhatIsAboutOneDeviceMakesNobodyReadTheCatalogue) {
  ApplyWallet("1.0", "image");
  const int64_t before = RulesVersion();
  Apply(Assignment{"bank", "wallet", OneDevice{Did('a')}, true});
  Apply(Assignment{"bank", "wallet", OneDevice{Did('a')}, false});
  OTRP_ASSERT_OK(store_.AddGroupMembers("eu", {Did('a')}, Audit("group")));
  OTRP_ASSERT_OK(store_.RemoveGroupMembers("eu", {Did('a')}, Audit("group")));
  EXPECT_EQ(RulesVersion(), before);
  OTRP_ASSERT_OK_AND_ASSIGN(auto contexts, store_.LoadDevices({Did('a')}));
  EXPECT_GT(contexts[0].catalogue_version, before);
}

TEST_F(CatalogueCacheTest, ADatabaseOfBeforeIsReadAnew) {
  ApplyWallet("1.0", "image");
  OTRP_ASSERT_OK(cache_.Refresh());
  const int64_t backup = RulesVersion();
  Apply(Assignment{"bank", "wallet", AllDevices(), true});
  EXPECT_NE(Newest()->FindWord("all"), nullptr);
  // As a restore leaves it.
  OTRP_ASSERT_OK(database_.superuser().Run([&](store::Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(
        tx.Exec("SET LOCAL session_replication_role = replica").status());
    OTRP_RETURN_IF_ERROR(tx.Exec("DELETE FROM desired_ta").status());
    return tx
        .Exec(
            "UPDATE catalogue SET version = $1::bigint, "
            "rules_version = $1::bigint",
            backup)
        .status();
  }));
  OTRP_ASSERT_OK(cache_.Refresh());
  EXPECT_EQ(Newest()->version(), backup);
  EXPECT_EQ(Newest()->FindWord("all"), nullptr);
}

TEST_F(CatalogueCacheTest, BeyondItsBoundTheLastOneStaysAndNobodyIsJudged) {
  CatalogueCache small(database_.pool(), /*max_bytes=*/10000);
  ApplyWallet("1.0", "image");
  OTRP_ASSERT_OK(small.Refresh());
  const int64_t before = RulesVersion();
  for (int i = 0; i < 60; ++i) {
    Apply(
        Assignment{"bank", "wallet", DeviceGroup{absl::StrCat("g", i)}, true});
  }
  EXPECT_THAT(small.Refresh(), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(small.AtLeast(RulesVersion()),
              StatusIs(absl::StatusCode::kResourceExhausted));
  OTRP_EXPECT_OK(small.AtLeast(before));
}

TEST_F(CatalogueCacheTest, AnUnreachableDatabaseJudgesNobodyByTheOldOne) {
  ApplyWallet("1.0", "image");
  OTRP_ASSERT_OK(cache_.Refresh());
  EXPECT_LT(cache_.Age(), absl::Minutes(1));
  const int64_t known = RulesVersion();
  database_.proxy().SetReachable(false);
  EXPECT_FALSE(cache_.AtLeast(known + 1).ok());
  OTRP_EXPECT_OK(cache_.AtLeast(known));
  EXPECT_FALSE(cache_.Refresh().ok());
}

TEST_F(CatalogueCacheTest, ManyWhoAskWhileItChangesGetWhatTheyAskedFor) {
  ApplyWallet("1.0", "image");
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        const int64_t asked = RulesVersion();
        const auto got = cache_.AtLeast(asked);
        if (!got.ok() || (*got)->version() < asked) ++wrong;
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    Apply(
        Assignment{"bank", "wallet", DeviceGroup{absl::StrCat("g", i)}, true});
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_NE(Newest()->FindWord("group:g49"), nullptr);
}

// All but what has changed is left unread.
TEST_F(CatalogueCacheTest, ChangesAreReadByTheirNumbers) {
  OTRP_ASSERT_OK(database_.superuser().Run([](store::Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(
        tx.Exec("SET LOCAL session_replication_role = replica").status());
    for (const char* fill :
         {"INSERT INTO release (spid, taid, version, image, personalization, "
          "image_sha256, signer_cert, signer_fingerprint, changed_in) SELECT "
          "'sp' || n, 'ta', '1.0', 'i', '', '', '', '', n FROM "
          "generate_series(1, 100000) AS n",
          "INSERT INTO application (spid, taid, release_id, changed_in) SELECT "
          "spid, taid, id, changed_in FROM release",
          "INSERT INTO service_provider (spid, spcert, spcert_fingerprint, "
          "changed_in) SELECT spid, '', '', changed_in FROM release",
          "INSERT INTO desired_ta (spid, taid, target, changed_in) SELECT "
          "spid, taid, 'group:' || spid, changed_in FROM release",
          "INSERT INTO removal_decision (spid, taid, target, kind, actor, "
          "changed_in) SELECT spid, taid, 'group:x', 'unassigned', '', "
          "changed_in FROM release",
          "INSERT INTO revoked_sp_certificate (fingerprint, spid, revoked_at, "
          "reason, changed_in) SELECT sha256(spid::bytea), spid, now(), 1, "
          "changed_in FROM release",
          "INSERT INTO former_sp_certificate (spid, fingerprint, actor, "
          "changed_in) SELECT spid, sha256(spid::bytea), '', changed_in FROM "
          "release"}) {
      OTRP_RETURN_IF_ERROR(tx.Exec(fill).status());
    }
    return tx.Exec("ANALYZE").status();
  }));
  const std::string explain =
      absl::StrReplaceAll(absl::StrCat("EXPLAIN ", CatalogueCache::kChangesSql),
                          {{"$1::bigint", "99990"}});
  OTRP_ASSERT_OK_AND_ASSIGN(const store::Rows rows,
                            database_.pool().Query(explain));
  for (const store::Row& row : rows) {
    std::string line;
    OTRP_ASSERT_OK(row.Scan(&line));
    EXPECT_FALSE(absl::StrContains(line, "Seq Scan") &&
                 !absl::StrContains(line, "catalogue"))
        << line;
  }
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

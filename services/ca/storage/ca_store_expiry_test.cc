// What ends soon, on a real PostgreSQL, as the run-time role.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/ca/storage/ca_store.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace {

using ::otrp::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

absl::Time At(int64_t seconds) {
  return absl::FromUnixSeconds(1700000000 + seconds);
}

store::AuditEvent Audit() {
  store::AuditEvent event;
  event.actor = "ca";
  event.action = "test";
  event.subject = "1";
  return event;
}

class CaStoreExpiryTest : public ::testing::Test {
 protected:
  void Add(const std::string& serial, pki::Role profile,
           const std::string& subject, int64_t ends,
           const std::vector<std::string>& uris = {}) {
    CertificateRecord row;
    row.serial = serial;
    row.profile = profile;
    row.authority = "any-ca";
    row.subject = subject;
    row.san_uris = uris;
    row.not_before = At(0);
    row.not_after = At(ends);
    row.request_sha256 = "x";
    ASSERT_THAT(store_.RecordIntent(row, {}), IsOk());
    ASSERT_THAT(store_.RecordIssued(serial, "der", Audit()), IsOk());
  }

  std::vector<std::string> Serials(const CertificateFilter& filter,
                                   int64_t until,
                                   const CaStore::EndKey& after = {},
                                   int limit = 10) {
    const auto found =
        store_.ListExpiring(filter, At(100), At(until), after, limit);
    EXPECT_THAT(found.status(), IsOk());
    std::vector<std::string> serials;
    if (!found.ok()) return serials;
    for (const CertificateRecord& one : *found) serials.push_back(one.serial);
    return serials;
  }

  testing::ServiceDatabase database_{{"ca", "services/ca/storage/migrations"}};
  CaStore store_{database_.pool()};
};

TEST_F(CaStoreExpiryTest, WhatEndsSoonComesByItsEndAndPageByPage) {
  Add("a1", pki::Role::kTee, "phone", 400);
  Add("a2", pki::Role::kTee, "phone", 300);
  Add("b2", pki::Role::kTee, "phone", 300);
  Add("c1", pki::Role::kSp, "bank", 350);
  // It has ended; it ends later; it is revoked.
  Add("d1", pki::Role::kSp, "old", 100);
  Add("d2", pki::Role::kSp, "young", 401);
  Add("d3", pki::Role::kSp, "revoked", 200);
  ASSERT_THAT(
      store_.Revoke("d3", {RevocationReason::kUnspecified, At(1)}, Audit())
          .status(),
      IsOk());
  EXPECT_THAT(Serials({}, 400), ElementsAre("a2", "b2", "c1", "a1"));
  EXPECT_THAT(Serials({pki::Role::kSp}, 400), ElementsAre("c1"));
  EXPECT_THAT(Serials({}, 400, {}, 2), ElementsAre("a2", "b2"));
  EXPECT_THAT(Serials({}, 400, {At(300), "a2"}, 2), ElementsAre("b2", "c1"));
  EXPECT_THAT(Serials({}, 400, {At(400), "a1"}), IsEmpty());
}

TEST_F(CaStoreExpiryTest, WhoHasASuccessorOfAllItsNamesIsLeftOut) {
  const std::vector<std::string> long_uris(16, std::string(250, 'u'));
  Add("a1", pki::Role::kService, "tsm", 300, {"otrp://service/tsm"});
  Add("a2", pki::Role::kService, "tsm", 900, {"otrp://service/tsm"});
  // Another name, another profile.
  Add("b1", pki::Role::kService, "tsm", 300, {"otrp://service/tsm2"});
  Add("b2", pki::Role::kClient, "tsm", 300, {"otrp://service/tsm"});
  Add("c1", pki::Role::kSp, "bank", 300, long_uris);
  EXPECT_THAT(Serials({}, 400), ElementsAre("b1", "b2", "c1"));
  // A revoked successor is none.
  ASSERT_THAT(
      store_.Revoke("a2", {RevocationReason::kUnspecified, At(1)}, Audit())
          .status(),
      IsOk());
  EXPECT_THAT(Serials({}, 400), ElementsAre("a1", "b1", "b2", "c1"));
}

TEST_F(CaStoreExpiryTest, TheFirstEndOfAProfileIsThatOfWhatNothingReplaces) {
  using ::testing::Pair;
  using ::testing::UnorderedElementsAre;
  EXPECT_TRUE(store_.FirstEnds(At(100))->empty());
  Add("a1", pki::Role::kService, "tsm", 300, {"otrp://service/tsm"});
  Add("a2", pki::Role::kService, "tsm", 900, {"otrp://service/tsm"});
  Add("a3", pki::Role::kService, "ca", 700, {"otrp://service/ca"});
  // Two devices of one name; one that has ended.
  Add("b1", pki::Role::kTee, "phone", 99);
  Add("b2", pki::Role::kTee, "phone", 500);
  Add("b3", pki::Role::kTee, "phone", 800);
  EXPECT_THAT(*store_.FirstEnds(At(100)),
              UnorderedElementsAre(Pair(pki::Role::kService, At(700)),
                                   Pair(pki::Role::kTee, At(500))));
  // Its successor is revoked: nothing replaces it any more.
  ASSERT_THAT(
      store_.Revoke("a2", {RevocationReason::kUnspecified, At(1)}, Audit())
          .status(),
      IsOk());
  EXPECT_EQ(store_.FirstEnds(At(100))->at(pki::Role::kService), At(300));
}

}  // namespace
}  // namespace ca
}  // namespace otrp

// Against a real PostgreSQL.

#include "libs/store/audit.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "libs/store/audit_chain.h"
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

class AuditTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(
        db_, TestPostgres::Shared().NewDatabase({{"portal", ""}}));
    OTRP_ASSERT_OK_AND_ASSIGN(pool_, db_->NewPool("portal"));
    OTRP_ASSERT_OK_AND_ASSIGN(super_, db_->NewSuperuserPool("portal"));
  }

  void Append(const std::string& subject) {
    OTRP_ASSERT_OK(pool_->Run([&](Tx& tx) {
      AuditEvent event;
      event.actor = "otrp://operator/alice";
      event.action = "sp.create";
      event.subject = subject;
      event.details_json = "{\"n\": 1}";
      event.trace_id = std::string(32, 'a');
      return AppendAudit(tx, event);
    }));
  }

  std::unique_ptr<TestDatabase> db_;
  std::unique_ptr<Pool> pool_;
  std::unique_ptr<Pool> super_;
};

TEST_F(AuditTest, ListsNewestFirstAndByFilter) {
  for (int i = 0; i < 5; ++i) Append(absl::StrCat("sp", i % 2));
  AuditFilter filter;
  filter.limit = 2;
  OTRP_ASSERT_OK_AND_ASSIGN(auto page, ListAuditEvents(*pool_, filter));
  ASSERT_EQ(page.size(), 2u);
  EXPECT_GT(page[0].id, page[1].id);
  EXPECT_EQ(page[0].event.actor, "otrp://operator/alice");
  EXPECT_EQ(page[0].event.details_json, "{\"n\": 1}");
  filter.before_id = page[1].id;
  filter.limit = 100;
  OTRP_ASSERT_OK_AND_ASSIGN(page, ListAuditEvents(*pool_, filter));
  EXPECT_EQ(page.size(), 3u);
  filter = AuditFilter();
  filter.subject = "sp1";
  OTRP_ASSERT_OK_AND_ASSIGN(page, ListAuditEvents(*pool_, filter));
  EXPECT_EQ(page.size(), 2u);
  filter = AuditFilter();
  filter.action_prefix = "sp.";
  OTRP_ASSERT_OK_AND_ASSIGN(page, ListAuditEvents(*pool_, filter));
  EXPECT_EQ(page.size(), 5u);
  filter.action_prefix = "s%";
  OTRP_ASSERT_OK_AND_ASSIGN(page, ListAuditEvents(*pool_, filter));
  EXPECT_THAT(page, IsEmpty());
}

TEST_F(AuditTest, TheCteWritesOnlyWhenItsConditionHolds) {
  AuditEvent event;
  event.actor = "device:00";
  event.action = "session.advance";
  event.subject = "tid";
  for (const bool changes : {true, false}) {
    const std::string sql =
        absl::StrCat("WITH u AS (SELECT 1 WHERE $1::boolean), ",
                     AuditCte("a", 2, "EXISTS (SELECT 1 FROM u)"), " SELECT 1");
    std::vector<Param> params = {Param(changes)};
    for (const Param& p : AuditParams(event)) params.push_back(p);
    OTRP_ASSERT_OK(pool_->ExecOnceParams(sql, params, false));
  }
  OTRP_ASSERT_OK_AND_ASSIGN(auto events,
                            ListAuditEvents(*pool_, AuditFilter()));
  EXPECT_EQ(events.size(), 1u);
}

TEST_F(AuditTest, TheLagIsTheAgeOfTheFirstEventBehindTheLastSeal) {
  EXPECT_THAT(AuditSealLag(*pool_), IsOkAndHolds(absl::ZeroDuration()));
  Append("sealed");
  OTRP_ASSERT_OK(SealAuditLog(*pool_));
  // However old what is sealed is.
  OTRP_ASSERT_OK(
      super_->ExecOnce("UPDATE audit_event SET at = at - interval '1 day'"));
  EXPECT_THAT(AuditSealLag(*pool_), IsOkAndHolds(absl::ZeroDuration()));
  Append("first");
  Append("second");
  OTRP_ASSERT_OK(
      super_->ExecOnce("UPDATE audit_event SET at = at - interval '1 hour' "
                       "WHERE subject = 'first'"));
  OTRP_ASSERT_OK_AND_ASSIGN(const absl::Duration lag, AuditSealLag(*pool_));
  EXPECT_GE(lag, absl::Hours(1));
  EXPECT_LT(lag, absl::Hours(2));
  OTRP_ASSERT_OK(SealAuditLog(*pool_));
  EXPECT_THAT(AuditSealLag(*pool_), IsOkAndHolds(absl::ZeroDuration()));
}

TEST_F(AuditTest, SealsFollowOneAnother) {
  EXPECT_THAT(SealAuditLog(*pool_), IsOkAndHolds(0));
  Append("a");
  Append("b");
  EXPECT_THAT(SealAuditLog(*pool_), IsOkAndHolds(2));
  EXPECT_THAT(SealAuditLog(*pool_), IsOkAndHolds(0));
  Append("c");
  OTRP_ASSERT_OK_AND_ASSIGN(AuditVerification v, VerifyAuditLog(*pool_));
  EXPECT_TRUE(v.intact);
  EXPECT_EQ(v.sealed_events, 2);
  EXPECT_EQ(v.unsealed_events, 1);
  EXPECT_THAT(SealAuditLog(*pool_), IsOkAndHolds(1));
  OTRP_ASSERT_OK_AND_ASSIGN(v, VerifyAuditLog(*pool_));
  EXPECT_TRUE(v.intact) << ::testing::PrintToString(v.faults);
  EXPECT_EQ(v.seals, 2);
  EXPECT_EQ(v.sealed_events, 3);
  EXPECT_EQ(v.unsealed_events, 0);
}

TEST_F(AuditTest, WhoCommitsLateGetsALaterSealAndHoldsUpNobody) {
  OTRP_ASSERT_OK(pool_->Run([&](Tx& tx) -> absl::Status {
    AuditEvent late;
    late.actor = "otrp://operator/bob";
    late.action = "sp.create";
    late.subject = "late";
    OTRP_RETURN_IF_ERROR(AppendAudit(tx, late));
    Append("younger");
    EXPECT_THAT(SealAuditLog(*pool_), IsOkAndHolds(1));
    return absl::OkStatus();
  }));
  EXPECT_THAT(SealAuditLog(*pool_), IsOkAndHolds(1));
  OTRP_ASSERT_OK_AND_ASSIGN(AuditVerification v, VerifyAuditLog(*pool_));
  EXPECT_TRUE(v.intact) << ::testing::PrintToString(v.faults);
  EXPECT_EQ(v.sealed_events, 2);
}

TEST_F(AuditTest, ABacklogIsSealedInBatchesAndVerifiedInParts) {
  OTRP_ASSERT_OK(pool_->ExecOnce(R"sql(
      INSERT INTO audit_event (actor, action, subject, outcome)
      SELECT 'a', 'b', 'c' || n, 'ok' FROM generate_series(1, 4500) AS n
      )sql"));
  EXPECT_THAT(SealAuditLog(*pool_), IsOkAndHolds(4500));
  AuditPart part;
  part.max_events = 2500;
  OTRP_ASSERT_OK_AND_ASSIGN(AuditVerification v, VerifyAuditLog(*pool_, part));
  EXPECT_TRUE(v.intact);
  EXPECT_EQ(v.seals, 2);
  EXPECT_EQ(v.next_after_seal, 2);
  part.after_seal = v.next_after_seal;
  OTRP_ASSERT_OK_AND_ASSIGN(v, VerifyAuditLog(*pool_, part));
  EXPECT_TRUE(v.intact) << ::testing::PrintToString(v.faults);
  EXPECT_EQ(v.seals, 1);
  EXPECT_EQ(v.sealed_events, 500);
  EXPECT_EQ(v.next_after_seal, 0);
  part.after_seal = 7;
  EXPECT_THAT(VerifyAuditLog(*pool_, part),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("after_seal")));
}

TEST_F(AuditTest, AnotherServerBeginsAnEpochThatSaysSo) {
  Append("a");
  OTRP_ASSERT_OK(SealAuditLog(*pool_));
  // As its hash has it, after a move.
  OTRP_ASSERT_OK(super_->ExecOnce("DELETE FROM audit_seal"));
  OTRP_ASSERT_OK(super_->ExecOnce("UPDATE audit_event SET seal = NULL"));
  internal::Seal first;
  first.id = 1;
  first.server = "another server";
  first.prev_hash = std::string(internal::kGenesisHash);
  OTRP_ASSERT_OK_AND_ASSIGN(
      Row row, super_->Query1(absl::StrCat("SELECT ", internal::kEventColumns,
                                           " FROM audit_event")));
  StoredAuditEvent event;
  int64_t xid = 0;
  OTRP_ASSERT_OK(internal::ReadEvent(row, &event, &xid));
  internal::SealHash hash(first);
  hash.Add(event, xid);
  OTRP_ASSERT_OK(super_->ExecOnce(R"sql(
      INSERT INTO audit_seal (id, format, server, count, prev_hash, hash)
      VALUES (1, 2, $1, 1, $2, $3)
      )sql",
                                  first.server, Bytes(first.prev_hash),
                                  Bytes(hash.Finish())));
  OTRP_ASSERT_OK(super_->ExecOnce("UPDATE audit_event SET seal = 1"));
  Append("b");
  Append("c");
  EXPECT_THAT(SealAuditLog(*pool_), IsOkAndHolds(2));
  Append("d");
  EXPECT_THAT(SealAuditLog(*pool_), IsOkAndHolds(1));
  OTRP_ASSERT_OK_AND_ASSIGN(AuditVerification v, VerifyAuditLog(*pool_));
  EXPECT_TRUE(v.intact) << ::testing::PrintToString(v.faults);
  ASSERT_EQ(v.epochs.size(), 1u);
  EXPECT_EQ(v.epochs[0].epoch, 2);
  EXPECT_EQ(v.epochs[0].first_seal, 2);
  EXPECT_THAT(v.epochs[0].reason, HasSubstr("another server"));
}

// Seals of the version before, by the numbers of transactions.
class OldSealsTest : public AuditTest {
 protected:
  void SetUp() override {
    AuditTest::SetUp();
    Append("a");
    Append("b");
    SealAsBefore();
    Append("c");
    SealAsBefore();
  }

  void SealAsBefore() {
    internal::Seal seal;
    seal.format = internal::kSealOfTransactions;
    seal.prev_hash = last_hash_;
    seal.from_xid = last_xid_;
    OTRP_ASSERT_OK_AND_ASSIGN(
        Rows rows,
        super_->Query(absl::StrCat("SELECT ", internal::kEventColumns,
                                   " FROM audit_event WHERE xid >= $1::bigint "
                                   "ORDER BY xid, id"),
                      last_xid_));
    std::vector<StoredAuditEvent> events;
    std::vector<int64_t> xids;
    for (const Row& row : rows) {
      OTRP_ASSERT_OK(internal::ReadEvent(row, &events.emplace_back(),
                                         &xids.emplace_back()));
    }
    last_xid_ = xids.back() + 1;
    seal.until_xid = last_xid_;
    internal::SealHash hash(seal);
    for (size_t i = 0; i < events.size(); ++i) hash.Add(events[i], xids[i]);
    last_hash_ = hash.Finish();
    OTRP_ASSERT_OK(pool_->ExecOnce(
        "INSERT INTO audit_seal (from_xid, until_xid, count, prev_hash, hash) "
        "VALUES ($1, $2, $3, $4, $5)",
        seal.from_xid, seal.until_xid, hash.count(), Bytes(seal.prev_hash),
        Bytes(last_hash_)));
  }

  AuditVerification Verified() {
    auto verified = VerifyAuditLog(*pool_);
    EXPECT_TRUE(verified.ok()) << verified.status();
    return verified.ok() ? *verified : AuditVerification();
  }

  std::string last_hash_{internal::kGenesisHash};
  int64_t last_xid_ = 0;
};

TEST_F(OldSealsTest, StayGoodAndAreFollowedByTheNewInAnEpochOfTheirOwn) {
  EXPECT_TRUE(Verified().intact) << ::testing::PrintToString(Verified().faults);
  Append("d");
  EXPECT_THAT(SealAuditLog(*pool_), IsOkAndHolds(1));
  const AuditVerification v = Verified();
  EXPECT_TRUE(v.intact) << ::testing::PrintToString(v.faults);
  EXPECT_EQ(v.seals, 3);
  EXPECT_EQ(v.sealed_events, 4);
  EXPECT_EQ(v.unsealed_events, 0);
  ASSERT_EQ(v.epochs.size(), 1u);
  EXPECT_EQ(v.epochs[0].epoch, 2);
  EXPECT_EQ(v.epochs[0].first_seal, 3);
}

TEST_F(OldSealsTest, TransactionNumbersThatBeginAnewAreNoTampering) {
  OTRP_ASSERT_OK(
      super_->ExecOnce("UPDATE audit_seal SET at = at - interval '1 hour'"));
  OTRP_ASSERT_OK(
      super_->ExecOnce("UPDATE audit_event SET at = at - interval '1 hour'"));
  // The times are under the hashes.
  OTRP_ASSERT_OK(super_->ExecOnce("DELETE FROM audit_seal"));
  last_hash_ = std::string(internal::kGenesisHash);
  last_xid_ = 0;
  SealAsBefore();
  OTRP_ASSERT_OK(
      super_->ExecOnce("UPDATE audit_seal SET at = at - interval '1 hour'"));
  // After dump and restore on a new server.
  OTRP_ASSERT_OK(super_->ExecOnce(
      "INSERT INTO audit_event (xid, actor, action, subject, outcome) "
      "SELECT xid, actor, action, 'new', outcome FROM audit_event "
      "WHERE subject = 'a'"));
  EXPECT_TRUE(Verified().intact) << ::testing::PrintToString(Verified().faults);
  EXPECT_THAT(SealAuditLog(*pool_), IsOkAndHolds(1));
  EXPECT_TRUE(Verified().intact) << ::testing::PrintToString(Verified().faults);
  EXPECT_EQ(Verified().sealed_events, 4);
}

TEST_F(OldSealsTest, AnEventPutUnderOneIsFound) {
  Append("d");
  OTRP_ASSERT_OK(SealAuditLog(*pool_));
  Append("hidden");
  OTRP_ASSERT_OK(pool_->ExecOnce(
      "UPDATE audit_event SET seal = 1 WHERE subject = 'hidden'"));
  EXPECT_THAT(Verified().faults,
              ElementsAre(HasSubstr("covers 2 events, but there are 3")));
}

TEST_F(OldSealsTest, AChangedEventIsFound) {
  for (const bool followed : {false, true}) {
    if (followed) {
      Append("d");
      OTRP_ASSERT_OK(SealAuditLog(*pool_));
    }
    OTRP_ASSERT_OK(super_->ExecOnce(
        "UPDATE audit_event SET actor = 'x' WHERE subject = 'a'"));
    EXPECT_THAT(Verified().faults,
                ElementsAre(HasSubstr("an event under it was changed")));
  }
}

struct Tampering {
  const char* name;
  const char* sql;
  const char* fault;
};

class TamperingTest : public AuditTest,
                      public ::testing::WithParamInterface<Tampering> {};

TEST_P(TamperingTest, IsFound) {
  Append("a");
  Append("b");
  OTRP_ASSERT_OK(SealAuditLog(*pool_));
  Append("c");
  OTRP_ASSERT_OK(SealAuditLog(*pool_));
  Append("d");
  OTRP_ASSERT_OK(super_->ExecOnce(GetParam().sql));
  OTRP_ASSERT_OK_AND_ASSIGN(AuditVerification v, VerifyAuditLog(*pool_));
  EXPECT_FALSE(v.intact);
  EXPECT_THAT(v.faults, ::testing::Contains(HasSubstr(GetParam().fault)));
}

INSTANTIATE_TEST_SUITE_P(
    All, TamperingTest,
    ::testing::Values(
        Tampering{"Changed",
                  "UPDATE audit_event SET actor = 'x' WHERE subject = 'a'",
                  "an event under it was changed"},
        Tampering{"ChangedDetails",
                  "UPDATE audit_event SET details = '{}' WHERE subject = 'b'",
                  "an event under it was changed"},
        Tampering{"Deleted", "DELETE FROM audit_event WHERE subject = 'a'",
                  "covers 2 events, but there are 1"},
        Tampering{"Inserted",
                  "INSERT INTO audit_event (seal, actor, action, subject, "
                  "outcome) SELECT seal, actor, action, 'forged', outcome "
                  "FROM audit_event WHERE subject = 'a'",
                  "covers 2 events, but there are 3"},
        Tampering{"TakenFromUnderASeal",
                  "UPDATE audit_event SET seal = NULL WHERE subject = 'a'",
                  "covers 2 events, but there are 1"},
        Tampering{"HiddenFromTheSealer",
                  "UPDATE audit_event SET seal = 9 WHERE subject = 'd'",
                  "is under it, but it is missing"},
        Tampering{"SealRemoved", "DELETE FROM audit_seal WHERE id = 1",
                  "a seal is missing before it"},
        Tampering{"LastSealRemoved", "DELETE FROM audit_seal WHERE id = 2",
                  "is under it, but it is missing"},
        Tampering{"SealRewritten",
                  "UPDATE audit_seal SET hash = sha256('x') WHERE id = 1",
                  "doesn't continue the seal before it"},
        Tampering{"EpochForged", "UPDATE audit_seal SET epoch = 2 WHERE id = 2",
                  "which doesn't follow epoch 1"},
        Tampering{"ReasonForged",
                  "UPDATE audit_seal SET epoch = 2, reason = 'moved' WHERE id "
                  "= 2",
                  "an event under it was changed"}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace store
}  // namespace otrp

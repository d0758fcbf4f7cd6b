// Against a real PostgreSQL.

#include "libs/store/audit.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/postgres.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace store {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::TestDatabase;
using ::otrp::testing::TestPostgres;
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

TEST_F(AuditTest, AnOpenTransactionHoldsBackTheSealOfWhatComesAfterIt) {
  OTRP_ASSERT_OK(super_->Run([&](Tx& tx) -> absl::Status {
    // Takes a transaction number and stays open.
    auto xid = tx.Exec("SELECT pg_current_xact_id()");
    if (!xid.ok()) return xid.status();
    Append("younger");
    EXPECT_THAT(SealAuditLog(*pool_), IsOkAndHolds(0));
    return absl::OkStatus();
  }));
  EXPECT_THAT(SealAuditLog(*pool_), IsOkAndHolds(1));
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
                  "INSERT INTO audit_event (xid, actor, action, subject, "
                  "outcome) SELECT xid, actor, action, 'forged', outcome "
                  "FROM audit_event WHERE subject = 'a'",
                  "covers 2 events, but there are 3"},
        Tampering{"SealRemoved", "DELETE FROM audit_seal WHERE from_xid = 0",
                  "a seal is missing before it"},
        Tampering{"SealRewritten",
                  "UPDATE audit_seal SET hash = sha256('x') WHERE from_xid = "
                  "0",
                  "doesn't continue the seal before it"}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace store
}  // namespace otrp

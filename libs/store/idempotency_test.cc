// Against a real PostgreSQL.

#include "libs/store/idempotency.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "tests/support/postgres.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace store {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::otrp::testing::TestDatabase;
using ::otrp::testing::TestPostgres;

// A try that counts as dead at once.
constexpr KeyRules kNoLease = {kKeepIdempotencyKeys, absl::ZeroDuration()};

class IdempotencyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(
        db_, TestPostgres::Shared().NewDatabase({{"portal", ""}}));
    OTRP_ASSERT_OK_AND_ASSIGN(pool_, db_->NewPool("portal"));
  }

  // In a try of its own.
  KeyedRequest Request(const std::string& request = "hash",
                       const std::string& key = "k",
                       const std::string& scope = "alice Issue") {
    return {scope, key, request,
            absl::StrCat("00000000-0000-4000-8000-",
                         absl::Dec(++tries_, absl::kZeroPad12))};
  }

  absl::StatusOr<KeyState> Claim(const KeyedRequest& request,
                                 const KeyRules& rules = {}) {
    OTRP_ASSIGN_OR_RETURN(const KeyClaim claim,
                          ClaimKey(*pool_, request, rules));
    return claim.state;
  }

  // Leaves a row in the outbox, as a deed.
  absl::Status Act(const KeyedRequest& request) {
    return pool_->Run([&](Tx& tx) -> absl::Status {
      OTRP_RETURN_IF_ERROR(
          tx.Exec("INSERT INTO outbox (event_id, topic, key, payload) VALUES "
                  "($1, 't', 'k', 'p')",
                  request.attempt)
              .status());
      return MarkActed(tx, request.attempt);
    });
  }

  int64_t Deeds() {
    int64_t deeds = -1;
    absl::StatusOr<Row> row = pool_->Query1("SELECT count(*) FROM outbox");
    EXPECT_THAT(row, testing::IsOk());
    if (row.ok()) {
      EXPECT_THAT(row->Scan(&deeds), testing::IsOk());
    }
    return deeds;
  }

  std::unique_ptr<TestDatabase> db_;
  std::unique_ptr<Pool> pool_;
  std::atomic<int> tries_{0};
};

TEST_F(IdempotencyTest, TheSameRequestGetsTheFirstAnswer) {
  const KeyedRequest first = Request();
  EXPECT_THAT(Claim(first), IsOkAndHolds(KeyState::kMine));
  EXPECT_THAT(Claim(Request()), IsOkAndHolds(KeyState::kRunning));
  OTRP_ASSERT_OK(Act(first));
  OTRP_ASSERT_OK(KeepAnswer(*pool_, first.attempt, std::string("a\0b", 3)));
  for (int i = 0; i < 2; ++i) {
    OTRP_ASSERT_OK_AND_ASSIGN(const KeyClaim again,
                              ClaimKey(*pool_, Request(), {}));
    EXPECT_EQ(again.state, KeyState::kAnswered);
    EXPECT_EQ(again.answer, std::string("a\0b", 3));
  }
}

TEST_F(IdempotencyTest, TheSameKeyForAnotherRequestIsRefused) {
  const KeyedRequest first = Request();
  OTRP_ASSERT_OK(Claim(first));
  EXPECT_THAT(Claim(Request("other")), IsOkAndHolds(KeyState::kOtherRequest));
  OTRP_ASSERT_OK(KeepAnswer(*pool_, first.attempt, "answer"));
  EXPECT_THAT(Claim(Request("other")), IsOkAndHolds(KeyState::kOtherRequest));
}

TEST_F(IdempotencyTest, CallersDoNotShareKeys) {
  for (const char* scope : {"alice Issue", "bob Issue", "alice Revoke"}) {
    EXPECT_THAT(Claim(Request("hash", "k", scope)),
                IsOkAndHolds(KeyState::kMine));
  }
}

TEST_F(IdempotencyTest, OfManyAtTheSameTimeOneIsTheFirst) {
  std::vector<std::thread> threads;
  std::atomic<int> mine{0};
  std::atomic<int> running{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const absl::StatusOr<KeyState> state = Claim(Request());
      EXPECT_THAT(state, testing::IsOk());
      if (!state.ok()) return;
      if (*state == KeyState::kMine) ++mine;
      if (*state == KeyState::kRunning) ++running;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(mine, 1);
  EXPECT_EQ(running, 7);
}

TEST_F(IdempotencyTest, ATryThatDiedBeforeItsDeedIsTakenOver) {
  OTRP_ASSERT_OK(Claim(Request(), kNoLease));
  EXPECT_THAT(Claim(Request("other")), IsOkAndHolds(KeyState::kOtherRequest));
  EXPECT_THAT(Claim(Request()), IsOkAndHolds(KeyState::kMine));
  EXPECT_THAT(Claim(Request()), IsOkAndHolds(KeyState::kRunning));
}

TEST_F(IdempotencyTest, ATryThatWasTakenOverDoesNothingAnyMore) {
  const KeyedRequest slow = Request();
  OTRP_ASSERT_OK(Claim(slow, kNoLease));
  const KeyedRequest second = Request();
  OTRP_ASSERT_OK(Claim(second));
  EXPECT_THAT(Act(slow), StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(Deeds(), 0);
  EXPECT_THAT(KeepAnswer(*pool_, slow.attempt, "late"),
              StatusIs(absl::StatusCode::kAborted));
  OTRP_EXPECT_OK(ReleaseKey(*pool_, slow.attempt));
  EXPECT_THAT(Claim(Request()), IsOkAndHolds(KeyState::kRunning));
  OTRP_EXPECT_OK(Act(second));
  EXPECT_EQ(Deeds(), 1);
}

TEST_F(IdempotencyTest, WhatWasDoneIsNotDoneAgainThoughItsAnswerIsLost) {
  const KeyedRequest first = Request();
  OTRP_ASSERT_OK(Claim(first, kNoLease));
  OTRP_ASSERT_OK(Act(first));
  EXPECT_THAT(Claim(Request()), IsOkAndHolds(KeyState::kAnswerLost));
  // Not even where its outcome looked as if it weren't final.
  OTRP_ASSERT_OK(ReleaseKey(*pool_, first.attempt));
  EXPECT_THAT(Claim(Request()), IsOkAndHolds(KeyState::kAnswerLost));
}

TEST_F(IdempotencyTest, WhatWasNotDoneLeavesItsKeyFree) {
  const KeyedRequest first = Request();
  OTRP_ASSERT_OK(Claim(first));
  OTRP_ASSERT_OK(ReleaseKey(*pool_, first.attempt));
  OTRP_ASSERT_OK_AND_ASSIGN(const KeyClaim found,
                            FindKey(*pool_, Request(), {}));
  EXPECT_EQ(found.state, KeyState::kFree);
  EXPECT_THAT(Claim(Request("other")), IsOkAndHolds(KeyState::kMine));
}

TEST_F(IdempotencyTest, AnExpiredKeyIsNew) {
  const KeyedRequest first = Request();
  OTRP_ASSERT_OK(Claim(first));
  OTRP_ASSERT_OK(Act(first));
  OTRP_ASSERT_OK(KeepAnswer(*pool_, first.attempt, "answer"));
  const KeyRules expired = {absl::ZeroDuration(), absl::Minutes(1)};
  OTRP_ASSERT_OK_AND_ASSIGN(const KeyClaim found,
                            FindKey(*pool_, Request(), expired));
  EXPECT_EQ(found.state, KeyState::kFree);
  const KeyedRequest second = Request("other");
  EXPECT_THAT(Claim(second, expired), IsOkAndHolds(KeyState::kMine));
  EXPECT_THAT(Claim(Request()), IsOkAndHolds(KeyState::kOtherRequest));
  OTRP_EXPECT_OK(Act(second));
}

TEST_F(IdempotencyTest, OldKeysGo) {
  OTRP_ASSERT_OK(Claim(Request()));
  const absl::Duration budget = absl::Seconds(5);
  EXPECT_THAT(
      PurgeIdempotencyKeys(*pool_, absl::Now() - absl::Hours(1), budget),
      IsOkAndHolds(0));
  EXPECT_THAT(PurgeIdempotencyKeys(*pool_, absl::Now(), budget),
              IsOkAndHolds(1));
}

}  // namespace
}  // namespace store
}  // namespace otrp

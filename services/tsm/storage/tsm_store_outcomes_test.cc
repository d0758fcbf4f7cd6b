#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/tsm/limits.h"
#include "services/tsm/storage/tsm_store.h"
#include "services/tsm/testing/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr absl::Duration kLease = absl::Seconds(30);

class OutcomeStoreTest : public TsmStoreTest {
 protected:
  static Outcome Installed(const std::string& version) {
    Outcome outcome;
    outcome.did = Did('a');
    outcome.spid = "bank";
    outcome.taid = "wallet";
    outcome.version = version;
    return outcome;
  }

  void Happen(const std::string& tid, std::vector<Outcome> outcomes) {
    SessionCommit commit = Open(tid, 'a');
    commit.outcomes = std::move(outcomes);
    OTRP_ASSERT_OK(store_.Commit(commit));
  }

  OutcomeBatch Take(const std::string& done, int64_t at, int limit = 100) {
    absl::StatusOr<OutcomeBatch> batch =
        store_.TakeOutcomes(done, At(at), kLease, limit);
    EXPECT_TRUE(batch.ok()) << batch.status();
    return batch.ok() ? *std::move(batch) : OutcomeBatch();
  }
};

TEST_F(OutcomeStoreTest, WhatAStepHasBroughtIsTakenAsItWas) {
  Outcome failed;
  failed.kind = Outcome::Kind::kFailed;
  failed.did = Did('b');
  failed.spid = "drm";
  failed.taid = "play";
  failed.version = "2";
  failed.action = "InstallTA";
  failed.code = "it's \"bad\"";
  failed.detail = "built for TEE 2";
  failed.given_up = true;
  Happen("tid-1", {Installed("1"), failed});
  const OutcomeBatch batch = Take("", 10);
  EXPECT_NE(batch.id, "");
  EXPECT_THAT(batch.outcomes, UnorderedElementsAre(Installed("1"), failed));
}

TEST_F(OutcomeStoreTest, AStepThatSomebodyElseTookHasNoOutcomes) {
  Happen("tid-1", {});
  SessionCommit commit = Open("tid-1", 'a');
  commit.outcomes = {Installed("1")};
  OTRP_ASSERT_OK_AND_ASSIGN(const bool first, store_.Commit(commit));
  EXPECT_FALSE(first);
  EXPECT_EQ(Take("", 10).id, "");
}

TEST_F(OutcomeStoreTest, ABatchComesAgainUntilItIsKept) {
  Happen("tid-1", {Installed("1"), Installed("2")});
  Happen("tid-2", {Installed("3")});
  const OutcomeBatch first = Take("", 10, 2);
  EXPECT_THAT(first.outcomes,
              UnorderedElementsAre(Installed("1"), Installed("2")));
  // Its taker has time; meanwhile others get what is new.
  const OutcomeBatch second = Take("", 11, 2);
  EXPECT_THAT(second.outcomes, UnorderedElementsAre(Installed("3")));
  EXPECT_THAT(Take(second.id, 12).outcomes, IsEmpty());
  // It has been heard of no more: the same again, whole, under the same id.
  const OutcomeBatch again = Take("", 41);
  EXPECT_EQ(again.id, first.id);
  EXPECT_THAT(again.outcomes,
              UnorderedElementsAre(Installed("1"), Installed("2")));
  EXPECT_THAT(Take(again.id, 42).outcomes, IsEmpty());
  EXPECT_THAT(Take("", 1000).outcomes, IsEmpty());
}

TEST_F(OutcomeStoreTest, OfManyTakersAtOnceEachOutcomeHasOne) {
  constexpr int kOutcomes = 200;
  for (int i = 0; i < kOutcomes; ++i) {
    Happen(absl::StrCat("tid-", i), {Installed(absl::StrCat(i))});
  }
  std::vector<std::vector<Outcome>> taken(4);
  std::vector<std::thread> takers;
  for (std::vector<Outcome>& mine : taken) {
    takers.emplace_back([&] {
      std::string done;
      while (true) {
        OutcomeBatch batch = Take(done, 10, 7);
        if (batch.id.empty()) return;
        done = batch.id;
        for (Outcome& outcome : batch.outcomes) {
          mine.push_back(std::move(outcome));
        }
      }
    });
  }
  for (std::thread& taker : takers) taker.join();
  std::set<std::string> versions;
  size_t all = 0;
  for (const std::vector<Outcome>& mine : taken) {
    all += mine.size();
    for (const Outcome& outcome : mine) versions.insert(outcome.version);
  }
  EXPECT_EQ(all, static_cast<size_t>(kOutcomes));
  EXPECT_THAT(versions, SizeIs(kOutcomes));
}

TEST_F(OutcomeStoreTest, WhatNobodyTookIsRemovedInTheEnd) {
  Happen("tid-1", {Installed("1")});
  OTRP_ASSERT_OK_AND_ASSIGN(
      PurgeResult result,
      store_.Purge(At(0) + kKeepOutcomes - absl::Hours(1), absl::Seconds(5)));
  EXPECT_EQ(result.outcomes_removed, 0);
  OTRP_ASSERT_OK_AND_ASSIGN(
      result,
      store_.Purge(At(0) + kKeepOutcomes + absl::Hours(1), absl::Seconds(5)));
  EXPECT_EQ(result.outcomes_removed, 1);
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

#include "services/attestation_verifier/domain/appraisal_log.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "services/attestation_verifier/storage/fake_verifier_store.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace verifier {
namespace {

using ::otrp::testing::StatusIs;

AppraisalRecord Record(bool accepted, int n = 0) {
  AppraisalRecord record;
  record.at = absl::FromUnixSeconds(1000 + n);
  record.tid = absl::StrCat("tid-", n);
  record.accepted = accepted;
  return record;
}

size_t Stored(FakeVerifierStore& store) {
  return store.ListAppraisals(0, 100000, "").value().size();
}

AppraisalLog::Options Slow() {
  AppraisalLog::Options options;
  options.delay = absl::Hours(1);
  options.batch = 10;
  options.max_waiting = 25;
  return options;
}

TEST(AppraisalLogTest, ARefusalIsThereBeforeItIsAnswered) {
  FakeVerifierStore store;
  AppraisalLog log(&store, Slow());
  OTRP_EXPECT_OK(log.Record(Record(false)));
  EXPECT_EQ(Stored(store), 1u);
  store.SetAway(true);
  EXPECT_THAT(log.Record(Record(false)),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST(AppraisalLogTest, AcceptedOnesWaitAndAreWrittenInBatches) {
  FakeVerifierStore store;
  AppraisalLog log(&store, Slow());
  for (int i = 0; i < 15; ++i) OTRP_EXPECT_OK(log.Record(Record(true, i)));
  EXPECT_EQ(Stored(store), 0u);
  EXPECT_EQ(log.waiting(), 15u);
  OTRP_EXPECT_OK(log.Flush());
  EXPECT_EQ(Stored(store), 15u);
  EXPECT_EQ(store.batches(), 2);
  // Newest first, in the order of their coming.
  EXPECT_EQ(store.ListAppraisals(0, 1, "").value()[0].tid, "tid-14");
}

TEST(AppraisalLogTest, WhatWaitsIsWrittenAtTheEnd) {
  FakeVerifierStore store;
  {
    AppraisalLog log(&store, Slow());
    OTRP_EXPECT_OK(log.Record(Record(true)));
  }
  EXPECT_EQ(Stored(store), 1u);
}

TEST(AppraisalLogTest, AnAbsentStoreDelaysAcceptedOnesButDoesNotLoseThem) {
  FakeVerifierStore store;
  AppraisalLog log(&store, Slow());
  store.SetAway(true);
  OTRP_EXPECT_OK(log.Record(Record(true)));
  EXPECT_THAT(log.Flush(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(log.waiting(), 1u);
  store.SetAway(false);
  OTRP_EXPECT_OK(log.Flush());
  EXPECT_EQ(Stored(store), 1u);
}

TEST(AppraisalLogTest, AFullQueueCountsWhatItLoses) {
  FakeVerifierStore store;
  AppraisalLog log(&store, Slow());
  for (int i = 0; i < 30; ++i) OTRP_EXPECT_OK(log.Record(Record(true, i)));
  EXPECT_EQ(log.waiting(), 25u);
  EXPECT_EQ(log.lost(), 5);
}

TEST(AppraisalLogTest, TheBackgroundWritesByItself) {
  FakeVerifierStore store;
  AppraisalLog::Options options;
  options.delay = absl::Milliseconds(5);
  AppraisalLog log(&store, options);
  OTRP_EXPECT_OK(log.Record(Record(true)));
  for (int i = 0; i < 2000 && Stored(store) == 0; ++i) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_EQ(Stored(store), 1u);
}

TEST(AppraisalLogTest, ManyThreadsLoseNothing) {
  FakeVerifierStore store;
  {
    AppraisalLog::Options options;
    options.delay = absl::Milliseconds(1);
    options.batch = 7;
    AppraisalLog log(&store, options);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&log, t] {
        for (int i = 0; i < 250; ++i) {
          EXPECT_TRUE(log.Record(Record(i % 5 != 0, t * 1000 + i)).ok());
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(Stored(store), 1000u);
}

}  // namespace
}  // namespace verifier
}  // namespace otrp

#include "services/attestation_verifier/records/appraisal_log.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "services/attestation_verifier/storage/verifier_store.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace verifier {
namespace {

using ::otrp::testing::ServiceDatabase;
using ::otrp::testing::StatusIs;

AppraisalRecord Record(bool accepted, int n = 0) {
  AppraisalRecord record;
  record.at = absl::FromUnixSeconds(1000 + n);
  record.tid = absl::StrCat("tid-", n);
  record.accepted = accepted;
  return record;
}

class AppraisalLogTest : public ::testing::Test {
 protected:
  size_t Stored() {
    return store_.ListAppraisals(0, 100000, "").value().size();
  }

  // Transactions that wrote them.
  int64_t Batches() {
    int64_t batches = -1;
    auto row = database_.pool().Query1(
        "SELECT count(DISTINCT xmin::text) FROM appraisal");
    EXPECT_TRUE(row.ok() && row->Scan(&batches).ok());
    return batches;
  }

  ServiceDatabase database_{
      {"verifier", "services/attestation_verifier/storage/migrations"}};
  VerifierStore store_{database_.pool()};
};

AppraisalLog::Options Slow() {
  AppraisalLog::Options options;
  options.delay = absl::Hours(1);
  options.batch = 10;
  options.max_waiting = 25;
  return options;
}

TEST_F(AppraisalLogTest, ARefusalIsThereBeforeItIsAnswered) {
  AppraisalLog log(store_, Slow());
  OTRP_EXPECT_OK(log.Record(Record(false)));
  EXPECT_EQ(Stored(), 1u);
  database_.proxy().SetReachable(false);
  EXPECT_THAT(log.Record(Record(false)),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(AppraisalLogTest, AcceptedOnesWaitAndAreWrittenInBatches) {
  AppraisalLog log(store_, Slow());
  for (int i = 0; i < 15; ++i) OTRP_EXPECT_OK(log.Record(Record(true, i)));
  EXPECT_EQ(Stored(), 0u);
  EXPECT_EQ(log.waiting(), 15u);
  OTRP_EXPECT_OK(log.Flush());
  EXPECT_EQ(Stored(), 15u);
  EXPECT_EQ(Batches(), 2);
  // Newest first, in the order of their coming.
  EXPECT_EQ(store_.ListAppraisals(0, 1, "").value()[0].tid, "tid-14");
}

TEST_F(AppraisalLogTest, WhatWaitsIsWrittenAtTheEnd) {
  {
    AppraisalLog log(store_, Slow());
    OTRP_EXPECT_OK(log.Record(Record(true)));
  }
  EXPECT_EQ(Stored(), 1u);
}

TEST_F(AppraisalLogTest, AnAbsentStoreDelaysAcceptedOnesButDoesNotLoseThem) {
  AppraisalLog log(store_, Slow());
  database_.proxy().SetReachable(false);
  OTRP_EXPECT_OK(log.Record(Record(true)));
  EXPECT_THAT(log.Flush(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(log.waiting(), 1u);
  database_.proxy().SetReachable(true);
  OTRP_EXPECT_OK(log.Flush());
  EXPECT_EQ(Stored(), 1u);
}

TEST_F(AppraisalLogTest, AFullQueueCountsWhatItLoses) {
  AppraisalLog log(store_, Slow());
  for (int i = 0; i < 30; ++i) OTRP_EXPECT_OK(log.Record(Record(true, i)));
  EXPECT_EQ(log.waiting(), 25u);
  EXPECT_EQ(log.lost(), 5);
}

// A database that is away for long must not cost the verifier its memory.
TEST_F(AppraisalLogTest, EvidenceWaitsUpToALimitAndThenTheRecordAlone) {
  AppraisalLog::Options options = Slow();
  options.max_waiting_evidence = 1000;
  AppraisalLog log(store_, options);
  for (int i = 0; i < 3; ++i) {
    AppraisalRecord record = Record(true, i);
    record.did = std::string(32, 'd');
    record.evidence = {"type", std::string(400, 'x'), "challenge"};
    OTRP_EXPECT_OK(log.Record(std::move(record)));
  }
  EXPECT_EQ(log.evidence_lost(), 1);
  OTRP_ASSERT_OK(log.Flush());
  EXPECT_EQ(Stored(), 3u);
  // What was written no longer counts.
  AppraisalRecord record = Record(true, 4);
  record.did = std::string(32, 'd');
  record.evidence = {"type", std::string(1000, 'x'), "challenge"};
  OTRP_EXPECT_OK(log.Record(std::move(record)));
  EXPECT_EQ(log.evidence_lost(), 1);
}

TEST_F(AppraisalLogTest, TheBackgroundWritesByItself) {
  AppraisalLog::Options options;
  options.delay = absl::Milliseconds(5);
  AppraisalLog log(store_, options);
  OTRP_EXPECT_OK(log.Record(Record(true)));
  for (int i = 0; i < 2000 && Stored() == 0; ++i) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_EQ(Stored(), 1u);
}

TEST_F(AppraisalLogTest, ManyThreadsLoseNothing) {
  {
    AppraisalLog::Options options;
    options.delay = absl::Milliseconds(1);
    options.batch = 7;
    AppraisalLog log(store_, options);
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
  EXPECT_EQ(Stored(), 1000u);
}

}  // namespace
}  // namespace verifier
}  // namespace otrp

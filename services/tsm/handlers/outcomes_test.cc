// What the portal learns of devices' lives.

#include "services/tsm/handlers/outcomes.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/tsm/testing/mini_tee.h"
#include "services/tsm/testing/tsm_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MiniTee;
using testing::TsmFixture;
using ::testing::UnorderedElementsAre;

class OutcomesTest : public ::testing::Test {
 protected:
  OutcomesTest() : tee_("Primus", crypto::KeyType::kEcP256) {
    tsm_.verifier.Trust(tee_);
    tsm_.Certificate("cert 1");
    tsm_.Release("1.0.0", "cert 1");
    tsm_.Assign(true);
  }

  std::vector<std::string> Drive() {
    tsm_.clock.Advance(absl::Milliseconds(1));
    return tsm_.Drive(&tee_);
  }

  // What is new, and kept: "installed wallet@1.0.0", "failed InstallTA
  // wallet@1.0.0 CODE: detail", "refused CODE".
  std::vector<std::string> Take() {
    std::vector<std::string> texts;
    std::string done;
    while (true) {
      v1::TakeOutcomesRequest request;
      request.set_done_batch_id(done);
      v1::TakeOutcomesResponse response;
      const absl::Status status = handlers::TakeOutcomes(
          tsm_.Call("TakeOutcomes"), *tsm_.env, request, response);
      EXPECT_TRUE(status.ok()) << status;
      if (!status.ok() || response.batch_id().empty()) return texts;
      done = response.batch_id();
      for (const v1::Outcome& outcome : response.outcomes()) {
        EXPECT_EQ(outcome.spid(), "bank");
        EXPECT_EQ(outcome.did(), tee_.did());
        texts.push_back(Text(outcome));
      }
    }
  }

  static std::string Text(const v1::Outcome& outcome) {
    const std::string what =
        absl::StrCat(outcome.taid(), "@", outcome.version());
    switch (outcome.kind()) {
      case v1::OUTCOME_KIND_INSTALLED: return "installed " + what;
      case v1::OUTCOME_KIND_REMOVED: return "removed " + what;
      case v1::OUTCOME_KIND_FAILED:
        return absl::StrCat("failed ", outcome.action(), " ", what, " ",
                            outcome.code(), ": ", outcome.detail(),
                            outcome.given_up() ? ", given up" : "");
      case v1::OUTCOME_KIND_REFUSED:
        return absl::StrCat("refused ", outcome.code());
      default: return "?";
    }
  }

  TsmFixture tsm_;
  MiniTee tee_;
};

TEST_F(OutcomesTest, ALifeIsToldStepByStepAndOnce) {
  Drive();
  EXPECT_THAT(Take(), ElementsAre("installed wallet@1.0.0"));
  Drive();
  EXPECT_THAT(Take(), IsEmpty()) << "nothing has changed";
  tsm_.Release("1.1.0", "cert 1");
  Drive();
  EXPECT_THAT(Take(), UnorderedElementsAre("removed wallet@1.0.0",
                                           "installed wallet@1.1.0"));
  tsm_.Assign(false);
  Drive();
  EXPECT_THAT(Take(), ElementsAre("removed wallet@1.1.0"));
}

TEST_F(OutcomesTest, WhatATeeLostByItselfIsToldToo) {
  Drive();
  EXPECT_THAT(Take(), ElementsAre("installed wallet@1.0.0"));
  tee_.sds.clear();
  tsm_.Assign(false);
  Drive();
  EXPECT_THAT(Take(), ElementsAre("removed wallet@1.0.0"));
}

TEST_F(OutcomesTest, AFailureHasTheTeesOwnWords) {
  tee_.failures["InstallTA"] = "ERR_TA_INVALID";
  tee_.error_message = "built for TEE 2";
  Drive();
  EXPECT_THAT(Take(),
              ElementsAre("failed InstallTA wallet@1.0.0 ERR_TA_INVALID: "
                          "built for TEE 2, given up"));
}

TEST_F(OutcomesTest, ARefusalIsToldWhenItBeginsAndNotEachTime) {
  Drive();
  EXPECT_THAT(Take(), ElementsAre("installed wallet@1.0.0"));
  tsm_.verifier.Distrust(tee_);
  Drive();
  const std::vector<std::string> told = Take();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0], ::testing::StartsWith("refused "));
  Drive();
  EXPECT_THAT(Take(), IsEmpty());
}

TEST_F(OutcomesTest, OneWhoWasNeverTrustedIsNobodysNews) {
  tsm_.verifier.Distrust(tee_);
  Drive();
  EXPECT_THAT(Take(), IsEmpty());
}

TEST_F(OutcomesTest, TheBatchThatWasKeptIsNamedAsItWasGiven) {
  v1::TakeOutcomesRequest request;
  request.set_done_batch_id("1'; --");
  v1::TakeOutcomesResponse response;
  EXPECT_THAT(handlers::TakeOutcomes(tsm_.Call("TakeOutcomes"), *tsm_.env,
                                     request, response),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

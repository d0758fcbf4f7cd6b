#include "libs/service/readiness.h"

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/telemetry/queue_time.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace service {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

TEST(ReadinessTest, TheFirstWordIsThatOfTheDrain) {
  Readiness readiness;
  OTRP_EXPECT_OK(readiness.Check());
  readiness.Add("database", [] { return absl::UnavailableError("away"); });
  readiness.Add("staple", [] { return absl::OkStatus(); });
  EXPECT_THAT(readiness.Check(),
              StatusIs(absl::StatusCode::kUnavailable, "database: away"));
  readiness.Drain();
  EXPECT_THAT(readiness.Check(),
              StatusIs(absl::StatusCode::kUnavailable, "draining"));
}

TEST(ReadinessTest, WhoKeepsWorkWaitingGetsNoMore) {
  Readiness limited;
  AddQueueCheck(limited, absl::Seconds(1));
  Readiness unlimited;
  AddQueueCheck(unlimited, absl::ZeroDuration());
  OTRP_EXPECT_OK(limited.Check());

  telemetry::RecentQueueTime().Add(absl::Milliseconds(1500), absl::Now());
  EXPECT_THAT(limited.Check(), StatusIs(absl::StatusCode::kUnavailable,
                                        HasSubstr("queue: work waits 1.5s")));
  OTRP_EXPECT_OK(unlimited.Check());
  // One that waited long is no reason where the others didn't.
  for (int i = 0; i < 9; ++i) {
    telemetry::RecentQueueTime().Add(absl::ZeroDuration(), absl::Now());
  }
  OTRP_EXPECT_OK(limited.Check());
}

}  // namespace
}  // namespace service
}  // namespace otrp

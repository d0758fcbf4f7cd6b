#include "services/tsm/domain/retry.h"

#include "gtest/gtest.h"

namespace otrp {
namespace tsm {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1800000000);
constexpr char kAction[] = "InstallTA bank/wallet@1.0.0";

TEST(RetryTest, PausesDoubleUpToAnHour) {
  EXPECT_EQ(Pause(1), absl::Seconds(30));
  EXPECT_EQ(Pause(2), absl::Seconds(60));
  EXPECT_EQ(Pause(5), absl::Minutes(8));
  EXPECT_EQ(Pause(1000000), absl::Hours(1));
}

TEST(RetryTest, WhatFailedOnceWaits) {
  const Task task =
      Failed({}, kAction, {"ERR_TEE_BUSY", "busy", Retry::kLater}, kNow);
  EXPECT_EQ(task.state, TaskState::kWaiting);
  EXPECT_EQ(task.attempts, 1);
  EXPECT_EQ(task.not_before, kNow + absl::Seconds(30));
  EXPECT_EQ(task.last_error, "ERR_TEE_BUSY");
  EXPECT_EQ(task.detail, "busy");
  EXPECT_TRUE(Blocked({task}, kAction, kNow));
  EXPECT_TRUE(Blocked({task}, kAction, kNow + absl::Seconds(29)));
  EXPECT_FALSE(Blocked({task}, kAction, kNow + absl::Seconds(30)));
}

TEST(RetryTest, AfterFiveFailuresItIsGivenUp) {
  std::vector<Task> tasks;
  for (int i = 1; i <= kMaxAttempts; ++i) {
    ASSERT_TRUE(tasks.empty() || tasks[0].state == TaskState::kWaiting) << i;
    tasks = {Failed(tasks, kAction, {"ERR_TEE_FAIL", "", Retry::kLater}, kNow)};
  }
  EXPECT_EQ(tasks[0].state, TaskState::kGivenUp);
  EXPECT_EQ(tasks[0].attempts, kMaxAttempts);
  EXPECT_TRUE(Blocked(tasks, kAction, absl::InfiniteFuture()));
}

TEST(RetryTest, WhatCantHelpIsGivenUpAtOnce) {
  const Task task =
      Failed({}, kAction, {"ERR_TA_INVALID", "", Retry::kNever}, kNow);
  EXPECT_EQ(task.state, TaskState::kGivenUp);
  EXPECT_FALSE(task.not_before.has_value());
}

TEST(RetryTest, OtherActionsGoOn) {
  const Task task =
      Failed({}, kAction, {"ERR_TA_INVALID", "", Retry::kNever}, kNow);
  EXPECT_FALSE(Blocked({task}, "InstallTA bank/wallet@1.0.1", kNow));
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

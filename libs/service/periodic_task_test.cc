#include "libs/service/periodic_task.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "gtest/gtest.h"

namespace otrp {
namespace service {
namespace {

PeriodicTask::Options Hourly() {
  PeriodicTask::Options options;
  options.name = "test";
  options.period = absl::Hours(1);
  options.retry = absl::Milliseconds(1);
  return options;
}

TEST(PeriodicTaskTest, RunsAtOnceAndOnlyOnceAPeriod) {
  std::atomic<int> runs{0};
  PeriodicTask task(Hourly(), [&] {
    ++runs;
    return absl::OkStatus();
  });
  while (!task.succeeded_once()) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(runs, 1);
}

TEST(PeriodicTaskTest, AFailureIsTriedAgainSoon) {
  std::atomic<int> runs{0};
  PeriodicTask task(Hourly(), [&] {
    return ++runs < 4 ? absl::UnavailableError("not yet") : absl::OkStatus();
  });
  while (!task.succeeded_once()) std::this_thread::yield();
  EXPECT_EQ(runs, 4);
}

TEST(PeriodicTaskTest, AKickRunsItNow) {
  std::atomic<int> runs{0};
  PeriodicTask task(Hourly(), [&] {
    ++runs;
    return absl::OkStatus();
  });
  while (!task.succeeded_once()) std::this_thread::yield();
  task.Kick();
  while (runs < 2) std::this_thread::yield();
}

// A run that was under way when it was called may have looked too early.
TEST(PeriodicTaskTest, RunAndWaitWaitsForARunThatStartedAfterwards) {
  std::atomic<int> value{0};
  std::atomic<int> seen{-1};
  std::atomic<bool> inside{false};
  std::atomic<bool> go{false};
  PeriodicTask task(Hourly(), [&] {
    const int read = value;
    inside = true;
    while (!go) std::this_thread::yield();
    seen = read;
    return absl::OkStatus();
  });
  while (!inside) std::this_thread::yield();
  value = 7;
  std::thread opener([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    go = true;
  });
  EXPECT_TRUE(task.RunAndWait(absl::Seconds(10)));
  EXPECT_EQ(seen, 7);
  opener.join();
}

TEST(PeriodicTaskTest, RunAndWaitGivesUp) {
  PeriodicTask task(Hourly(), [] { return absl::UnavailableError("never"); });
  EXPECT_FALSE(task.RunAndWait(absl::Milliseconds(50)));
  EXPECT_FALSE(task.succeeded_once());
}

TEST(PeriodicTaskTest, EndsWhileItWaits) {
  const auto start = std::chrono::steady_clock::now();
  {
    PeriodicTask task(Hourly(), [] { return absl::OkStatus(); });
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::minutes(1));
}

}  // namespace
}  // namespace service
}  // namespace otrp

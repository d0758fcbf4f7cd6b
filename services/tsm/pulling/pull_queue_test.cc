#include "services/tsm/pulling/pull_queue.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/crypto/keys.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

const crypto::PublicKey& AnyKey() {
  static const auto* const kKey = new crypto::PrivateKey(
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value());
  static const auto* const kPublic = new crypto::PublicKey(kKey->public_key());
  return *kPublic;
}

PullWish WishOf(const std::string& spid, int device) {
  return {spid,
          "wallet",
          1,
          absl::StrCat(device, std::string(20, 'd')),
          protocol::Dialect::kIetf03,
          AnyKey()};
}

// Endpoints whose answers a test decides about.
class Endpoints {
 public:
  PullOutcome Ask(const PullWish& wish) {
    std::unique_lock<std::mutex> lock(mutex_);
    ++asked_[wish.spid];
    const int now = ++running_[wish.spid];
    most_[wish.spid] = std::max(most_[wish.spid], now);
    changed_.notify_all();
    changed_.wait(lock, [&] { return slow_ != wish.spid; });
    --running_[wish.spid];
    const auto found = outcomes_.find(wish.spid);
    const PullOutcome outcome =
        found == outcomes_.end() ? PullOutcome() : found->second;
    if (outcome.status.ok()) ++answered_[wish.spid];
    changed_.notify_all();
    return outcome;
  }

  void Say(const std::string& spid, PullOutcome outcome) {
    std::lock_guard<std::mutex> lock(mutex_);
    outcomes_[spid] = std::move(outcome);
  }
  // It doesn't answer until it is another.
  void SetSlow(const std::string& spid) {
    std::lock_guard<std::mutex> lock(mutex_);
    slow_ = spid;
    changed_.notify_all();
  }
  bool WaitAsked(const std::string& spid, int times) {
    return Wait(asked_, spid, times);
  }
  bool WaitAnswered(const std::string& spid, int times) {
    return Wait(answered_, spid, times);
  }
  int asked(const std::string& spid) {
    std::lock_guard<std::mutex> lock(mutex_);
    return asked_[spid];
  }
  int most(const std::string& spid) {
    std::lock_guard<std::mutex> lock(mutex_);
    return most_[spid];
  }

 private:
  bool Wait(std::map<std::string, int>& counts, const std::string& spid,
            int times) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20),
                             [&] { return counts[spid] >= times; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string slow_;
  std::map<std::string, PullOutcome> outcomes_;
  std::map<std::string, int> asked_;
  std::map<std::string, int> answered_;
  std::map<std::string, int> running_;
  std::map<std::string, int> most_;
};

const PullOutcome kDown = {absl::UnavailableError("no connection"), true};

class PullQueueTest : public ::testing::Test {
 protected:
  PullQueue::Pull pull() {
    return [this](const PullWish& wish) { return endpoints_.Ask(wish); };
  }

  FakeClock clock_{absl::FromUnixSeconds(1800000000)};
  Endpoints endpoints_;
};

TEST_F(PullQueueTest, ASlowEndpointHoldsUpNobodyElse) {
  endpoints_.SetSlow("slow");
  PullQueue queue({}, clock_, pull());
  for (int device = 0; device < 500; ++device) {
    queue.Want(WishOf("slow", device));
  }
  ASSERT_TRUE(endpoints_.WaitAsked("slow", kPullsPerSp));
  for (int device = 0; device < 100; ++device) {
    queue.Want(WishOf("quick", device));
  }
  // All of them, while the other answers nothing.
  EXPECT_TRUE(endpoints_.WaitAnswered("quick", 100));
  EXPECT_EQ(endpoints_.asked("slow"), kPullsPerSp);
  endpoints_.SetSlow("");
  EXPECT_TRUE(endpoints_.WaitAnswered("slow", 500));
  EXPECT_EQ(endpoints_.most("slow"), kPullsPerSp);
  EXPECT_LE(endpoints_.most("quick"), kPullsPerSp);
}

TEST_F(PullQueueTest, WantingTheSameAgainAsksOnce) {
  endpoints_.SetSlow("bank");
  PullQueue queue({}, clock_, pull());
  for (int i = 0; i < 50; ++i) queue.Want(WishOf("bank", 1));
  ASSERT_TRUE(endpoints_.WaitAsked("bank", 1));
  for (int i = 0; i < 50; ++i) queue.Want(WishOf("bank", 1));
  queue.Want(WishOf("bank", 2));
  ASSERT_TRUE(endpoints_.WaitAsked("bank", 2));
  endpoints_.SetSlow("");
  ASSERT_TRUE(endpoints_.WaitAnswered("bank", 2));
  EXPECT_EQ(endpoints_.asked("bank"), 2);
}

TEST_F(PullQueueTest, ADeviceHearsWhatWasWrongAndWhenToComeAgain) {
  endpoints_.Say("bank", kDown);
  PullQueue queue({}, clock_, pull());
  const PullProgress first = queue.Want(WishOf("bank", 1));
  OTRP_EXPECT_OK(first.error);
  EXPECT_GT(first.wait, absl::ZeroDuration());
  ASSERT_TRUE(endpoints_.WaitAsked("bank", 1));
  PullProgress then = queue.Want(WishOf("bank", 1));
  for (int i = 0; i < 2000 && then.error.ok(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    then = queue.Want(WishOf("bank", 1));
  }
  EXPECT_EQ(then.error, kDown.status);
  EXPECT_GE(then.wait, kPullFirstPause);
  // It is asked again by itself, when the pause is over and not before.
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(endpoints_.asked("bank"), 1);
  endpoints_.Say("bank", PullOutcome());
  clock_.Advance(kPullFirstPause);
  EXPECT_TRUE(endpoints_.WaitAnswered("bank", 1));
}

TEST_F(PullQueueTest, AnEndpointThatIsDownIsAskedOnceInAWhileUntilItIsUp) {
  endpoints_.Say("bank", kDown);
  PullQueue queue({}, clock_, pull());
  for (int device = 0; device < 100; ++device) {
    queue.Want(WishOf("bank", device));
  }
  ASSERT_TRUE(endpoints_.WaitAsked("bank", kPullCircuitFailures));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  // Those that were under way when the circuit opened.
  EXPECT_LE(endpoints_.asked("bank"), kPullCircuitFailures + kPullsPerSp);
  const int before = endpoints_.asked("bank");
  clock_.Advance(kPullLongestPause);
  ASSERT_TRUE(endpoints_.WaitAsked("bank", before + 1));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_EQ(endpoints_.asked("bank"), before + 1);
  // Another endpoint has nothing to do with it.
  queue.Want(WishOf("other", 1));
  EXPECT_TRUE(endpoints_.WaitAnswered("other", 1));
  endpoints_.Say("bank", PullOutcome());
  clock_.Advance(kPullLongestPause);
  EXPECT_TRUE(endpoints_.WaitAnswered("bank", 1));
  clock_.Advance(kPullLongestPause);
  EXPECT_TRUE(endpoints_.WaitAnswered("bank", 100));
}

TEST_F(PullQueueTest, ARefusedDeviceIsNoFaultOfTheEndpoint) {
  endpoints_.Say("bank", {absl::FailedPreconditionError("not this one"),
                          /*endpoint_failed=*/false});
  PullQueue queue({}, clock_, pull());
  for (int device = 0; device < 100; ++device) {
    queue.Want(WishOf("bank", device));
  }
  EXPECT_TRUE(endpoints_.WaitAsked("bank", 100));
}

TEST_F(PullQueueTest, WhatWaitsIsBounded) {
  endpoints_.SetSlow("bank");
  PullQueue::Options options;
  options.max_waiting = 30;
  options.max_waiting_per_sp = 20;
  PullQueue queue(options, clock_, pull());
  for (int device = 0; device < 1000; ++device) {
    queue.Want(WishOf("bank", device));
  }
  // There is room for others.
  queue.Want(WishOf("other", 1));
  EXPECT_TRUE(endpoints_.WaitAnswered("other", 1));
  endpoints_.SetSlow("");
  EXPECT_TRUE(endpoints_.WaitAnswered("bank", 20));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(endpoints_.asked("bank"), 20);
  // Who comes again finds room.
  queue.Want(WishOf("bank", 999));
  EXPECT_TRUE(endpoints_.WaitAnswered("bank", 21));
}

TEST_F(PullQueueTest, ADeviceThatStaysAwayIsForgotten) {
  endpoints_.Say("bank", kDown);
  PullQueue queue({}, clock_, pull());
  queue.Want(WishOf("bank", 1));
  ASSERT_TRUE(endpoints_.WaitAsked("bank", 1));
  clock_.Advance(kPullWanted + absl::Seconds(1));
  ASSERT_TRUE(endpoints_.WaitAsked("bank", 2));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  clock_.Advance(kPullWanted + absl::Seconds(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_EQ(endpoints_.asked("bank"), 2);
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

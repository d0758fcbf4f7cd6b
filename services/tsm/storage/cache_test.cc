#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/tsm/storage/certificate_cache.h"
#include "services/tsm/storage/image_cache.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;

ReleaseImage Image(int64_t id, size_t size) {
  return {std::string(size, static_cast<char>('a' + id)), ""};
}

TEST(ImageCacheTest, ReadsEachReleaseOnce) {
  int loads = 0;
  ImageCache cache(100, [&](int64_t id) -> absl::StatusOr<ReleaseImage> {
    ++loads;
    return Image(id, 10);
  });
  OTRP_ASSERT_OK_AND_ASSIGN(auto first, cache.Get(1));
  OTRP_ASSERT_OK_AND_ASSIGN(auto second, cache.Get(1));
  EXPECT_EQ(first, second);
  EXPECT_EQ(first->image, "bbbbbbbbbb");
  EXPECT_EQ(loads, 1);
  EXPECT_EQ(cache.bytes(), 10u);
}

TEST(ImageCacheTest, TheLeastRecentlyUsedGoesFirst) {
  std::vector<int64_t> loads;
  ImageCache cache(30, [&](int64_t id) -> absl::StatusOr<ReleaseImage> {
    loads.push_back(id);
    return Image(id, 10);
  });
  for (int64_t id : {1, 2, 3, 1, 4, 1, 2}) OTRP_ASSERT_OK(cache.Get(id));
  EXPECT_THAT(loads, ::testing::ElementsAre(1, 2, 3, 4, 2));
  EXPECT_LE(cache.bytes(), 30u);
}

TEST(ImageCacheTest, WhatIsLargerThanTheCacheIsHandedOutOnly) {
  ImageCache cache(10, [](int64_t id) -> absl::StatusOr<ReleaseImage> {
    return Image(id, 11);
  });
  OTRP_ASSERT_OK_AND_ASSIGN(auto image, cache.Get(1));
  EXPECT_EQ(image->image.size(), 11u);
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST(ImageCacheTest, FailuresAreNotKept) {
  bool fail = true;
  ImageCache cache(100, [&](int64_t id) -> absl::StatusOr<ReleaseImage> {
    if (fail) return absl::UnavailableError("down");
    return Image(id, 1);
  });
  EXPECT_THAT(cache.Get(1), StatusIs(absl::StatusCode::kUnavailable));
  fail = false;
  OTRP_EXPECT_OK(cache.Get(1));
}

TEST(ImageCacheTest, ManyWhoMissAtOnceReadOnce) {
  std::atomic<int> loads{0};
  ImageCache cache(100, [&](int64_t id) -> absl::StatusOr<ReleaseImage> {
    ++loads;
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    return Image(id, 10);
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] { OTRP_EXPECT_OK(cache.Get(7)); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(loads.load(), 1);
}

TEST(CertificateCacheTest, ReadsEachCertificateOnceUntilItIsFull) {
  int loads = 0;
  CertificateCache cache(
      2, [&](absl::string_view fp) -> absl::StatusOr<std::string> {
        if (fp == "none") return absl::NotFoundError("none");
        ++loads;
        return "der of " + std::string(fp);
      });
  EXPECT_THAT(cache.Get("a"), IsOkAndHolds("der of a"));
  EXPECT_THAT(cache.Get("a"), IsOkAndHolds("der of a"));
  EXPECT_EQ(loads, 1);
  EXPECT_THAT(cache.Get("none"), StatusIs(absl::StatusCode::kNotFound));
  OTRP_EXPECT_OK(cache.Get("b"));
  OTRP_EXPECT_OK(cache.Get("c"));
  EXPECT_THAT(cache.Get("a"), IsOkAndHolds("der of a"));
  EXPECT_EQ(loads, 4);
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

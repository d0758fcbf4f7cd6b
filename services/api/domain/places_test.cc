#include "services/api/domain/places.h"

#include <memory>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace api {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;

TEST(PlacesTest, OneHasNoMoreThanItsShareAndAllNoMoreThanThereIs) {
  Places places({3, 2});
  OTRP_ASSERT_OK_AND_ASSIGN(auto first, places.Take("alice"));
  OTRP_ASSERT_OK_AND_ASSIGN(auto second, places.Take("alice"));
  EXPECT_THAT(places.Take("alice").status(),
              StatusIs(absl::StatusCode::kResourceExhausted));
  OTRP_ASSERT_OK_AND_ASSIGN(auto bobs, places.Take("bob"));
  EXPECT_THAT(places.Take("carol").status(),
              StatusIs(absl::StatusCode::kUnavailable));
  second.reset();
  EXPECT_THAT(places.Take("carol"), IsOk());
}

TEST(PlacesTest, WhatIsLeftIsAnothersBeforeItsEndAndCountsOnce) {
  Places places({1, 1});
  OTRP_ASSERT_OK_AND_ASSIGN(auto first, places.Take("alice"));
  first->Leave();
  OTRP_ASSERT_OK_AND_ASSIGN(auto second, places.Take("alice"));
  first.reset();
  EXPECT_EQ(places.taken(), 1);
  EXPECT_THAT(places.Take("bob").status(),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST(PlacesTest, TheirEndWaitsForWhoHasOne) {
  auto places = std::make_unique<Places>(Places::Rule{1, 1});
  OTRP_ASSERT_OK_AND_ASSIGN(auto place, places->Take("alice"));
  place->Leave();
  bool ended = false;
  std::thread other([&] {
    absl::SleepFor(absl::Milliseconds(50));
    ended = true;
    place.reset();
  });
  places.reset();
  EXPECT_TRUE(ended);
  other.join();
}

}  // namespace
}  // namespace api
}  // namespace otrp

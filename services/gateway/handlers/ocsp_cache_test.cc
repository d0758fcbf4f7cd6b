#include "services/gateway/handlers/ocsp_cache.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "libs/base/clock.h"

namespace otrp {
namespace gateway {
namespace handlers {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

std::shared_ptr<const OcspAnswer> Answer(
    std::string der, absl::Time next_update = kNow + absl::Hours(12)) {
  return std::make_shared<const OcspAnswer>(
      OcspAnswer{std::move(der), kNow, next_update, "\"tag\""});
}

TEST(OcspCacheTest, WhatIsKeptIsGivenUntilItsLifeIsOver) {
  FakeClock clock(kNow);
  OcspCache cache(1 << 20, absl::Seconds(2), clock);
  EXPECT_EQ(cache.Find("a"), nullptr);
  cache.Keep("a", Answer("good"));
  ASSERT_NE(cache.Find("a"), nullptr);
  EXPECT_EQ(cache.Find("a")->der, "good");
  clock.Advance(absl::Seconds(2));
  EXPECT_EQ(cache.Find("a"), nullptr);
}

TEST(OcspCacheTest, NothingIsGivenBeyondItsNextUpdate) {
  FakeClock clock(kNow);
  OcspCache cache(1 << 20, absl::Hours(1), clock);
  cache.Keep("a", Answer("good", kNow + absl::Seconds(5)));
  clock.Advance(absl::Seconds(5));
  EXPECT_EQ(cache.Find("a"), nullptr);
}

TEST(OcspCacheTest, ANewerAnswerReplacesTheOlder) {
  FakeClock clock(kNow);
  OcspCache cache(1 << 20, absl::Seconds(2), clock);
  cache.Keep("a", Answer("good"));
  cache.Keep("a", Answer("revoked"));
  EXPECT_EQ(cache.Find("a")->der, "revoked");
}

TEST(OcspCacheTest, WhatIsUsedLeastGoesFirstSoThatOctetsHaveALimit) {
  FakeClock clock(kNow);
  OcspCache cache(10 * 1024, absl::Hours(1), clock);
  cache.Keep("used", Answer(std::string(512, 'x')));
  for (int i = 0; i < 1000; ++i) {
    cache.Keep(absl::StrCat("other ", i), Answer(std::string(512, 'y')));
    ASSERT_NE(cache.Find("used"), nullptr) << i;
  }
  int kept = 0;
  for (int i = 0; i < 1000; ++i) {
    if (cache.Find(absl::StrCat("other ", i)) != nullptr) ++kept;
  }
  EXPECT_GE(kept, 5);
  EXPECT_LE(kept, 20);
}

TEST(OcspCacheTest, OctetsThatAreNoRequestHaveNoKey) {
  EXPECT_EQ(OcspCache::KeyOf("nonsense"), "");
  EXPECT_EQ(OcspCache::KeyOf(""), "");
}

}  // namespace
}  // namespace handlers
}  // namespace gateway
}  // namespace otrp

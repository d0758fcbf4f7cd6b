#include "services/tsm/messaging/first_requests.h"

#include <map>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using crypto::KeyType;
using ::otrp::testing::StatusIs;
using protocol::Dialect;

// What a background task has published last.
class Published : public IdentitySource {
 public:
  Published() { Renew(); }

  std::shared_ptr<const SigningIdentity> Get(KeyType) const override {
    return current_;
  }
  std::shared_ptr<const SigningIdentity> ById(
      absl::string_view) const override {
    return current_;
  }
  std::vector<std::shared_ptr<const ReadingKey>> Readers(
      KeyType) const override {
    return {};
  }
  void Renew() {
    static const auto* const kKey = new crypto::PrivateKey(
        crypto::PrivateKey::Generate(KeyType::kEcP256).value());
    current_ = std::make_shared<const SigningIdentity>(
        SigningIdentity{KeyType::kEcP256,
                        *kKey,
                        {},
                        {},
                        absl::InfiniteFuture(),
                        absl::InfiniteFuture()});
  }
  void Expire() { current_ = nullptr; }

 private:
  std::shared_ptr<const SigningIdentity> current_;
};

class PoolTest : public ::testing::Test {
 protected:
  PoolTest()
      : clock_(absl::FromUnixSeconds(1800000000)),
        pool_(identity_, clock_, absl::Minutes(5),
              {{{Dialect::kIetf03, KeyType::kRsa}, 3}},
              [this](Dialect,
                     const SigningIdentity&) -> absl::StatusOr<FirstRequest> {
                return FirstRequest{std::to_string(++made_), "", ""};
              }) {}

  std::string TakeTid() {
    absl::StatusOr<FirstRequest> request =
        pool_.Take(Dialect::kIetf03, KeyType::kRsa);
    return request.ok() ? request->tid : request.status().ToString();
  }

  FakeClock clock_;
  Published identity_;
  int made_ = 0;
  RequestPool pool_;
};

TEST_F(PoolTest, HandsOutWhatWasSignedAheadOnceEach) {
  OTRP_ASSERT_OK(pool_.Refill());
  EXPECT_EQ(pool_.ready(Dialect::kIetf03, KeyType::kRsa), 3u);
  for (const char* tid : {"1", "2", "3", "4"}) EXPECT_EQ(TakeTid(), tid);
  EXPECT_EQ(made_, 4) << "the last one on the spot";
  OTRP_ASSERT_OK(pool_.Refill());
  EXPECT_EQ(made_, 7);
}

TEST_F(PoolTest, WhatIsOfAnEarlierEpochIsThrownAway) {
  OTRP_ASSERT_OK(pool_.Refill());
  clock_.Advance(absl::Minutes(5));
  EXPECT_EQ(pool_.ready(Dialect::kIetf03, KeyType::kRsa), 0u);
  EXPECT_EQ(TakeTid(), "4");
}

TEST_F(PoolTest, WhatHasAnEarlierIdentityOrStaplesIsThrownAway) {
  OTRP_ASSERT_OK(pool_.Refill());
  identity_.Renew();
  EXPECT_EQ(TakeTid(), "4");
}

TEST_F(PoolTest, WhatWasMadeWithReplacedSecretsIsThrownAway) {
  OTRP_ASSERT_OK(pool_.Refill());
  pool_.Clear();
  EXPECT_EQ(pool_.ready(Dialect::kIetf03, KeyType::kRsa), 0u);
  EXPECT_EQ(TakeTid(), "4");
}

TEST_F(PoolTest, WithoutAnIdentityThereIsNothing) {
  identity_.Expire();
  EXPECT_THAT(pool_.Take(Dialect::kIetf03, KeyType::kRsa),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(pool_.Refill(), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

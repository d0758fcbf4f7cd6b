#include "libs/service/channel.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace service {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

TEST(ChannelTest, WhoNamesNoneMeansStable) {
  EXPECT_THAT(ParseChannel(""), IsOkAndHolds(Channel::kStable));
  for (const Channel channel : {Channel::kStable, Channel::kBeta}) {
    EXPECT_THAT(ParseChannel(ChannelName(channel)), IsOkAndHolds(channel));
  }
}

TEST(ChannelTest, AnotherWordIsRefusedByTheFieldsName) {
  for (const char* word : {"Stable", "BETA", "all", " ", "beta "}) {
    EXPECT_THAT(ParseChannel(word, "event.channel"),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("event.channel: must be \"stable\" or")));
  }
}

}  // namespace
}  // namespace service
}  // namespace otrp

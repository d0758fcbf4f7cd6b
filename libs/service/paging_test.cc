#include "libs/service/paging.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace service {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;

TEST(PagingTest, SizesHaveADefaultAndALimit) {
  EXPECT_THAT(PageSize(0), IsOkAndHolds(kDefaultPageSize));
  EXPECT_THAT(PageSize(1), IsOkAndHolds(1));
  EXPECT_THAT(PageSize(kMaxPageSize), IsOkAndHolds(kMaxPageSize));
  for (int bad : {-1, kMaxPageSize + 1}) {
    EXPECT_THAT(PageSize(bad), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(PagingTest, TokensCarryAnyKey) {
  for (const std::string& key :
       {std::string(), std::string("bank"), std::string("\0\xff", 2),
        std::string("a\nb\"c")}) {
    EXPECT_THAT(DecodePageToken(EncodePageToken(key)), IsOkAndHolds(key));
  }
  EXPECT_EQ(EncodePageToken(""), "");
}

TEST(PagingTest, WhatIsNoTokenIsNamed) {
  for (const char* bad : {"!", "a", "YQ==", "Y Q"}) {
    EXPECT_THAT(DecodePageToken(bad),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         ::testing::HasSubstr("page_token")))
        << bad;
  }
}

}  // namespace
}  // namespace service
}  // namespace otrp

#include "libs/service/paging.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "otrp/common/v1/common.pb.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace service {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

using Request = common::v1::ListAuditEventsRequest;
using Response = common::v1::ListAuditEventsResponse;

std::string KeyOf(const std::string& row) { return row; }

TEST(PagingTest, SizesHaveADefaultAndALimit) {
  // One row more than the page has.
  EXPECT_EQ(Page::Parse(0, "").value().limit(), kDefaultPageSize + 1);
  EXPECT_EQ(Page::Parse(1, "").value().limit(), 2);
  EXPECT_EQ(Page::Parse(kMaxPageSize, "").value().limit(), kMaxPageSize + 1);
  for (int bad : {-1, kMaxPageSize + 1}) {
    EXPECT_THAT(Page::Parse(bad, ""),
                StatusIs(kInvalid, "page_size: must be 0 to 1000"));
  }
}

TEST(PagingTest, AnyKeyComesBackThroughAToken) {
  for (const std::string& key : {std::string("bank"), std::string("\0\xff", 2),
                                 std::string("a\nb\"c")}) {
    OTRP_ASSERT_OK_AND_ASSIGN(const Page first, Page::Parse(1, ""));
    std::vector<std::string> rows = {key, "next"};
    Response response;
    first.Finish(rows, response, &KeyOf);
    OTRP_ASSERT_OK_AND_ASSIGN(const Page second,
                              Page::Parse(1, response.next_page_token()));
    EXPECT_EQ(second.after(), key);
  }
}

TEST(PagingTest, WhatIsNoTokenIsNamed) {
  for (const char* bad : {"!", "a", "YQ==", "Y Q"}) {
    EXPECT_THAT(
        Page::Parse(0, bad),
        StatusIs(kInvalid, "page_token: must be one that a former answer gave"))
        << bad;
  }
}

TEST(PagingTest, TheRowTooManyBecomesATokenAndIsNotShown) {
  Request request;
  request.set_page_size(2);
  OTRP_ASSERT_OK_AND_ASSIGN(const Page page, Page::Of(request));
  std::vector<std::string> rows = {"a", "b", "c"};
  Response response;
  page.Finish(rows, response, &KeyOf);
  EXPECT_THAT(rows, ElementsAre("a", "b"));
  request.set_page_token(response.next_page_token());
  EXPECT_EQ(Page::Of(request).value().after(), "b");
}

TEST(PagingTest, TheLastPageHasNoToken) {
  OTRP_ASSERT_OK_AND_ASSIGN(const Page page, Page::Parse(2, ""));
  for (std::vector<std::string> rows :
       std::vector<std::vector<std::string>>{{}, {"a"}, {"a", "b"}}) {
    const size_t all = rows.size();
    Response response;
    page.Finish(rows, response, &KeyOf);
    EXPECT_EQ(rows.size(), all);
    EXPECT_EQ(response.next_page_token(), "");
  }
}

TEST(PagingTest, AKeyThatMustBeANumberIsHeldAgainstIt) {
  const auto number_of = [](const std::string& key) {
    std::vector<std::string> rows = {key, "next"};
    Response response;
    Page::Parse(1, "").value().Finish(rows, response, &KeyOf);
    return Page::Parse(1, response.next_page_token()).value().AfterNumber(7);
  };
  EXPECT_THAT(Page::Parse(1, "").value().AfterNumber(7), IsOkAndHolds(7));
  EXPECT_THAT(number_of("41"), IsOkAndHolds(41));
  for (const char* bad : {"0", "-1", "x", "1x", "99999999999999999999"}) {
    EXPECT_THAT(number_of(bad), StatusIs(kInvalid)) << bad;
  }
}

}  // namespace
}  // namespace service
}  // namespace otrp

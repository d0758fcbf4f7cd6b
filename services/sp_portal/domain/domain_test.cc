#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/sp_portal/domain/names.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

TEST(NamesTest, IdsAreLettersDigitsAndThreeMarks) {
  for (const std::string& good :
       {std::string("a"), std::string("Bank-1.test_2"), std::string(64, 'x')}) {
    EXPECT_THAT(CheckId("spid", good), IsOk()) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string(65, 'x'), std::string("a/b"),
        std::string("a b"), std::string("ä"), std::string("a\0b", 3)}) {
    EXPECT_THAT(
        CheckId("taid", bad),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("taid:")))
        << bad;
  }
}

TEST(NamesTest, DisplayNamesAreUtf8) {
  std::string long_name;
  for (int i = 0; i < 200; ++i) long_name += "é";
  for (const std::string& good : {std::string("Bank AG"), std::string("銀行"),
                                  std::string("🏦"), long_name}) {
    EXPECT_THAT(CheckDisplayName(good), IsOk()) << good;
  }
  for (const std::string& bad :
       {std::string(), long_name + "x", std::string("a\nb"),
        std::string("\x7f"), std::string("\xc0\xaf"),
        std::string("\xed\xa0\x80"), std::string("\xf5\x80\x80\x80"),
        std::string("\xe2\x82"), std::string("a\0b", 3)}) {
    EXPECT_THAT(
        CheckDisplayName(bad),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("name:")));
  }
}

}  // namespace
}  // namespace portal
}  // namespace otrp

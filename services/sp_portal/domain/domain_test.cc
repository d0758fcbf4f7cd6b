#include <iterator>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/sp_portal/domain/names.h"
#include "services/sp_portal/domain/version.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

TEST(VersionTest, ComparesNumberByNumber) {
  const char* ascending[] = {"0",   "0.0.1", "0.1",    "1",     "1.0.0.1",
                             "1.9", "1.10",  "1.10.2", "2.0.0", "10"};
  for (size_t i = 0; i < std::size(ascending); ++i) {
    for (size_t j = 0; j < std::size(ascending); ++j) {
      OTRP_ASSERT_OK_AND_ASSIGN(Version a, Version::Parse(ascending[i]));
      OTRP_ASSERT_OK_AND_ASSIGN(Version b, Version::Parse(ascending[j]));
      EXPECT_EQ(a < b, i < j) << a.text() << " " << b.text();
      EXPECT_EQ(a == b, i == j) << a.text() << " " << b.text();
    }
  }
}

TEST(VersionTest, TrailingZerosDoNotMatterButTheTextStays) {
  OTRP_ASSERT_OK_AND_ASSIGN(Version a, Version::Parse("1.0"));
  OTRP_ASSERT_OK_AND_ASSIGN(Version b, Version::Parse("1.0.0"));
  EXPECT_TRUE(a == b);
  EXPECT_EQ(a.text(), "1.0");
}

TEST(VersionTest, RefusesAnythingElse) {
  for (const char* text :
       {"", ".", "1.", ".1", "1..2", "01", "1.02", "v1", "1.0-rc1", "1.0 ",
        "-1", "+1", "1.2.3.4.5", "2147483648", "99999999999999999999"}) {
    EXPECT_THAT(
        Version::Parse(text),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("version:")))
        << text;
  }
  EXPECT_THAT(Version::Parse("2147483647"), IsOk());
}

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

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/sp_portal/domain/model.h"
#include "services/sp_portal/domain/names.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

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

TEST(TargetTest, IsReadFromTheWordsThatItWrites) {
  const std::string did(32, '\xaa');
  for (const Target& target : {Target(AllDevices()), Target(OneDevice{did}),
                               Target(DeviceGroup{"pilot"})}) {
    const absl::optional<Target> read = TargetOf(WordsOf(target));
    ASSERT_TRUE(read.has_value()) << WordsOf(target).kind;
    EXPECT_EQ(*read, target);
  }
  EXPECT_EQ(WordsOf(OneDevice{did}).target, std::string(64, 'a'));
  EXPECT_FALSE(TargetOf({"did", "xyz"}).has_value());
  EXPECT_FALSE(TargetOf({"everybody", ""}).has_value());
}

}  // namespace
}  // namespace portal
}  // namespace otrp

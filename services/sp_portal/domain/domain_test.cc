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

Target That(const std::string& text) {
  return DevicesThat{service::DeviceConditions::FromText(text).value()};
}

// The portal knows no devices: what isn't covered whatever they are, isn't.
TEST(CoversTest, AGrantCoversWhatDemandsAsMuchAndNothingElse) {
  const std::string did(32, 'd');
  const Target all = AllDevices();
  const Target one = OneDevice{did};
  const Target eu = DeviceGroup{"eu"};
  const Target pilot = That("label:pilot=yes");
  struct Case {
    const char* name;
    Target granted;
    Target target;
    bool covered;
  };
  for (const Case& c : std::vector<Case>{
           {"all covers all", all, all, true},
           {"all covers one", all, one, true},
           {"all covers conditions", all, pilot, true},
           {"nothing else covers all", pilot, all, false},
           {"no group covers all", eu, all, false},
           {"one covers itself", one, one, true},
           {"one covers no other", one, OneDevice{std::string(32, 'e')}, false},
           {"one covers no group", one, eu, false},
           {"a group covers no single device", eu, one, false},
           {"a label covers no single device", pilot, one, false},
           {"a label covers no group", pilot, eu, false},
           {"a group covers a part of it", eu, That("group:eu label:pilot=yes"),
            true},
           {"a group covers no part of another", eu,
            That("group:us label:pilot=yes"), false},
           {"a label covers a part of it", pilot,
            That("label:pilot=yes tier:firmware-verified"), true},
           {"a part covers not the whole",
            That("label:pilot=yes tier:firmware-verified"), pilot, false},
           {"a vendor covers no label", That("vendor:acme"), pilot, false}}) {
    EXPECT_EQ(Covers(c.granted, c.target), c.covered) << c.name;
  }
}

TEST(TargetTest, WordsAreReadBackAndOthersAreNot) {
  for (const Target& target :
       {Target(AllDevices()), Target(OneDevice{std::string(32, 'd')}),
        Target(DeviceGroup{"eu"}), That("group:eu vendor:acme")}) {
    EXPECT_EQ(TargetOf(WordsOf(target)), target);
  }
  EXPECT_FALSE(TargetOf({"devices", "moon:full"}).has_value());
  EXPECT_FALSE(TargetOf({"devices", ""}).has_value());
  EXPECT_FALSE(TargetOf({"moon", "full"}).has_value());
}

}  // namespace
}  // namespace portal
}  // namespace otrp

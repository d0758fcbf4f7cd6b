#include "libs/store/value.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace otrp {
namespace store {
namespace {

TEST(ParamTest, ShowsEachTypeAsPostgresReadsIt) {
  EXPECT_EQ(Param(42).view(), "42");
  EXPECT_EQ(Param(int64_t{-9007199254740993}).view(), "-9007199254740993");
  EXPECT_EQ(Param(true).view(), "t");
  EXPECT_EQ(Param(false).view(), "f");
  EXPECT_EQ(Param("text").view(), "text");
  EXPECT_EQ(Param(absl::FromUnixMicros(1234567)).view(),
            "1970-01-01 00:00:01.234567+00");
  EXPECT_EQ(Param(absl::InfiniteFuture()).view(), "infinity");
  EXPECT_EQ(Param(0.5).view(), "0.5");
}

TEST(ParamTest, ANumberSurvivesBeingCopied) {
  Param copy(1);
  {
    const Param original(123456789);
    copy = original;
  }
  EXPECT_EQ(copy.view(), "123456789");
}

TEST(ParamTest, AnAbsentOptionalIsNull) {
  EXPECT_EQ(Param(absl::optional<int>()).kind(), Param::Kind::kNull);
  EXPECT_EQ(Param(absl::optional<int>(7)).view(), "7");
  EXPECT_EQ(Param(Null{}).kind(), Param::Kind::kNull);
  EXPECT_EQ(Param(Bytes("x")).kind(), Param::Kind::kBytes);
}

TEST(ArrayTest, QuotesWhatNeedsIt) {
  EXPECT_EQ(TextArray({}), "{}");
  EXPECT_EQ(TextArray({"a", "b,c", "say \"x\"", "back\\slash"}),
            "{\"a\",\"b,c\",\"say \\\"x\\\"\",\"back\\\\slash\"}");
  EXPECT_EQ(BytesArray({std::string("\x00\xff", 2)}), "{\"\\\\x00ff\"}");
}

}  // namespace
}  // namespace store
}  // namespace otrp

#include "libs/base/utf8.h"

#include <string>

#include "gtest/gtest.h"

namespace otrp {
namespace {

TEST(Utf8Test, TheTableOfSequences) {
  struct Case {
    std::string text;
    size_t length;
  };
  const Case cases[] = {
      {"", 0},
      {"a", 1},
      {std::string("\0", 1), 1},
      {"\x7f", 1},
      {"\xc2\x80", 2},
      {"é and more", 2},
      {"\xe0\xa0\x80", 3},
      {"銀", 3},
      {"🏦", 4},
      {"\xf4\x8f\xbf\xbf", 4},
      // A tail alone, overlong forms, surrogates, above U+10FFFF, cut off.
      {"\x80", 0},
      {"\xc0\xaf", 0},
      {"\xc1\xbf", 0},
      {"\xe0\x9f\xbf", 0},
      {"\xed\xa0\x80", 0},
      {"\xf0\x8f\xbf\xbf", 0},
      {"\xf4\x90\x80\x80", 0},
      {"\xf5\x80\x80\x80", 0},
      {"\xff", 0},
      {"\xe2\x82", 0},
      {"\xf0\x9f\x8f", 0},
      {"\xc3(", 0},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Utf8SequenceLength(c.text), c.length) << c.text;
  }
}

TEST(Utf8Test, APrefixCutsNoSequence) {
  EXPECT_EQ(Utf8Prefix("abc", 3), "abc");
  EXPECT_EQ(Utf8Prefix("abcd", 3), "abc");
  EXPECT_EQ(Utf8Prefix("aé", 2), "a");
  EXPECT_EQ(Utf8Prefix("a🏦", 4), "a");
  EXPECT_EQ(Utf8Prefix("🏦b", 4), "🏦");
  EXPECT_EQ(Utf8Prefix("a", 0), "");
  // Octets that are no UTF-8 are cut as well.
  EXPECT_EQ(Utf8Prefix(std::string(10, '\x80'), 8).size(), 5u);
}

}  // namespace
}  // namespace otrp

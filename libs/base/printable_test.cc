#include "libs/base/printable.h"

#include <string>

#include "gtest/gtest.h"

namespace otrp {
namespace {

TEST(PrintableTest, TextOfEveryScriptStaysAsItIs) {
  for (const char* text :
       {"", "plain \\ \"text\"", "Gerät 端末 جهاز", "🏦", "\xc2\xa0\xc2\xae",
        "\xe2\x80\xaf", "\xef\xbf\xbd", "\xf3\xa0\x84\x80"}) {
    EXPECT_EQ(Printable(text), text);
  }
}

// What turns text round, hides it, or ends a line where none should end.
TEST(PrintableTest, WhatCannotBeSeenIsWrittenOut) {
  struct Case {
    std::string text;
    const char* shown;
  };
  const Case cases[] = {
      {std::string("a\0b", 3), "a\\u0000b"},
      {"\x1b[2J\r\n\t", "\\u001b[2J\\u000d\\u000a\\u0009"},
      {"\x7f", "\\u007f"},
      // C1, which some terminals obey like ESC.
      {"\xc2\x80\xc2\x9b\xc2\x9f", "\\u0080\\u009b\\u009f"},
      {"\xc2\xad", "\\u00ad"},
      {"\xd8\x9c", "\\u061c"},
      {"\xe2\x80\x8b\xe2\x80\x8e\xe2\x80\x8f", "\\u200b\\u200e\\u200f"},
      {"\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029"},
      {"x\xe2\x80\xae"
       "gpj.exe\xe2\x80\xac",
       "x\\u202egpj.exe\\u202c"},
      {"\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9",
       "\\u2066\\u2067\\u2068\\u2069"},
      {"\xef\xbb\xbf", "\\ufeff"},
      {"\xef\xbf\xb9\xef\xbf\xbb", "\\ufff9\\ufffb"},
      // Language tags and tag letters: text that nobody sees.
      {"\xf3\xa0\x80\x81\xf3\xa0\x81\xbf", "\\udb40\\udc01\\udb40\\udc7f"},
      {"\xf0\x9d\x85\xb3", "\\ud834\\udd73"},
      {"a\xff\xc0\x80", "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
  };
  for (const Case& c : cases) EXPECT_EQ(Printable(c.text), c.shown);
}

TEST(PrintableTest, ABoundCutsNoCharacterAndNoEscape) {
  EXPECT_EQ(Printable("abcd", 3), "abc");
  EXPECT_EQ(Printable("aé", 2), "a");
  EXPECT_EQ(Printable("a\n", 6), "a");
  EXPECT_EQ(Printable("a\n", 7), "a\\u000a");
  EXPECT_EQ(Printable("\nb", 3), "");
  EXPECT_EQ(Printable("a", 0), "");
}

}  // namespace
}  // namespace otrp

#include "libs/cbor/cbor.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/cbor_diag.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace cbor {
namespace {

using ::otrp::testing::CborOf;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

std::string Octets(std::initializer_list<int> octets) {
  std::string out;
  for (int octet : octets) out.push_back(static_cast<char>(octet));
  return out;
}

TEST(CborTest, WhatTokensAreMadeOfIsRead) {
  OTRP_ASSERT_OK_AND_ASSIGN(
      const Value value,
      Parse(CborOf("18([h'a1', {1: -7, \"k\": [true, null]}, \"\u00e9\", "
                   "9223372036854775807, -9223372036854775808])")));
  ASSERT_TRUE(value.is_tag(18));
  const Value& array = value.items()[0];
  ASSERT_TRUE(array.is_array());
  EXPECT_EQ(array.items()[0].octets(), "\xa1");
  ASSERT_NE(array.items()[1].Find(1), nullptr);
  EXPECT_EQ(array.items()[1].Find(1)->integer(), -7);
  EXPECT_EQ(array.items()[1].Find(2), nullptr);
  EXPECT_EQ(array.items()[1].members()[1].first.octets(), "k");
  EXPECT_EQ(array.items()[2].octets(), "\u00e9");
  EXPECT_EQ(array.items()[3].integer(), INT64_MAX);
  EXPECT_EQ(array.items()[4].integer(), INT64_MIN);
}

// The library below knows few of them.
TEST(CborTest, EveryTagIsRead) {
  for (int64_t tag :
       {0, 4, 5, 17, 18, 20, 21, 23, 24, 61, 255, 256, 501, 65535, 65536}) {
    OTRP_ASSERT_OK_AND_ASSIGN(const Value value,
                              Parse(CborOf(absl::StrCat(tag, "(7)"))));
    EXPECT_TRUE(value.is_tag(tag)) << tag;
    EXPECT_EQ(value.items()[0].integer(), 7);
  }
  for (const std::string& octets :
       {Octets({0xd2}), Octets({0xd8}), Octets({0xdc, 0x01}),
        Octets({0xdf, 0x01}), Octets({0xdb, 0, 0, 0, 1, 0, 0, 0, 0, 1})}) {
    EXPECT_THAT(Parse(octets), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(CborTest, EmptyThingsAreWhole) {
  for (const char* text : {"[]", "{}", "[[], {}, [{}]]", "h''", "\"\"", "0"}) {
    OTRP_EXPECT_OK(Parse(CborOf(text)).status()) << text;
  }
}

TEST(CborTest, WhatCanBeReadInTwoWaysIsRefused) {
  struct Case {
    std::string octets;
    const char* why;
  };
  const Case cases[] = {
      {"", "ends within an item, at octet 0"},
      {CborOf("{1: 2, 1: 3}"), "a key twice"},
      // The same number, written in two lengths.
      {Octets({0xa2, 0x01, 0x00, 0x18, 0x01, 0x00}), "a key twice"},
      {CborOf("{\"a\": 2, \"a\": 3}"), "a key twice"},
      {CborOf("{h'01': 2}"), "key is neither"},
      {CborOf("{[1]: 2}"), "key is neither"},
      {CborOf("[1, 2]") + "x", "octets behind it, at octet 3"},
      {Octets({0x9f, 0x01, 0xff}), "indefinite length"},
      {Octets({0xbf, 0xff}), "indefinite length"},
      {Octets({0x5f, 0x41, 0x61, 0xff}), "indefinite length"},
      {Octets({0x7f, 0x61, 0x61, 0xff}), "indefinite length"},
      {Octets({0xff}), "indefinite length"},
      {Octets({0xfb, 0, 0, 0, 0, 0, 0, 0, 0}), "float"},
      {Octets({0xfa, 0, 0, 0, 0}), "float"},
      {Octets({0xf9, 0, 0}), "float"},
      {Octets({0xf7}), "undefined"},
      {Octets({0xe0}), "head is none"},
      {Octets({0x1c}), "head is none"},
      {Octets({0x62, 0xc3, 0x28}), "UTF-8"},
      {Octets({0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0}), "64 bits"},
      {Octets({0x3b, 0x80, 0, 0, 0, 0, 0, 0, 0}), "64 bits"},
      {Octets({0x83, 0x01}), "more than there is"},
      {Octets({0x82, 0x01}), "ends within an item"},
      {Octets({0x82, 0x01, 0x41}), "ends within an item"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(Parse(c.octets),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.why)))
        << c.why;
  }
}

TEST(CborTest, AnAnnouncedLengthAllocatesNothing) {
  for (const std::string& octets :
       {Octets({0x9b, 0, 0, 0, 0xff, 0, 0, 0, 0}),
        Octets({0xbb, 0xff, 0, 0, 0, 0, 0, 0, 0}),
        Octets({0x5b, 0, 0, 0, 0xff, 0, 0, 0, 0}),
        Octets({0x7b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})}) {
    EXPECT_THAT(Parse(octets), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(CborTest, LimitsHoldAndOneMoreDoesNot) {
  Limits limits;
  limits.depth = 2;
  OTRP_EXPECT_OK(Parse(CborOf("[[1]]"), limits).status());
  EXPECT_THAT(
      Parse(CborOf("[[[1]]]"), limits),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("too deep")));
  // A tag is a level, too.
  EXPECT_THAT(
      Parse(CborOf("[[1(1)]]"), limits),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("too deep")));
  limits = Limits();
  limits.values = 3;
  OTRP_EXPECT_OK(Parse(CborOf("[1, 2]"), limits).status());
  EXPECT_THAT(Parse(CborOf("[1, 2, 3]"), limits),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("too many items")));
  limits = Limits();
  limits.members = 1;
  OTRP_EXPECT_OK(Parse(CborOf("{1: 1}"), limits).status());
  EXPECT_THAT(Parse(CborOf("{1: 1, 2: 2}"), limits),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("too many members")));
  limits = Limits();
  limits.bytes = 2;
  OTRP_EXPECT_OK(Parse(CborOf("h'01'"), limits).status());
  EXPECT_THAT(Parse(CborOf("h'0102'"), limits),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("longer than 2 octets")));
}

TEST(CborTest, HeadsAreWrittenInTheirShortestForm) {
  std::string out;
  AppendArrayHead(4, &out);
  AppendText("Signature1", &out);
  AppendBytes(std::string(300, 'x'), &out);
  EXPECT_EQ(out, absl::StrCat("\x84\x6aSignature1", "\x59\x01\x2c",
                              std::string(300, 'x')));
}

}  // namespace
}  // namespace cbor
}  // namespace otrp

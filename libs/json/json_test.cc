#include "libs/json/json.h"

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace json {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

TEST(JsonTest, ReadsEveryKind) {
  OTRP_ASSERT_OK_AND_ASSIGN(
      const Value v,
      Parse(" {\"s\":\"\\u00e9\\ud83d\\ude00/\",\"i\":-12,\"d\":1.5,\"t\":true,"
            "\"n\":null,\"a\":[1,[2],{}],\"big\":9223372036854775807,"
            "\"huge\":18446744073709551615} ",
            kStrangers));
  EXPECT_EQ(v.Find("s")->as_string(), "é😀/");
  EXPECT_THAT(v.GetInteger("i"), IsOkAndHolds(-12));
  EXPECT_EQ(v.Find("d")->as_number(), 1.5);
  EXPECT_THAT(v.GetBool("t"), IsOkAndHolds(true));
  EXPECT_TRUE(v.Find("n")->is_null());
  EXPECT_EQ(v.Find("a")->size(), 3u);
  EXPECT_THAT(v.GetInteger("big"), IsOkAndHolds(9223372036854775807));
  EXPECT_EQ(v.Find("huge")->kind(), Value::Kind::kNumber);
  EXPECT_EQ(v.members()[0].first, "s");
  EXPECT_EQ(v.Find("none"), nullptr);
}

TEST(JsonTest, RefusesWhatIJsonRefuses) {
  const std::string cases[] = {
      "",
      " ",
      "{",
      "[1,]",
      "{\"a\":1,}",
      "{a:1}",
      "{'a':1}",
      "01",
      "+1",
      "1.",
      ".5",
      "NaN",
      "Infinity",
      "-",
      "tru",
      "\"a",
      "[1 2]",
      "{\"a\" 1}",
      "// c\n1",
      "/* c */1",
      "1 2",
      "{} x",
      std::string("1\0", 2),
      // Duplicate names, also when one is escaped.
      "{\"a\":1,\"a\":2}",
      "{\"a\":1,\"\\u0061\":2}",
      "{\"x\":{\"b\":1,\"b\":1}}",
      // NUL.
      "\"\\u0000\"",
      "{\"\\u0000\":1}",
      std::string("\"\0\"", 3),
      // Lone and swapped surrogates.
      "\"\\ud800\"",
      "\"\\udc00\"",
      "\"\\ude00\\ud83d\"",
      "\"\\ud800x\"",
      // Control characters, bad escapes, UTF-8 that isn't.
      "\"\n\"",
      "\"\\x\"",
      "\"\\u12g4\"",
      "\"\xff\"",
      "\"\xc0\xaf\"",
      "\"\xed\xa0\x80\"",
      "\"\xf5\x80\x80\x80\"",
      "\"\xe2\x82\"",
      "\xef\xbb\xbf{}",
      "1e999",
      "\x80",
  };
  for (const std::string& text : cases) {
    EXPECT_THAT(Parse(text, kStrangers), StatusIs(kInvalid)) << text;
  }
}

TEST(JsonTest, DepthHasALimit) {
  const auto nested = [](int depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_THAT(Parse(nested(16), kStrangers), IsOk());
  EXPECT_THAT(Parse(nested(17), kStrangers),
              StatusIs(kInvalid, HasSubstr("deeper")));
  EXPECT_THAT(Parse(std::string(1000000, '['), kStrangers), StatusIs(kInvalid));
  EXPECT_THAT(Parse("[[]]", Limits{1, 10, 10}), StatusIs(kInvalid));
}

TEST(JsonTest, TheNumberOfValuesHasALimit) {
  const Limits three = {16, 3, 3};
  EXPECT_THAT(Parse("[1,{}]", three), IsOk());
  for (const char* text : {"[1,2,3]", "[[],[],[]]", "{\"a\":{\"b\":[0]}}"}) {
    EXPECT_THAT(Parse(text, three), StatusIs(kInvalid, HasSubstr("too many")));
  }
  std::string items = "[0";
  for (size_t i = 0; i < kMaxJsonValues; ++i) items += ",0";
  EXPECT_THAT(Parse(items + "]", kStrangers),
              StatusIs(kInvalid, HasSubstr("too many")));
}

TEST(JsonTest, TheNumberOfMembersOfAnObjectHasALimit) {
  const Limits two = {16, 100, 2};
  EXPECT_THAT(Parse(R"([{"a":1,"b":2},{"c":3,"d":4}])", two), IsOk());
  EXPECT_THAT(Parse(R"({"a":{"b":1,"c":2,"d":3}})", two),
              StatusIs(kInvalid, HasSubstr("too many members")));
  std::string object = "{\"x\":0";
  for (size_t i = 1; i < kMaxJsonMembers; ++i)
    object += absl::StrCat(",\"", i, "\":0");
  EXPECT_THAT(Parse(object + "}", kStrangers), IsOk());
  EXPECT_THAT(Parse(object + ",\"y\":0}", kStrangers), StatusIs(kInvalid));
}

TEST(JsonTest, NumbersAreTheNearestDouble) {
  for (const char* text :
       {"2.2250738585072014e-308", "1.7976931348623157e308", "0.1",
        "9007199254740993.0", "5e-324", "123456789012345678901234567890"}) {
    OTRP_ASSERT_OK_AND_ASSIGN(const Value v, Parse(text, kStrangers));
    EXPECT_EQ(v.as_number(), std::strtod(text, nullptr)) << text;
  }
}

TEST(JsonTest, ErrorsNameTheOctet) {
  EXPECT_THAT(Parse("[1,]", kStrangers),
              StatusIs(kInvalid, "JSON: malformed at octet 4"));
  EXPECT_THAT(Parse("{\"a\":tru", kStrangers),
              StatusIs(kInvalid, HasSubstr("malformed at octet")));
  EXPECT_THAT(Parse("{\"a\":1,\"a\":2}", kStrangers),
              StatusIs(kInvalid, HasSubstr("twice in one object")));
}

TEST(JsonTest, ErrorsDoNotQuoteTheContent) {
  const absl::Status status =
      Parse("{\"password\":hunter2}", kStrangers).status();
  EXPECT_THAT(status, StatusIs(kInvalid, HasSubstr("octet")));
  EXPECT_EQ(status.message().find("hunter"), absl::string_view::npos);
}

TEST(JsonTest, TypedGettersNameTheMember) {
  OTRP_ASSERT_OK_AND_ASSIGN(const Value v,
                            Parse("{\"tid\":1,\"a\":[]}", kStrangers));
  EXPECT_THAT(v.GetString("tid"),
              StatusIs(kInvalid, "member \"tid\" must be a string"));
  EXPECT_THAT(v.GetString("rid"),
              StatusIs(kInvalid, "member \"rid\" is missing"));
  EXPECT_THAT(v.GetObject("a"),
              StatusIs(kInvalid, "member \"a\" must be an object"));
  EXPECT_THAT(v.GetArray("a"), IsOk());
  EXPECT_THAT(Value::String("x").GetString("a"), StatusIs(kInvalid));
}

// Strings are looked at many octets at a time.
TEST(JsonTest, EscapesEachOctetAtEachPlace) {
  for (int c = 0; c < 0x80; ++c) {
    const std::string one(1, static_cast<char>(c));
    const std::string quoted = Value::String(one).Serialize();
    const std::string escaped = quoted.substr(1, quoted.size() - 2);
    for (size_t before = 0; before < 36; ++before) {
      for (size_t after : {0, 1, 8, 15, 16, 17, 33}) {
        const std::string a(before, 'a');
        const std::string b(after, '~');
        ASSERT_EQ(Value::String(a + one + b).Serialize(),
                  "\"" + a + escaped + b + "\"")
            << c;
      }
    }
  }
}

TEST(JsonTest, ANumberStaysANumber) {
  for (double number : {200.0, -0.0, 0.5, 1e300, -3e-7}) {
    const std::string text = Value::Number(number).Serialize();
    OTRP_ASSERT_OK_AND_ASSIGN(const Value back, Parse(text, kStrangers));
    EXPECT_EQ(back.kind(), Value::Kind::kNumber) << text;
    EXPECT_EQ(back.Serialize(), text);
  }
  EXPECT_EQ(Value::Number(200).Serialize(), "200.0");
  EXPECT_EQ(Value::Number(-0.0).Serialize(), "-0.0");
}

TEST(JsonTest, WritesCompactInOrder) {
  Value v = Value::Object();
  v.Set("z", Value::Integer(-1)).Set("a", Value::Bool(false));
  v.Set("s", Value::String("\"\\\n\r\t\x01/é"));
  v.Set("l", Value::Array().Append(Value::Null()).Append(Value::Number(0.5)));
  v.Set("z", Value::Integer(2));
  EXPECT_EQ(v.Serialize(),
            "{\"z\":2,\"a\":false,\"s\":\"\\\"\\\\\\n\\r\\t\\u0001/é\","
            "\"l\":[null,0.5]}");
  OTRP_ASSERT_OK_AND_ASSIGN(const Value back, Parse(v.Serialize(), kStrangers));
  EXPECT_TRUE(back == v);
  EXPECT_TRUE(v.Remove("z"));
  EXPECT_FALSE(v.Remove("z"));
  EXPECT_FALSE(back == v);
}

TEST(JsonTest, EqualityIgnoresOrderOfMembers) {
  EXPECT_TRUE(*Parse("{\"a\":1,\"b\":[1,2]}", kStrangers) ==
              *Parse("{\"b\":[1,2],\"a\":1}", kStrangers));
  EXPECT_FALSE(*Parse("[1,2]", kStrangers) == *Parse("[2,1]", kStrangers));
  EXPECT_FALSE(*Parse("1", kStrangers) == *Parse("1.0", kStrangers));
}

TEST(JsonTest, ManyMembersAndLargeStringsAreRead) {
  std::string text = "{";
  for (int i = 0; i < 30000; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ",", "\"m", i, "\":", i);
  }
  text += "}";
  OTRP_ASSERT_OK_AND_ASSIGN(const Value v, Parse(text, kOurs));
  EXPECT_EQ(v.size(), 30000u);
  const std::string large(4 << 20, 'x');
  OTRP_ASSERT_OK_AND_ASSIGN(const Value s,
                            Parse("\"" + large + "\"", kStrangers));
  EXPECT_TRUE(s.as_string() == large);
}

TEST(RawMemberTest, GivesTheOctetsAsTheyStand) {
  const std::string text =
      " { \"a\" : {\"x\": [1, \"}\\\"]\"]} ,\"b\":\"s\\u0041\", \"n\": -1.50 ,"
      "\"\\u0064si\":[ ] , \"t\":true}";
  OTRP_ASSERT_OK(Parse(text, kStrangers));
  EXPECT_THAT(RawMember(text, "a"), IsOkAndHolds("{\"x\": [1, \"}\\\"]\"]}"));
  EXPECT_THAT(RawMember(text, "b"), IsOkAndHolds("\"s\\u0041\""));
  EXPECT_THAT(RawMember(text, "n"), IsOkAndHolds("-1.50"));
  EXPECT_THAT(RawMember(text, "dsi"), IsOkAndHolds("[ ]"));
  EXPECT_THAT(RawMember(text, "t"), IsOkAndHolds("true"));
  EXPECT_THAT(RawMember(text, "x"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(RawMember("{}", "x"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(RawMember("[]", "x"), StatusIs(kInvalid));
}

}  // namespace
}  // namespace json
}  // namespace otrp

#include "libs/base/base64.h"

#include <random>
#include <string>

#include "absl/strings/ascii.h"
#include "gtest/gtest.h"
#include "libs/base/hex.h"

namespace otrp {
namespace {

TEST(Base64Test, WritesTheVectorsOfRfc4648) {
  struct Case {
    const char* bytes;
    const char* text;
  };
  for (const Case& c :
       {Case{"", ""}, Case{"f", "Zg=="}, Case{"fo", "Zm8="},
        Case{"foo", "Zm9v"}, Case{"foob", "Zm9vYg=="},
        Case{"fooba", "Zm9vYmE="}, Case{"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(Base64Encode(c.bytes), c.text);
    std::string unpadded = c.text;
    unpadded.erase(unpadded.find_last_not_of('=') + 1);
    EXPECT_EQ(Base64UrlEncode(c.bytes), unpadded);
    EXPECT_EQ(Base64Decode(c.text).value(), c.bytes);
    EXPECT_EQ(Base64UrlDecode(unpadded).value(), c.bytes);
    EXPECT_EQ(Base64DecodeAny(c.text).value(), c.bytes);
    EXPECT_EQ(Base64DecodeAny(unpadded).value(), c.bytes);
  }
}

TEST(Base64Test, TakesEveryOctetThereAndBack) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  EXPECT_EQ(Base64Decode(Base64Encode(bytes)).value(), bytes);
  EXPECT_EQ(Base64UrlDecode(Base64UrlEncode(bytes)).value(), bytes);
  std::string appended = "x";
  Base64UrlEncodeAppend(bytes, &appended);
  EXPECT_EQ(appended, "x" + Base64UrlEncode(bytes));
}

// The blocks of the vector unit and what is left over, at every length.
TEST(Base64Test, LongTextsAgreeWithOneTripleAtATime) {
  std::mt19937 random(7);
  std::string bytes;
  for (size_t size = 0; size < 400; ++size) {
    std::string slow;
    for (size_t i = 0; i < bytes.size(); i += 3) {
      slow += Base64Encode(bytes.substr(i, 3));
    }
    EXPECT_EQ(Base64Encode(bytes), slow);
    EXPECT_EQ(Base64Decode(slow).value(), bytes);
    std::string url = slow.substr(0, slow.find('='));
    for (char& c : url) c = c == '+' ? '-' : c == '/' ? '_' : c;
    EXPECT_EQ(Base64UrlEncode(bytes), url);
    EXPECT_EQ(Base64UrlDecode(url).value(), bytes);
    bytes.push_back(static_cast<char>(random()));
  }
}

TEST(Base64Test, EachWrongOctetIsFoundAtEachPlaceOfALongText) {
  const std::string good(128, 'Q');
  for (size_t at = 0; at < good.size(); ++at) {
    for (int c = 0; c < 256; ++c) {
      std::string text = good;
      text[at] = static_cast<char>(c);
      const bool alnum = absl::ascii_isalnum(static_cast<unsigned char>(c));
      // Padding may stand at the end, where the bits before it are zero.
      const bool pad = c == '=' && at == 127;
      EXPECT_EQ(Base64Decode(text).ok(), alnum || c == '+' || c == '/' || pad)
          << at << " " << c;
      EXPECT_EQ(Base64UrlDecode(text).ok(), alnum || c == '-' || c == '_')
          << at << " " << c;
    }
  }
}

TEST(Base64Test, RefusesWhatIsNotStrict) {
  for (const char* text : {"Zg", "Zg=", "Zm8", "Zg===", "====", "=",
                           "Z===", "Zh==", "Zm9=", "Zm9v\n", " Zm9v", "Zm 9v",
                           "Zm9-", "Zm9_", "Zg==Zg==", "Z=g=", "Zm9\xc3"}) {
    EXPECT_FALSE(Base64Decode(text).ok()) << text;
  }
  for (const char* text :
       {"Zg==", "Z", "Zh", "Zm9", "Zm9v\n", "Zm9+", "Zm9/", "Zm9vY", "Zm9v="}) {
    EXPECT_FALSE(Base64UrlDecode(text).ok()) << text;
  }
}

TEST(Base64Test, RefusesNulAndHighOctetsAtEveryPlace) {
  for (size_t i = 0; i < 8; ++i) {
    for (const char bad : {'\0', '\x80', '\xff', '=', ' '}) {
      std::string text = "Zm9vYmFy";
      text[i] = bad;
      if (bad == '=' && i == 7) continue;  // Padding of seven characters.
      EXPECT_FALSE(Base64Decode(text).ok()) << i;
      EXPECT_FALSE(Base64UrlDecode(text).ok()) << i;
      EXPECT_FALSE(Base64DecodeAny(text).ok()) << i;
    }
  }
}

TEST(Base64Test, AnyTakesFourFormsButNoMixture) {
  const std::string bytes = "\xfb\xff\xfe\xfb";
  for (const char* text : {"+//++w==", "+//++w", "-__--w==", "-__--w"}) {
    EXPECT_EQ(Base64DecodeAny(text).value(), bytes) << text;
  }
  for (const char* text : {"+/_-+w", "-_/+-w", "+//++w=", "+//++w===",
                           "+//++x==", "+//+\n+w==", "+//++w== "}) {
    EXPECT_FALSE(Base64DecodeAny(text).ok()) << text;
  }
}

TEST(Base64Test, NamesTheOffsetOfTheWrongCharacter) {
  EXPECT_EQ(Base64Decode("Zm9vY!Fy").status().message(),
            "not base64: wrong character at offset 5");
}

TEST(HexTest, WritesBothCasesAndReadsThem) {
  const std::string bytes("\x00\x9f\xAb", 3);
  EXPECT_EQ(HexEncode(bytes), "009fab");
  EXPECT_EQ(HexEncodeUpper(bytes), "009FAB");
  EXPECT_EQ(HexDecode("009fAB").value(), bytes);
  EXPECT_EQ(HexDecode("").value(), "");
}

TEST(HexTest, RefusesOddLengthsAndOtherCharacters) {
  for (const char* text : {"0", "0g", "g0", "00 ", "0x00", "00:11"}) {
    EXPECT_FALSE(HexDecode(text).ok()) << text;
  }
}

}  // namespace
}  // namespace otrp

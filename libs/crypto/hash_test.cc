#include "libs/crypto/hash.h"

#include <string>

#include "gtest/gtest.h"
#include "libs/base/hex.h"
#include "libs/crypto/random.h"
#include "libs/crypto/sha512.h"

namespace otrp {
namespace crypto {
namespace {

std::string Unhex(absl::string_view hex) { return *HexDecode(hex); }

TEST(HashTest, Sha256MatchesFips180) {
  EXPECT_EQ(HexEncode(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HexEncode(Sha256("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(HashTest, Sha1MatchesFips180) {
  EXPECT_EQ(HexEncode(Sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST(HashTest, Sha512MatchesFips180) {
  EXPECT_EQ(HexEncode(Sha512("abc")),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(HashTest, HashesInPiecesWhatItHashesAtOnce) {
  Sha256Hasher hasher;
  hasher.Update("a");
  hasher.Update("");
  hasher.Update("bc");
  EXPECT_EQ(hasher.Finish(), Sha256("abc"));
  hasher.Update("again");
  EXPECT_EQ(hasher.Finish(), Sha256("again")) << "Finish starts anew";
}

TEST(HashTest, ACopiedHasherGoesOnByItself) {
  Sha256Hasher common;
  common.Update(std::string(100, 'x'));
  Sha256Hasher copy = common;
  copy.Update("1");
  common.Update("2");
  EXPECT_EQ(copy.Finish(), Sha256(std::string(100, 'x') + "1"));
  EXPECT_EQ(common.Finish(), Sha256(std::string(100, 'x') + "2"));
}

TEST(HashTest, HmacMatchesRfc4231) {
  const std::string key(20, '\x0b');
  EXPECT_EQ(HexEncode(HmacSha256(key, "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(HexEncode(HmacSha512(key, "Hi There")),
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
            "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854");
}

TEST(HashTest, HkdfMatchesRfc5869) {
  const std::string ikm(22, '\x0b');
  EXPECT_EQ(HexEncode(HkdfSha256(ikm, Unhex("000102030405060708090a0b0c"),
                                 Unhex("f0f1f2f3f4f5f6f7f8f9"), 42)
                          .view()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
            "34007208d5b887185865");
  EXPECT_EQ(HexEncode(HkdfSha256(ikm, "", "", 42).view()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
            "9d201395faa4b61a96c8");
}

TEST(HashTest, HkdfGivesAsManyOctetsAsAskedFor) {
  for (size_t n : {0, 1, 32, 33, 64, 8160}) {
    EXPECT_EQ(HkdfSha256("s", "", "i", n).size(), n);
  }
}

TEST(HashTest, ComparesAllOctets) {
  EXPECT_TRUE(ConstantTimeEquals("", ""));
  EXPECT_TRUE(ConstantTimeEquals("abc", "abc"));
  EXPECT_FALSE(ConstantTimeEquals("abc", "abd"));
  EXPECT_FALSE(ConstantTimeEquals("abc", "xbc"));
  EXPECT_FALSE(ConstantTimeEquals("abc", "ab"));
  EXPECT_FALSE(ConstantTimeEquals("", "a"));
}

TEST(SystemRandomTest, NeverRepeatsItself) {
  const std::string a = SystemRandom().Bytes(32);
  const std::string b = SystemRandom().Bytes(32);
  EXPECT_EQ(a.size(), 32u);
  EXPECT_NE(a, b);
  EXPECT_NE(a, std::string(32, '\0'));
}

}  // namespace
}  // namespace crypto
}  // namespace otrp

#include "libs/crypto/weak_key.h"

#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "libs/base/hex.h"

namespace otrp {
namespace crypto {
namespace {

const char kExponent[] = "\x01\x00\x01";

std::string Exponent() { return std::string(kExponent, 3); }

// A modulus of an honest key.
std::string Good() {
  return *HexDecode(
      "956c0e901796619a1033520a337e7fdcbf8018e31f818fd2bbd3b1ffc91e9e37"
      "b8bafb00f289414884e6d84038f1bd41b61a17a2760510ef08dc587f80d2c40d"
      "3496d4603eeff0fff6ab26ebc24801b8afd2c448d3bb62ef21ac297101f54456"
      "55f5931bab06312be3550d5cb007d63cd97dc82d8c6f28ded797547b53b1caf4"
      "c9df6aa5b4f5cedcee7f68165bc410d69d3b965f741f766585a7fbef7a7b137e"
      "3f5e60b6e43319c8927b37058672f0615dfc4e71d67c3baffa2cadf63acd880b"
      "c21790875a9d729e3dd47183772baa1a8667217792da2761a41d22f807af08a2"
      "f0fb59443588b89f65a820ff76db9e18297a2cb3ec038ab309c179e575e2a6a3");
}

// (k * M + 65537^a mod M) times another such number, as the flawed library
// makes its moduli.
std::string Roca() {
  return *HexDecode(
      "8c38b282ff350accd6f05f5418fe546e6376a9fc9b263103873e8d5bf8f817e8"
      "5a71a56c8b0c42ff201822987f589e0b6d404eebe3917dce8848c55c5b4d50fa"
      "4220dff7d8ce4c0e15394d8edac641306e29b4525f27c165e0816439b15d9c9a"
      "f7530fcd28933e8f6516849ca72b4db813bb162b68c5320aa137637a3449e0da"
      "2d1ae0506b453878f3d3a88f20fee0f8f6cbc3cb64fb44c498195b4cbac23989"
      "4631abd878133e9f14714a60fb6a9e44eefcae57f1df8b0ccafe566ea5696486"
      "e1183edfcd44e82991f95f6a25e6e2c5f856b6a2353b44e67c7092ffd8fdea94"
      "36100b8b75cae611e6876872779af38c18fc2355b3c2bb26571e28800fb72d07");
}

TEST(WeakKeyTest, TakesAnHonestKey) {
  EXPECT_TRUE(CheckRsaPublicKey(Good(), Exponent()).ok());
  EXPECT_TRUE(CheckRsaPublicKey(Good(), "\x03").ok());
  EXPECT_FALSE(HasRocaFingerprint(Good()));
}

TEST(WeakKeyTest, FindsTheRocaFingerprint) {
  EXPECT_TRUE(HasRocaFingerprint(Roca()));
  const absl::Status status = CheckRsaPublicKey(Roca(), Exponent());
  ASSERT_FALSE(status.ok());
  EXPECT_TRUE(absl::StrContains(status.message(), "ROCA")) << status;
}

TEST(WeakKeyTest, AChangedRocaModulusLosesTheFingerprint) {
  std::string modulus = Roca();
  modulus[5] = static_cast<char>(modulus[5] ^ 2);
  EXPECT_FALSE(HasRocaFingerprint(modulus));
}

TEST(WeakKeyTest, SaysWhatIsWrong) {
  std::string even = Good();
  even.back() = static_cast<char>(even.back() ^ 1);
  // All ones is 2^2048 - 1, a multiple of 3.
  const std::string by_three(256, '\xff');
  const struct {
    std::string modulus;
    std::string exponent;
    const char* says;
  } cases[] = {
      {Good().substr(128), Exponent(), "bits"},
      {"\x7f" + Good().substr(1), Exponent(), "2047 bits"},
      {std::string(1025, '\xff'), Exponent(), "8200 bits"},
      {even, Exponent(), "even"},
      {by_three, Exponent(), "multiple of 3"},
      {std::string(1, '\0') + Good(), Exponent(), "leading zeros"},
      {"", Exponent(), "empty"},
      {Good(), "", "empty"},
      {Good(), std::string(1, '\0'), "leading zeros"},
      {Good(), std::string("\0\x03", 2), "leading zeros"},
      {Good(), "\x01", "exponent is 1"},
      {Good(), "\x02", "exponent is even"},
      {Good(), std::string("\x01\x00\x00\x00\x01", 5), "32 bits"},
  };
  for (const auto& c : cases) {
    const absl::Status status = CheckRsaPublicKey(c.modulus, c.exponent);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.says;
    EXPECT_TRUE(absl::StrContains(status.message(), c.says)) << status;
  }
}

}  // namespace
}  // namespace crypto
}  // namespace otrp

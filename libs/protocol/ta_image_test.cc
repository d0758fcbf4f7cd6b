#include "libs/protocol/ta_image.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace protocol {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

const crypto::PrivateKey& RsaKey() {
  static const auto* const kKey = new crypto::PrivateKey(
      crypto::PrivateKey::Generate(crypto::KeyType::kRsa).value());
  return *kKey;
}

const crypto::PrivateKey& EcKey() {
  static const auto* const kKey = new crypto::PrivateKey(
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value());
  return *kKey;
}

TEST(TaImageTest, FormatsHaveNames) {
  for (TaImageFormat format : {TaImageFormat::kJws, TaImageFormat::kOptee}) {
    OTRP_ASSERT_OK_AND_ASSIGN(TaImageFormat read,
                              TaImageFormatFromName(TaImageFormatName(format)));
    EXPECT_EQ(read, format);
  }
  EXPECT_FALSE(TaImageFormatFromName("elf").ok());
  EXPECT_EQ(GuessTaImageFormat("HSTOxxxx"), TaImageFormat::kOptee);
  EXPECT_EQ(GuessTaImageFormat("{"), TaImageFormat::kJws);
  EXPECT_EQ(GuessTaImageFormat(""), TaImageFormat::kJws);
}

TEST(JwsTaImageTest, WhatWasSignedIsReadBack) {
  for (const crypto::PrivateKey* key : {&RsaKey(), &EcKey()}) {
    const std::string binary(
        "\x7f"
        "ELF\0\1",
        6);
    OTRP_ASSERT_OK_AND_ASSIGN(
        std::string image,
        BuildJwsTaImage(binary, "wallet", "1.0.0", *key, {"LEAF"}));
    OTRP_ASSERT_OK_AND_ASSIGN(
        UnverifiedTaImage parsed,
        UnverifiedTaImage::Parse(TaImageFormat::kJws, image));
    EXPECT_EQ(parsed.taid(), "wallet");
    EXPECT_EQ(parsed.version(), "1.0.0");
    EXPECT_THAT(parsed.x5c(), ElementsAre("LEAF"));
    OTRP_ASSERT_OK_AND_ASSIGN(VerifiedTaImage verified,
                              Verify(parsed, key->public_key()));
    EXPECT_EQ(verified.binary(), binary);
    EXPECT_EQ(verified.taid(), "wallet");
    EXPECT_EQ(verified.version(), "1.0.0");
  }
}

TEST(JwsTaImageTest, AnotherKeyDoesNotVerify) {
  OTRP_ASSERT_OK_AND_ASSIGN(std::string image,
                            BuildJwsTaImage("b", "t", "1", EcKey(), {}));
  OTRP_ASSERT_OK_AND_ASSIGN(
      UnverifiedTaImage parsed,
      UnverifiedTaImage::Parse(TaImageFormat::kJws, image));
  EXPECT_THAT(Verify(parsed, RsaKey().public_key()), StatusIs(kInvalid));
  EXPECT_THAT(
      Verify(parsed, crypto::PrivateKey::Generate(crypto::KeyType::kEcP256)
                         .value()
                         .public_key()),
      StatusIs(kInvalid));
}

TEST(JwsTaImageTest, NamesWhatIsMissing) {
  EXPECT_THAT(BuildJwsTaImage("b", "", "1", EcKey(), {}), StatusIs(kInvalid));
  EXPECT_THAT(BuildJwsTaImage("b", "t", "", EcKey(), {}), StatusIs(kInvalid));
  OTRP_ASSERT_OK_AND_ASSIGN(std::string bare,
                            jose::SignFlattened("b", EcKey()));
  EXPECT_THAT(UnverifiedTaImage::Parse(TaImageFormat::kJws, bare),
              StatusIs(kInvalid, HasSubstr("\"taid\"")));
  jose::SignOptions options;
  options.protected_members.Set("taid", json::Value::String("t"));
  options.protected_members.Set("taver", json::Value::Integer(1));
  OTRP_ASSERT_OK_AND_ASSIGN(std::string number,
                            jose::SignFlattened("b", EcKey(), options));
  EXPECT_THAT(UnverifiedTaImage::Parse(TaImageFormat::kJws, number),
              StatusIs(kInvalid, HasSubstr("\"taver\"")));
  for (const char* text : {"", "x", "{}", "[]"}) {
    EXPECT_THAT(UnverifiedTaImage::Parse(TaImageFormat::kJws, text),
                StatusIs(kInvalid))
        << text;
  }
}

}  // namespace
}  // namespace protocol
}  // namespace otrp

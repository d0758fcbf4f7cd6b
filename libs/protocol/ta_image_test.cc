#include "libs/protocol/ta_image.h"

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/pem.h"
#include "libs/crypto/sign.h"
#include "tests/support/status_matchers.h"
#include "tests/support/subprocess.h"

namespace otrp {
namespace protocol {
namespace {

using ::otrp::testing::IsOk;
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

std::string Little(uint32_t value, int n) {
  std::string out;
  for (int i = 0; i < n; ++i) {
    out.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
  }
  return out;
}

constexpr uint32_t kPkcs1 = 0x70004830;
constexpr uint32_t kPss = 0x70414930;

// By another implementation than ours, as OP-TEE's script has it made.
std::string PssSignature(const std::string& digest, int salt_bytes = 32) {
  const std::string dir = ::otrp::testing::MakeTempDir().value();
  const std::string key = dir + "/key.pem";
  const std::string in = dir + "/digest";
  const std::string out = dir + "/signature";
  EXPECT_THAT(
      ::otrp::testing::WriteWholeFile(
          key, crypto::PemEncode("PRIVATE KEY", RsaKey().ToPkcs8().view())),
      IsOk());
  EXPECT_THAT(::otrp::testing::WriteWholeFile(in, digest), IsOk());
  EXPECT_THAT(::otrp::testing::RunProgram(
                  {"openssl", "pkeyutl", "-sign", "-inkey", key, "-in", in,
                   "-out", out, "-pkeyopt", "digest:sha256", "-pkeyopt",
                   "rsa_padding_mode:pss", "-pkeyopt", "rsa_mgf1_md:sha256",
                   "-pkeyopt", absl::StrCat("rsa_pss_saltlen:", salt_bytes)}),
              IsOk());
  std::ifstream file(out, std::ios::binary);
  std::string signature((std::istreambuf_iterator<char>(file)),
                        std::istreambuf_iterator<char>());
  ::otrp::testing::RemoveTree(dir);
  return signature;
}

// As OP-TEE's sign_encrypt.py lays it out.
std::string OpteeImage(uint32_t type, uint32_t algo,
                       const std::string& binary) {
  const std::string ta_header = type == 1
                                    ? std::string(
                                          "\x4f\x45\x4a\x7f\0\x2d\x41\x57"
                                          "\x88\x4e\xb0\xdd\x1a\x06\xa8\xae",
                                          16) +
                                          Little(7, 4)
                                    : std::string();
  const std::string header = absl::StrCat(
      "HSTO", Little(type, 4), Little(static_cast<uint32_t>(binary.size()), 4),
      Little(algo, 4), Little(32, 2), Little(256, 2));
  const std::string digest =
      crypto::Sha256(absl::StrCat(header, ta_header, binary));
  const std::string signature =
      algo == kPss
          ? PssSignature(digest)
          : crypto::SignSha256Digest(RsaKey(), digest, crypto::EcFormat::kDer)
                .value();
  return absl::StrCat(header, digest, signature, ta_header, binary);
}

TEST(OpteeTaImageTest, WhatWasSignedIsReadBack) {
  OTRP_ASSERT_OK_AND_ASSIGN(
      UnverifiedTaImage parsed,
      UnverifiedTaImage::Parse(TaImageFormat::kOptee,
                               OpteeImage(1, kPkcs1, "binary")));
  EXPECT_EQ(parsed.taid(), "4F454A7F-002D-4157-884E-B0DD1A06A8AE");
  EXPECT_EQ(parsed.version(), "7");
  OTRP_ASSERT_OK_AND_ASSIGN(VerifiedTaImage verified,
                            Verify(parsed, RsaKey().public_key()));
  EXPECT_EQ(verified.binary(), "binary");
  EXPECT_THAT(Verify(parsed, EcKey().public_key()), StatusIs(kInvalid));
}

TEST(OpteeTaImageTest, ALegacyImageHasNoNames) {
  OTRP_ASSERT_OK_AND_ASSIGN(
      UnverifiedTaImage parsed,
      UnverifiedTaImage::Parse(TaImageFormat::kOptee,
                               OpteeImage(0, kPkcs1, "binary")));
  EXPECT_EQ(parsed.taid(), "");
  EXPECT_EQ(parsed.version(), "");
}

TEST(OpteeTaImageTest, EveryChangedOctetIsNoticed) {
  const std::string image = OpteeImage(1, kPkcs1, "binary");
  for (size_t i = 0; i < image.size(); ++i) {
    std::string forged = image;
    forged[i] = static_cast<char>(forged[i] ^ 1);
    absl::StatusOr<UnverifiedTaImage> parsed =
        UnverifiedTaImage::Parse(TaImageFormat::kOptee, forged);
    EXPECT_FALSE(parsed.ok() && Verify(*parsed, RsaKey().public_key()).ok())
        << "octet " << i;
  }
}

TEST(OpteeTaImageTest, TheDevKitsDefaultSignatureIsTaken) {
  const std::string image = OpteeImage(1, kPss, "binary");
  OTRP_ASSERT_OK_AND_ASSIGN(
      UnverifiedTaImage parsed,
      UnverifiedTaImage::Parse(TaImageFormat::kOptee, image));
  OTRP_ASSERT_OK_AND_ASSIGN(VerifiedTaImage verified,
                            Verify(parsed, RsaKey().public_key()));
  EXPECT_EQ(verified.binary(), "binary");
  EXPECT_EQ(verified.version(), "7");
  EXPECT_THAT(Verify(parsed, EcKey().public_key()), StatusIs(kInvalid));
  // The header, which says how it is signed, is signed too; here octets of the
  // signature itself.
  for (size_t i = 52; i < 52 + 256; i += 17) {
    std::string forged = image;
    forged[i] = static_cast<char>(forged[i] ^ 1);
    OTRP_ASSERT_OK_AND_ASSIGN(
        parsed, UnverifiedTaImage::Parse(TaImageFormat::kOptee, forged));
    EXPECT_THAT(Verify(parsed, RsaKey().public_key()), StatusIs(kInvalid)) << i;
  }
}

TEST(OpteeTaImageTest, OnePaddingIsNotTakenForTheOther) {
  const std::string digest(32, 'd');
  const std::string pkcs1 =
      crypto::SignSha256Digest(RsaKey(), digest, crypto::EcFormat::kDer)
          .value();
  const crypto::PublicKey& key = RsaKey().public_key();
  EXPECT_FALSE(crypto::VerifyRsaPssSha256Digest(key, digest, pkcs1).ok());
  EXPECT_FALSE(crypto::VerifySha256Digest(key, digest, PssSignature(digest),
                                          crypto::EcFormat::kDer)
                   .ok());
  // Another length of the salt is another form.
  EXPECT_THAT(
      crypto::VerifyRsaPssSha256Digest(key, digest, PssSignature(digest)),
      IsOk());
  EXPECT_FALSE(
      crypto::VerifyRsaPssSha256Digest(key, digest, PssSignature(digest, 20))
          .ok());
}

TEST(OpteeTaImageTest, EveryCutIsNoticed) {
  const std::string image = OpteeImage(1, kPkcs1, "binary");
  for (size_t n = 1; n < image.size(); ++n) {
    EXPECT_FALSE(
        UnverifiedTaImage::Parse(TaImageFormat::kOptee, image.substr(0, n))
            .ok())
        << n;
  }
  EXPECT_FALSE(
      UnverifiedTaImage::Parse(TaImageFormat::kOptee, image + "x").ok());
}

TEST(OpteeTaImageTest, SaysWhatItCannotCheck) {
  EXPECT_THAT(UnverifiedTaImage::Parse(TaImageFormat::kOptee,
                                       OpteeImage(1, 0x70006830, "b")),
              StatusIs(absl::StatusCode::kUnimplemented,
                       HasSubstr("signature algorithm")));
  EXPECT_THAT(
      UnverifiedTaImage::Parse(TaImageFormat::kOptee,
                               OpteeImage(2, kPkcs1, "b")),
      StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("encrypted")));
}

}  // namespace
}  // namespace protocol
}  // namespace otrp

#include "libs/crypto/kem.h"

#include <string>

#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/base/fake_random.h"
#include "libs/crypto/random.h"

namespace otrp {
namespace crypto {
namespace {

const PrivateKey& Rsa() {
  static const PrivateKey* key =
      new PrivateKey(*PrivateKey::Generate(KeyType::kRsa));
  return *key;
}

// What RsaPkcs1Unwrap puts in the place of something unusable: the next octets
// of this generator.
std::string Substitute(size_t size) { return FakeRandom(9).Bytes(size); }

std::string Unwrap(absl::string_view ciphertext, size_t size) {
  FakeRandom random(9);
  auto result = RsaPkcs1Unwrap(Rsa(), ciphertext, size, random);
  EXPECT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->size(), size);
  return std::string(result->view());
}

TEST(RsaPkcs1Test, UnwrapsWhatWasEncrypted) {
  for (size_t size : {0, 1, 16, 32, 64, 245}) {
    const std::string cek = SystemRandom().Bytes(size);
    const auto ciphertext =
        RsaPkcs1Encrypt(Rsa().public_key(), cek, SystemRandom());
    ASSERT_TRUE(ciphertext.ok()) << ciphertext.status();
    EXPECT_EQ(ciphertext->size(), 256u);
    EXPECT_EQ(Unwrap(*ciphertext, size), cek);
  }
}

TEST(RsaPkcs1Test, PaddingIsNeverZeroAndNeverTheSame) {
  // Of 2,000 padding octets about 8 would be zero by themselves; a zero in the
  // padding would end it there.
  FakeRandom random(3);
  std::string last;
  for (int i = 0; i < 10; ++i) {
    const std::string ciphertext =
        *RsaPkcs1Encrypt(Rsa().public_key(), "0123456789abcdef", random);
    EXPECT_NE(ciphertext, last);
    EXPECT_EQ(Unwrap(ciphertext, 16), "0123456789abcdef");
    last = ciphertext;
  }
}

TEST(RsaPkcs1Test, GivesRandomOctetsForWhateverIsWrong) {
  const std::string cek(32, 'c');
  const std::string good =
      *RsaPkcs1Encrypt(Rsa().public_key(), cek, SystemRandom());
  const std::string longer =
      *RsaPkcs1Encrypt(Rsa().public_key(), cek + "x", SystemRandom());
  std::string changed = good;
  changed[100] = static_cast<char>(changed[100] ^ 1);
  const struct {
    const char* what;
    std::string ciphertext;
  } cases[] = {
      {"a changed octet", changed},
      {"a message that is too long", longer},
      {"a message that is too short",
       *RsaPkcs1Encrypt(Rsa().public_key(), cek.substr(1), SystemRandom())},
      {"an empty ciphertext", ""},
      {"a short ciphertext", good.substr(1)},
      {"a long ciphertext", std::string(1, '\0') + good},
      {"zero", std::string(256, '\0')},
      {"not below the modulus", std::string(256, '\xff')},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Unwrap(c.ciphertext, 32), Substitute(32)) << c.what;
  }
  EXPECT_EQ(Unwrap(good, 32), cek);
}

TEST(RsaPkcs1Test, RefusesOnlyTheCallersMistakes) {
  FakeRandom random(1);
  const PrivateKey ec = *PrivateKey::Generate(KeyType::kEcP256);
  EXPECT_FALSE(RsaPkcs1Encrypt(ec.public_key(), "x", random).ok());
  EXPECT_FALSE(RsaPkcs1Unwrap(ec, std::string(256, 'x'), 32, random).ok());
  EXPECT_FALSE(
      RsaPkcs1Encrypt(Rsa().public_key(), std::string(246, 'x'), random).ok());
  EXPECT_FALSE(RsaPkcs1Unwrap(Rsa(), std::string(256, 'x'), 246, random).ok());
}

TEST(EcdhTest, BothSidesAgree) {
  const PrivateKey a = *PrivateKey::Generate(KeyType::kEcP256);
  const PrivateKey b = *PrivateKey::Generate(KeyType::kEcP256);
  const auto ab = Ecdh(a, b.public_key());
  const auto ba = Ecdh(b, a.public_key());
  ASSERT_TRUE(ab.ok()) << ab.status();
  ASSERT_TRUE(ba.ok());
  EXPECT_EQ(ab->size(), 32u);
  EXPECT_EQ(ab->view(), ba->view());
  EXPECT_FALSE(Ecdh(a, Rsa().public_key()).ok());
  EXPECT_FALSE(Ecdh(Rsa(), a.public_key()).ok());
}

// RFC 7518 appendix C, keys and all.
TEST(ConcatKdfTest, MatchesRfc7518AppendixC) {
  const auto decode = [](absl::string_view text) {
    return *Base64UrlDecode(text);
  };
  const auto alice = PrivateKey::FromEcScalar(
      decode("0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo"),
      {decode("gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0"),
       decode("SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps")});
  const auto bob = PublicKey::FromEcCoordinates(
      {decode("weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ"),
       decode("e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck")});
  ASSERT_TRUE(alice.ok()) << alice.status();
  ASSERT_TRUE(bob.ok()) << bob.status();
  const auto z = Ecdh(*alice, *bob);
  ASSERT_TRUE(z.ok());
  EXPECT_EQ(Base64UrlEncode(
                ConcatKdf(z->view(), "A128GCM", "Alice", "Bob", 16).view()),
            "VqqN6vgjbSBcIijNcacQGg");
}

TEST(ConcatKdfTest, DependsOnAllOfItsInputs) {
  const auto kdf = [](absl::string_view z, absl::string_view id,
                      absl::string_view apu, absl::string_view apv,
                      size_t size) {
    return std::string(ConcatKdf(z, id, apu, apv, size).view());
  };
  const std::string base = kdf("z", "id", "u", "v", 64);
  EXPECT_EQ(base.size(), 64u);
  EXPECT_NE(base.substr(0, 32), base.substr(32)) << "two rounds";
  EXPECT_NE(kdf("y", "id", "u", "v", 64), base);
  EXPECT_NE(kdf("z", "if", "u", "v", 64), base);
  EXPECT_NE(kdf("z", "id", "uv", "", 64), base);
  EXPECT_NE(kdf("z", "id", "v", "u", 64), base);
  EXPECT_NE(kdf("z", "id", "u", "v", 32), base.substr(0, 32));
}

}  // namespace
}  // namespace crypto
}  // namespace otrp

#include "libs/crypto/sign.h"

#include <string>

#include "gtest/gtest.h"
#include "libs/base/hex.h"
#include "libs/crypto/hash.h"

namespace otrp {
namespace crypto {
namespace {

const PrivateKey& Rsa() {
  static const PrivateKey* key =
      new PrivateKey(*PrivateKey::Generate(KeyType::kRsa));
  return *key;
}

const PrivateKey& Ec() {
  static const PrivateKey* key =
      new PrivateKey(*PrivateKey::Generate(KeyType::kEcP256));
  return *key;
}

const struct {
  const PrivateKey& (*key)();
  EcFormat format;
  const char* name;
} kCases[] = {{Rsa, EcFormat::kDer, "RSA"},
              {Ec, EcFormat::kDer, "EC DER"},
              {Ec, EcFormat::kP1363, "EC P1363"}};

TEST(SignTest, VerifiesWhatItSigned) {
  for (const auto& c : kCases) {
    const auto signature = SignSha256(c.key(), "message", c.format);
    ASSERT_TRUE(signature.ok()) << c.name << signature.status();
    EXPECT_TRUE(
        VerifySha256(c.key().public_key(), "message", *signature, c.format)
            .ok())
        << c.name;
    EXPECT_TRUE(VerifySha256Digest(c.key().public_key(), Sha256("message"),
                                   *signature, c.format)
                    .ok())
        << c.name;
  }
}

TEST(SignTest, RefusesEveryChangeWithOneMessage) {
  for (const auto& c : kCases) {
    const std::string good = *SignSha256(c.key(), "message", c.format);
    const PublicKey& pub = c.key().public_key();
    for (size_t at = 0; at < good.size(); at += 7) {
      std::string changed = good;
      changed[at] = static_cast<char>(changed[at] ^ 0x10);
      const absl::Status status =
          VerifySha256(pub, "message", changed, c.format);
      EXPECT_EQ(status.message(), "the signature is wrong") << c.name << at;
    }
    EXPECT_FALSE(VerifySha256(pub, "massage", good, c.format).ok());
    EXPECT_FALSE(VerifySha256(pub, "message", "", c.format).ok());
    EXPECT_FALSE(VerifySha256(pub, "message", good + '\0', c.format).ok());
    EXPECT_FALSE(VerifySha256(pub, "message", good.substr(1), c.format).ok());
  }
}

TEST(SignTest, AnotherKeyDoesNotVerify) {
  const PrivateKey other = *PrivateKey::Generate(KeyType::kEcP256);
  const std::string signature = *SignSha256(Ec(), "m", EcFormat::kP1363);
  EXPECT_FALSE(
      VerifySha256(other.public_key(), "m", signature, EcFormat::kP1363).ok());
  EXPECT_FALSE(
      VerifySha256(Rsa().public_key(), "m", signature, EcFormat::kP1363).ok());
}

TEST(SignTest, TheTwoEcFormsAreNotTakenForEachOther) {
  const std::string der = *SignSha256(Ec(), "m", EcFormat::kDer);
  const std::string p1363 = *SignSha256(Ec(), "m", EcFormat::kP1363);
  EXPECT_EQ(p1363.size(), 64u);
  const PublicKey& pub = Ec().public_key();
  EXPECT_FALSE(VerifySha256(pub, "m", der, EcFormat::kP1363).ok());
  EXPECT_FALSE(VerifySha256(pub, "m", p1363, EcFormat::kDer).ok());
}

TEST(SignTest, ZeroesAreNoSignature) {
  // CVE-2022-21449.
  EXPECT_FALSE(VerifySha256(Ec().public_key(), "m", std::string(64, '\0'),
                            EcFormat::kP1363)
                   .ok());
  EXPECT_FALSE(VerifySha256(Ec().public_key(), "m",
                            *HexDecode("3006020100020100"), EcFormat::kDer)
                   .ok());
}

TEST(SignTest, TakesDigestsOf32OctetsOnly) {
  EXPECT_FALSE(SignSha256Digest(Ec(), "short", EcFormat::kDer).ok());
  EXPECT_FALSE(
      SignSha256Digest(Rsa(), std::string(33, 'x'), EcFormat::kDer).ok());
}

}  // namespace
}  // namespace crypto
}  // namespace otrp

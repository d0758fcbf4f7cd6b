#include "libs/crypto/encrypted_key.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/crypto/pem.h"

namespace otrp {
namespace crypto {
namespace {

constexpr char kPassphrase[] = "for this test";

TEST(EncryptedKeyTest, OpensWithItsPassphraseAloneWhateverItsType) {
  for (KeyType type : {KeyType::kRsa, KeyType::kEcP256, KeyType::kEcP384}) {
    const PrivateKey key = *PrivateKey::Generate(type);
    const auto closed = EncryptKey(key, kPassphrase);
    ASSERT_TRUE(closed.ok()) << closed.status();
    EXPECT_TRUE(IsEncryptedKey(*closed));
    const auto opened = DecryptKey(*closed, kPassphrase);
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(opened->public_key(), key.public_key());
    for (const char* wrong : {"", "for this Test", "for this test "}) {
      EXPECT_EQ(DecryptKey(*closed, wrong).status().code(),
                absl::StatusCode::kInvalidArgument)
          << wrong;
    }
    EXPECT_FALSE(PrivateKey::FromPem(*closed).ok());
    EXPECT_NE(*EncryptKey(key, kPassphrase), *closed) << "the same salt";
  }
}

TEST(EncryptedKeyTest, RefusesWhatIsNoKey) {
  const std::string open(
      PrivateKey::Generate(KeyType::kEcP384)->ToPem().view());
  EXPECT_FALSE(IsEncryptedKey(open));
  EXPECT_TRUE(DecryptKey(open, "").ok());
  EXPECT_FALSE(DecryptKey(open, kPassphrase).ok())
      << "an open key where a closed one was meant";
  EXPECT_FALSE(DecryptKey(absl::StrCat(open, open), "").ok());
  EXPECT_FALSE(DecryptKey("", kPassphrase).ok());
  EXPECT_FALSE(
      DecryptKey(PemEncode("ENCRYPTED PRIVATE KEY", "x"), kPassphrase).ok());
}

}  // namespace
}  // namespace crypto
}  // namespace otrp

#include "libs/crypto/keys.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/base/hex.h"
#include "libs/crypto/pem.h"

namespace otrp {
namespace crypto {
namespace {

std::string Unhex(absl::string_view hex) { return *HexDecode(hex); }

const char kP256Spki[] =
    "3059301306072a8648ce3d020106082a8648ce3d03010703420004a923ed79020de3c7f6c3"
    "27e63d553dd2da1d15ce7b675488936e8d50318225c0bfb70d2773bff03efb84e3b0c1b079"
    "89b65b0f7e002611aa50d54294d9f39157";

PrivateKey NewKey(KeyType type) { return *PrivateKey::Generate(type); }

TEST(KeysTest, AKeySurvivesItsEncodings) {
  for (KeyType type : {KeyType::kRsa, KeyType::kEcP256}) {
    const PrivateKey key = NewKey(type);
    EXPECT_EQ(key.type(), type);
    EXPECT_EQ(key.public_key().bits(), type == KeyType::kRsa ? 2048 : 256);

    const auto pub = PublicKey::FromSpki(key.public_key().ToSpki());
    ASSERT_TRUE(pub.ok()) << pub.status();
    EXPECT_EQ(*pub, key.public_key());

    const auto der = PrivateKey::FromPkcs8(key.ToPkcs8().view());
    ASSERT_TRUE(der.ok()) << der.status();
    EXPECT_EQ(der->public_key(), key.public_key());

    const auto pem = PrivateKey::FromPem(key.ToPem().view());
    ASSERT_TRUE(pem.ok()) << pem.status();
    EXPECT_EQ(pem->ToPkcs8().view(), key.ToPkcs8().view());
  }
}

TEST(KeysTest, TwoNewKeysDiffer) {
  EXPECT_NE(NewKey(KeyType::kEcP256).public_key(),
            NewKey(KeyType::kEcP256).public_key());
}

TEST(KeysTest, NumbersGiveTheSameKey) {
  const PublicKey rsa = NewKey(KeyType::kRsa).public_key();
  const RsaPublicNumbers numbers = rsa.rsa_numbers();
  EXPECT_EQ(numbers.modulus.size(), 256u);
  EXPECT_EQ(HexEncode(numbers.exponent), "010001");
  EXPECT_EQ(*PublicKey::FromRsaNumbers(numbers), rsa);

  const PublicKey ec = NewKey(KeyType::kEcP256).public_key();
  EXPECT_EQ(*PublicKey::FromEcCoordinates(ec.ec_coordinates()), ec);
  EXPECT_EQ(*PublicKey::FromEcPoint(absl::StrCat("\x04", ec.ec_coordinates().x,
                                                 ec.ec_coordinates().y)),
            ec);
}

TEST(KeysTest, ReadsAnRsaPublicKeyOfPkcs1) {
  const PublicKey rsa = NewKey(KeyType::kRsa).public_key();
  // SEQUENCE, algorithm (15 octets), BIT STRING with its count of unused bits.
  const std::string pkcs1 = rsa.ToSpki().substr(4 + 15 + 5);
  const auto parsed = PublicKey::FromRsaPkcs1(pkcs1);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, rsa);
  EXPECT_FALSE(PublicKey::FromRsaPkcs1(pkcs1 + "x").ok());
  EXPECT_FALSE(PublicKey::FromRsaPkcs1(rsa.ToSpki()).ok());
}

TEST(KeysTest, RefusesOtherPublicKeys) {
  const struct {
    const char* what;
    std::string der;
  } cases[] = {
      {"nothing", ""},
      {"noise", "noise"},
      {"an octet too many", Unhex(kP256Spki) + std::string(1, '\0')},
      {"an octet too few", Unhex(kP256Spki).substr(0, 90)},
      {"RSA of 1024 bits",
       Unhex(
           "30819f300d06092a864886f70d010101050003818d0030818902818100ca4975d"
           "6bada9416e6b14957589cafa8dda940c4ef14ef96196848d29caf2269dc0ad841"
           "9c9f7a244811947c8f6b6c3adab1bcab7faa951d173956230d3d17cfc590ba3d0"
           "d0eeb1486e4ff2b042e872a2e909d14860299b67384b848a70fd46f822cc46aa7"
           "35949f33d2dae38202e59ac637b61412f1d3dec548ac4aeee6b6370203010001")},
      {"P-384",
       Unhex("3076301006072a8648ce3d020106052b8104002203620004c4a9c006d5253d2fc"
             "4cf8ab382617cc3b8fcfc5a3c1f5c24a74d89e134465e6375538ba8e684dc6bc4"
             "f96986d23d793564d398f50ddf1e46a3746f85de22c811230fdcd6e3483e3d7d1"
             "99c3405374dc2123c155725e93f6180325012cd3e500a")},
      {"Ed25519", Unhex("302a300506032b6570032100bbdf41d09e4bdaaaf9308162e67a10"
                        "cb2f4eb56608b1fad16b8eab90bb5c2a81")},
      {"a compressed point",
       Unhex("3039301306072a8648ce3d020106082a8648ce3d03010703220003a923ed79020"
             "de3c7f6c327e63d553dd2da1d15ce7b675488936e8d50318225c0")},
      {"a point off the curve",
       Unhex(kP256Spki).substr(0, 90) + std::string(1, '\x58')},
  };
  ASSERT_TRUE(PublicKey::FromSpki(Unhex(kP256Spki)).ok());
  for (const auto& c : cases) {
    const auto key = PublicKey::FromSpki(c.der);
    EXPECT_EQ(key.status().code(), absl::StatusCode::kInvalidArgument)
        << c.what;
  }
}

TEST(KeysTest, RefusesOtherPoints) {
  const PublicKey ec = *PublicKey::FromSpki(Unhex(kP256Spki));
  EcCoordinates off = ec.ec_coordinates();
  off.y[31] = static_cast<char>(off.y[31] ^ 1);
  EXPECT_FALSE(PublicKey::FromEcCoordinates(off).ok());
  const std::string zero(32, '\0');
  EXPECT_FALSE(PublicKey::FromEcCoordinates({zero, zero}).ok());
  EXPECT_FALSE(
      PublicKey::FromEcCoordinates({zero.substr(1), ec.ec_coordinates().y})
          .ok());
  EXPECT_FALSE(PublicKey::FromEcPoint(std::string(1, '\0')).ok()) << "infinity";
  EXPECT_FALSE(PublicKey::FromEcPoint("\x03" + ec.ec_coordinates().x).ok());
}

TEST(KeysTest, ReadsThePemOfOpensslsOlderCommands) {
  // A throw-away key that `openssl ecparam -genkey` wrote for this test.
  const auto ec = PrivateKey::FromPem(
      "-----BEGIN EC PARAMETERS-----\n"
      "BggqhkjOPQMBBw==\n"
      "-----END EC PARAMETERS-----\n"
      "-----BEGIN EC PRIVATE KEY-----\n"
      "MHcCAQEEIKPk/fbQ8AAGREZUxoLeXRC3jkXx5HvnIWGq6KLco/6GoAoGCCqGSM49\n"
      "AwEHoUQDQgAEqSPteQIN48f2wyfmPVU90todFc57Z1SIk26NUDGCJcC/tw0nc7/w\n"
      "PvuE47DBsHmJtlsPfgAmEapQ1UKU2fORVw==\n"
      "-----END EC PRIVATE KEY-----\n");
  ASSERT_TRUE(ec.ok()) << ec.status();
  EXPECT_EQ(HexEncode(ec->public_key().ToSpki()), kP256Spki);

  const PrivateKey rsa = NewKey(KeyType::kRsa);
  const SecretBytes pkcs8 = rsa.ToPkcs8();
  // After the header of the PrivateKeyInfo stands the RSAPrivateKey.
  const auto parsed = PrivateKey::FromPem(
      PemEncode("RSA PRIVATE KEY", pkcs8.view().substr(26)));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->public_key(), rsa.public_key());
}

TEST(KeysTest, RefusesOtherPrivateKeys) {
  const PrivateKey key = NewKey(KeyType::kEcP256);
  const std::string pem(key.ToPem().view());
  EXPECT_FALSE(PrivateKey::FromPem("").ok());
  EXPECT_FALSE(PrivateKey::FromPem("no pem").ok());
  EXPECT_FALSE(PrivateKey::FromPem(pem + pem).ok()) << "two keys";
  EXPECT_FALSE(
      PrivateKey::FromPem(PemEncode("ENCRYPTED PRIVATE KEY", "x")).ok());
  EXPECT_FALSE(PrivateKey::FromPem(PemEncode("PRIVATE KEY", "x")).ok());
  EXPECT_FALSE(
      PrivateKey::FromPem(PemEncode("PUBLIC KEY", key.public_key().ToSpki()))
          .ok());
  EXPECT_FALSE(
      PrivateKey::FromPkcs8(absl::StrCat(key.ToPkcs8().view(), "x")).ok());
  EXPECT_FALSE(PrivateKey::FromPkcs8("").ok());
}

TEST(KeysTest, RefusesHalvesThatDoNotBelongTogether) {
  const EcCoordinates point =
      NewKey(KeyType::kEcP256).public_key().ec_coordinates();
  EXPECT_FALSE(PrivateKey::FromEcScalar(std::string(32, '\x01'), point).ok());
  EXPECT_FALSE(PrivateKey::FromEcScalar(std::string(32, '\0'), point).ok());
  EXPECT_FALSE(PrivateKey::FromEcScalar(std::string(32, '\xff'), point).ok());
  EXPECT_FALSE(PrivateKey::FromEcScalar("\x01", point).ok());
}

TEST(KeysTest, MakesRsaKeysOfTheNamedLengthsOnly) {
  for (int bits : {0, 512, 1024, 2047, 2049, 8192}) {
    const auto key = PrivateKey::Generate(KeyType::kRsa, bits);
    EXPECT_EQ(key.status().code(), absl::StatusCode::kInvalidArgument) << bits;
  }
  const auto key = PrivateKey::Generate(KeyType::kRsa, 3072);
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->public_key().bits(), 3072);
}

TEST(KeysTest, AuthoritiesAloneHaveKeysOnP384) {
  const auto key = PrivateKey::Generate(KeyType::kEcP384);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->public_key().bits(), 384);
  const SecretBytes pkcs8 = key->ToPkcs8();
  const auto read = PrivateKey::FromAuthorityPkcs8(pkcs8.view());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->public_key(), key->public_key());
  EXPECT_FALSE(PrivateKey::FromPkcs8(pkcs8.view()).ok());
  EXPECT_FALSE(PrivateKey::FromPem(key->ToPem().view()).ok());
  EXPECT_FALSE(PublicKey::FromSpki(key->public_key().ToSpki()).ok());
  EXPECT_FALSE(PrivateKey::FromAuthorityPkcs8("").ok());
  EXPECT_FALSE(PrivateKey::Generate(KeyType::kEcP521).ok());
}

TEST(KeysTest, ErrorsDoNotQuoteTheKey) {
  const auto key = PrivateKey::FromPem(PemEncode("PRIVATE KEY", "hunter2"));
  ASSERT_FALSE(key.ok());
  EXPECT_FALSE(absl::StrContains(key.status().message(), "hunter2"));
}

}  // namespace
}  // namespace crypto
}  // namespace otrp

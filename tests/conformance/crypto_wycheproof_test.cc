// libs/crypto against Wycheproof: signatures, RSA decryption, ECDH, AES and
// HMAC.

#include <cstdint>
#include <functional>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/base/fake_random.h"
#include "libs/base/hex.h"
#include "libs/crypto/aead.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/kem.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/pem.h"
#include "libs/crypto/sign.h"
#include "libs/jose/jwk.h"
#include "tests/support/vectors.h"

namespace otrp {
namespace {

using testing::Conformance;
using testing::Outcome;

std::string Hex(const json::Value& object, absl::string_view name) {
  const auto text = object.GetString(name);
  if (!text.ok()) return "";
  const auto bytes = HexDecode(*text);
  EXPECT_TRUE(bytes.ok()) << name;
  return bytes.ok() ? *bytes : "";
}

Outcome AcceptedIf(bool accepted) {
  return accepted ? Outcome::kAccepted : Outcome::kRefused;
}

using RunOne =
    std::function<Outcome(const json::Value& group, const json::Value& test)>;

void RunFile(const std::string& name, const RunOne& run) {
  const std::string path = absl::StrCat("wycheproof/", name, "_test.json");
  const auto file = testing::ReadVectors(path);
  ASSERT_TRUE(file.ok()) << file.status();
  Conformance conformance(path);
  for (const json::Value& group : file->Find("testGroups")->items()) {
    for (const json::Value& test : group.Find("tests")->items()) {
      conformance.Record(absl::StrCat(*test.GetInteger("tcId")),
                         *test.GetString("result"), run(group, test),
                         *test.GetString("comment"));
    }
  }
  conformance.Finish();
}

// A P-256 private key out of its scalar alone: an ECPrivateKey without the
// point, which BoringSSL then computes.
absl::StatusOr<crypto::PrivateKey> FromScalar(std::string scalar) {
  while (scalar.size() > 32 && scalar[0] == '\0') scalar.erase(0, 1);
  scalar.insert(0, 32 - scalar.size(), '\0');
  return crypto::PrivateKey::FromPem(crypto::PemEncode(
      "EC PRIVATE KEY", absl::StrCat(*HexDecode("30310201010420"), scalar,
                                     *HexDecode("a00a06082a8648ce3d030107"))));
}

Outcome Agree(const absl::StatusOr<crypto::PrivateKey>& key,
              const absl::StatusOr<crypto::PublicKey>& peer,
              const std::string& shared) {
  if (!key.ok() || !peer.ok()) return Outcome::kRefused;
  const auto z = crypto::Ecdh(*key, *peer);
  return AcceptedIf(z.ok() && z->view() == shared);
}

TEST(CryptoWycheproofTest, VerifiesRsaSignatures) {
  OTRP_REQUIRE_VECTORS();
  RunFile("rsa_signature_2048_sha256", [](const json::Value& group,
                                          const json::Value& test) {
    const auto key = crypto::PublicKey::FromSpki(Hex(group, "publicKeyDer"));
    if (!key.ok()) return Outcome::kRefused;
    return AcceptedIf(crypto::VerifySha256(*key, Hex(test, "msg"),
                                           Hex(test, "sig"),
                                           crypto::EcFormat::kDer)
                          .ok());
  });
}

TEST(CryptoWycheproofTest, MakesRsaSignatures) {
  OTRP_REQUIRE_VECTORS();
  RunFile("rsa_pkcs1_2048_sig_gen",
          [](const json::Value& group, const json::Value& test) {
            if (*group.GetString("sha") != "SHA-256") {
              return Outcome::kUnsupported;
            }
            const auto key =
                crypto::PrivateKey::FromPkcs8(Hex(group, "privateKeyPkcs8"));
            if (!key.ok()) return Outcome::kRefused;
            const auto signature = crypto::SignSha256(*key, Hex(test, "msg"),
                                                      crypto::EcFormat::kDer);
            return AcceptedIf(signature.ok() && *signature == Hex(test, "sig"));
          });
}

TEST(CryptoWycheproofTest, VerifiesEcdsaSignatures) {
  OTRP_REQUIRE_VECTORS();
  const struct {
    const char* file;
    crypto::EcFormat format;
  } files[] = {
      {"ecdsa_secp256r1_sha256", crypto::EcFormat::kDer},
      {"ecdsa_secp256r1_sha256_p1363", crypto::EcFormat::kP1363},
  };
  for (const auto& file : files) {
    RunFile(file.file, [&](const json::Value& group, const json::Value& test) {
      const auto key = crypto::PublicKey::FromSpki(Hex(group, "publicKeyDer"));
      if (!key.ok()) return Outcome::kRefused;
      return AcceptedIf(crypto::VerifySha256(*key, Hex(test, "msg"),
                                             Hex(test, "sig"), file.format)
                            .ok());
    });
  }
}

// Accepted means: the message came out. An invalid ciphertext gives the
// substitute for each length that the message could have had.
TEST(CryptoWycheproofTest, UnwrapsRsaCiphertextsWithoutAnOracle) {
  OTRP_REQUIRE_VECTORS();
  RunFile("rsa_pkcs1_2048", [](const json::Value& group,
                               const json::Value& test) {
    const auto key =
        crypto::PrivateKey::FromPkcs8(Hex(group, "privateKeyPkcs8"));
    if (!key.ok()) return Outcome::kRefused;
    const std::string ciphertext = Hex(test, "ct");
    const auto unwraps = [&](size_t size, const std::string& to) {
      FakeRandom random(5);
      const auto out = crypto::RsaPkcs1Unwrap(*key, ciphertext, size, random);
      return out.ok() && out->size() == size && out->view() == to;
    };
    if (*test.GetString("result") == "valid") {
      const std::string message = Hex(test, "msg");
      return AcceptedIf(unwraps(message.size(), message));
    }
    for (size_t size = 1; size <= 245; ++size) {
      if (!unwraps(size, FakeRandom(5).Bytes(size))) return Outcome::kAccepted;
    }
    return Outcome::kRefused;
  });
}

TEST(CryptoWycheproofTest, AgreesOnKeys) {
  OTRP_REQUIRE_VECTORS();
  RunFile("ecdh_secp256r1", [](const json::Value&, const json::Value& test) {
    return Agree(FromScalar(Hex(test, "private")),
                 crypto::PublicKey::FromSpki(Hex(test, "public")),
                 Hex(test, "shared"));
  });
  RunFile("ecdh_secp256r1_ecpoint",
          [](const json::Value&, const json::Value& test) {
            return Agree(FromScalar(Hex(test, "private")),
                         crypto::PublicKey::FromEcPoint(Hex(test, "public")),
                         Hex(test, "shared"));
          });
  RunFile("ecdh_secp256r1_webcrypto", [](const json::Value&,
                                         const json::Value& test) {
    return Agree(jose::PrivateKeyFromJwk(*test.Find("private")),
                 jose::FromJwk(*test.Find("public")), Hex(test, "shared"));
  });
}

TEST(CryptoWycheproofTest, WrapsKeys) {
  OTRP_REQUIRE_VECTORS();
  RunFile("aes_wrap", [](const json::Value&, const json::Value& test) {
    const std::string kek = Hex(test, "key");
    const auto key = crypto::AesKeyUnwrap(kek, Hex(test, "ct"));
    if (!key.ok() || key->view() != Hex(test, "msg")) return Outcome::kRefused;
    const auto wrapped = crypto::AesKeyWrap(kek, key->view());
    EXPECT_TRUE(wrapped.ok() && *wrapped == Hex(test, "ct"));
    return Outcome::kAccepted;
  });
}

TEST(CryptoWycheproofTest, OpensAuthenticatedCbc) {
  OTRP_REQUIRE_VECTORS();
  const struct {
    const char* file;
    crypto::ContentEnc enc;
  } files[] = {{"a128cbc_hs256", crypto::ContentEnc::kA128CbcHs256},
               {"a256cbc_hs512", crypto::ContentEnc::kA256CbcHs512}};
  for (const auto& file : files) {
    RunFile(file.file, [&](const json::Value&, const json::Value& test) {
      const std::string key = Hex(test, "key");
      const std::string iv = Hex(test, "iv");
      const std::string aad = Hex(test, "aad");
      const auto plaintext = crypto::AesCbcHmacOpen(
          file.enc, key, iv, aad, Hex(test, "ct"), Hex(test, "tag"));
      if (!plaintext.ok() || *plaintext != Hex(test, "msg")) {
        return Outcome::kRefused;
      }
      const auto sealed =
          crypto::AesCbcHmacSeal(file.enc, key, iv, aad, *plaintext);
      EXPECT_TRUE(sealed.ok() && sealed->ciphertext == Hex(test, "ct") &&
                  sealed->tag == Hex(test, "tag"));
      return Outcome::kAccepted;
    });
  }
}

TEST(CryptoWycheproofTest, DecryptsCbc) {
  OTRP_REQUIRE_VECTORS();
  RunFile("aes_cbc_pkcs5", [](const json::Value&, const json::Value& test) {
    const std::string key = Hex(test, "key");
    const std::string iv = Hex(test, "iv");
    const auto plaintext = crypto::AesCbcDecrypt(key, iv, Hex(test, "ct"));
    if (!plaintext.ok() || *plaintext != Hex(test, "msg")) {
      return Outcome::kRefused;
    }
    const auto ciphertext = crypto::AesCbcEncrypt(key, iv, *plaintext);
    EXPECT_TRUE(ciphertext.ok() && *ciphertext == Hex(test, "ct"));
    return Outcome::kAccepted;
  });
}

TEST(CryptoWycheproofTest, ChecksHmacs) {
  OTRP_REQUIRE_VECTORS();
  RunFile("hmac_sha256", [](const json::Value& group, const json::Value& test) {
    const std::string mac =
        crypto::HmacSha256(Hex(test, "key"), Hex(test, "msg"));
    const int64_t bits = *group.GetInteger("tagSize");
    return AcceptedIf(crypto::ConstantTimeEquals(
        absl::string_view(mac).substr(0, static_cast<size_t>(bits / 8)),
        Hex(test, "tag")));
  });
}

}  // namespace
}  // namespace otrp

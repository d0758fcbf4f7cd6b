// libs/jose against the cookbook of RFC 7520: what is ours works to the last
// octet, the content layer also under the other key algorithms, and everything
// else is refused.

#include <initializer_list>
#include <iostream>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/crypto/aead.h"
#include "libs/crypto/kem.h"
#include "libs/crypto/keys.h"
#include "libs/jose/jwe.h"
#include "libs/jose/jwk.h"
#include "libs/jose/jws.h"
#include "tests/support/vectors.h"

namespace otrp {
namespace {

constexpr char kRsa15[] =
    "jwe/5_1.key_encryption_using_rsa_v15_and_aes-hmac-sha2.json";
constexpr char kEcdhEs[] =
    "jwe/5_5.key_agreement_using_ecdh-es_with_aes-cbc-hmac-sha2.json";
constexpr char kRs256[] = "jws/4_1.rsa_v15_signature.json";

json::Value Read(absl::string_view name) {
  const auto value = testing::ReadVectors(absl::StrCat("jose-cookbook/", name));
  EXPECT_TRUE(value.ok()) << name << value.status();
  return value.ok() ? *value : json::Value::Object();
}

// The member at the end of a path; it must be there.
const json::Value& At(const json::Value& value,
                      std::initializer_list<absl::string_view> path) {
  static const json::Value* const null = new json::Value;
  const json::Value* at = &value;
  for (absl::string_view name : path) {
    const json::Value* next = at->Find(name);
    if (next == nullptr) {
      ADD_FAILURE() << "no member " << name;
      return *null;
    }
    at = next;
  }
  return *at;
}

std::string Decoded(const json::Value& text) {
  const auto bytes = Base64UrlDecode(text.as_string());
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.ok() ? *bytes : "";
}

TEST(JoseCookbookTest, ReadsTheKeys) {
  OTRP_REQUIRE_VECTORS();
  const auto pub = jose::FromJwk(Read("jwk/3_3.rsa_public_key.json"));
  ASSERT_TRUE(pub.ok()) << pub.status();
  const auto key =
      jose::PrivateKeyFromJwk(Read("jwk/3_4.rsa_private_key.json"));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->public_key(), *pub);
  EXPECT_FALSE(jose::FromJwk(Read("jwk/3_4.rsa_private_key.json")).ok());
  EXPECT_FALSE(
      jose::FromJwk(Read("jwk/3_5.symmetric_key_mac_computation.json")).ok());
}

TEST(JoseCookbookTest, MakesAndVerifiesTheRs256Signature) {
  OTRP_REQUIRE_VECTORS();
  const json::Value example = Read(kRs256);
  const json::Value& expected = At(example, {"output", "json_flat"});
  const auto key = jose::PrivateKeyFromJwk(At(example, {"input", "key"}));
  ASSERT_TRUE(key.ok()) << key.status();

  auto jws = jose::UnverifiedJws::Parse(expected);
  ASSERT_TRUE(jws.ok()) << jws.status();
  const auto verified = jose::Verify(*std::move(jws), key->public_key());
  ASSERT_TRUE(verified.ok()) << verified.status();
  const std::string& payload = At(example, {"input", "payload"}).as_string();
  EXPECT_EQ(verified->payload(), payload);

  jose::SignOptions options;
  options.protected_members.Set("kid",
                                At(example, {"signing", "protected", "kid"}));
  const auto ours = jose::SignFlattenedValue(payload, *key, options);
  ASSERT_TRUE(ours.ok()) << ours.status();
  EXPECT_EQ(*ours, expected);

  EXPECT_FALSE(jose::UnverifiedJws::Parse(At(example, {"output", "json"})).ok())
      << "the general form";
}

TEST(JoseCookbookTest, DecryptsRsa15InBothJsonForms) {
  OTRP_REQUIRE_VECTORS();
  const json::Value example = Read(kRsa15);
  const auto key = jose::PrivateKeyFromJwk(At(example, {"input", "key"}));
  ASSERT_TRUE(key.ok()) << key.status();
  for (const char* form : {"json", "json_flat"}) {
    const auto jwe = jose::UnverifiedJwe::Parse(At(example, {"output", form}));
    ASSERT_TRUE(jwe.ok()) << form << jwe.status();
    const auto plaintext = jose::Decrypt(*jwe, *key);
    ASSERT_TRUE(plaintext.ok()) << form << plaintext.status();
    EXPECT_EQ(*plaintext, At(example, {"input", "plaintext"}).as_string());
    const auto cek = jose::UnwrapCek(*jwe, *key);
    ASSERT_TRUE(cek.ok());
    EXPECT_EQ(Base64UrlEncode(cek->view()),
              At(example, {"generated", "cek"}).as_string());
  }
}

TEST(JoseCookbookTest, DerivesTheKeyOfEcdhEs) {
  OTRP_REQUIRE_VECTORS();
  const json::Value example = Read(kEcdhEs);
  const auto key = jose::PrivateKeyFromJwk(At(example, {"input", "key"}));
  const auto epk =
      jose::FromJwk(At(example, {"encrypting_content", "protected", "epk"}));
  ASSERT_TRUE(key.ok() && epk.ok()) << key.status() << epk.status();
  const auto z = crypto::Ecdh(*key, *epk);
  ASSERT_TRUE(z.ok());
  EXPECT_EQ(
      Base64UrlEncode(
          crypto::ConcatKdf(z->view(), "A128CBC-HS256", "", "", 32).view()),
      At(example, {"encrypting_key", "cek"}).as_string());
}

TEST(JoseCookbookTest, MakesTheContentLayerWhateverWrapsTheKey) {
  OTRP_REQUIRE_VECTORS();
  int ran = 0;
  const json::Value index = Read("index.json");
  for (const auto& [name, about] : index.members()) {
    if (!absl::StartsWith(name, "jwe/")) continue;
    const json::Value example = Read(name);
    if (At(example, {"input", "enc"}).as_string() != "A128CBC-HS256") continue;
    const json::Value* generated = At(example, {"generated"}).Find("cek");
    const std::string cek =
        Decoded(generated != nullptr ? *generated
                                     : At(example, {"encrypting_key", "cek"}));
    const auto sealed = crypto::AesCbcHmacSeal(
        crypto::ContentEnc::kA128CbcHs256, cek,
        Decoded(At(example, {"generated", "iv"})),
        At(example, {"encrypting_content", "protected_b64u"}).as_string(),
        At(example, {"input", "plaintext"}).as_string());
    ASSERT_TRUE(sealed.ok()) << name << sealed.status();
    EXPECT_EQ(Base64UrlEncode(sealed->ciphertext),
              At(example, {"encrypting_content", "ciphertext"}).as_string())
        << name;
    EXPECT_EQ(Base64UrlEncode(sealed->tag),
              At(example, {"encrypting_content", "tag"}).as_string())
        << name;
    ++ran;
  }
  EXPECT_GE(ran, 4);
}

TEST(JoseCookbookTest, RefusesEverythingElse) {
  OTRP_REQUIRE_VECTORS();
  const std::set<std::string> ours = {kRsa15, kRs256};
  int accepted = 0;
  int unsupported = 0;
  const auto refuse = [&](const std::string& name, const json::Value& output) {
    for (const char* form : {"json", "json_flat"}) {
      const json::Value* message = output.Find(form);
      if (message == nullptr) continue;
      const bool taken = jose::UnverifiedJws::Parse(*message).ok() ||
                         jose::UnverifiedJwe::Parse(*message).ok();
      EXPECT_FALSE(taken) << name << " " << form;
      ++(taken ? accepted : unsupported);
    }
  };
  const json::Value index = Read("index.json");
  for (const auto& [name, about] : index.members()) {
    if (ours.count(name) != 0 || absl::StartsWith(name, "jwk/")) continue;
    const json::Value example = Read(name);
    const json::Value* output = example.Find("output");
    if (output != nullptr) {
      refuse(name, *output);
    } else {
      refuse(name, At(example, {"sign", "output"}));
      refuse(name, At(example, {"encrypt", "output"}));
    }
  }
  std::cout << "jose-cookbook: " << accepted << " accepted, " << unsupported
            << " unsupported" << std::endl;
  EXPECT_GT(unsupported, 10);
}

}  // namespace
}  // namespace otrp

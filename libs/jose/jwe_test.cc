#include "libs/jose/jwe.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/base/fake_random.h"
#include "libs/crypto/random.h"
#include "libs/jose/jwk.h"

namespace otrp {
namespace jose {
namespace {

const crypto::PrivateKey& Rsa() {
  static const auto* key = new crypto::PrivateKey(
      *crypto::PrivateKey::Generate(crypto::KeyType::kRsa));
  return *key;
}

const crypto::PrivateKey& Ec() {
  static const auto* key = new crypto::PrivateKey(
      *crypto::PrivateKey::Generate(crypto::KeyType::kEcP256));
  return *key;
}

const crypto::PrivateKey& KeyFor(KeyAlg alg) {
  return alg == KeyAlg::kRSA1_5 ? Rsa() : Ec();
}

constexpr KeyAlg kAlgs[] = {KeyAlg::kRSA1_5, KeyAlg::kEcdhEsA128Kw,
                            KeyAlg::kEcdhEsA256Kw};
constexpr Enc kEncs[] = {Enc::kA128CbcHs256, Enc::kA256CbcHs512};

json::Value Text(absl::string_view text) { return json::Value::String(text); }

json::Value Encrypted(KeyAlg alg, Enc enc, absl::string_view cek = "") {
  EncryptOptions options;
  options.alg = alg;
  options.enc = enc;
  options.cek = cek;
  return *EncryptGeneral("secret", KeyFor(alg).public_key(), options,
                         crypto::SystemRandom());
}

absl::StatusOr<std::string> ParseAndDecrypt(const json::Value& jwe,
                                            const crypto::PrivateKey& key,
                                            const JwePolicy& policy = {}) {
  auto unverified = UnverifiedJwe::Parse(jwe);
  if (!unverified.ok()) return unverified.status();
  return Decrypt(*unverified, key, policy);
}

// The flattened form with any headers, rightly encrypted to the RSA key.
json::Value WithHeaders(absl::string_view protected_header,
                        absl::string_view unprotected,
                        absl::string_view header) {
  const std::string cek(32, 'k');
  const json::Value general =
      Encrypted(KeyAlg::kRSA1_5, Enc::kA128CbcHs256, cek);
  const std::string protected_b64 = Base64UrlEncode(protected_header);
  const std::string iv(16, 'i');
  const auto sealed = crypto::AesCbcHmacSeal(Enc::kA128CbcHs256, cek, iv,
                                             protected_b64, "secret");
  json::Value jwe = json::Value::Object();
  jwe.Set("protected", Text(protected_b64));
  if (!unprotected.empty())
    jwe.Set("unprotected", *json::Parse(unprotected, json::kStrangers));
  if (!header.empty())
    jwe.Set("header", *json::Parse(header, json::kStrangers));
  jwe.Set("encrypted_key",
          *general.Find("recipients")->items()[0].Find("encrypted_key"));
  jwe.Set("iv", Text(Base64UrlEncode(iv)));
  jwe.Set("ciphertext", Text(Base64UrlEncode(sealed->ciphertext)));
  jwe.Set("tag", Text(Base64UrlEncode(sealed->tag)));
  return jwe;
}

TEST(JweTest, DecryptsWhatItEncryptedInBothForms) {
  for (KeyAlg alg : kAlgs) {
    for (Enc enc : kEncs) {
      EncryptOptions options;
      options.alg = alg;
      options.enc = enc;
      for (const auto& jwe :
           {EncryptGeneral("secret", KeyFor(alg).public_key(), options,
                           crypto::SystemRandom()),
            EncryptFlattened("secret", KeyFor(alg).public_key(), options,
                             crypto::SystemRandom())}) {
        ASSERT_TRUE(jwe.ok()) << jwe.status();
        const auto parsed = UnverifiedJwe::ParseText(jwe->Serialize());
        ASSERT_TRUE(parsed.ok()) << parsed.status();
        EXPECT_EQ(parsed->alg(), alg);
        EXPECT_EQ(parsed->enc(), enc);
        const auto plaintext = Decrypt(*parsed, KeyFor(alg));
        ASSERT_TRUE(plaintext.ok()) << plaintext.status();
        EXPECT_EQ(*plaintext, "secret");
      }
    }
  }
}

TEST(JweTest, HasTheShapeOfTheDrafts) {
  const json::Value jwe = Encrypted(KeyAlg::kRSA1_5, Enc::kA128CbcHs256);
  std::vector<std::string> names;
  for (const auto& member : jwe.members()) names.push_back(member.first);
  EXPECT_EQ(names, (std::vector<std::string>{"protected", "recipients", "iv",
                                             "ciphertext", "tag"}));
  EXPECT_EQ(*jwe.GetString("protected"),
            Base64UrlEncode("{\"enc\":\"A128CBC-HS256\"}"));
  ASSERT_EQ(jwe.Find("recipients")->items().size(), 1u);
  const json::Value& recipient = jwe.Find("recipients")->items()[0];
  EXPECT_EQ(recipient.Find("header")->Serialize(), "{\"alg\":\"RSA1_5\"}");
  EXPECT_EQ(recipient.GetString("encrypted_key")->size(), 342u);
}

TEST(JweTest, EncryptsAnew) {
  EXPECT_NE(Encrypted(KeyAlg::kRSA1_5, Enc::kA128CbcHs256),
            Encrypted(KeyAlg::kRSA1_5, Enc::kA128CbcHs256));
}

TEST(JweTest, PartyInfosEnterTheKey) {
  EncryptOptions options;
  options.alg = KeyAlg::kEcdhEsA128Kw;
  options.apu = "Alice";
  options.apv = "Bob";
  json::Value jwe = *EncryptGeneral("secret", Ec().public_key(), options,
                                    crypto::SystemRandom());
  const json::Value& header =
      *jwe.Find("recipients")->items()[0].Find("header");
  EXPECT_EQ(*header.GetString("apu"), "QWxpY2U");
  EXPECT_EQ(*header.GetString("apv"), "Qm9i");
  EXPECT_EQ(*ParseAndDecrypt(jwe, Ec()), "secret");

  json::Value changed_header = header;
  changed_header.Set("apv", Text("Qm9j"));
  json::Value recipient = jwe.Find("recipients")->items()[0];
  recipient.Set("header", changed_header);
  jwe.Set("recipients", json::Value::Array({recipient}));
  EXPECT_FALSE(ParseAndDecrypt(jwe, Ec()).ok());
}

TEST(JweTest, AReplyReusesTheContentKeyAndRepeatsTheRecipients) {
  for (KeyAlg alg : kAlgs) {
    for (Enc enc : kEncs) {
      FakeRandom random(7);
      const std::string cek = random.Bytes(CekSize(enc));
      const json::Value request = Encrypted(alg, enc, cek);

      // The TEE's side.
      const auto received = UnverifiedJwe::Parse(request);
      ASSERT_TRUE(received.ok()) << received.status();
      const auto unwrapped = UnwrapCek(*received, KeyFor(alg));
      ASSERT_TRUE(unwrapped.ok()) << unwrapped.status();
      EXPECT_EQ(unwrapped->view(), cek);
      EXPECT_EQ(*DecryptWithCek(*received, unwrapped->view()), "secret");
      const auto reply = EncryptWithCek("reply", unwrapped->view(), enc,
                                        received->recipients(), random);
      ASSERT_TRUE(reply.ok()) << reply.status();

      // The TSM's side.
      EXPECT_EQ(reply->Find("recipients")->Serialize(),
                request.Find("recipients")->Serialize());
      const auto answer = UnverifiedJwe::Parse(*reply);
      ASSERT_TRUE(answer.ok()) << answer.status();
      EXPECT_EQ(answer->encrypted_key(), received->encrypted_key());
      EXPECT_EQ(*DecryptWithCek(*answer, cek), "reply");
    }
  }
}

TEST(JweTest, RepeatsTheRecipientOfAFlattenedMessageToo) {
  const json::Value jwe =
      WithHeaders("{\"alg\":\"RSA1_5\",\"enc\":\"A128CBC-HS256\"}", "", "");
  const auto parsed = UnverifiedJwe::Parse(jwe);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  const auto reply =
      EncryptWithCek("reply", std::string(32, 'k'), Enc::kA128CbcHs256,
                     parsed->recipients(), crypto::SystemRandom());
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(*ParseAndDecrypt(*reply, Rsa()), "reply");
}

TEST(JweTest, AllFailuresToDecryptLookTheSame) {
  for (KeyAlg alg : kAlgs) {
    const json::Value good = Encrypted(alg, Enc::kA128CbcHs256);
    const auto changed = [&](const char* member) {
      std::string value = good.Find(member)->as_string();
      value[0] = value[0] == 'A' ? 'B' : 'A';
      json::Value jwe = good;
      jwe.Set(member, json::Value::String(value));
      return jwe;
    };
    const auto with_key = [&](const std::string& encrypted_key) {
      json::Value recipient = good.Find("recipients")->items()[0];
      recipient.Set("encrypted_key", Text(Base64UrlEncode(encrypted_key)));
      json::Value jwe = good;
      jwe.Set("recipients", json::Value::Array({recipient}));
      return jwe;
    };
    const auto with = [&](const char* member, const std::string& bytes) {
      json::Value jwe = good;
      jwe.Set(member, Text(Base64UrlEncode(bytes)));
      return jwe;
    };
    const size_t size = alg == KeyAlg::kRSA1_5 ? 256 : 40;
    const json::Value cases[] = {
        changed("iv"),
        changed("ciphertext"),
        changed("tag"),
        with("iv", "short"),
        with("iv", std::string(32, 'i')),
        with("tag", ""),
        with("tag", std::string(15, 't')),
        with("tag", std::string(32, 't')),
        with("ciphertext", ""),
        with("ciphertext", std::string(17, 'c')),
        with_key(std::string(size, '\x01')),
        with_key(std::string(size, '\xff')),
        with_key(std::string(size, '\0')),
        with_key(std::string(size - 8, '\x01')),
        with_key(std::string(size + 8, '\x01')),
        with_key(""),
    };
    for (const json::Value& jwe : cases) {
      const auto result = ParseAndDecrypt(jwe, KeyFor(alg));
      ASSERT_FALSE(result.ok());
      EXPECT_EQ(result.status(),
                absl::InvalidArgumentError("the JWE doesn't decrypt"))
          << KeyAlgName(alg);
    }
  }
}

TEST(JweTest, AWrappedKeyOfAnotherLengthDoesNotDecrypt) {
  // Says A128CBC-HS256, holds a key of 64 octets.
  for (KeyAlg alg : kAlgs) {
    json::Value jwe = Encrypted(alg, Enc::kA256CbcHs512);
    jwe.Set("protected", Text(Base64UrlEncode("{\"enc\":\"A128CBC-HS256\"}")));
    jwe.Set("tag", Text(Base64UrlEncode(std::string(16, 't'))));
    EXPECT_EQ(ParseAndDecrypt(jwe, KeyFor(alg)).status(),
              absl::InvalidArgumentError("the JWE doesn't decrypt"));
  }
}

TEST(JweTest, AnotherKeyDoesNotDecrypt) {
  for (KeyAlg alg : kAlgs) {
    const crypto::PrivateKey other =
        *crypto::PrivateKey::Generate(KeyFor(alg).type());
    EXPECT_FALSE(
        ParseAndDecrypt(Encrypted(alg, Enc::kA128CbcHs256), other).ok());
  }
}

TEST(JweTest, TheKeyAndThePolicyDecideTheAlgAndTheEnc) {
  const struct {
    KeyAlg alg;
    bool JwePolicy::*flag;
  } algs[] = {{KeyAlg::kRSA1_5, &JwePolicy::rsa1_5},
              {KeyAlg::kEcdhEsA128Kw, &JwePolicy::ecdh_es_a128kw},
              {KeyAlg::kEcdhEsA256Kw, &JwePolicy::ecdh_es_a256kw}};
  for (const auto& c : algs) {
    const json::Value jwe = Encrypted(c.alg, Enc::kA128CbcHs256);
    JwePolicy policy;
    policy.*c.flag = false;
    const auto result = ParseAndDecrypt(jwe, KeyFor(c.alg), policy);
    EXPECT_TRUE(absl::StrContains(result.status().message(), "policy"));
    const crypto::PrivateKey& other = c.alg == KeyAlg::kRSA1_5 ? Ec() : Rsa();
    EXPECT_FALSE(ParseAndDecrypt(jwe, other).ok());
    EncryptOptions options;
    options.alg = c.alg;
    EXPECT_FALSE(
        EncryptGeneral("x", other.public_key(), options, crypto::SystemRandom())
            .ok());
  }
  JwePolicy small_only;
  small_only.a256cbc_hs512 = false;
  EXPECT_FALSE(ParseAndDecrypt(Encrypted(KeyAlg::kRSA1_5, Enc::kA256CbcHs512),
                               Rsa(), small_only)
                   .ok());
}

TEST(JweTest, TakesAlgInAnyHeaderButEncOnlyProtected) {
  const char enc[] = "{\"enc\":\"A128CBC-HS256\"}";
  const char alg[] = "{\"alg\":\"RSA1_5\"}";
  const char both[] = "{\"alg\":\"RSA1_5\",\"enc\":\"A128CBC-HS256\"}";
  const struct {
    const char* protected_header;
    const char* unprotected;
    const char* header;
    bool taken;
  } cases[] = {
      {both, "", "", true},
      {enc, alg, "", true},
      {enc, "", alg, true},
      {both, "{\"kid\":\"1\"}", "{\"x\":1}", true},
      {enc, "", "", false},
      {both, "", alg, false},
      {enc, alg, alg, false},
      {both, "{\"kid\":\"1\"}", "{\"kid\":\"1\"}", false},
      {alg, enc, "", false},
      {alg, "", enc, false},
      {"", both, "", false},
      {enc, "", "{\"alg\":\"RSA-OAEP\"}", false},
      {enc, "", "{\"alg\":\"dir\"}", false},
      {enc, "", "{\"alg\":\"rsa1_5\"}", false},
      {enc, "", "{\"alg\":null}", false},
      {"{\"enc\":\"A128GCM\"}", "", alg, false},
      {"{\"enc\":\"A128CBC-HS256\",\"zip\":\"DEF\"}", "", alg, false},
      {enc, "{\"zip\":\"DEF\"}", alg, false},
      {"{\"enc\":\"A128CBC-HS256\",\"crit\":[\"x\"],\"x\":1}", "", alg, false},
      {enc, "", "{\"alg\":\"RSA1_5\",\"crit\":[]}", false},
      {"{\"enc\":\"A128CBC-HS256\",\"enc\":\"A128CBC-HS256\"}", "", alg, false},
  };
  for (const auto& c : cases) {
    const auto plaintext = ParseAndDecrypt(
        WithHeaders(c.protected_header, c.unprotected, c.header), Rsa());
    EXPECT_EQ(plaintext.ok(), c.taken) << c.protected_header << c.unprotected
                                       << c.header << " " << plaintext.status();
    if (plaintext.ok()) {
      EXPECT_EQ(*plaintext, "secret");
    }
  }
}

TEST(JweTest, RefusesOtherShapes) {
  const json::Value good = Encrypted(KeyAlg::kRSA1_5, Enc::kA128CbcHs256);
  const json::Value& recipient = good.Find("recipients")->items()[0];
  const auto with = [&](const char* name, json::Value value) {
    json::Value jwe = good;
    jwe.Set(name, std::move(value));
    return jwe;
  };
  const struct {
    const char* what;
    json::Value jwe;
  } cases[] = {
      {"an array", json::Value::Array()},
      {"aad", with("aad", Text("QQ"))},
      {"no recipient", with("recipients", json::Value::Array())},
      {"two", with("recipients", json::Value::Array({recipient, recipient}))},
      {"no object", with("recipients", json::Value::Array({Text("x")}))},
      {"no array", with("recipients", recipient)},
      {"both forms", with("encrypted_key", Text("QQ"))},
      {"both headers", with("header", json::Value::Object())},
      {"padded", with("iv", Text(Base64Encode(std::string(16, 'i'))))},
      {"number", with("ciphertext", json::Value::Integer(1))},
      {"unprotected", with("unprotected", Text("x"))},
  };
  for (const auto& c : cases) {
    EXPECT_FALSE(UnverifiedJwe::Parse(c.jwe).ok()) << c.what;
  }
  for (const char* name :
       {"protected", "recipients", "iv", "ciphertext", "tag"}) {
    json::Value jwe = good;
    jwe.Remove(name);
    EXPECT_FALSE(UnverifiedJwe::Parse(jwe).ok()) << "without " << name;
  }
}

TEST(JweTest, RefusesEphemeralKeysThatAreNotOnTheCurve) {
  const json::Value good = Encrypted(KeyAlg::kEcdhEsA128Kw, Enc::kA128CbcHs256);
  const auto with_epk = [&](json::Value epk) {
    json::Value recipient = good.Find("recipients")->items()[0];
    json::Value header = *recipient.Find("header");
    header.Set("epk", std::move(epk));
    recipient.Set("header", header);
    json::Value jwe = good;
    jwe.Set("recipients", json::Value::Array({recipient}));
    return UnverifiedJwe::Parse(jwe);
  };
  json::Value epk = ToJwk(Ec().public_key());
  ASSERT_TRUE(with_epk(epk).ok());
  EXPECT_FALSE(with_epk(Text("x")).ok());
  EXPECT_FALSE(with_epk(ToJwk(Rsa().public_key())).ok());
  epk.Set("y", *epk.Find("x"));
  EXPECT_FALSE(with_epk(epk).ok());
}

TEST(JweTest, TakesContentKeysOfTheRightLengthOnly) {
  EncryptOptions options;
  const std::string wrong(64, 'k');
  options.cek = wrong;
  EXPECT_FALSE(
      EncryptGeneral("x", Rsa().public_key(), options, crypto::SystemRandom())
          .ok());
  const auto jwe =
      UnverifiedJwe::Parse(Encrypted(KeyAlg::kRSA1_5, Enc::kA128CbcHs256));
  EXPECT_FALSE(DecryptWithCek(*jwe, wrong).ok());
  EXPECT_FALSE(EncryptWithCek("x", wrong, Enc::kA128CbcHs256, jwe->recipients(),
                              crypto::SystemRandom())
                   .ok());
  EXPECT_FALSE(EncryptWithCek("x", std::string(32, 'k'), Enc::kA128CbcHs256,
                              json::Value::Array(), crypto::SystemRandom())
                   .ok());
}

}  // namespace
}  // namespace jose
}  // namespace otrp

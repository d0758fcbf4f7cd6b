// libs/jose against Wycheproof. Most vectors are in the compact serialization,
// which OTrP doesn't have: it is turned into the flattened one here, member by
// member, so that what is checked is our reading of those.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "libs/base/hex.h"
#include "libs/jose/jwe.h"
#include "libs/jose/jwk.h"
#include "libs/jose/jws.h"
#include "tests/support/vectors.h"

namespace otrp {
namespace {

using testing::Conformance;
using testing::Outcome;

// An object of the compact parts; null where their number is wrong. A JSON
// vector is taken as it is.
json::Value Flatten(const json::Value& serialized,
                    const std::vector<const char*>& names) {
  if (serialized.is_object()) return serialized;
  const std::vector<std::string> parts =
      absl::StrSplit(serialized.as_string(), '.');
  if (parts.size() != names.size()) return json::Value::Null();
  json::Value object = json::Value::Object();
  for (size_t i = 0; i < names.size(); ++i) {
    object.Set(names[i], json::Value::String(parts[i]));
  }
  return object;
}

std::string Text(const json::Value& object, absl::string_view name) {
  const auto text = object.GetString(name);
  return text.ok() ? std::string(*text) : "";
}

// The key, or the only key of a key set.
const json::Value& OneKey(const json::Value& jwk) {
  const json::Value* keys = jwk.Find("keys");
  return keys != nullptr && keys->items().size() == 1 ? keys->items()[0] : jwk;
}

const json::Value& PublicJwk(const json::Value& group) {
  const json::Value* jwk = group.Find("public");
  return OneKey(jwk != nullptr ? *jwk : *group.Find("private"));
}

// What the group's key is for tells whether we have the algorithm.
Outcome Refusal(bool supported) {
  return supported ? Outcome::kRefused : Outcome::kUnsupported;
}

Outcome RunJws(const json::Value& group, const json::Value& test) {
  const json::Value& jwk = PublicJwk(group);
  const std::string key_alg = Text(jwk, "alg");
  const Outcome refusal = Refusal(key_alg == "RS256" || key_alg == "ES256");
  auto jws = jose::UnverifiedJws::Parse(
      Flatten(*test.Find("jws"), {"protected", "payload", "signature"}));
  if (!jws.ok()) return refusal;
  const auto key = jose::FromJwk(
      jwk, {jose::JwkPurpose::Use::kVerify, jose::SigAlgName(jws->alg())});
  if (!key.ok()) return refusal;
  return jose::Verify(*std::move(jws), *key).ok() ? Outcome::kAccepted
                                                  : refusal;
}

Outcome RunJwe(const json::Value& group, const json::Value& test) {
  const json::Value& jwk = OneKey(*group.Find("private"));
  // Some tests don't name their enc; those are invalid anyhow.
  const std::string crv = Text(jwk, "crv");
  const Outcome refusal = Refusal(jose::KeyAlgFromName(Text(jwk, "alg")).ok() &&
                                  (crv.empty() || crv == "P-256") &&
                                  (test.Find("enc") == nullptr ||
                                   jose::EncFromName(Text(test, "enc")).ok()));
  const auto jwe = jose::UnverifiedJwe::Parse(
      Flatten(*test.Find("jwe"),
              {"protected", "encrypted_key", "iv", "ciphertext", "tag"}));
  if (!jwe.ok()) return refusal;
  const auto key = jose::PrivateKeyFromJwk(
      jwk, {jose::JwkPurpose::Use::kDecrypt, jose::KeyAlgName(jwe->alg())});
  if (!key.ok()) return refusal;
  const auto plaintext = jose::Decrypt(*jwe, *key);
  if (!plaintext.ok()) return refusal;
  if (test.Find("pt") != nullptr) {
    EXPECT_EQ(HexEncode(*plaintext), Text(test, "pt"));
  }
  return Outcome::kAccepted;
}

void RunFile(const std::string& name) {
  const std::string path = absl::StrCat("wycheproof/", name, "_test.json");
  const auto file = testing::ReadVectors(path);
  ASSERT_TRUE(file.ok()) << file.status();
  Conformance conformance(path);
  for (const json::Value& group : file->Find("testGroups")->items()) {
    for (const json::Value& test : group.Find("tests")->items()) {
      const Outcome outcome = test.Find("jws") != nullptr ? RunJws(group, test)
                                                          : RunJwe(group, test);
      conformance.Record(absl::StrCat(*test.GetInteger("tcId")),
                         *test.GetString("result"), outcome,
                         *test.GetString("comment"));
    }
  }
  conformance.Finish();
}

TEST(JoseWycheproofTest, Signatures) {
  OTRP_REQUIRE_VECTORS();
  RunFile("json_web_signature");
}

TEST(JoseWycheproofTest, Encryption) {
  OTRP_REQUIRE_VECTORS();
  RunFile("json_web_encryption");
}

TEST(JoseWycheproofTest, Keys) {
  OTRP_REQUIRE_VECTORS();
  RunFile("json_web_key");
}

TEST(JoseWycheproofTest, Crypto) {
  OTRP_REQUIRE_VECTORS();
  RunFile("json_web_crypto");
}

}  // namespace
}  // namespace otrp

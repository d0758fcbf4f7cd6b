#include "libs/jose/jwk.h"

#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"

namespace otrp {
namespace jose {
namespace {

using Use = JwkPurpose::Use;

crypto::PrivateKey NewKey(crypto::KeyType type) {
  return *crypto::PrivateKey::Generate(type);
}

json::Value EcJwk() {
  return ToJwk(NewKey(crypto::KeyType::kEcP256).public_key());
}

json::Value With(json::Value jwk, absl::string_view name, json::Value value) {
  jwk.Set(name, std::move(value));
  return jwk;
}

json::Value Text(absl::string_view text) { return json::Value::String(text); }

TEST(JwkTest, ReadsWhatItWrites) {
  for (crypto::KeyType type :
       {crypto::KeyType::kRsa, crypto::KeyType::kEcP256}) {
    const crypto::PublicKey key = NewKey(type).public_key();
    const auto back =
        FromJwk(*json::Parse(ToJwk(key).Serialize(), json::kStrangers));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, key);
  }
}

TEST(JwkTest, WritesTheRequiredMembersOnly) {
  const json::Value ec = EcJwk();
  ASSERT_EQ(ec.members().size(), 4u);
  EXPECT_EQ(*ec.GetString("kty"), "EC");
  EXPECT_EQ(*ec.GetString("crv"), "P-256");
  EXPECT_EQ(ec.GetString("x")->size(), 43u);
}

TEST(JwkTest, NamesTheMemberThatIsWrong) {
  const json::Value ec = EcJwk();
  const json::Value rsa = ToJwk(NewKey(crypto::KeyType::kRsa).public_key());
  const std::string padded = std::string(*ec.GetString("x")) + "=";
  json::Value no_y = ec;
  no_y.Remove("y");
  const struct {
    json::Value jwk;
    const char* names;
  } cases[] = {
      {json::Value::Array(), "object"},
      {json::Value::Object(), "kty"},
      {With(ec, "kty", Text("oct")), "kty"},
      {With(ec, "kty", Text("ec")), "kty"},
      {With(ec, "kty", Text("RSA")), "\"n\""},
      {With(ec, "crv", Text("P-384")), "crv"},
      {With(ec, "x", Text(padded)), "\"x\""},
      {With(ec, "x", Text("AAAA")), "32 octets"},
      {With(ec, "x", json::Value::Integer(1)), "\"x\""},
      {no_y, "\"y\""},
      {With(ec, "d", Text("AAAA")), "private"},
      {With(rsa, "p", Text("AAAA")), "private"},
      {With(rsa, "e", Text("AQ")), "exponent is 1"},
      {With(rsa, "e", Text("AAEAAQ")), "leading zeros"},
      {With(rsa, "n", Text("AQAB")), "bits"},
      {With(rsa, "key_ops", Text("verify")), "key_ops"},
      {With(rsa, "use", json::Value::Bool(true)), "use"},
  };
  for (const auto& c : cases) {
    const auto key = FromJwk(c.jwk);
    ASSERT_FALSE(key.ok()) << c.names;
    EXPECT_EQ(key.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(absl::StrContains(key.status().message(), c.names))
        << key.status() << " should name " << c.names;
  }
}

TEST(JwkTest, HonoursUseKeyOpsAndAlg) {
  const auto ops = [](absl::string_view op) {
    json::Value array = json::Value::Array();
    array.Append(json::Value::String(op));
    return array;
  };
  const json::Value ec = EcJwk();
  const struct {
    const char* member;
    json::Value value;
    JwkPurpose purpose;
    bool taken;
  } cases[] = {
      {"use", Text("sig"), {Use::kVerify, ""}, true},
      {"use", Text("sig"), {Use::kEncrypt, ""}, false},
      {"use", Text("enc"), {Use::kEncrypt, ""}, true},
      {"use", Text("enc"), {Use::kVerify, ""}, false},
      {"use", Text("other"), {Use::kVerify, ""}, false},
      {"use", Text("other"), {Use::kAny, ""}, true},
      {"key_ops", ops("verify"), {Use::kVerify, ""}, true},
      {"key_ops", ops("sign"), {Use::kVerify, ""}, false},
      {"key_ops", ops("deriveKey"), {Use::kEncrypt, ""}, true},
      {"key_ops", json::Value::Array(), {Use::kVerify, ""}, false},
      {"alg", Text("ES256"), {Use::kVerify, "ES256"}, true},
      {"alg", Text("ES512"), {Use::kVerify, "ES256"}, false},
      {"alg", Text("ES512"), {Use::kVerify, ""}, true},
      {"kid", Text("whatever"), {Use::kVerify, "ES256"}, true},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(FromJwk(With(ec, c.member, c.value), c.purpose).ok(), c.taken)
        << c.member << " " << c.value.Serialize();
  }
  json::Value twice = ops("verify");
  twice.Append(Text("verify"));
  EXPECT_FALSE(FromJwk(With(ec, "key_ops", twice)).ok());
}

TEST(JwkTest, ReadsAPrivateEcKey) {
  // RFC 7518 appendix C, Bob's.
  const auto jwk = json::Parse(
      R"({"kty":"EC","crv":"P-256",
          "x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
          "y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",
          "d":"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"})",
      json::kStrangers);
  ASSERT_TRUE(jwk.ok());
  const auto key = PrivateKeyFromJwk(*jwk);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(*ToJwk(key->public_key()).GetString("x"), *jwk->GetString("x"));
  EXPECT_FALSE(
      PrivateKeyFromJwk(
          With(*jwk, "d", Text(Base64UrlEncode(std::string(32, '\x01')))))
          .ok())
      << "another key's scalar";
  EXPECT_FALSE(PrivateKeyFromJwk(EcJwk()).ok()) << "no scalar";
}

}  // namespace
}  // namespace jose
}  // namespace otrp

#include "services/sp_portal/domain/id_token.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/crypto/keys.h"
#include "libs/jose/jwk.h"
#include "libs/jose/jws.h"
#include "libs/json/json.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr int64_t kNow = 1763900000;

crypto::PrivateKey Generate(crypto::KeyType type) {
  return *crypto::PrivateKey::Generate(type);
}
const crypto::PrivateKey& Ec() {
  static const auto* key =
      new crypto::PrivateKey(Generate(crypto::KeyType::kEcP256));
  return *key;
}
const crypto::PrivateKey& Rsa() {
  static const auto* key =
      new crypto::PrivateKey(Generate(crypto::KeyType::kRsa));
  return *key;
}

json::Value Claims() {
  json::Value claims = json::Value::Object();
  claims.Set("iss", json::Value::String("https://ci.example"));
  claims.Set("aud", json::Value::String("otrp"));
  claims.Set("sub", json::Value::String("repo:acme/pay:ref:refs/heads/main"));
  claims.Set("iat", json::Value::Integer(kNow - 5));
  claims.Set("exp", json::Value::Integer(kNow + 300));
  claims.Set("environment", json::Value::String("release"));
  claims.Set("run", json::Value::Integer(7));
  claims.Set("ref_protected", json::Value::Bool(true));
  return claims;
}

std::string Sign(const std::string& payload, const crypto::PrivateKey& key,
                 const std::string& kid) {
  jose::SignOptions options;
  if (!kid.empty()) {
    options.protected_members.Set("kid", json::Value::String(kid));
  }
  const json::Value jws = *json::Parse(
      *jose::SignFlattened(payload, key, options), json::kStrangers);
  return absl::StrCat(*jws.GetString("protected"), ".",
                      *jws.GetString("payload"), ".",
                      *jws.GetString("signature"));
}

std::string Jwks() {
  json::Value ec = jose::ToJwk(Ec().public_key());
  ec.Set("kid", json::Value::String("ec"));
  json::Value rsa = jose::ToJwk(Rsa().public_key());
  rsa.Set("kid", json::Value::String("rsa"));
  rsa.Set("alg", json::Value::String("RS256"));
  json::Value keys = json::Value::Array();
  keys.Append(std::move(ec));
  keys.Append(std::move(rsa));
  json::Value set = json::Value::Object();
  set.Set("keys", std::move(keys));
  return set.Serialize();
}

absl::StatusOr<IdToken> Verify(const std::string& compact,
                               const std::string& jwks = Jwks()) {
  absl::StatusOr<UnverifiedIdToken> token = UnverifiedIdToken::Parse(compact);
  if (!token.ok()) return token.status();
  absl::StatusOr<IssuerKeys> keys = IssuerKeys::Parse(jwks);
  if (!keys.ok()) return keys.status();
  return VerifyIdToken(
      *std::move(token), *keys,
      {"https://ci.example", "otrp", absl::FromUnixSeconds(kNow)});
}

absl::Status WithClaim(const std::string& name, json::Value value) {
  json::Value claims = Claims();
  claims.Set(name, std::move(value));
  return Verify(Sign(claims.Serialize(), Ec(), "ec")).status();
}
absl::Status WithoutClaim(const std::string& name) {
  json::Value claims = Claims();
  claims.Remove(name);
  return Verify(Sign(claims.Serialize(), Ec(), "ec")).status();
}

TEST(IdTokenTest, OneOfEitherKindOfKeyIsTaken) {
  OTRP_ASSERT_OK_AND_ASSIGN(const IdToken ec,
                            Verify(Sign(Claims().Serialize(), Ec(), "ec")));
  EXPECT_EQ(ec.subject(), "repo:acme/pay:ref:refs/heads/main");
  OTRP_EXPECT_OK(Verify(Sign(Claims().Serialize(), Rsa(), "rsa")).status());
}

TEST(IdTokenTest, AnotherKeyUnderAKnownNameIsRefused) {
  const crypto::PrivateKey other = Generate(crypto::KeyType::kEcP256);
  EXPECT_THAT(Verify(Sign(Claims().Serialize(), other, "ec")),
              StatusIs(kInvalid, HasSubstr("signature is wrong")));
  // The algorithm is the key's.
  EXPECT_THAT(Verify(Sign(Claims().Serialize(), Rsa(), "ec")),
              StatusIs(kInvalid));
  EXPECT_THAT(Verify(Sign(Claims().Serialize(), Ec(), "gone")),
              StatusIs(kInvalid, HasSubstr("isn't one of the issuer's")));
  // Which of two?
  EXPECT_THAT(Verify(Sign(Claims().Serialize(), Ec(), "")), StatusIs(kInvalid));
}

TEST(IdTokenTest, AnUnsignedOneAndOneSignedWithAPublicKeyAreRefused) {
  const std::string payload = Base64UrlEncode(Claims().Serialize());
  const std::string good = Sign(Claims().Serialize(), Ec(), "ec");
  const std::string signature = good.substr(good.rfind('.') + 1);
  for (const char* alg : {"none", "HS256", "ES512", "PS256"}) {
    const std::string header =
        Base64UrlEncode(absl::StrCat(R"({"alg":")", alg, R"(","kid":"ec"})"));
    EXPECT_THAT(Verify(absl::StrCat(header, ".", payload, ".", signature)),
                StatusIs(kInvalid))
        << alg;
    EXPECT_THAT(Verify(absl::StrCat(header, ".", payload, ".")),
                StatusIs(kInvalid))
        << alg;
  }
}

TEST(IdTokenTest, AChangedClaimIsNoticed) {
  const std::string good = Sign(Claims().Serialize(), Ec(), "ec");
  json::Value claims = Claims();
  claims.Set("sub", json::Value::String("repo:evil/pay"));
  const size_t first = good.find('.');
  const size_t last = good.rfind('.');
  EXPECT_THAT(Verify(absl::StrCat(good.substr(0, first + 1),
                                  Base64UrlEncode(claims.Serialize()),
                                  good.substr(last))),
              StatusIs(kInvalid, HasSubstr("signature")));
}

TEST(IdTokenTest, WhatIsForAnotherOrForOthersTooIsRefused) {
  EXPECT_THAT(WithClaim("aud", json::Value::String("sigstore")),
              StatusIs(kInvalid, HasSubstr("aud")));
  json::Value both = json::Value::Array();
  both.Append(json::Value::String("otrp"));
  OTRP_EXPECT_OK(WithClaim("aud", both));
  both.Append(json::Value::String("sigstore"));
  EXPECT_THAT(WithClaim("aud", both), StatusIs(kInvalid));
  EXPECT_THAT(WithoutClaim("aud"), StatusIs(kInvalid));
  EXPECT_THAT(WithClaim("iss", json::Value::String("https://ci.example/")),
              StatusIs(kInvalid, HasSubstr("iss")));
  EXPECT_THAT(WithoutClaim("iss"), StatusIs(kInvalid));
  EXPECT_THAT(WithClaim("iss", json::Value::String("https://ci\nexample")),
              StatusIs(kInvalid, HasSubstr("no URL")));
}

TEST(IdTokenTest, WhatIsOutOfItsTimeIsRefused) {
  const auto at = [](int64_t seconds) {
    return json::Value::Integer(kNow + seconds);
  };
  EXPECT_THAT(WithClaim("exp", at(-60)), StatusIs(kInvalid, HasSubstr("exp")));
  OTRP_EXPECT_OK(WithClaim("exp", at(-59)));
  EXPECT_THAT(WithClaim("exp", at(24 * 3600 + 1)), StatusIs(kInvalid));
  EXPECT_THAT(WithClaim("nbf", at(61)), StatusIs(kInvalid));
  OTRP_EXPECT_OK(WithClaim("nbf", at(60)));
  EXPECT_THAT(WithClaim("iat", at(61)), StatusIs(kInvalid));
  EXPECT_THAT(WithoutClaim("exp"), StatusIs(kInvalid));
  EXPECT_THAT(WithoutClaim("iat"), StatusIs(kInvalid));
  EXPECT_THAT(WithClaim("exp", json::Value::String("soon")),
              StatusIs(kInvalid));
  EXPECT_THAT(WithClaim("exp", json::Value::Number(1e300)), StatusIs(kInvalid));
}

TEST(IdTokenTest, OneOfAPersonsLoginIsRefused) {
  EXPECT_THAT(WithClaim("nonce", json::Value::String("x")),
              StatusIs(kInvalid, HasSubstr("nonce")));
  EXPECT_THAT(WithoutClaim("sub"), StatusIs(kInvalid, HasSubstr("sub")));
}

TEST(IdTokenTest, WhatIsNoCompactJwsIsRefused) {
  const std::string good = Sign(Claims().Serialize(), Ec(), "ec");
  for (const std::string& text :
       {std::string(), std::string("a.b"), good + ".x", good + "\"",
        std::string("..."), "\"}," + good}) {
    EXPECT_THAT(Verify(text), StatusIs(kInvalid)) << text;
  }
  EXPECT_THAT(Verify(Sign("[]", Ec(), "ec")), StatusIs(kInvalid));
}

TEST(IssuerKeysTest, KeysThatVerifyNothingArePassedOver) {
  OTRP_ASSERT_OK_AND_ASSIGN(const IssuerKeys keys, IssuerKeys::Parse(Jwks()));
  EXPECT_EQ(keys.size(), 2u);
  EXPECT_THAT(IssuerKeys::Parse(R"({"keys":[{"kty":"oct","k":"AA"}]})"),
              StatusIs(kInvalid));
  EXPECT_THAT(IssuerKeys::Parse(R"({"keys":[]})"), StatusIs(kInvalid));
  EXPECT_THAT(IssuerKeys::Parse("[]"), StatusIs(kInvalid));
  json::Value marked = jose::ToJwk(Rsa().public_key());
  marked.Set("alg", json::Value::String("PS256"));
  EXPECT_THAT(
      IssuerKeys::Parse(absl::StrCat(R"({"keys":[)", marked.Serialize(), "]}")),
      StatusIs(kInvalid));
}

TEST(PublisherTest, ASubjectFitsExactlyOrByItsBeginning) {
  EXPECT_TRUE(SubjectFits("repo:acme/pay", "repo:acme/pay"));
  EXPECT_FALSE(SubjectFits("repo:acme/pay", "repo:acme/payments"));
  EXPECT_TRUE(SubjectFits("repo:acme/pay:*", "repo:acme/pay:ref:x"));
  EXPECT_FALSE(SubjectFits("repo:acme/pay:*", "repo:acme/payments"));
  // A star elsewhere is itself.
  EXPECT_FALSE(SubjectFits("repo:*/pay", "repo:acme/pay"));
}

TEST(PublisherTest, EachWantedClaimMustBeThereWithItsValue) {
  EXPECT_TRUE(ClaimsFit({}, Claims()));
  EXPECT_TRUE(ClaimsFit(
      {{"environment", "release"}, {"run", "7"}, {"ref_protected", "true"}},
      Claims()));
  EXPECT_FALSE(ClaimsFit({{"environment", "Release"}}, Claims()));
  EXPECT_FALSE(ClaimsFit({{"environment", ""}}, Claims()));
  EXPECT_FALSE(ClaimsFit({{"missing", ""}}, Claims()));
  json::Value claims = Claims();
  claims.Set("list", json::Value::Array());
  EXPECT_FALSE(ClaimsFit({{"list", "[]"}}, claims));
}

}  // namespace
}  // namespace portal
}  // namespace otrp

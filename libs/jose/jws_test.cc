#include "libs/jose/jws.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/crypto/sign.h"

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

json::Value Text(absl::string_view text) { return json::Value::String(text); }

json::Value Signed(const crypto::PrivateKey& key,
                   const SignOptions& options = {}) {
  return *json::Parse(*SignFlattened("{\"a\":1}", key, options),
                      json::kStrangers);
}

// A JWS with any protected header, rightly signed by the EC key.
json::Value SignedWithHeader(absl::string_view header) {
  const std::string protected_b64 = Base64UrlEncode(header);
  const std::string payload_b64 = Base64UrlEncode("x");
  json::Value jws = json::Value::Object();
  jws.Set("payload", Text(payload_b64));
  jws.Set("protected", Text(protected_b64));
  jws.Set("signature", Text(Base64UrlEncode(*crypto::SignSha256(
                           Ec(), absl::StrCat(protected_b64, ".", payload_b64),
                           crypto::EcFormat::kP1363))));
  return jws;
}

absl::Status ParseAndVerify(const json::Value& jws,
                            const crypto::PrivateKey& key,
                            const AlgPolicy& policy = {}) {
  auto unverified = UnverifiedJws::Parse(jws);
  if (!unverified.ok()) return unverified.status();
  return Verify(*std::move(unverified), key.public_key(), policy).status();
}

TEST(JwsTest, VerifiesWhatItSigned) {
  for (const crypto::PrivateKey* key : {&Rsa(), &Ec()}) {
    SignOptions options;
    options.x5c = {"leaf", "root"};
    options.protected_members.Set("taid", Text("T1"));
    auto unverified = UnverifiedJws::Parse(Signed(*key, options));
    ASSERT_TRUE(unverified.ok()) << unverified.status();
    EXPECT_EQ(unverified->alg(), SigAlgForKey(key->type()));
    EXPECT_EQ(unverified->x5c(), options.x5c);
    auto verified = Verify(*std::move(unverified), key->public_key());
    ASSERT_TRUE(verified.ok()) << verified.status();
    EXPECT_EQ(verified->payload(), "{\"a\":1}");
    EXPECT_EQ(*verified->protected_header().GetString("taid"), "T1");
    EXPECT_EQ(std::move(*verified).TakePayload(), "{\"a\":1}");
  }
}

TEST(JwsTest, HasTheShapeOfTheDrafts) {
  SignOptions options;
  options.x5c = {"leaf"};
  const json::Value jws = Signed(Rsa(), options);
  ASSERT_EQ(jws.members().size(), 4u);
  EXPECT_EQ(*jws.GetString("payload"), Base64UrlEncode("{\"a\":1}"));
  EXPECT_EQ(*jws.GetString("protected"),
            Base64UrlEncode("{\"alg\":\"RS256\"}"));
  EXPECT_EQ(jws.Find("header")->Serialize(), "{\"x5c\":[\"bGVhZg==\"]}");
  EXPECT_EQ(Signed(Rsa()).Find("header"), nullptr);
}

TEST(JwsTest, PutsTheChainIntoTheProtectedHeaderWhereAskedTo) {
  SignOptions options;
  options.x5c = {"leaf"};
  options.x5c_protected = true;
  const auto jws = UnverifiedJws::Parse(Signed(Ec(), options));
  ASSERT_TRUE(jws.ok()) << jws.status();
  EXPECT_EQ(jws->x5c(), options.x5c);
  EXPECT_NE(jws->protected_header().Find("x5c"), nullptr);
  EXPECT_EQ(jws->header().Find("x5c"), nullptr);
}

TEST(JwsTest, TextValueAndAppendedTextAreTheSame) {
  // RSA signatures of this kind are deterministic.
  SignOptions options;
  options.x5c = {"leaf"};
  const std::string text = *SignFlattened("p", Rsa(), options);
  EXPECT_EQ(SignFlattenedValue("p", Rsa(), options)->Serialize(), text);
  std::string out = "{\"Name\":";
  ASSERT_TRUE(AppendSignFlattened("p", Rsa(), options, &out).ok());
  EXPECT_EQ(out, "{\"Name\":" + text);
}

TEST(JwsTest, AFailureToSignLeavesTheOutputAlone) {
  SignOptions options;
  options.protected_members.Set("alg", Text("none"));
  std::string out = "before";
  EXPECT_FALSE(AppendSignFlattened("p", Ec(), options, &out).ok());
  EXPECT_EQ(out, "before");
  EXPECT_FALSE(SignFlattenedValue("p", Ec(), options).ok());
}

TEST(JwsTest, SignsALargePayload) {
  const std::string payload(3 << 20, '\xfe');
  const auto jws = UnverifiedJws::ParseText(*SignFlattened(payload, Ec()));
  ASSERT_TRUE(jws.ok()) << jws.status();
  EXPECT_TRUE(CheckSignature(*jws, Ec().public_key()).ok());
  EXPECT_EQ(jws->payload(), payload);
}

TEST(JwsTest, RefusesWhateverWasChanged) {
  for (const char* member : {"payload", "protected", "signature"}) {
    json::Value jws = Signed(Ec());
    std::string value = jws.Find(member)->as_string();
    value[1] = value[1] == 'A' ? 'B' : 'A';
    jws.Set(member, json::Value::String(value));
    EXPECT_FALSE(ParseAndVerify(jws, Ec()).ok()) << member;
  }
}

TEST(JwsTest, AHeaderOfTooManyMembersIsRefusedBeforeTheyAreCompared) {
  json::Value jws = Signed(Ec());
  json::Value header = json::Value::Object();
  for (int i = 0; i < 32; ++i) header.Set(absl::StrCat("h", i), Text("x"));
  jws.Set("header", header);
  EXPECT_TRUE(UnverifiedJws::ParseText(jws.Serialize()).ok());
  header.Set("h32", Text("x"));
  jws.Set("header", std::move(header));
  const absl::Status refused =
      UnverifiedJws::ParseText(jws.Serialize()).status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused));
  EXPECT_TRUE(absl::StrContains(refused.message(), "more than 32 members"))
      << refused;
}

TEST(JwsTest, TheKeyAndThePolicyDecideTheAlg) {
  const json::Value rsa = Signed(Rsa());
  const json::Value ec = Signed(Ec());
  EXPECT_TRUE(ParseAndVerify(rsa, Rsa()).ok());
  EXPECT_FALSE(ParseAndVerify(rsa, Ec()).ok());
  EXPECT_FALSE(ParseAndVerify(ec, Rsa()).ok());
  AlgPolicy rsa_only;
  rsa_only.es256 = false;
  EXPECT_TRUE(ParseAndVerify(rsa, Rsa(), rsa_only).ok());
  EXPECT_FALSE(ParseAndVerify(ec, Ec(), rsa_only).ok());
  AlgPolicy ec_only;
  ec_only.rs256 = false;
  EXPECT_FALSE(ParseAndVerify(rsa, Rsa(), ec_only).ok());
}

TEST(JwsTest, TheKeyOfTheMessageItselfIsNotUsed) {
  const crypto::PrivateKey other =
      *crypto::PrivateKey::Generate(crypto::KeyType::kEcP256);
  SignOptions options;
  options.x5c = {other.public_key().ToSpki()};
  EXPECT_FALSE(ParseAndVerify(Signed(other, options), Ec()).ok());
}

TEST(JwsTest, RefusesHeadersThatItDoesNotUnderstand) {
  const json::Value right = SignedWithHeader("{\"alg\":\"ES256\"}");
  ASSERT_TRUE(ParseAndVerify(right, Ec()).ok()) << "the helper signs rightly";
  const struct {
    const char* header;
    const char* says;
  } cases[] = {
      {"{}", "alg"},
      {"{\"alg\":\"none\"}", "alg"},
      {"{\"alg\":\"None\"}", "alg"},
      {"{\"alg\":\"HS256\"}", "alg"},
      {"{\"alg\":\"PS256\"}", "alg"},
      {"{\"alg\":\"es256\"}", "alg"},
      {"{\"alg\":\"ES256\\u0020\"}", "alg"},
      {"{\"alg\":1}", "alg"},
      {"{\"alg\":[\"ES256\"]}", "alg"},
      {"{\"alg\":\"ES256\",\"alg\":\"ES256\"}", "protected"},
      {"{\"alg\":\"ES256\",\"crit\":[\"exp\"],\"exp\":1}", "crit"},
      {"{\"alg\":\"ES256\",\"crit\":[]}", "crit"},
      {"{\"alg\":\"ES256\",\"b64\":false}", "b64"},
      {"{\"alg\":\"ES256\",\"x5c\":[]}", "x5c"},
      {"{\"alg\":\"ES256\",\"x5c\":\"AQ==\"}", "x5c"},
      {"{\"alg\":\"ES256\",\"x5c\":[1]}", "x5c"},
      {"{\"alg\":\"ES256\",\"x5c\":[\"AQ\",\"AQI\",\"AQID\"]}", nullptr},
      {"{\"alg\":\"ES256\",\"x5c\":[\"AQIDB\"]}", "x5c"},
      {"{\"alg\":\"ES256\",\"x5c\":[\"AQ=\"]}", "x5c"},
      {"{\"alg\":\"ES256\",\"x5c\":[\"AQ===\"]}", "x5c"},
      {"{\"alg\":\"ES256\",\"x5c\":[\"-_8=\"]}", "x5c"},
      {"{\"alg\":\"ES256\",\"x5c\":[\"AQ==\",\"AQ==\",\"AQ==\",\"AQ==\","
       "\"AQ==\",\"AQ==\",\"AQ==\",\"AQ==\",\"AQ==\"]}",
       "x5c"},
      {"{\"alg\":\"ES256\"} ", nullptr},
      {"{\"alg\":\"ES256\"}x", "protected"},
      {"[\"ES256\"]", "protected"},
      {"", "alg"},
  };
  for (const auto& c : cases) {
    const absl::Status status =
        ParseAndVerify(SignedWithHeader(c.header), Ec());
    if (c.says == nullptr) {
      EXPECT_TRUE(status.ok()) << c.header << status;
      continue;
    }
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.header;
    EXPECT_TRUE(absl::StrContains(status.message(), c.says))
        << c.header << ": " << status;
  }
}

TEST(JwsTest, AnUnprotectedAlgIsNotTaken) {
  json::Value jws = SignedWithHeader("{\"alg\":\"ES256\"}");
  json::Value header = json::Value::Object();
  header.Set("alg", Text("ES256"));
  jws.Set("header", header);
  EXPECT_FALSE(UnverifiedJws::Parse(jws).ok()) << "twice";
  jws.Set("protected", Text(Base64UrlEncode("{\"kid\":\"1\"}")));
  EXPECT_FALSE(UnverifiedJws::Parse(jws).ok()) << "only unprotected";
}

TEST(JwsTest, RefusesOtherShapes) {
  const json::Value good = Signed(Ec());
  for (const char* member : {"payload", "protected", "signature"}) {
    json::Value jws = good;
    jws.Remove(member);
    EXPECT_FALSE(UnverifiedJws::Parse(jws).ok()) << "without " << member;
    jws.Set(member, json::Value::Integer(1));
    EXPECT_FALSE(UnverifiedJws::Parse(jws).ok()) << member << " a number";
    for (const char* bad : {"=", "AQ==", "A", "A B", "AB", "+/"}) {
      jws.Set(member, Text(bad));
      EXPECT_FALSE(UnverifiedJws::Parse(jws).ok()) << member << " " << bad;
    }
  }
  json::Value general = good;
  general.Set("signatures", json::Value::Array());
  EXPECT_FALSE(UnverifiedJws::Parse(general).ok());
  json::Value header = good;
  header.Set("header", Text("{}"));
  EXPECT_FALSE(UnverifiedJws::Parse(header).ok());
  EXPECT_FALSE(UnverifiedJws::Parse(json::Value::Array()).ok());
  EXPECT_FALSE(UnverifiedJws::ParseText("a.b.c").ok());
  json::Value extra = good;
  extra.Set("comment", Text("ignored"));
  EXPECT_TRUE(ParseAndVerify(extra, Ec()).ok()) << "RFC 7515 7.2.1";
}

}  // namespace
}  // namespace jose
}  // namespace otrp

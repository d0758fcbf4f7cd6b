#include "libs/protocol/dsi.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/crypto/hash.h"
#include "libs/jose/jwk.h"
#include "libs/json/json.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace protocol {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

const crypto::PublicKey& EcKey() {
  static const auto* const kKey = new crypto::PublicKey(
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256)
          .value()
          .public_key());
  return *kKey;
}

const crypto::PublicKey& RsaKey() {
  static const auto* const kKey = new crypto::PublicKey(
      crypto::PrivateKey::Generate(crypto::KeyType::kRsa).value().public_key());
  return *kKey;
}

// "CERT" and friends are base64 as they stand.
std::string Good() {
  return absl::StrReplaceAll(
      R"({"dsi":{"tfwdata":{"tbs":"dGlk","cert":"VEZX","sigalg":"RS256",)"
      R"("sig":"U0lH"},"tee":{"name":"Primary TEE","ver":"1.2",)"
      R"("cert":"VEVF","cacert":["Q0Ex","Q0Ey"],"sdlist":{"cnt":"1","sd":[)"
      R"({"name":"bank.sd","spid":"bank","talist":[{"taid":"wallet",)"
      R"("taname":"Wallet"},{"taid":"card"}]}]},"teeaiklist":[)"
      R"({"spaik":"@KEY@","spaiktype":"ECC","spid":"bank"}]},)"
      R"("requestedtalist":[{"taid":"till"}]}})",
      {{"@KEY@", Base64Encode(EcKey().ToSpki())}});
}

TEST(ParseDsiTest, ReadsEverything) {
  OTRP_ASSERT_OK_AND_ASSIGN(Dsi dsi, ParseDsi(Good()));
  ASSERT_TRUE(dsi.firmware.has_value());
  EXPECT_EQ(dsi.firmware->tbs, "tid");
  EXPECT_EQ(dsi.firmware->certificate, "TFW");
  EXPECT_EQ(dsi.firmware->sigalg, "RS256");
  EXPECT_EQ(dsi.firmware->signature, "SIG");
  EXPECT_EQ(dsi.tee_name, "Primary TEE");
  EXPECT_EQ(dsi.tee_version, "1.2");
  EXPECT_EQ(dsi.tee_certificate, "TEE");
  EXPECT_THAT(dsi.tee_ca_certificates, ElementsAre("CA1", "CA2"));
  ASSERT_EQ(dsi.sds.size(), 1u);
  EXPECT_EQ(dsi.sds[0].name, "bank.sd");
  ASSERT_EQ(dsi.sds[0].tas.size(), 2u);
  EXPECT_EQ(dsi.sds[0].tas[0].taname, "Wallet");
  EXPECT_EQ(dsi.sds[0].tas[1].taid, "card");
  ASSERT_NE(dsi.FindAik("bank"), nullptr);
  EXPECT_EQ(*dsi.FindAik("bank"), EcKey());
  EXPECT_EQ(dsi.FindAik("shop"), nullptr);
}

// A device gets all that it may have; a wish adds nothing to that.
TEST(ParseDsiTest, AWishListIsIgnoredWhateverItHolds) {
  for (const char* wish : {R"("till")", "null", R"([{"taid":7}])"}) {
    EXPECT_THAT(
        ParseDsi(absl::StrReplaceAll(Good(), {{R"([{"taid":"till"}])", wish}})),
        IsOk())
        << wish;
  }
}

TEST(ParseDsiTest, TakesWhatTheDraftsLeaveOpen) {
  struct Case {
    const char* from;
    const char* to;
  };
  const Case cases[] = {
      {R"("cnt":"1")", R"("cnt":1)"},
      {R"("cnt":"1",)", ""},
      {R"("cnt":"1")", R"("cnt":"7")"},
      {R"(["Q0Ex","Q0Ey"])", R"("Q0Ex")"},
      {R"(["Q0Ex","Q0Ey"])", R"("")"},
      {R"(["Q0Ex","Q0Ey"])", "[]"},
      {R"("cacert":["Q0Ex","Q0Ey"],)", ""},
      {R"("tbs":"dGlk",)", ""},
      {R"("taname":"Wallet")", R"("unknown":{"a":[1]})"},
      {R"("name":"Primary TEE",)", R"("name":"Primary TEE","x":null,)"},
      // As Go, Java and C# write an empty list.
      {R"("cacert":[)", R"("cacert":null,"x":[)"},
      {R"("sdlist":{)", R"("sdlist":null,"x":{)"},
      {R"("sd":[)", R"("sd":null,"x":[)"},
      {R"("talist":[)", R"("talist":null,"x":[)"},
      {R"("teeaiklist":[)", R"("teeaiklist":null,"x":[)"},
  };
  for (const Case& c : cases) {
    const std::string text = absl::StrReplaceAll(Good(), {{c.from, c.to}});
    ASSERT_NE(text, Good()) << c.from;
    EXPECT_THAT(ParseDsi(text), IsOk()) << c.from << " -> " << c.to;
  }
}

TEST(ParseDsiTest, NamesTheMemberThatIsWrong) {
  struct Case {
    const char* from;
    const char* to;
    const char* names;
  };
  const Case cases[] = {
      {R"("name":"Primary TEE",)", "", "\"name\""},
      {R"("name":"Primary TEE")", R"("name":1)", "\"name\""},
      {R"("name":"Primary TEE")", R"("name":"")", "\"name\""},
      {R"("ver":"1.2",)", "", "\"ver\""},
      {R"("cert":"VEVF")", R"("cert":"%%%")", "\"cert\""},
      {R"("cert":"VEVF")", R"("cert":null)", "\"cert\""},
      {R"("cert":"VEVF",)", "", "\"cert\""},
      {R"(["Q0Ex","Q0Ey"])", R"([1])", "\"cacert\""},
      {R"(["Q0Ex","Q0Ey"])", R"({})", "\"cacert\""},
      {R"("cnt":"1")", R"("cnt":"x")", "\"cnt\""},
      {R"("cnt":"1")", R"("cnt":-1)", "\"cnt\""},
      {R"({"taid":"card"})", R"({})", "\"taid\""},
      {R"({"taid":"card"})", R"("card")", "\"talist\""},
      {R"("spid":"bank","talist")", R"("talist")", "\"spid\""},
      {R"("sigalg":"RS256",)", "", "\"sigalg\""},
      {R"("sig":"U0lH")", R"("sig":7)", "\"sig\""},
      {R"("spaiktype":"ECC","spid":"bank")", R"("spaiktype":"ECC")",
       "\"spid\""},
  };
  for (const Case& c : cases) {
    const std::string text = absl::StrReplaceAll(Good(), {{c.from, c.to}});
    ASSERT_NE(text, Good()) << c.from;
    EXPECT_THAT(ParseDsi(text), StatusIs(kInvalid, HasSubstr(c.names)))
        << c.from << " -> " << c.to;
  }
  for (const char* text : {"", "[]", "{}", R"({"dsi":[]})", R"({"dsi":{}})",
                           R"({"dsi":{"tee":1}})"}) {
    EXPECT_THAT(ParseDsi(text), StatusIs(kInvalid)) << text;
  }
}

// `count` copies of `item`, each with its number in place of "#".
std::string List(absl::string_view item, int count) {
  std::string list;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&list, i == 0 ? "" : ",",
                    absl::StrReplaceAll(item, {{"#", absl::StrCat(i)}}));
  }
  return list;
}

TEST(ParseDsiTest, MoreThanATeeCanHoldIsRefusedByName) {
  const std::string sd = R"({"name":"bank.sd","spid":"bank","talist":[)"
                         R"({"taid":"wallet","taname":"Wallet"},)"
                         R"({"taid":"card"}]})";
  struct Case {
    std::string from;
    std::string item;
    int most;
    const char* names;
  };
  const Case cases[] = {
      {sd, R"({"name":"sd#","spid":"bank"})", 256, "\"sd\""},
      {R"({"taid":"card"})", R"({"taid":"ta#"})", 1023, "\"talist\""},
      {absl::StrCat(R"({"spaik":")", Base64Encode(EcKey().ToSpki()),
                    R"(","spaiktype":"ECC","spid":"bank"})"),
       R"({"spaik":"AAAA","spid":"sp#"})", 256, "\"teeaiklist\""},
  };
  for (const Case& c : cases) {
    const auto with = [&](int count) {
      return absl::StrReplaceAll(Good(), {{c.from, List(c.item, count)}});
    };
    EXPECT_THAT(ParseDsi(with(c.most)), IsOk()) << c.names;
    EXPECT_THAT(ParseDsi(with(c.most + 1)),
                StatusIs(kInvalid, HasSubstr(c.names)));
  }
}

TEST(ParseDsiTest, NamesAreShortAndHaveNoControlCharacters) {
  for (const char* name : {"bank.sd", "wallet", "Wallet"}) {
    const auto with = [&](const std::string& other) {
      return absl::StrReplaceAll(Good(), {{absl::StrCat("\"", name, "\""),
                                           absl::StrCat("\"", other, "\"")}});
    };
    EXPECT_THAT(ParseDsi(with(std::string(256, 'n'))), IsOk()) << name;
    EXPECT_THAT(ParseDsi(with("Gerät")), IsOk()) << name;
    for (const std::string& bad :
         {std::string(257, 'n'), std::string(R"(a\u0007b)"),
          std::string(R"(a\nb)"), std::string(R"(\u007f)")}) {
      EXPECT_THAT(ParseDsi(with(bad)), StatusIs(kInvalid)) << name << bad;
    }
  }
}

TEST(ParseDsiTest, ASignatureMethodMayStandThereInBase64) {
  for (const char* written : {R"("UlMyNTY=")", R"("UlMyNTY")"}) {
    OTRP_ASSERT_OK_AND_ASSIGN(Dsi dsi, ParseDsi(absl::StrReplaceAll(
                                           Good(), {{R"("RS256")", written}})));
    EXPECT_EQ(dsi.firmware->sigalg, "RS256");
  }
}

TEST(ParseDsiTest, OneSpsBadKeyLeavesTheOthersAlone) {
  const std::string text = absl::StrReplaceAll(
      Good(), {{R"("teeaiklist":[)",
                R"("teeaiklist":[{"spaik":"AAAA","spid":"shop"},)"}});
  OTRP_ASSERT_OK_AND_ASSIGN(Dsi dsi, ParseDsi(text));
  EXPECT_NE(dsi.FindAik("bank"), nullptr);
  EXPECT_EQ(dsi.FindAik("shop"), nullptr);
  EXPECT_NE(dsi.FindUnusableAik("shop"), nullptr);
  EXPECT_EQ(dsi.FindUnusableAik("bank"), nullptr);
}

// The vendor of a TEE reads it in an operator's mail: where, and what.
TEST(ParseDsiTest, SaysThePathAndTheKindOfWhatIsWrong) {
  struct Case {
    const char* from;
    const char* to;
    const char* says;
  };
  const Case cases[] = {
      {R"("teeaiklist":[)", R"("teeaiklist":"","x":[)",
       R"(dsi.tee: member "teeaiklist" must be an array, not a string)"},
      {R"("ver":"1.2")", R"("ver":null)",
       R"(dsi.tee: member "ver" must be a string, not null)"},
      {R"("teeaiklist":[)", R"("teeaiklist":[{},)",
       R"(dsi.tee.teeaiklist[0]: member "spid" is missing)"},
      {R"("sdlist":{)", R"("sdlist":[],"x":{)",
       R"(dsi.tee: member "sdlist" must be an object, not an array)"},
      {R"("sd":[)", R"("sd":{},"x":[)",
       R"(dsi.tee.sdlist: member "sd" must be an array, not an object)"},
      {R"("sd":[)", R"("sd":[7,)",
       R"(dsi.tee.sdlist: member "sd" must hold objects, not a number at [0])"},
      {R"({"taid":"card"})", R"({"taid":true})",
       R"(dsi.tee.sdlist.sd[0].talist[1]: member "taid" must be a string, )"
       R"(not a boolean)"},
      {R"("cert":"VEVF")", R"("cert":{})",
       R"(dsi.tee: member "cert" must be a string, not an object)"},
      {R"(["Q0Ex","Q0Ey"])", R"(["Q0Ex","%"])",
       R"(dsi.tee: member "cacert" must hold base64, which [1] isn't)"},
      {R"("cert":"VEZX")", R"("cert":"a text")",
       R"(dsi.tfwdata: member "cert" must be base64)"},
  };
  for (const Case& c : cases) {
    const std::string text = absl::StrReplaceAll(Good(), {{c.from, c.to}});
    EXPECT_EQ(ParseDsi(text).status().message(), c.says);
  }
}

TEST(ParseDsiTest, TheTeeIsReadWhereTheRestIsNot) {
  const std::string text = absl::StrReplaceAll(
      Good(), {{R"("teeaiklist":[)", R"("teeaiklist":[1,)"}});
  EXPECT_THAT(ParseDsi(text), StatusIs(kInvalid));
  OTRP_ASSERT_OK_AND_ASSIGN(const Dsi dsi, ParseTeeOfDsi(text));
  EXPECT_EQ(dsi.tee_name, "Primary TEE");
  EXPECT_EQ(dsi.tee_certificate, "TEE");
  EXPECT_THAT(dsi.tee_ca_certificates, ElementsAre("CA1", "CA2"));
  EXPECT_TRUE(dsi.sds.empty());
}

TEST(ParseAikTest, TakesEveryFormOfAKey) {
  for (const crypto::PublicKey* key : {&EcKey(), &RsaKey()}) {
    const json::Value jwk = jose::ToJwk(*key);
    for (const json::Value& form :
         {json::Value::String(Base64Encode(key->ToSpki())),
          json::Value::String(Base64UrlEncode(key->ToSpki())), jwk,
          json::Value::String(jwk.Serialize())}) {
      OTRP_ASSERT_OK_AND_ASSIGN(crypto::PublicKey read, ParseAik(form));
      EXPECT_EQ(read, *key);
    }
  }
  // RSAPublicKey is what the SPKI's bit string holds: behind 24 octets for a
  // key of 2048 bits.
  const std::string pkcs1 = RsaKey().ToSpki().substr(24);
  OTRP_ASSERT_OK_AND_ASSIGN(crypto::PublicKey read,
                            ParseAik(json::Value::String(Base64Encode(pkcs1))));
  EXPECT_EQ(read, RsaKey());
}

TEST(ParseAikTest, SaysWhyAKeyCannotBeUsed) {
  const crypto::EcCoordinates good = EcKey().ec_coordinates();
  const auto jwk = [](const std::string& x, const std::string& y) {
    return json::Value::String(
        absl::StrCat(R"({"kty":"EC","crv":"P-256","x":")", Base64UrlEncode(x),
                     R"(","y":")", Base64UrlEncode(y), "\"}"));
  };
  std::string off_curve = EcKey().ToSpki();
  off_curve.back() = static_cast<char>(off_curve.back() ^ 1);
  json::Value weak = jose::ToJwk(RsaKey());
  weak.Set("n", json::Value::String(
                    Base64UrlEncode("\xc1" + std::string(126, 'n') + "\x01")));
  struct Case {
    json::Value value;
    const char* says;
  };
  const Case cases[] = {
      {jwk(good.x.substr(1), good.y), "a coordinate of P-256 has 32 octets"},
      {jwk(good.y, good.x), "the point is not on the curve"},
      {json::Value::String(Base64Encode(off_curve)),
       "the point is not on the curve"},
      {weak, "1024"},
      {json::Value::String("AAAA"), "must be a SubjectPublicKeyInfo"},
      {json::Value::Null(), "must be base64 or a JWK object"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(ParseAik(c.value), StatusIs(kInvalid, HasSubstr(c.says)));
  }
}

TEST(ParseAikTest, RefusesWhatIsNoKey) {
  for (const json::Value& value :
       {json::Value::Null(), json::Value::Integer(1), json::Value::String(""),
        json::Value::String("AAAA"), json::Value::String("{}"),
        json::Value::Object(), json::Value::Array(),
        json::Value::String(std::string(100000, 'A'))}) {
    EXPECT_THAT(ParseAik(value), StatusIs(kInvalid));
  }
}

TEST(DsiHashTest, IsOverTheExactOctets) {
  EXPECT_EQ(DsiHash("{\"dsi\":{}}"), crypto::Sha256("{\"dsi\":{}}"));
  // Blanks and order are the TEE's and stay.
  const std::string value = "{ \"tee\" : {\"b\":1,\n\"a\":2 } }";
  OTRP_ASSERT_OK_AND_ASSIGN(
      std::string octets,
      DsiOctetsOfContent(
          absl::StrCat("{\"did\":\"x\", \"dsi\" :  ", value, "  ,\"z\":0}")));
  EXPECT_EQ(octets, absl::StrCat("{\"dsi\":", value, "}"));
}

TEST(DsiHashTest, AMemberOfTheSameNameDeeperDownIsAnother) {
  OTRP_ASSERT_OK_AND_ASSIGN(
      std::string octets,
      DsiOctetsOfContent(R"({"a":{"dsi":1},"b":"\"dsi\":2","dsi":{"c":3}})"));
  EXPECT_EQ(octets, R"({"dsi":{"c":3}})");
  EXPECT_FALSE(DsiOctetsOfContent(R"({"a":{"dsi":1}})").ok());
}

}  // namespace
}  // namespace protocol
}  // namespace otrp

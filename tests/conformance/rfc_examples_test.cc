// The examples in the appendices of RFC 7515 and RFC 7516: what is ours works,
// what isn't is refused. (RFC 7518's are in libs/crypto: appendix B in
// aead_test.cc, appendix C in kem_test.cc.)

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/jose/jwe.h"
#include "libs/jose/jwk.h"
#include "libs/jose/jws.h"
#include "libs/json/json.h"

namespace otrp {
namespace {

using json::Value;

// --- RFC 7515

// {"iss":"joe",CRLF "exp":1300819380,CRLF "http://example.com/is_root":true}
constexpr char kPayload[] =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
// A.2.1
constexpr char kA2Modulus[] =
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4"
    "qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2j"
    "Z47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7W"
    "TBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK"
    "-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
constexpr char kA2Signature[] =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm"
    "4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--"
    "f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383Lc"
    "OLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUi"
    "pUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
// A.3.1
constexpr char kA3X[] = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
constexpr char kA3Y[] = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
constexpr char kA3Signature[] =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA"
    "pmWQxfKTUJqPP3-Kg6NU1Q";

// --- RFC 7516 A.2: the key, and the key that it unwraps.
constexpr char kModulus[] =
    "sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1WlUzewbgBHod5p"
    "cM9H95GQRV3JDXboIRROSBigeC5yjU1hGzHHyXss8UDprecbAYxknTcQkhslANGRUZmdTO"
    "Q5qTRsLAt6BTYuyvVRdhS8exSZEy_c4gs_7svlJJQ4H9_NxsiIoLwAEk7-Q3UXERGYw_75"
    "IDrGA84-lA_-Ct4eTlXHBIY2EaV7t7LjJaynVJCpkv4LKjTTAumiGUIuQhrNhZLuF_RJLq"
    "HpM2kgWFLU7-VTdL1VbC2tejvcI2BlMkEpk1BzBZI0KQB0GaDWFLN-aEAw3vRw";
constexpr char kD[] =
    "VFCWOqXr8nvZNyaaJLXdnNPXZKRaWCjkU5Q2egQQpTBMwhprMzWzpR8Sxq1OPThh_J6MUD"
    "8Z35wky9b8eEO0pwNS8xlh1lOFRRBoNqDIKVOku0aZb-rynq8cxjDTLZQ6Fz7jSjR1Klop"
    "-YKaUHc9GsEofQqYruPhzSA-QgajZGPbE_0ZaVDJHfyd7UUBUKunFMScbflYAAOYJqVIVw"
    "aYR5zWEEceUjNnTNo_CVSj-VvXLO5VZfCUAVLgW4dpf1SrtZjSt34YLsRarSb127reG_DU"
    "wg9Ch-KyvjT1SkHgUWRVGcyly7uvVGRSDwsXypdrNinPA4jlhoNdizK2zF2CWQ";
constexpr char kP[] =
    "9gY2w6I6S6L0juEKsbeDAwpd9WMfgqFoeA9vEyEUuk4kLwBKcoe1x4HG68ik918hdDSE9v"
    "DQSccA3xXHOAFOPJ8R9EeIAbTi1VwBYnbTp87X-xcPWlEPkrdoUKW60tgs1aNd_Nnc9LEV"
    "VPMS390zbFxt8TN_biaBgelNgbC95sM";
constexpr char kQ[] =
    "uKlCKvKv_ZJMVcdIs5vVSU_6cPtYI1ljWytExV_skstvRSNi9r66jdd9-yBhVfuG4shsp2"
    "j7rGnIio901RBeHo6TPKWVVykPu1iYhQXw1jIABfw-MVsN-3bQ76WLdt2SDxsHs7q7zPyU"
    "yHXmps7ycZ5c72wGkUwNOjYelmkiNS0";
constexpr char kDp[] =
    "w0kZbV63cVRvVX6yk3C8cMxo2qCM4Y8nsq1lmMSYhG4EcL6FWbX5h9yuvngs4iLEFk6eAL"
    "oUS4vIWEwcL4txw9LsWH_zKI-hwoReoP77cOdSL4AVcraHawlkpyd2TWjE5evgbhWtOxnZ"
    "ee3cXJBkAi64Ik6jZxbvk-RR3pEhnCs";
constexpr char kDq[] =
    "o_8V14SezckO6CNLKs_btPdFiO9_kC1DsuUTd2LAfIIVeMZ7jn1Gus_Ff7B7IVx3p5KuBG"
    "OVF8L-qifLb6nQnLysgHDh132NDioZkhH7mI7hPG-PYE_odApKdnqECHWw0J-F0JWnUd6D"
    "2B_1TvF9mXA2Qx-iGYn8OVV1Bsmp6qU";
constexpr char kQi[] =
    "eNho5yRBEBxhGBtQRww9QirZsB66TrfFReG_CcteI1aCneT0ELGhYlRlCtUkTRclIfuEPm"
    "NsNDPbLoLqqCVznFbvdB7x-Tl-m0l_eFTj2KiqwGqE9PZB9nNTwMVvH3VRRSLWACvPnSiw"
    "P8N5Usy-WRXS-V7TbpxIhvepTfE0NNo";
constexpr char kEncryptedKey[] =
    "UGhIOguC7IuEvf_NPVaXsGMoLOmwvc1GyqlIKOK1nN94nHPoltGRhWhw7Zx0-kFm1NJn8L"
    "E9XShH59_i8J0PH5ZZyNfGy2xGdULU7sHNF6Gp2vPLgNZ__deLKxGHZ7PcHALUzoOegEI-"
    "8E66jX2E4zyJKx-YxzZIItRzC5hlRirb6Y5Cl_p-ko3YvkkysZIFNPccxRU7qve1WYPxqb"
    "b2Yw8kZqa2rMWI5ng8OtvzlV7elprCbuPhcCdZ6XDP0_F8rkXds2vE4X-ncOIM8hAYHHi2"
    "9NX0mcKiRaD0-D-ljQTP-cFPgwCp6X-nZZd9OHBv-B3oWh2TbqmScqXMR4gp_A";
constexpr char kIv[] = "AxY8DCtDaGlsbGljb3RoZQ";
constexpr char kCiphertext[] = "KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY";
constexpr char kPlaintext[] = "Live long and prosper.";

Value ObjectOf(
    std::initializer_list<std::pair<absl::string_view, const char*>> members) {
  Value object = Value::Object();
  for (const auto& [name, text] : members) {
    object.Set(name, Value::String(text));
  }
  return object;
}

std::string Header(absl::string_view text) { return Base64UrlEncode(text); }

Value Jws(absl::string_view header, const char* signature) {
  return ObjectOf({{"protected", Header(header).c_str()},
                   {"payload", kPayload},
                   {"signature", signature}});
}

crypto::PublicKey RsaKey() {
  return *jose::FromJwk(
      ObjectOf({{"kty", "RSA"}, {"n", kA2Modulus}, {"e", "AQAB"}}));
}

crypto::PublicKey EcKey() {
  return *jose::FromJwk(
      ObjectOf({{"kty", "EC"}, {"crv", "P-256"}, {"x", kA3X}, {"y", kA3Y}}));
}

bool Verifies(const Value& jws, const crypto::PublicKey& key) {
  auto parsed = jose::UnverifiedJws::Parse(jws);
  if (!parsed.ok()) return false;
  const auto verified = jose::Verify(*std::move(parsed), key);
  return verified.ok() &&
         verified->payload() == Base64UrlDecode(kPayload).value();
}

TEST(Rfc7515Test, VerifiesA2Rs256) {
  const Value jws = Jws("{\"alg\":\"RS256\"}", kA2Signature);
  EXPECT_TRUE(Verifies(jws, RsaKey()));
  EXPECT_FALSE(Verifies(jws, EcKey()));
}

TEST(Rfc7515Test, VerifiesA3Es256AndA7WithItsHeader) {
  Value jws = Jws("{\"alg\":\"ES256\"}", kA3Signature);
  EXPECT_TRUE(Verifies(jws, EcKey()));
  EXPECT_FALSE(Verifies(jws, RsaKey()));
  jws.Set("header",
          ObjectOf({{"kid", "e9bc097a-ce51-4036-9562-d2ade882db0d"}}));
  EXPECT_TRUE(Verifies(jws, EcKey()));
}

// A.1, A.4 and A.5; the signatures don't matter, the names do.
TEST(Rfc7515Test, RefusesWhatIsNotOurs) {
  for (const char* header : {"{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}",
                             "{\"alg\":\"ES512\"}", "{\"alg\":\"none\"}"}) {
    for (const char* signature : {kA2Signature, kA3Signature, ""}) {
      EXPECT_FALSE(Verifies(Jws(header, signature), RsaKey())) << header;
      EXPECT_FALSE(Verifies(Jws(header, signature), EcKey())) << header;
    }
  }
}

TEST(Rfc7515Test, RefusesTheGeneralFormOfA6) {
  Value rsa = ObjectOf(
      {{"protected", "eyJhbGciOiJSUzI1NiJ9"}, {"signature", kA2Signature}});
  Value ec = ObjectOf(
      {{"protected", "eyJhbGciOiJFUzI1NiJ9"}, {"signature", kA3Signature}});
  Value jws = ObjectOf({{"payload", kPayload}});
  jws.Set("signatures", Value::Array({std::move(rsa), std::move(ec)}));
  EXPECT_FALSE(jose::UnverifiedJws::Parse(jws).ok());
}

crypto::PrivateKey DecryptionKey() {
  return *jose::PrivateKeyFromJwk(ObjectOf({{"kty", "RSA"},
                                            {"n", kModulus},
                                            {"e", "AQAB"},
                                            {"d", kD},
                                            {"p", kP},
                                            {"q", kQ},
                                            {"dp", kDp},
                                            {"dq", kDq},
                                            {"qi", kQi}}));
}

absl::StatusOr<std::string> Decrypted(const Value& jwe) {
  const auto parsed = jose::UnverifiedJwe::Parse(jwe);
  if (!parsed.ok()) return parsed.status();
  return jose::Decrypt(*parsed, DecryptionKey());
}

TEST(Rfc7516Test, DecryptsA2) {
  const auto jwe = [](const char* tag) {
    return ObjectOf(
        {{"protected",
          Header("{\"alg\":\"RSA1_5\",\"enc\":\"A128CBC-HS256\"}").c_str()},
         {"encrypted_key", kEncryptedKey},
         {"iv", kIv},
         {"ciphertext", kCiphertext},
         {"tag", tag}});
  };
  const auto plaintext = Decrypted(jwe("9hH0vgRfYgPnAHOd8stkvw"));
  ASSERT_TRUE(plaintext.ok()) << plaintext.status();
  EXPECT_EQ(*plaintext, kPlaintext);
  EXPECT_FALSE(Decrypted(jwe("9hH0vgRfYgPnAHOd8stkvg")).ok());
}

// A.4 has two recipients and a header that nobody protects. Its first
// recipient alone is what our peers send.
TEST(Rfc7516Test, DecryptsTheFirstRecipientOfA4Alone) {
  Value first = Value::Object();
  first.Set("header", ObjectOf({{"alg", "RSA1_5"}, {"kid", "2011-04-29"}}));
  first.Set("encrypted_key", Value::String(kEncryptedKey));
  Value second = Value::Object();
  second.Set("header", ObjectOf({{"alg", "A128KW"}, {"kid", "7"}}));
  second.Set("encrypted_key",
             Value::String("6KB707dM9YTIgHtLvtgWQ8mKwboJW3of9locizkDTHzBC2Ilr"
                           "T1oOQ"));
  const auto jwe = [](std::vector<Value> recipients) {
    Value value = ObjectOf({{"protected", "eyJlbmMiOiJBMTI4Q0JDLUhTMjU2In0"},
                            {"iv", kIv},
                            {"ciphertext", kCiphertext},
                            {"tag", "Mz-VPPyU4RlcuYv1IwIvzw"}});
    value.Set("recipients", Value::Array(std::move(recipients)));
    return value;
  };
  const auto plaintext = Decrypted(jwe({first}));
  ASSERT_TRUE(plaintext.ok()) << plaintext.status();
  EXPECT_EQ(*plaintext, kPlaintext);
  EXPECT_FALSE(Decrypted(jwe({second})).ok()) << "A128KW isn't ours";
  EXPECT_FALSE(Decrypted(jwe({first, second})).ok()) << "more than one";
}

}  // namespace
}  // namespace otrp

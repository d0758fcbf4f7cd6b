// The verifier's schemes against public tokens and claims: the examples of
// RFC 9711 and RFC 9783, TF-M's tokens, and those of the Veraison projects.

#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/cbor/cbor.h"
#include "libs/crypto/pem.h"
#include "libs/jose/jwk.h"
#include "libs/json/json.h"
#include "services/attestation_verifier/domain/corim.h"
#include "services/attestation_verifier/schemes/eat_claims.h"
#include "services/attestation_verifier/schemes/eat_cwt/eat_cwt.h"
#include "services/attestation_verifier/schemes/eat_jwt/eat_jwt.h"
#include "services/attestation_verifier/schemes/psa/psa.h"
#include "tests/support/cbor_diag.h"
#include "tests/support/vectors.h"

namespace otrp {
namespace {

using testing::Conformance;
using testing::Outcome;
using verifier::schemes::EatClaims;
using verifier::schemes::EatCwt;
using verifier::schemes::EatJwt;
using verifier::schemes::Psa;

constexpr char kRoot[] = "attestation/";

std::string File(absl::string_view path) {
  const auto text = testing::ReadVectorFile(absl::StrCat(kRoot, path));
  EXPECT_TRUE(text.ok()) << text.status();
  return text.ok() ? *text : "";
}

const json::Value& Index() {
  static const auto* const index = new json::Value(
      testing::ReadVectors(absl::StrCat(kRoot, "index.json")).value());
  return *index;
}

// "valid", "invalid"; "acceptable" for what the index doesn't decide.
std::string Word(absl::string_view expected) {
  if (absl::StartsWith(expected, "accept")) return "valid";
  if (absl::StartsWith(expected, "reject")) return "invalid";
  return "acceptable";
}
std::string Expected(absl::string_view path) {
  return Word(Index().Find(path)->Find("expected")->as_string());
}

Outcome OutcomeOf(const absl::Status& status) {
  return status.ok() ? Outcome::kAccepted : Outcome::kRefused;
}

// Files of the index below a folder.
std::vector<std::string> Below(absl::string_view folder,
                               absl::string_view ending) {
  std::vector<std::string> paths;
  for (const auto& [path, entry] : Index().members()) {
    if (absl::StartsWith(path, folder) && absl::EndsWith(path, ending)) {
      paths.push_back(path);
    }
  }
  return paths;
}

absl::Status ReadPsa(const std::string& octets) {
  const absl::StatusOr<cbor::Value> claims = cbor::Parse(octets);
  if (!claims.ok()) return claims.status();
  if (!claims->is_map()) return absl::InvalidArgumentError("no map");
  return Psa::ReadClaims(*claims).status();
}

TEST(AttestationVectorsTest, PsaClaimsInCbor) {
  OTRP_REQUIRE_VECTORS();
  Conformance results("attestation/psa/cbor");
  for (const std::string& path : Below("psa/cbor/", ".cbor")) {
    results.Record(path, Expected(path), OutcomeOf(ReadPsa(File(path))));
  }
  for (const std::string& path : Below("psa/cbor/", ".diag")) {
    results.Record(path, Expected(path),
                   OutcomeOf(ReadPsa(testing::CborOf(File(path)))));
  }
  results.Finish();
}

TEST(AttestationVectorsTest, PsaClaimsOfTheRfcsExamplesAndTests) {
  OTRP_REQUIRE_VECTORS();
  Conformance results("attestation/psa/draft");
  for (const std::string& path : Below("psa/draft/test/", ".diag")) {
    results.Record(path, Expected(path),
                   OutcomeOf(ReadPsa(testing::CborOf(File(path)))));
  }
  for (const std::string& path : Below("psa/draft/example/", "claims.diag")) {
    results.Record(path, Expected(path),
                   OutcomeOf(ReadPsa(testing::CborOf(File(path)))));
  }
  results.Finish();
}

// The names that Veraison gives claims in JSON, and their numbers in either
// profile; 0: the profile has none.
struct ClaimRow {
  const char* name;
  int profile1;
  int profile2;
};
constexpr ClaimRow kClaims[] = {
    {"psa-client-id", -75001, 2394},
    {"psa-security-lifecycle", -75002, 2395},
    {"psa-implementation-id", -75003, 2396},
    {"psa-boot-seed", -75004, 2397},
    {"psa-hwver", -75005, 0},
    {"psa-certification-reference", 0, 2398},
    {"psa-software-components", -75006, 2399},
    {"psa-no-software-measurements", -75007, 0},
    {"psa-nonce", -75008, 10},
    {"psa-instance-id", -75009, 256},
    {"psa-verification-service-indicator", -75010, 2400},
    {"psa-profile", -75000, 0},
    {"eat-profile", 0, 265},
};
const std::map<std::string, int>& ComponentClaims() {
  static const auto* const claims =
      new std::map<std::string, int>{{"measurement-type", 1},
                                     {"measurement-value", 2},
                                     {"version", 4},
                                     {"signer-id", 5},
                                     {"measurement-description", 6}};
  return *claims;
}

// Diagnostic notation of a claim's value; octets stand there in base64.
std::string DiagOf(const std::string& name, const json::Value& value) {
  if (value.is_integer()) return absl::StrCat(value.as_integer());
  if (value.is_array()) {
    std::string out = "[";
    for (const json::Value& item : value.items()) {
      out += "{";
      for (const auto& [member, inner] : item.members()) {
        absl::StrAppend(&out, ComponentClaims().at(member), ": ",
                        DiagOf(member, inner), ", ");
      }
      out += "}, ";
    }
    return out + "]";
  }
  const bool is_octets =
      absl::EndsWith(name, "-id") || absl::EndsWith(name, "-seed") ||
      absl::EndsWith(name, "-nonce") || absl::EndsWith(name, "-value");
  if (is_octets) {
    return testing::Diag(Base64DecodeAny(value.as_string()).value());
  }
  return absl::StrCat("\"", value.as_string(), "\"");
}

std::string PsaCbor(const json::Value& claims, int ClaimRow::*number) {
  std::string out = "{";
  for (const ClaimRow& row : kClaims) {
    const json::Value* value = claims.Find(row.name);
    if (value == nullptr || row.*number == 0) continue;
    absl::StrAppend(&out, row.*number, ": ", DiagOf(row.name, *value), ", ");
  }
  return testing::CborOf(out + "}");
}

TEST(AttestationVectorsTest, PsaClaimsInJsonUnderBothProfiles) {
  OTRP_REQUIRE_VECTORS();
  Conformance results("attestation/psa/json");
  for (const std::string& path : Below("psa/json/", ".json")) {
    const json::Value claims =
        json::Parse(File(path), json::kStrangers).value();
    const json::Value& expected = *Index().Find(path)->Find("expected");
    for (const auto& [profile, word] : expected.members()) {
      const bool is_first = profile == "PSA_IOT_PROFILE_1";
      results.Record(
          absl::StrCat(path, " ", profile), Word(word.as_string()),
          OutcomeOf(ReadPsa(PsaCbor(
              claims, is_first ? &ClaimRow::profile1 : &ClaimRow::profile2))));
    }
  }
  results.Finish();
}

template <typename Scheme>
absl::Status Checked(const std::string& octets, const crypto::PublicKey& key) {
  auto token = Scheme::Parse(octets);
  if (!token.ok()) return token.status();
  const auto verified = Scheme::Verify(*std::move(token), key);
  if (!verified.ok()) return verified.status();
  return Scheme::Claims(*verified).status();
}

crypto::PublicKey PemKey(absl::string_view path) {
  return crypto::PublicKey::FromSpki(
             crypto::PemDecode(File(path)).value()[0].der)
      .value();
}

TEST(AttestationVectorsTest, PsaTokens) {
  OTRP_REQUIRE_VECTORS();
  Conformance results("attestation/psa (tokens)");
  const crypto::PublicKey rfc =
      jose::PrivateKeyFromJwk(
          json::Parse(File("psa/draft/example/tfm-es-iak.json"),
                      json::kStrangers)
              .value())
          .value()
          .public_key();
  const crypto::PublicKey tfm = PemKey("psa/tf-m/public.pem");
  struct Case {
    const char* path;
    const crypto::PublicKey& key;
  };
  for (const Case& c :
       std::initializer_list<Case>{{"psa/draft/example/psa-sign1.cbor", rfc},
                                   {"psa/draft/example/psa-sign1.diag", rfc},
                                   {"psa/tf-m/psa-iot-1_sign1.bin", tfm}}) {
    std::string token = File(c.path);
    if (absl::EndsWith(c.path, ".diag")) token = testing::CborOf(token);
    results.Record(c.path, Expected(c.path),
                   OutcomeOf(Checked<Psa>(token, c.key)));
    // Not by the other's key, and not changed.
    results.Record(absl::StrCat(c.path, ", another key"), "invalid",
                   OutcomeOf(Checked<Psa>(token, &c.key == &rfc ? tfm : rfc)));
    token[token.size() / 2] ^= 1;
    results.Record(absl::StrCat(c.path, ", changed"), "invalid",
                   OutcomeOf(Checked<Psa>(token, c.key)));
  }
  // On purpose: who can check a MAC could have made it.
  for (const char* path :
       {"psa/draft/example/psa-mac0.cbor", "psa/draft/example/psa-mac0.diag",
        "psa/tf-m/psa-iot-1_mac0.bin"}) {
    std::string token = File(path);
    if (absl::EndsWith(path, ".diag")) token = testing::CborOf(token);
    const absl::Status refused = Checked<Psa>(token, rfc);
    EXPECT_TRUE(absl::StrContains(refused.message(), "COSE_Mac0")) << refused;
    results.Record(path, Expected(path), Outcome::kUnsupported);
  }
  results.Finish();
}

absl::Status ReadEatCbor(const std::string& octets) {
  const absl::StatusOr<cbor::Value> claims = cbor::Parse(octets);
  if (!claims.ok()) return claims.status();
  const auto ueid = verifier::schemes::UeidOf(*claims);
  return ueid.ok() ? EatClaims(*claims).status() : ueid.status();
}

absl::Status ReadEatJson(const std::string& text) {
  const absl::StatusOr<json::Value> claims =
      json::Parse(text, json::kStrangers);
  if (!claims.ok()) return claims.status();
  const auto ueid = verifier::schemes::UeidOf(*claims);
  return ueid.ok() ? EatClaims(*claims).status() : ueid.status();
}

TEST(AttestationVectorsTest, ClaimsOfEats) {
  OTRP_REQUIRE_VECTORS();
  Conformance results("attestation/eat");
  for (const std::string& path : Below("eat/Example-Payloads/", ".diag")) {
    // Manifests (CoSWID) are claims' content, not claims.
    if (absl::StrContains(path, "/coswid/")) continue;
    results.Record(path, Expected(path),
                   OutcomeOf(ReadEatCbor(testing::CborOf(File(path)))));
  }
  for (const char* folder : {"eat/Example-Payloads/", "eat/veraison/"}) {
    for (const std::string& path : Below(folder, ".json")) {
      results.Record(path, Expected(path), OutcomeOf(ReadEatJson(File(path))));
    }
  }
  // Its key isn't published: as far as Parse() goes.
  const char kToken[] = "eat/Example-Tokens/valid_cwt.diag";
  const auto token = EatCwt::Parse(testing::CborOf(File(kToken)));
  results.Record(kToken, Expected(kToken), OutcomeOf(token.status()));
  results.Finish();
}

// An EAR is an EAT that is a JWT: what its signature says is what ours says.
TEST(AttestationVectorsTest, SignaturesOfEars) {
  OTRP_REQUIRE_VECTORS();
  Conformance results("attestation/ear (signatures)");
  const crypto::PublicKey veraison =
      jose::FromJwk(json::Parse(File("ear/keys/ear-test-public.jwk.json"),
                                json::kStrangers)
                        .value())
          .value();
  const crypto::PublicKey c_ear = PemKey("ear/keys/c-ear-pkey.pem");
  for (const std::string& path : Below("ear/tokens/", ".jwt")) {
    const bool is_c_ear = absl::StrContains(path, "c-ear");
    // Beyond the signature these lack what an EAR must have; no EAT need.
    const bool is_empty = absl::StrContains(path, "verify-fail-3");
    const std::string token(absl::StripSuffix(File(path), "\n"));
    results.Record(
        path, is_empty ? "acceptable" : Expected(path),
        OutcomeOf(Checked<EatJwt>(token, is_c_ear ? c_ear : veraison)));
  }
  results.Finish();
}

// What isn't understood is refused and says where; what breaks a rule is
// refused for that.
Outcome CorimOutcome(const absl::Status& read) {
  if (read.ok()) return Outcome::kAccepted;
  EXPECT_TRUE(absl::StrContains(read.message(), ": ")) << read;
  return absl::IsUnimplemented(read) ? Outcome::kUnsupported
                                     : Outcome::kRefused;
}

TEST(AttestationVectorsTest, Corims) {
  OTRP_REQUIRE_VECTORS();
  Conformance results("attestation/corim");
  const absl::Time now = absl::FromUnixSeconds(1'750'000'000);
  for (const char* folder :
       {"corim/corim/", "corim/profiles/psa/", "corim/profiles/cca/"}) {
    for (const std::string& path : Below(folder, ".cbor")) {
      std::string octets = File(path);
      if (verifier::IsSignedCorim(octets)) {
        const crypto::PublicKey key =
            jose::PrivateKeyFromJwk(
                json::Parse(File("corim/corim/src/ec-p256.jwk"),
                            json::kStrangers)
                    .value(),
                {jose::JwkPurpose::Use::kAny, ""})
                .value()
                .public_key();
        const auto payload =
            verifier::UnverifiedCorim::Parse(octets).value().Verify(key, now);
        results.Record(absl::StrCat(path, ", signature"), "valid",
                       OutcomeOf(payload.status()));
        octets[octets.size() / 2] ^= 1;
        results.Record(absl::StrCat(path, ", changed"), "invalid",
                       OutcomeOf(verifier::UnverifiedCorim::Parse(octets)
                                     .value()
                                     .Verify(key, now)
                                     .status()));
        if (!payload.ok()) continue;
        octets = *payload;
      }
      const std::string expected = Expected(path);
      results.Record(path, expected == "acceptable" ? "valid" : expected,
                     CorimOutcome(verifier::ReadCorim(octets, now).status()));
    }
  }
  // CoMIDs stand in a CoRIM.
  for (const char* folder : {"corim/comid/", "corim/profiles/tdx/"}) {
    for (const std::string& path : Below(folder, ".cbor")) {
      const std::string corim = testing::CborOf(absl::StrCat(
          "501({0: \"test\", 1: [506(", testing::Diag(File(path)), ")]})"));
      results.Record(path, Expected(path),
                     CorimOutcome(verifier::ReadCorim(corim, now).status()));
    }
  }
  results.Finish();
}

}  // namespace
}  // namespace otrp

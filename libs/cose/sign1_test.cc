#include "libs/cose/sign1.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/sign.h"
#include "tests/support/cbor_diag.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace cose {
namespace {

using ::otrp::testing::CborOf;
using ::otrp::testing::Diag;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

const crypto::PrivateKey& Key() {
  static const auto* const key = new crypto::PrivateKey(
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value());
  return *key;
}

std::string Signed(absl::string_view header, absl::string_view open,
                   absl::string_view payload) {
  const std::string tbs = CborOf(absl::StrCat("[\"Signature1\", <<", header,
                                              ">>, h'', ", Diag(payload), "]"));
  const std::string signature =
      crypto::SignSha256(Key(), tbs, crypto::EcFormat::kP1363).value();
  return absl::StrCat("[<<", header, ">>, ", open, ", ", Diag(payload), ", ",
                      Diag(signature), "]");
}

absl::Status Checked(absl::string_view diagnostic) {
  absl::StatusOr<UnverifiedSign1> message =
      UnverifiedSign1::Parse(CborOf(diagnostic));
  if (!message.ok()) return message.status();
  return VerifiedSign1::Verify(*std::move(message), Key().public_key())
      .status();
}

TEST(Sign1Test, WhatTheKeySignedIsVerifiedInAndWithoutItsTag) {
  const std::string message = Signed("{1: -7}", "{4: h'01'}", "claims");
  OTRP_EXPECT_OK(Checked(message));
  OTRP_ASSERT_OK_AND_ASSIGN(
      UnverifiedSign1 parsed,
      UnverifiedSign1::Parse(CborOf(absl::StrCat("18(", message, ")"))));
  EXPECT_EQ(parsed.kid(), "\x01");
  EXPECT_EQ(parsed.alg(), SigAlg::kES256);
  OTRP_ASSERT_OK_AND_ASSIGN(
      const VerifiedSign1 verified,
      VerifiedSign1::Verify(std::move(parsed), Key().public_key()));
  EXPECT_EQ(verified.payload(), "claims");
}

TEST(Sign1Test, AKeyOnP384VerifiesEs384AndNothingElse) {
  OTRP_ASSERT_OK_AND_ASSIGN(
      const crypto::PrivateKey key,
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP384));
  const std::string tbs =
      CborOf("[\"Signature1\", <<{1: -35}>>, h'', h'0102']");
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string der,
                            crypto::SignForCertificates(key, tbs));
  // SEQUENCE of two INTEGERs to r || s.
  std::string p1363;
  size_t at = 2;
  for (int i = 0; i < 2; ++i) {
    const size_t length = static_cast<unsigned char>(der[at + 1]);
    std::string number = der.substr(at + 2, length);
    at += 2 + length;
    number.erase(0, number.size() > 48 ? number.size() - 48 : 0);
    p1363 += std::string(48 - number.size(), '\0') + number;
  }
  const auto message = [](absl::string_view signature) {
    return UnverifiedSign1::Parse(CborOf(
        absl::StrCat("[<<{1: -35}>>, {}, h'0102', ", Diag(signature), "]")));
  };
  OTRP_EXPECT_OK(
      VerifiedSign1::Verify(message(p1363).value(), key.public_key()).status());
  p1363[95] ^= 1;
  EXPECT_THAT(VerifiedSign1::Verify(message(p1363).value(), key.public_key()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("signature is wrong")));
  EXPECT_THAT(VerifiedSign1::Verify(message(der).value(), key.public_key()),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(VerifiedSign1::Verify(message(p1363).value(), Key().public_key()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("ES384 isn't the algorithm of the key")));
  EXPECT_THAT(
      VerifiedSign1::Verify(
          UnverifiedSign1::Parse(CborOf(Signed("{1: -7}", "{}", "x"))).value(),
          key.public_key()),
      StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Sign1Test, AChangedOctetAnywhereIsAWrongSignature) {
  const std::string octets =
      CborOf(Signed("{1: -7, 3: 60}", "{}", "claims of a device"));
  int checked = 0;
  for (size_t i = 0; i < octets.size(); ++i) {
    std::string changed = octets;
    changed[i] ^= 1;
    absl::StatusOr<UnverifiedSign1> message = UnverifiedSign1::Parse(changed);
    if (!message.ok()) continue;
    EXPECT_FALSE(
        VerifiedSign1::Verify(*std::move(message), Key().public_key()).ok())
        << i;
    ++checked;
  }
  EXPECT_GT(checked, 60);
}

TEST(Sign1Test, WhatTheSignatureDoesntCoverDecidesNothing) {
  struct Case {
    const char* header;
    const char* open;
    const char* why;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"{}", "{1: -7}", "alg isn't in the protected header"},
           {"{1: -7}", "{1: -7}", "stands in both headers"},
           {"{1: -7, 4: h'01'}", "{4: h'02'}", "stands in both headers"},
           {"{1: -7, 2: [4]}", "{}", "crit"},
           {"{1: -7}", "{2: [4]}", "crit"},
           {"{1: 5}", "{}", "algorithm 5"},
           {"{1: -8}", "{}", "algorithm -8"},
           {"{1: \"ES256\"}", "{}", "alg isn't in"},
           {"[1]", "{}", "protected header is no map"},
           {"{1: -7}", "{33: 1}", "x5chain"},
           {"{1: -7}", "{33: [h'01', 1]}", "x5chain"},
           {"{1: -7}", "{4: \"kid\"}", "kid"}}) {
    EXPECT_THAT(Checked(Signed(c.header, c.open, "claims")),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.why)))
        << c.header << c.open;
  }
}

TEST(Sign1Test, AMacIsNoSignature) {
  EXPECT_THAT(
      UnverifiedSign1::Parse(CborOf("17([h'A10105', {}, h'00', h'00'])")),
      StatusIs(absl::StatusCode::kInvalidArgument,
               HasSubstr("could have made it")));
  for (const char* other :
       {"98([h'', {}, h'', []])", "[h'A10126', {}, null, h'00']",
        "[h'A10126', {}, h'00']", "{1: 2}", "[h'A10126', [], h'00', h'00']"}) {
    EXPECT_THAT(UnverifiedSign1::Parse(CborOf(other)),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << other;
  }
}

}  // namespace
}  // namespace cose
}  // namespace otrp

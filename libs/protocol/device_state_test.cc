#include "libs/protocol/device_state.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/json/json.h"
#include "libs/protocol/test_pki.h"
#include "libs/protocol/test_tee.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace protocol {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kNotProven = absl::StatusCode::kUnauthenticated;

const pki::Certificate& TeeCertificate() {
  static const auto* const kCertificate = new pki::Certificate(test::NewLeaf(
      test::NewHierarchy("OEM"), pki::Role::kTee, test::EcKey().public_key()));
  return *kCertificate;
}

std::string DsiText() {
  json::Value dsi = json::Value::Object();
  dsi.Set("tee", test::TeeData(TeeCertificate(), {}));
  json::Value text = json::Value::Object();
  text.Set("dsi", std::move(dsi));
  return text.Serialize();
}

json::Value GoodTbs() {
  json::Value tbs = test::Tbs();
  tbs.Set("signerreq", json::Value::Bool(false));
  tbs.Set("edsi", test::Encrypted(DsiText(), test::OtherEcKey().public_key()));
  return tbs;
}

TsmKeys Keys() { return {&test::OtherRsaKey(), &test::OtherEcKey()}; }

absl::StatusOr<UnverifiedDeviceState> Open(const json::Value& tbs,
                                           TsmKeys keys = Keys()) {
  return UnverifiedDeviceState::Open(
      Incoming::Parse(test::DeviceStateResponse(tbs, test::EcKey()))
          .value()
          .device_states()
          .front(),
      keys);
}

TEST(DeviceStateTest, IsDecryptedThenVerified) {
  OTRP_ASSERT_OK_AND_ASSIGN(UnverifiedDeviceState state, Open(GoodTbs()));
  EXPECT_EQ(state.tid(), test::kTid);
  EXPECT_EQ(state.dsi(), DsiText());
  EXPECT_EQ(state.alg(), jose::SigAlg::kES256);
  EXPECT_EQ(state.signature().size(), 64u);
  EXPECT_THAT(state.signing_input(), HasSubstr("."));
  OTRP_ASSERT_OK_AND_ASSIGN(
      VerifiedDeviceState verified,
      VerifyDeviceState(std::move(state), test::EcKey().public_key()));
  EXPECT_EQ(verified.tid(), test::kTid);
  EXPECT_EQ(verified.rid(), test::kRid);
  EXPECT_EQ(verified.dsi().tee_name, "Primary TEE");
  EXPECT_EQ(verified.dsi_octets(), DsiText());
  EXPECT_EQ(verified.dsi_hash(), DsiHash(DsiText()));
  EXPECT_FALSE(verified.signer_required());
}

TEST(DeviceStateTest, AnotherKeyDoesNotVerifyIt) {
  for (const crypto::PrivateKey* key : {&test::OtherEcKey(), &test::RsaKey()}) {
    OTRP_ASSERT_OK_AND_ASSIGN(UnverifiedDeviceState state, Open(GoodTbs()));
    EXPECT_THAT(VerifyDeviceState(std::move(state), key->public_key()),
                StatusIs(kNotProven));
  }
}

TEST(DeviceStateTest, TheCertificateInsideMustBeTheAcceptedKeys) {
  // Signed well, but with a key that isn't the certificate's.
  OTRP_ASSERT_OK_AND_ASSIGN(
      UnverifiedDeviceState state,
      UnverifiedDeviceState::Open(
          Incoming::Parse(
              test::DeviceStateResponse(GoodTbs(), test::OtherEcKey()))
              .value()
              .device_states()
              .front(),
          Keys()));
  EXPECT_THAT(
      VerifyDeviceState(std::move(state), test::OtherEcKey().public_key()),
      StatusIs(kInvalid, HasSubstr("another key")));
}

TEST(DeviceStateTest, SignerreqIsReadInBothDialects) {
  struct Case {
    json::Value value;
    bool required;
  };
  const Case cases[] = {
      {json::Value::Bool(true), true},
      {json::Value::String("true"), true},
      {json::Value::String("false"), false},
      {json::Value::String("0"), false},
  };
  for (const Case& c : cases) {
    json::Value tbs = GoodTbs();
    tbs.Set("signerreq", c.value);
    OTRP_ASSERT_OK_AND_ASSIGN(UnverifiedDeviceState state, Open(tbs));
    OTRP_ASSERT_OK_AND_ASSIGN(
        VerifiedDeviceState verified,
        VerifyDeviceState(std::move(state), test::EcKey().public_key()));
    EXPECT_EQ(verified.signer_required(), c.required);
  }
  json::Value silent = GoodTbs();
  silent.Remove("signerreq");
  OTRP_ASSERT_OK_AND_ASSIGN(UnverifiedDeviceState state, Open(silent));
  OTRP_ASSERT_OK_AND_ASSIGN(
      VerifiedDeviceState verified,
      VerifyDeviceState(std::move(state), test::EcKey().public_key()));
  EXPECT_TRUE(verified.signer_required());
}

TEST(DeviceStateTest, WhatIsWrongIsRefused) {
  struct Fault {
    const char* member;
    json::Value value;
  };
  const Fault faults[] = {
      {"signerreq", json::Value::Null()},
      {"signerreq", json::Value::String("yes")},
      {"signerreq", json::Value::Integer(1)},
      {"edsi", json::Value::Null()},
      {"edsi", json::Value::String("")},
      {"edsi", json::Value::Object()},
  };
  for (const Fault& fault : faults) {
    json::Value tbs = GoodTbs();
    tbs.Set(fault.member, fault.value);
    EXPECT_THAT(Open(tbs), StatusIs(kInvalid)) << fault.member;
  }
  json::Value none = GoodTbs();
  none.Remove("edsi");
  EXPECT_THAT(Open(none), StatusIs(kInvalid, HasSubstr("\"edsi\"")));
}

TEST(DeviceStateTest, WhatDoesNotDecryptIsNotProvenWhateverTheCause) {
  for (const crypto::PrivateKey* key : {&test::EcKey(), &test::RsaKey()}) {
    json::Value tbs = GoodTbs();
    tbs.Set("edsi", test::Encrypted(DsiText(), key->public_key()));
    EXPECT_THAT(Open(tbs), StatusIs(kNotProven, kNotAuthentic));
  }
  EXPECT_THAT(Open(GoodTbs(), {&test::OtherRsaKey(), nullptr}),
              StatusIs(kNotProven, kNotAuthentic));
}

TEST(DeviceStateTest, AFailureTellsItsReasonAndProvesNothing) {
  struct Case {
    const char* algs;
    std::vector<std::string> want;
  };
  const Case cases[] = {{R"(["RS256","ES256"])", {"RS256", "ES256"}},
                        {R"("RS256, ES256")", {"RS256", "ES256"}},
                        {R"("")", {}},
                        {"[]", {}}};
  for (const Case& c : cases) {
    json::Value tbs = test::Tbs("fail");
    tbs.Set("reason",
            json::Parse(R"({"error-code":"ERR_UNSUPPORTED_CRYPTO_ALG"})",
                        json::kStrangers)
                .value());
    tbs.Set("supportedsigalgs", json::Parse(c.algs, json::kStrangers).value());
    OTRP_ASSERT_OK_AND_ASSIGN(UnverifiedDeviceState state, Open(tbs));
    EXPECT_TRUE(state.failed());
    EXPECT_EQ(state.reason().code, "ERR_UNSUPPORTED_CRYPTO_ALG");
    EXPECT_EQ(state.supported_sigalgs(), c.want);
    EXPECT_THAT(state.dsi(), IsEmpty());
    EXPECT_THAT(VerifyDeviceState(std::move(state), test::EcKey().public_key()),
                StatusIs(kInvalid));
  }
}

}  // namespace
}  // namespace protocol
}  // namespace otrp

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/device/strict.h"
#include "clients/device/testing/world.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/crypto/sign.h"
#include "libs/pki/certificate.h"

namespace otrp::device {
namespace {

using json::Value;

struct Kind {
  const char* name;
  crypto::KeyType key_type;
  Dialect dialect;
};

class GetDeviceStateTest : public ::testing::TestWithParam<Kind> {
 protected:
  WorldOptions Options() const {
    WorldOptions options;
    options.key_type = GetParam().key_type;
    options.dialect = GetParam().dialect;
    return options;
  }
  std::string NotTrusted() const {
    return std::string(RowOf(GetParam().dialect).not_trusted);
  }
};

INSTANTIATE_TEST_SUITE_P(
    All, GetDeviceStateTest,
    ::testing::Values(Kind{"RsaIetf", crypto::KeyType::kRsa, Dialect::kIetf03},
                      Kind{"EcIetf", crypto::KeyType::kEcP256,
                           Dialect::kIetf03},
                      Kind{"RsaPei", crypto::KeyType::kRsa, Dialect::kPei03},
                      Kind{"EcPei", crypto::KeyType::kEcP256, Dialect::kPei03}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_P(GetDeviceStateTest, TellsATrustedTsmTheStateOfAnEmptyTee) {
  World world(Options());
  const Draft request = world.tsm->DeviceState();
  const Answer answer = world.Send(request);
  ExpectPass(answer);
  EXPECT_EQ(answer.name, "GetDeviceTEEStateResponse");
  EXPECT_EQ(TextOf(answer.tbs, "rid"), request.tbs.at("rid").as_string());
  EXPECT_EQ(TextOf(answer.tbs, "tid"), request.tbs.at("tid").as_string());
  EXPECT_FALSE(BoolOf(answer.tbs, "signerreq"));
  EXPECT_EQ(answer.tbs.Find("signerreq")->is_bool(),
            GetParam().dialect == Dialect::kIetf03);
  const Value& tee = *answer.dsi.Find("tee");
  EXPECT_EQ(TextOf(tee, "name"), "OTrP Software TEE");
  EXPECT_EQ(TextOf(*tee.Find("sdlist"), "cnt"), "0");
  EXPECT_TRUE(tee.Find("sdlist")->Find("sd")->items().empty());
  EXPECT_TRUE(tee.Find("teeaiklist")->items().empty());
  EXPECT_EQ(tee.Find("cacert")->items().size(), 1u);
}

TEST_P(GetDeviceStateTest, FirmwareSignsTheTransactionId) {
  World world(Options());
  const Answer answer = world.Connect();
  const Value* tfw = answer.dsi.Find("tfwdata");
  ASSERT_NE(tfw, nullptr);
  const std::string tid = TextOf(answer.tbs, "tid");
  EXPECT_EQ(*Base64Decode(TextOf(*tfw, "tbs")), tid);
  const auto cert =
      pki::Certificate::FromDer(*Base64Decode(TextOf(*tfw, "cert")));
  ASSERT_TRUE(cert.ok());
  EXPECT_TRUE(crypto::VerifySha256(cert->public_key(), tid,
                                   *Base64Decode(TextOf(*tfw, "sig")),
                                   crypto::EcFormat::kP1363)
                  .ok());
  EXPECT_EQ(TextOf(*tfw, "sigalg"),
            GetParam().key_type == crypto::KeyType::kRsa ? "RS256" : "ES256");
}

TEST_P(GetDeviceStateTest, FirmwareThatSignsWithAnotherKeyIsNotTrusted) {
  WorldOptions options = Options();
  options.wrong_firmware_key = true;
  World world(std::move(options));
  ExpectFail(world.Send(world.tsm->DeviceState()), "ERR_TFW_NOT_TRUSTED");
}

TEST_P(GetDeviceStateTest, WithoutFirmwareTheOlderDialectRefuses) {
  WorldOptions options = Options();
  options.firmware = false;
  World world(std::move(options));
  const Answer answer = world.Send(world.tsm->DeviceState());
  if (GetParam().dialect == Dialect::kPei03) {
    ExpectFail(answer, "ERR_TFW_NOT_TRUSTED");
  } else {
    ExpectPass(answer);
    EXPECT_EQ(answer.dsi.Find("tfwdata"), nullptr);
  }
}

TEST_P(GetDeviceStateTest, AnUnknownMemberIsRefused) {
  World world(Options());
  Draft draft = world.tsm->DeviceState();
  draft.tbs["surprise"] = Text("1");
  const Answer answer = world.Send(draft);
  ExpectFail(answer, "ERR_REQUEST_INVALID");
  EXPECT_EQ(TextOf(answer.tbs, "rid"), draft.tbs["rid"].as_string());
}

TEST_P(GetDeviceStateTest, EachMandatoryMemberIsMissed) {
  for (const char* member : {"ver", "rid", "tid", "ocspdat"}) {
    World world(Options());
    Draft draft = world.tsm->DeviceState();
    draft.tbs.erase(member);
    SCOPED_TRACE(member);
    ExpectFail(world.Send(draft), "ERR_REQUEST_INVALID");
  }
}

TEST_P(GetDeviceStateTest, AnotherVersionIsNotSupported) {
  World world(Options());
  Draft draft = world.tsm->DeviceState();
  draft.tbs["ver"] = Text("2.0");
  ExpectFail(world.Send(draft), "ERR_UNSUPPORTED_MSG_VERSION");
}

TEST_P(GetDeviceStateTest, ANameInsideThatIsntTheOneOutsideIsRefused) {
  World world(Options());
  Draft draft = world.tsm->DeviceState();
  draft.inner_name = "CreateSDTBSRequest";
  ExpectFail(world.Send(draft), "ERR_REQUEST_INVALID");
}

TEST_P(GetDeviceStateTest, AChangedPayloadBreaksTheSignature) {
  World world(Options());
  const std::string request = world.tsm->Seal(world.tsm->DeviceState());
  Draft other = world.tsm->DeviceState();
  other.tbs["rid"] = Text("forged");
  const Value good = *json::Parse(request, json::kStrangers);
  const Value bad = *json::Parse(world.tsm->Seal(other), json::kStrangers);
  Value mixed = Value::Object();
  for (const auto& member : good.members()[0].second.members()) {
    mixed.Set(member.first, member.first == "payload"
                                ? *bad.members()[0].second.Find("payload")
                                : member.second);
  }
  Value root = Value::Object();
  root.Set("GetDeviceStateRequest", mixed);
  ExpectFail(world.SendBytes(root.Serialize()), "ERR_REQUEST_INVALID");
}

TEST_P(GetDeviceStateTest, ARequestWithoutCertificatesIsRefused) {
  World world(Options());
  Draft draft = world.tsm->DeviceState();
  draft.x5c.clear();
  ExpectFail(world.Send(draft), "ERR_REQUEST_INVALID");
}

TEST_P(GetDeviceStateTest, ASignatureAlgorithmThatTheTeeHasntIsNamed) {
  WorldOptions options = Options();
  options.tee.sigalgs = {GetParam().key_type == crypto::KeyType::kRsa
                             ? jose::SigAlg::kES256
                             : jose::SigAlg::kRS256};
  World world(std::move(options));
  const Draft draft = world.tsm->DeviceState();
  const Answer answer = world.Send(draft);
  ExpectFail(answer, "ERR_UNSUPPORTED_CRYPTO_ALG");
  EXPECT_EQ(TextOf(answer.tbs, "rid"), draft.tbs.at("rid").as_string());
  const std::vector<std::string> algs = TextsOf(answer.tbs, "supportedsigalgs");
  ASSERT_EQ(algs.size(), 1u);
  EXPECT_EQ(algs[0],
            GetParam().key_type == crypto::KeyType::kRsa ? "ES256" : "RS256");
  EXPECT_EQ(answer.tbs.Find("supportedsigalgs")->is_array(),
            GetParam().dialect == Dialect::kIetf03);
}

TEST_P(GetDeviceStateTest, NoAlgorithmThatBothSidesHaveIsRefused) {
  World world(Options());
  Draft draft = world.tsm->DeviceState();
  draft.tbs["supportedsigalgs"] =
      Text(GetParam().key_type == crypto::KeyType::kRsa ? "ES256" : "RS256");
  ExpectFail(world.Send(draft), "ERR_UNSUPPORTED_CRYPTO_ALG");
  draft.tbs.erase("supportedsigalgs");
  ExpectPass(world.Send(draft));
}

TEST_P(GetDeviceStateTest, ATsmOfAnotherRootIsNotTrusted) {
  World world(Options());
  const TestCa other =
      MakeTestRoot("TSM root", TestRole::kTsm,
                   PooledKey(GetParam().key_type, 150), world.clock.Now());
  TestTsm::Options options;
  options.key_type = GetParam().key_type;
  options.dialect = GetParam().dialect;
  options.number = 5;
  TestTsm stranger(options, other, world.clock, world.random);
  world.tsm = std::make_unique<TestTsm>(stranger);
  ExpectFail(world.Send(world.tsm->DeviceState()), NotTrusted());
}

TEST_P(GetDeviceStateTest, AnExpiredTsmCertificateIsNotTrusted) {
  World world(Options());
  world.clock.Advance(absl::Hours(24 * 31));
  world.tsm->SetOcsp(world.tsm->GoodOcsp());
  ExpectFail(world.Send(world.tsm->DeviceState()), NotTrusted());
}

TEST_P(GetDeviceStateTest, ATsmCertificateWithoutAnIdIsNotTrusted) {
  World world(Options());
  TestLeaf leaf;
  leaf.not_before = world.clock.Now() - absl::Hours(1);
  leaf.not_after = world.clock.Now() + absl::Hours(24);
  world.tsm->Reissue(leaf);
  ExpectFail(world.Send(world.tsm->DeviceState()), NotTrusted());
}

struct StapleCase {
  const char* name;
  TestOcsp leaf;
  TestOcsp ca;
  int since_minutes;
  int until_minutes;
};

TEST_P(GetDeviceStateTest, StaplesThatAreNotGoodMakeATsmNotTrusted) {
  const StapleCase cases[] = {
      {"the leaf is revoked", TestOcsp::kRevoked, TestOcsp::kGood, -5, 60},
      {"the leaf is unknown", TestOcsp::kUnknown, TestOcsp::kGood, -5, 60},
      {"the CA is revoked", TestOcsp::kGood, TestOcsp::kRevoked, -5, 60},
      {"the responses have run out", TestOcsp::kGood, TestOcsp::kGood, -120,
       -60},
      {"the responses are of tomorrow", TestOcsp::kGood, TestOcsp::kGood,
       24 * 60, 48 * 60},
  };
  for (const StapleCase& test : cases) {
    SCOPED_TRACE(test.name);
    World world(Options());
    TestTsm& tsm = *world.tsm;
    const absl::Time since =
        world.clock.Now() + absl::Minutes(test.since_minutes);
    const absl::Time until =
        world.clock.Now() + absl::Minutes(test.until_minutes);
    tsm.SetOcsp(
        {MakeTestOcsp(tsm.chain()[0], tsm.intermediate(), test.leaf, since,
                      until),
         MakeTestOcsp(tsm.chain()[1], tsm.root(), test.ca, since, until)});
    ExpectFail(world.Send(tsm.DeviceState()), NotTrusted());
  }
}

TEST_P(GetDeviceStateTest, StaplesMustBeThereAndOfTheRightCertificates) {
  World world(Options());
  TestTsm& tsm = *world.tsm;
  const std::vector<std::string> good = tsm.GoodOcsp();
  tsm.SetOcsp({good[0]});
  ExpectFail(world.Send(tsm.DeviceState()), NotTrusted());
  tsm.SetOcsp({good[1], good[0]});
  ExpectFail(world.Send(tsm.DeviceState()), NotTrusted());
  tsm.SetOcsp({"not DER", good[1]});
  ExpectFail(world.Send(tsm.DeviceState()), NotTrusted());
  // Signed by the wrong CA.
  tsm.SetOcsp(
      {MakeTestOcsp(
           tsm.chain()[0],
           TestCa{PooledKey(GetParam().key_type, 160), tsm.intermediate().der},
           TestOcsp::kGood, world.clock.Now() - absl::Minutes(1),
           world.clock.Now() + absl::Hours(1)),
       good[1]});
  ExpectFail(world.Send(tsm.DeviceState()), NotTrusted());
  tsm.SetOcsp(good);
  ExpectPass(world.Send(tsm.DeviceState()));
}

TEST_P(GetDeviceStateTest, ACasStapleIsRememberedTheLeafsIsNot) {
  World world(Options());
  world.Connect();
  world.tsm->SetOcsp({world.tsm->GoodOcsp()[0]});
  ExpectPass(world.Send(world.tsm->DeviceState()));
  // The CA's has run out by then.
  world.clock.Advance(absl::Hours(13));
  world.tsm->SetOcsp({world.tsm->GoodOcsp()[0]});
  ExpectFail(world.Send(world.tsm->DeviceState()), NotTrusted());
}

TEST(ProcessTest, WhatIsNoRequestHasNoResponse) {
  World world;
  for (const char* text :
       {"", "[]", "{}", "not JSON", "{\"CreateSDResponse\":{}}",
        "{\"FactoryResetRequest\":{}}",
        "{\"CreateSDRequest\":{},\"DeleteSDRequest\":{}}"}) {
    EXPECT_FALSE(world.tee->Process(text).ok()) << text;
  }
}

TEST(ProcessTest, AnEnvelopeThatIsNoJwsIsInvalid) {
  World world;
  world.Connect();
  for (const char* jws :
       {"{}", "7", "{\"payload\":\"\",\"protected\":\"\",\"signature\":\"\"}",
        "{\"payload\":\"e30\",\"protected\":\"eyJhbGciOiJSUzI1NiJ9\","
        "\"signature\":\"AA\",\"more\":1}"}) {
    SCOPED_TRACE(jws);
    const Answer answer =
        world.SendBytes(absl::StrCat("{\"CreateSDRequest\":", jws, "}"));
    ExpectFail(answer, "ERR_REQUEST_INVALID");
    EXPECT_FALSE(answer.encrypted);
  }
}

TEST(ProcessTest, AlgorithmNoneIsNotSupported) {
  World world;
  world.Connect();
  const Answer answer = world.SendBytes(absl::StrCat(
      "{\"GetDeviceStateRequest\":{\"payload\":\"",
      Base64UrlEncode("{\"GetDeviceStateTBSRequest\":{\"rid\":\"r\","
                      "\"tid\":\"t\"}}"),
      "\",\"protected\":\"", Base64UrlEncode("{\"alg\":\"none\"}"),
      "\",\"signature\":\"\"}}"));
  ExpectFail(answer, "ERR_UNSUPPORTED_CRYPTO_ALG");
  EXPECT_EQ(TextOf(answer.tbs, "rid"), "r");
  EXPECT_EQ(TextOf(answer.tbs, "tid"), "t");
}

}  // namespace
}  // namespace otrp::device

// Whose commands a TEE takes: signatures, certificates and OCSP responses of
// the six requests that change it. GetDeviceState's are in
// get_device_state_test.cc.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "clients/device/strict.h"
#include "clients/device/testing/world.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"

namespace otrp::device {
namespace {

using json::Value;

class TrustTest : public ::testing::TestWithParam<Dialect> {
 protected:
  TrustTest() : world_(Options()) { world_.Connect(); }

  static WorldOptions Options() {
    WorldOptions options;
    options.dialect = GetParam();
    return options;
  }
  static std::string NotTrusted() {
    return std::string(RowOf(GetParam()).not_trusted);
  }
  static std::string NotAuthorized() {
    return std::string(RowOf(GetParam()).not_authorized);
  }

  // Puts OCSP responses into a command, in the dialect's form.
  static void Staple(const std::vector<std::string>& ders, Draft* draft) {
    if (GetParam() == Dialect::kPei03) {
      draft->tbs["ocspdat"] = Text(Base64Encode(ders[0]));
      draft->tbs["icaocspdat"] = Text(Base64Encode(ders[1]));
      return;
    }
    Value staples = Value::Array();
    for (const std::string& der : ders) {
      staples.Append(Text(Base64Encode(der)));
    }
    draft->tbs["ocspdat"] = std::move(staples);
  }

  void Refused(const Outcome& outcome, const std::string& code) {
    EXPECT_FALSE(outcome.passed);
    EXPECT_EQ(outcome.error_code, code) << outcome.error_message;
    EXPECT_EQ(world_.Held(), "") << "a refused request changes nothing";
  }
  void Refused(const Answer& answer, const std::string& code) {
    ExpectFail(answer, code);
    EXPECT_EQ(world_.Held(), "") << "a refused request changes nothing";
  }

  // A TSM of our own root that the TEE hasn't met, and that has read what the
  // TEE told ours.
  std::unique_ptr<TestTsm> Eavesdropper() {
    auto tsm = world_.MakeTsm(3, "https://other.example/otrp");
    tsm->KnowDeviceOf(*world_.tsm);
    return tsm;
  }
  Draft CreateSdOf(TestTsm& tsm) {
    return tsm.Command("CreateSD", {{"spid", Text("sp.example")},
                                    {"sdname", Text("sd-1")},
                                    {"spcert", world_.sp.Cert()},
                                    {"did", Text(tsm.did())}});
  }

  World world_;
};

INSTANTIATE_TEST_SUITE_P(Dialects, TrustTest,
                         ::testing::Values(Dialect::kIetf03, Dialect::kPei03),
                         [](const auto& info) {
                           return std::string(DialectName(info.param));
                         });

TEST_P(TrustTest, AnUnknownSignatureIsRefused) {
  auto stranger = Eavesdropper();
  Refused(world_.SendAs(*stranger, CreateSdOf(*stranger)),
          "ERR_REQUEST_INVALID");
}

TEST_P(TrustTest, AnUnknownTsmMustStapleOcsp) {
  auto stranger = Eavesdropper();
  Draft draft = CreateSdOf(*stranger);
  draft.x5c = stranger->chain();
  Refused(world_.SendAs(*stranger, draft), NotTrusted());
}

// Trusted, but what it hashes is the state that another TSM sees.
TEST_P(TrustTest, AnotherTsmsDsiIsNoLicence) {
  auto stranger = Eavesdropper();
  Draft draft = CreateSdOf(*stranger);
  draft.x5c = stranger->chain();
  Staple(stranger->GoodOcsp(), &draft);
  Refused(world_.SendAs(*stranger, draft), "ERR_DEV_STATE_MISMATCH");
}

TEST_P(TrustTest, ATsmCantSpeakForAnother) {
  auto stranger = Eavesdropper();
  Draft draft = CreateSdOf(*stranger);
  draft.x5c = stranger->chain();
  Staple(stranger->GoodOcsp(), &draft);
  (*draft.content)[stranger->OwnerMember()] = Text("https://tsm.example/otrp");
  Refused(world_.SendAs(*stranger, draft), NotAuthorized());
}

TEST_P(TrustTest, ACertificateIsNoProofWithoutItsKey) {
  auto stranger = Eavesdropper();
  Draft draft = CreateSdOf(*stranger);
  draft.x5c = world_.tsm->chain();
  Staple(world_.tsm->GoodOcsp(), &draft);
  Refused(world_.SendAs(*stranger, draft), "ERR_REQUEST_INVALID");
}

TEST_P(TrustTest, ARootOfItsOwnIsNotTrusted) {
  TestTsm::Options options;
  options.key_type = crypto::KeyType::kEcP256;
  options.dialect = GetParam();
  options.number = 6;
  TestTsm stranger(options,
                   MakeTestRoot("TSM root", TestRole::kTsm,
                                PooledKey(crypto::KeyType::kEcP256, 151),
                                world_.clock.Now()),
                   world_.clock, world_.random);
  stranger.KnowDeviceOf(*world_.tsm);
  Draft draft = CreateSdOf(stranger);
  draft.x5c = stranger.chain();
  Staple(stranger.GoodOcsp(), &draft);
  Refused(world_.SendAs(stranger, draft), NotTrusted());
}

TEST_P(TrustTest, ASignatureIsOfThisPayloadOnly) {
  const Value good =
      *json::Parse(world_.tsm->Seal(world_.CreateSd("sd-1")), json::kStrangers);
  const Value other =
      *json::Parse(world_.tsm->Seal(world_.CreateSd("sd-2")), json::kStrangers);
  Value mixed = Value::Object();
  for (const auto& [name, value] : good.members()[0].second.members()) {
    mixed.Set(name, name == "payload"
                        ? *other.members()[0].second.Find("payload")
                        : value);
  }
  Value root = Value::Object();
  root.Set("CreateSDRequest", mixed);
  Outcome outcome;
  ASSERT_TRUE(world_.tee->Process(root.Serialize(), &outcome).ok());
  Refused(outcome, "ERR_REQUEST_INVALID");
}

// The name outside isn't signed: a request can't be turned into another.
TEST_P(TrustTest, ARequestCantBeRenamed) {
  std::string request = world_.tsm->Seal(world_.DeleteSd());
  const std::string name = "{\"DeleteSDRequest\"";
  ASSERT_EQ(request.compare(0, name.size(), name), 0);
  request.replace(0, name.size(), "{\"CreateSDRequest\"");
  Outcome outcome;
  ASSERT_TRUE(world_.tee->Process(request, &outcome).ok());
  Refused(outcome, "ERR_REQUEST_INVALID");
}

TEST_P(TrustTest, AnotherTeesNameIsRefused) {
  Draft draft = world_.CreateSd();
  draft.tbs["tee"] = Text("Another TEE");
  Refused(world_.Send(draft), "ERR_REQUEST_INVALID");
}

// Which part of an encryption is wrong mustn't show (RFC 7516 section 11.5).
TEST_P(TrustTest, EachWrongEncryptionHasTheSameAnswer) {
  Draft sealed = world_.CreateSd();
  const Value request =
      *json::Parse(world_.tsm->Seal(sealed), json::kStrangers);
  const Value payload = *json::Parse(
      *Base64UrlDecode(TextOf(request.members()[0].second, "payload")),
      json::kStrangers);
  const Value& content = *payload.members()[0].second.Find("content");
  const auto flipped = [](const Value& where, const char* member) {
    std::string octets = *Base64UrlDecode(TextOf(where, member));
    octets.back() ^= 1;
    return Text(Base64UrlEncode(octets));
  };
  std::string first_message;
  for (const char* part : {"encrypted_key", "iv", "ciphertext", "tag"}) {
    SCOPED_TRACE(part);
    Value wrong = content;
    if (part == std::string("encrypted_key")) {
      Value recipient = content.Find("recipients")->items()[0];
      recipient.Set(part, flipped(recipient, part));
      wrong.Set("recipients", Value::Array({recipient}));
    } else {
      wrong.Set(part, flipped(content, part));
    }
    Draft draft = sealed;
    draft.tbs["content"] = wrong;
    const Outcome outcome = world_.SendAs(*world_.tsm, draft);
    Refused(outcome, "ERR_REQUEST_INVALID");
    if (first_message.empty()) first_message = outcome.error_message;
    EXPECT_EQ(outcome.error_message, first_message);
  }
  EXPECT_FALSE(first_message.empty());
}

TEST_P(TrustTest, ARememberedStatusRunsOut) {
  world_.clock.Advance(absl::Hours(13));
  Refused(world_.Send(world_.CreateSd()), NotTrusted());
  // Neither is it renewed by the certificates alone.
  Draft draft = world_.CreateSd();
  draft.x5c = world_.tsm->chain();
  Refused(world_.Send(draft), NotTrusted());
  Staple(world_.tsm->GoodOcsp(), &draft);
  ExpectPass(world_.Send(draft));
}

TEST_P(TrustTest, AStaleStapleIsNotBetterThanNone) {
  TestTsm& tsm = *world_.tsm;
  const std::vector<std::string> stale = tsm.GoodOcsp();
  world_.clock.Advance(absl::Hours(13));
  Draft draft = world_.CreateSd();
  draft.x5c = tsm.chain();
  Staple(stale, &draft);
  Refused(world_.Send(draft), NotTrusted());
}

// Until then it was remembered as good for hours.
TEST_P(TrustTest, ARevokedTsmIsForgotten) {
  TestTsm& tsm = *world_.tsm;
  const absl::Time since = world_.clock.Now() - absl::Minutes(1);
  const absl::Time until = world_.clock.Now() + absl::Hours(1);
  Draft draft = world_.CreateSd();
  draft.x5c = tsm.chain();
  Staple({MakeTestOcsp(tsm.chain()[0], tsm.intermediate(), TestOcsp::kRevoked,
                       since, until),
          tsm.GoodOcsp()[1]},
         &draft);
  Refused(world_.SendAs(tsm, draft), NotTrusted());
  Refused(world_.SendAs(tsm, world_.CreateSd()), "ERR_REQUEST_INVALID");
}

TEST_P(TrustTest, AStapleThatIsNoOcspResponseIsRefused) {
  Draft draft = world_.CreateSd();
  draft.x5c = world_.tsm->chain();
  Staple({"not DER", "nor this"}, &draft);
  Refused(world_.Send(draft), NotTrusted());
  draft.tbs["ocspdat"] = Text("not base64 !");
  Refused(world_.Send(draft), "ERR_REQUEST_INVALID");
}

// "signerreq": the TEE remembers nobody and says so.
TEST_P(TrustTest, ATeeThatAsksForTheSignerEachTime) {
  WorldOptions options = Options();
  options.tee.signerreq = true;
  World world(std::move(options));
  const Answer state = world.Connect();
  EXPECT_TRUE(BoolOf(state.tbs, "signerreq"));
  ExpectFail(world.Send(world.CreateSd()), "ERR_REQUEST_INVALID");
  Draft draft = world.CreateSd();
  draft.x5c = world.tsm->chain();
  Staple(world.tsm->GoodOcsp(), &draft);
  ExpectPass(world.Send(draft));
}

}  // namespace
}  // namespace otrp::device

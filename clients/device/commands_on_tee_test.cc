// The six requests that change a TEE: the good case, each reason to refuse with
// the drafts' error code, and that a refused request changes nothing.

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/device/strict.h"
#include "clients/device/testing/world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/base/hex.h"
#include "libs/crypto/hash.h"

namespace otrp::device {
namespace {

using json::Value;
using ::testing::SizeIs;

struct Kind {
  const char* name;
  crypto::KeyType key_type;
  Dialect dialect;
};

class CommandsTest : public ::testing::TestWithParam<Kind> {
 protected:
  CommandsTest() : world_(Options()) {}

  static WorldOptions Options() {
    WorldOptions options;
    options.key_type = GetParam().key_type;
    options.dialect = GetParam().dialect;
    return options;
  }
  static bool pei() { return GetParam().dialect == Dialect::kPei03; }

  void Refused(const Draft& draft, absl::string_view code) {
    const std::string before = world_.Held();
    ExpectFail(world_.Send(draft), code);
    EXPECT_EQ(world_.Held(), before) << "a refused request changes nothing";
    // Our TSM and the TEE are in step again.
    world_.Connect();
  }

  // `content` member `name` set to `value`.
  static Draft With(Draft draft, const std::string& name, Value value) {
    (*draft.content)[name] = std::move(value);
    return draft;
  }
  static Draft Without(Draft draft, const std::string& name) {
    draft.content->erase(name);
    return draft;
  }

  World world_;
};

INSTANTIATE_TEST_SUITE_P(
    All, CommandsTest,
    ::testing::Values(Kind{"RsaIetf", crypto::KeyType::kRsa, Dialect::kIetf03},
                      Kind{"EcIetf", crypto::KeyType::kEcP256,
                           Dialect::kIetf03},
                      Kind{"RsaPei", crypto::KeyType::kRsa, Dialect::kPei03},
                      Kind{"EcPei", crypto::KeyType::kEcP256, Dialect::kPei03}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_P(CommandsTest, CreateSdMakesADomainAndAnAik) {
  world_.Connect();
  Draft draft = world_.CreateSd();
  draft.tbs["nextdsi"] = pei() ? Text("true") : Value::Bool(true);
  const Answer answer = world_.Send(draft);
  ExpectPass(answer);
  EXPECT_EQ(answer.name, "CreateSDResponse");
  EXPECT_EQ(TextOf(answer.content, "sdname"), "sd-1");
  EXPECT_EQ(TextOf(answer.content, "did"), world_.tsm->did());
  EXPECT_NE(TextOf(answer.content, "teespaik"), "");
  EXPECT_TRUE(answer.same_key) << "the content key of the request is reused";
  ASSERT_TRUE(answer.has_dsi);
  EXPECT_TRUE(world_.tsm->Aik(world_.sp.spid).has_value());
  const TeeState state = world_.tee->state();
  ASSERT_THAT(state.sds, SizeIs(1));
  EXPECT_EQ(state.sds[0].spid, world_.sp.spid);
  ASSERT_THAT(state.sds[0].spcerts, SizeIs(1));
  EXPECT_EQ(state.sds[0].spcerts[0], world_.sp.cert);
  ASSERT_THAT(state.aiks, SizeIs(1));
}

TEST_P(CommandsTest, CreateSdRefusals) {
  world_.HaveSd();
  world_.Connect();
  Refused(world_.CreateSd(),
          pei() ? "ERR_SD_ALREADY_EXIST" : "ERR_SD_ALREADY_EXISTS");
  Refused(With(world_.CreateSd(), "spid", Text("other-sp")),
          "ERR_SDNAME_ALREADY_USED");
  Refused(With(world_.CreateSd("sd-2"), "spcert", Text("AAAA")),
          "ERR_SPCERT_INVALID");
  Refused(With(world_.CreateSd("sd-2"), "did",
               Text(Base64Encode(crypto::Sha256("another device")))),
          "ERR_REQUEST_INVALID");
  for (const char* member : {"spid", "sdname", "spcert", "did"}) {
    SCOPED_TRACE(member);
    Refused(Without(world_.CreateSd("sd-2"), member), "ERR_REQUEST_INVALID");
    Refused(With(world_.CreateSd("sd-2"), member, Value::Null()),
            "ERR_REQUEST_INVALID");
    Refused(With(world_.CreateSd("sd-2"), member, Value::Integer(7)),
            "ERR_REQUEST_INVALID");
    Refused(With(world_.CreateSd("sd-2"), member, Text("")),
            member == std::string("spcert") ? "ERR_SPCERT_INVALID"
                                            : "ERR_REQUEST_INVALID");
  }
}

TEST_P(CommandsTest, ASecondDomainOfAnSpHasTheSameAik) {
  world_.HaveSd();
  const std::string aik =
      Base64Encode(world_.tee->state().aiks[0].key.public_key().ToSpki());
  world_.Connect();
  const Answer answer = world_.Send(world_.CreateSd("sd-2"));
  ExpectPass(answer);
  EXPECT_EQ(answer.content.Find("teespaik"), nullptr);
  ASSERT_THAT(world_.tee->state().aiks, SizeIs(1));
  EXPECT_EQ(Base64Encode(world_.tee->state().aiks[0].key.public_key().ToSpki()),
            aik);
}

TEST_P(CommandsTest, UpdateSdExchangesCertificates) {
  world_.HaveSd();
  world_.Connect();
  const TestSp next = MakeTestSp(world_.sp.spid, 77, world_.clock.Now());
  Value changes = Value::Object();
  Value added = Value::Array();
  added.Append(next.Cert());
  changes.Set("spcert", std::move(added));
  Value removed = Value::Array();
  removed.Append(Text(HexEncodeUpper(crypto::Sha256(world_.sp.cert))));
  changes.Set("deloldspcert", std::move(removed));
  ExpectPass(world_.Send(world_.UpdateSd(changes)));
  ASSERT_THAT(world_.tee->state().sds[0].spcerts, SizeIs(1));
  EXPECT_EQ(world_.tee->state().sds[0].spcerts[0], next.cert);

  // What the old certificate signed is good no more.
  world_.Connect();
  Refused(world_.InstallTa(), "ERR_TA_INVALID");
}

TEST_P(CommandsTest, UpdateSdRenamesAndRenews) {
  world_.HaveSd();
  const std::string aik = world_.Held();
  world_.Connect();
  Value changes = Value::Object();
  changes.Set("newsdname", Text("renamed"));
  changes.Set("renewteespaik", pei() ? Text("true") : Value::Bool(true));
  const Answer answer = world_.Send(world_.UpdateSd(changes));
  ExpectPass(answer);
  EXPECT_NE(TextOf(answer.content, "teespaik"), "");
  EXPECT_EQ(world_.tee->state().sds[0].name, "renamed");
  EXPECT_NE(world_.Held(), aik);
  ASSERT_THAT(world_.tee->state().aiks, SizeIs(1));
}

TEST_P(CommandsTest, UpdateSdRefusals) {
  world_.HaveSd();
  world_.Connect();
  ExpectPass(world_.Send(world_.CreateSd("sd-2")));
  world_.Connect();
  Value rename = Value::Object();
  rename.Set("newsdname", Text("sd-2"));
  Refused(world_.UpdateSd(rename), "ERR_SDNAME_ALREADY_USED");
  Refused(world_.UpdateSd(rename, "sd-9"), "ERR_SD_NOT_FOUND");
  Refused(With(world_.UpdateSd(rename), "spid", Text("other")),
          "ERR_SD_NOT_FOUND");
  Refused(world_.UpdateSd(Value::Object()), "ERR_REQUEST_INVALID");
  Value unknown = Value::Object();
  unknown.Set("surprise", Text("x"));
  Refused(world_.UpdateSd(unknown), "ERR_REQUEST_INVALID");
  // All or nothing: the new name goes with the certificate that is bad.
  Value half = Value::Object();
  half.Set("newsdname", Text("sd-3"));
  Value bad = Value::Array();
  bad.Append(Text("AAAA"));
  half.Set("spcert", std::move(bad));
  Refused(world_.UpdateSd(half), "ERR_SPCERT_INVALID");
}

TEST_P(CommandsTest, InstallTaStoresWhatTheSpSigned) {
  world_.HaveSd();
  const std::string signed_image =
      world_.sp.Image("ta-1", "1.0.0", std::string("\0code\xff", 6));
  Draft draft = world_.InstallTa();
  draft.tbs["encrypted_ta"] =
      world_.tsm->EncryptTa(world_.sp.spid, signed_image, "settings", false);
  ExpectPass(world_.Send(draft));
  const TeeState state = world_.tee->state();
  ASSERT_THAT(state.sds[0].tas, SizeIs(1));
  const InstalledTa& ta = state.sds[0].tas[0];
  EXPECT_EQ(ta.taid, "ta-1");
  EXPECT_EQ(ta.version, "1.0.0");
  const auto image = world_.tee->ReadBlob(ta.image_sha256);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(*image, signed_image);
  const auto pdata = world_.tee->ReadBlob(ta.pdata_sha256);
  ASSERT_TRUE(pdata.ok()) << pdata.status();
  EXPECT_EQ(*pdata, "settings");
}

TEST_P(CommandsTest, InstallTaRefusals) {
  world_.HaveTa();
  world_.Connect();
  Refused(world_.InstallTa(), "ERR_TA_ALREADY_INSTALLED");
  Refused(With(world_.InstallTa("ta-2"), "sdname", Text("sd-9")),
          "ERR_SD_NOT_FOUND");
  Refused(With(world_.InstallTa("ta-2"), "spid", Text("other")),
          "ERR_TA_INVALID");
  // The image says another name than the request.
  Refused(With(world_.InstallTa("ta-2"), "taid", Text("ta-3")),
          "ERR_TA_INVALID");
  const auto with_image = [&](const std::string& image) {
    Draft draft = world_.InstallTa("ta-2");
    draft.tbs["encrypted_ta"] =
        world_.tsm->EncryptTa(world_.sp.spid, image, "settings", false);
    return draft;
  };
  const TestSp stranger = MakeTestSp(world_.sp.spid, 78, world_.clock.Now());
  Refused(with_image(stranger.Image("ta-2", "1.0.0", "code")),
          "ERR_TA_INVALID");
  Refused(with_image("no image"), "ERR_TA_INVALID");
  std::string tampered = world_.sp.Image("ta-2", "1.0.0", "code");
  tampered[tampered.size() / 2] ^= 1;
  Refused(with_image(tampered), "ERR_TA_INVALID");
}

TEST_P(CommandsTest, AnEncryptedTaMustBeWhole) {
  world_.HaveSd();
  world_.Connect();
  for (const char* member : {"key", "iv", "alg", "ciphertadata"}) {
    SCOPED_TRACE(member);
    Draft draft = world_.InstallTa();
    Members parts;
    for (const auto& [name, value] : draft.tbs["encrypted_ta"].members()) {
      if (name != member) parts.emplace(name, value);
    }
    draft.tbs["encrypted_ta"] = ToObject(parts);
    Refused(draft, "ERR_REQUEST_INVALID");
  }
  Draft draft = world_.InstallTa();
  draft.tbs["encrypted_ta"].Set("alg", Text("AESGCM"));
  Refused(draft, "ERR_UNSUPPORTED_CRYPTO_ALG");
  draft = world_.InstallTa();
  draft.tbs["encrypted_ta"].Set("ciphertadata",
                                Text(Base64Encode(std::string(64, 'x'))));
  Refused(draft, "ERR_TA_INVALID");
  draft = world_.InstallTa();
  draft.tbs.erase("encrypted_ta");
  Refused(draft, "ERR_REQUEST_INVALID");
}

TEST_P(CommandsTest, UpdateTaReplacesTheImageAndKeepsTheData) {
  world_.HaveTa();
  const InstalledTa before = world_.tee->state().sds[0].tas[0];
  world_.Connect();
  ExpectPass(world_.Send(world_.UpdateTa()));
  const InstalledTa after = world_.tee->state().sds[0].tas[0];
  EXPECT_EQ(after.version, "2.0.0");
  EXPECT_NE(after.image_sha256, before.image_sha256);
  EXPECT_EQ(after.pdata_sha256, before.pdata_sha256);
  EXPECT_FALSE(world_.tee->ReadBlob(before.image_sha256).ok())
      << "the old image is gone";
  world_.Connect();
  Refused(With(world_.UpdateTa("ta-9"), "taid", Text("ta-9")),
          "ERR_TA_NOT_FOUND");
}

TEST_P(CommandsTest, DeleteTaAndDeleteSd) {
  world_.HaveTa();
  world_.Connect();
  Refused(world_.DeleteSd(), "ERR_SD_NOT_EMPTY");
  Refused(world_.DeleteSd("sd-9"), "ERR_SD_NOT_FOUND");
  Refused(world_.DeleteTa("ta-9"), "ERR_TA_NOT_FOUND");
  Refused(With(world_.DeleteTa(), "sdname", Text("sd-9")), "ERR_SD_NOT_FOUND");
  ExpectPass(world_.Send(world_.DeleteTa()));
  EXPECT_THAT(world_.tee->state().sds[0].tas, SizeIs(0));
  world_.Connect();
  ExpectPass(world_.Send(world_.DeleteSd()));
  EXPECT_THAT(world_.tee->state().sds, SizeIs(0));
  EXPECT_THAT(world_.tee->state().aiks, SizeIs(0))
      << "an AIK goes with its SP's last domain";
}

TEST_P(CommandsTest, DeleteSdWithItsTas) {
  world_.HaveTa();
  world_.Connect();
  ExpectPass(world_.Send(With(world_.DeleteSd(), "deleteta",
                              pei() ? Text("true") : Value::Bool(true))));
  EXPECT_THAT(world_.tee->state().sds, SizeIs(0));
}

// Each command: what is wrong in the part that all have in common.
TEST_P(CommandsTest, CommonRefusals) {
  world_.HaveTa();
  world_.Connect();
  const std::vector<std::function<Draft()>> commands = {
      [&] { return world_.CreateSd("sd-2"); },
      [&] {
        Value changes = Value::Object();
        changes.Set("newsdname", Text("sd-2"));
        return world_.UpdateSd(changes);
      },
      [&] { return world_.DeleteSd(); },
      [&] { return world_.InstallTa("ta-2"); },
      [&] { return world_.UpdateTa(); },
      [&] { return world_.DeleteTa(); },
  };
  for (const auto& command : commands) {
    SCOPED_TRACE(command().message);
    Draft draft = command();
    draft.tbs["dsihash"] = Text(Base64Encode(crypto::Sha256("older")));
    Refused(draft, "ERR_DEV_STATE_MISMATCH");
    draft = command();
    draft.tbs["ver"] = Text("9.9");
    Refused(draft, "ERR_UNSUPPORTED_MSG_VERSION");
    for (const char* member : {"rid", "tid", "nextdsi", "dsihash"}) {
      SCOPED_TRACE(member);
      draft = command();
      draft.tbs.erase(member);
      Refused(draft, "ERR_REQUEST_INVALID");
      draft = command();
      draft.tbs[member] = Value::Array();
      Refused(draft, "ERR_REQUEST_INVALID");
    }
    draft = command();
    draft.tbs["surprise"] = Text("x");
    Refused(draft, "ERR_REQUEST_INVALID");
    // A TSM of another id than its certificate's.
    Refused(With(command(), world_.tsm->OwnerMember(),
                 Text("https://other.example/")),
            pei() ? "ERR_TSM_NOT_AUTHORIZED" : "ERR_TAM_NOT_AUTHORIZED");
    Refused(Without(command(), world_.tsm->OwnerMember()),
            "ERR_REQUEST_INVALID");
    Refused(With(command(), "surprise", Text("x")), "ERR_REQUEST_INVALID");
  }
}

// A state that moved on makes an earlier request stale: nothing is applied
// twice when a request is played back.
TEST_P(CommandsTest, ARequestPlayedBackIsStale) {
  world_.Connect();
  const std::string create = world_.tsm->Seal(world_.CreateSd());
  ExpectPass(world_.SendBytes(create));
  const std::string before = world_.Held();
  ExpectFail(world_.SendBytes(create), "ERR_DEV_STATE_MISMATCH");
  EXPECT_EQ(world_.Held(), before);
}

// Without nextdsi a TSM doesn't learn the new state, so it has to ask for it:
// what it hashes is the old one.
TEST_P(CommandsTest, AChangeMakesTheHashOfBeforeStale) {
  world_.Connect();
  Draft create = world_.CreateSd();
  create.tbs["nextdsi"] = pei() ? Text("false") : Value::Bool(false);
  const Answer answer = world_.Send(create);
  ExpectPass(answer);
  EXPECT_FALSE(answer.has_dsi);
  Refused(world_.DeleteSd(), "ERR_DEV_STATE_MISMATCH");
  ExpectPass(world_.Send(world_.DeleteSd()));
}

}  // namespace
}  // namespace otrp::device

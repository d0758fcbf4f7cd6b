// What a TEE looks at in a trusted application and in an SP's certificates,
// beyond commands_on_tee_test.cc: each part of UpdateTA, certificates that
// come with a TA, and an SP that gets another name.

#include <string>
#include <utility>
#include <vector>

#include "clients/device/strict.h"
#include "clients/device/testing/world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/base/hex.h"
#include "libs/crypto/hash.h"
#include "libs/jose/jws.h"

namespace otrp::device {
namespace {

using json::Value;
using ::testing::SizeIs;

class TaTest : public ::testing::TestWithParam<Dialect> {
 protected:
  TaTest() : world_(Options()) {
    world_.HaveTa();
    world_.Connect();
  }

  static WorldOptions Options() {
    WorldOptions options;
    options.dialect = GetParam();
    return options;
  }

  void Refused(const Draft& draft, absl::string_view code) {
    const std::string before = world_.Held();
    ExpectFail(world_.Send(draft), code);
    EXPECT_EQ(world_.Held(), before) << "a refused request changes nothing";
  }

  Draft UpdateWith(const absl::optional<std::string>& image,
                   const absl::optional<std::string>& pdata) {
    Draft draft = world_.UpdateTa();
    draft.tbs["encrypted_ta"] =
        world_.tsm->EncryptTa(world_.sp.spid, image, pdata, true);
    return draft;
  }
  Draft InstallWith(const std::string& image) {
    Draft draft = world_.InstallTa("ta-2");
    draft.tbs["encrypted_ta"] =
        world_.tsm->EncryptTa(world_.sp.spid, image, absl::nullopt, false);
    return draft;
  }
  const InstalledTa Installed() const {
    return world_.tee->state().sds[0].tas[0];
  }

  World world_;
};

INSTANTIATE_TEST_SUITE_P(Dialects, TaTest,
                         ::testing::Values(Dialect::kIetf03, Dialect::kPei03),
                         [](const auto& info) {
                           return std::string(DialectName(info.param));
                         });

TEST_P(TaTest, UpdateOfTheDataAloneKeepsTheImage) {
  const InstalledTa before = Installed();
  ExpectPass(world_.Send(UpdateWith(absl::nullopt, std::string("new data"))));
  const InstalledTa after = Installed();
  EXPECT_EQ(after.version, before.version);
  EXPECT_EQ(after.image_sha256, before.image_sha256);
  EXPECT_TRUE(world_.tee->ReadBlob(after.image_sha256).ok());
  EXPECT_EQ(*world_.tee->ReadBlob(after.pdata_sha256), "new data");
  EXPECT_FALSE(world_.tee->ReadBlob(before.pdata_sha256).ok())
      << "the old data is gone";
}

TEST_P(TaTest, UpdateOfBothParts) {
  ExpectPass(world_.Send(UpdateWith(world_.sp.Image("ta-1", "3.0.0", "code"),
                                    std::string("new data"))));
  EXPECT_EQ(Installed().version, "3.0.0");
  EXPECT_EQ(*world_.tee->ReadBlob(Installed().pdata_sha256), "new data");
}

TEST_P(TaTest, UpdateRefusals) {
  Refused(UpdateWith(absl::nullopt, absl::nullopt), "ERR_REQUEST_INVALID");
  Refused(UpdateWith(world_.sp.Image("ta-9", "2.0.0", "code"), absl::nullopt),
          "ERR_TA_INVALID");
  Refused(UpdateWith(std::string("no image"), absl::nullopt), "ERR_TA_INVALID");
  const TestSp stranger = MakeTestSp(world_.sp.spid, 78, world_.clock.Now());
  Refused(UpdateWith(stranger.Image("ta-1", "2.0.0", "code"), absl::nullopt),
          "ERR_TA_INVALID");
  // Good data doesn't come in by the side of a bad image.
  Refused(UpdateWith(std::string("no image"), std::string("new data")),
          "ERR_TA_INVALID");
  Draft draft = world_.UpdateTa();
  (*draft.content)["sdname"] = Text("sd-9");
  Refused(draft, "ERR_SD_NOT_FOUND");
  draft = world_.UpdateTa();
  (*draft.content)["spid"] = Text("other");
  Refused(draft, "ERR_TA_INVALID");
  // Members of InstallTA have no meaning here.
  draft = world_.UpdateTa();
  draft.tbs["encrypted_ta"] = world_.tsm->EncryptTa(
      world_.sp.spid, world_.sp.Image("ta-1", "2.0.0", "code"), absl::nullopt,
      false);
  Refused(draft, "ERR_REQUEST_INVALID");
}

TEST_P(TaTest, AnImageSaysWhoSignedItAndWhatItIs) {
  const auto sign = [&](const std::vector<std::string>& x5c,
                        std::vector<std::pair<std::string, std::string>> named,
                        const crypto::PrivateKey& key) {
    jose::SignOptions options;
    options.x5c = x5c;
    for (const auto& [name, value] : named) {
      options.protected_members.Set(name, Text(value));
    }
    return *jose::SignFlattened("code", key, options);
  };
  const crypto::PrivateKey& key = world_.sp.key;
  const std::string& cert = world_.sp.cert;
  Refused(InstallWith(sign({}, {{"taid", "ta-2"}, {"taver", "1"}}, key)),
          "ERR_TA_INVALID");
  Refused(InstallWith(sign({cert}, {{"taver", "1"}}, key)), "ERR_TA_INVALID");
  Refused(InstallWith(sign({cert}, {{"taid", "ta-2"}}, key)), "ERR_TA_INVALID");
  Refused(
      InstallWith(sign(
          {cert}, {{"taid", "ta-2"}, {"taver", std::string(200, '1')}}, key)),
      "ERR_TA_INVALID");
  // The SP's certificate, and another's key.
  Refused(InstallWith(sign({cert}, {{"taid", "ta-2"}, {"taver", "1"}},
                           PooledKey(crypto::KeyType::kEcP256, 990))),
          "ERR_TA_INVALID");
  ExpectPass(world_.Send(
      InstallWith(sign({cert}, {{"taid", "ta-2"}, {"taver", "1"}}, key))));
}

TEST_P(TaTest, AnIvIsSixteenOctets) {
  for (const char* iv : {"", "00", "not hex nor base64 of the right"}) {
    SCOPED_TRACE(iv);
    Draft draft = world_.InstallTa("ta-2");
    draft.tbs["encrypted_ta"].Set("iv", Text(iv));
    Refused(draft, "ERR_REQUEST_INVALID");
  }
}

// Encrypted to a key that isn't this TEE's AIK for the SP.
TEST_P(TaTest, AKeyForAnotherDeviceDecryptsNothing) {
  World another(Options());
  const TestSp other_sp = MakeTestSp("other-sp.example", 5, world_.clock.Now());
  another.sp = other_sp;
  another.HaveSd();
  // The first AIKs of two worlds are the same pooled key.
  Value changes = Value::Object();
  changes.Set("renewteespaik",
              GetParam() == Dialect::kPei03 ? Text("true") : Value::Bool(true));
  ExpectPass(another.Send(another.UpdateSd(changes)));
  Draft draft = world_.InstallTa("ta-2");
  draft.tbs["encrypted_ta"] = another.tsm->EncryptTa(
      other_sp.spid, world_.sp.Image("ta-2", "1.0.0", "code"), absl::nullopt,
      false);
  Refused(draft, "ERR_TA_INVALID");
}

// A TA may bring the certificate that it needs; it stays only if the TA does.
TEST_P(TaTest, ACertificateComesWithATa) {
  const TestSp next = MakeTestSp(world_.sp.spid, 79, world_.clock.Now());
  Draft draft = InstallWith(next.Image("ta-2", "1.0.0", "code"));
  Refused(draft, "ERR_TA_INVALID");
  (*draft.content)["spcert"] = Text("AAAA");
  Refused(draft, "ERR_SPCERT_INVALID");
  (*draft.content)["spcert"] = next.Cert();
  Draft bad = draft;
  (*bad.content)["taid"] = Text("ta-3");
  Refused(bad, "ERR_TA_INVALID");
  ExpectPass(world_.Send(draft));
  EXPECT_THAT(world_.tee->state().sds[0].spcerts, SizeIs(2));
  // The same once more adds none.
  draft = world_.UpdateTa();
  (*draft.content)["spcert"] = next.Cert();
  ExpectPass(world_.Send(draft));
  EXPECT_THAT(world_.tee->state().sds[0].spcerts, SizeIs(2));
}

// "A new SPID for one of the domains will always trigger a new teespaik."
TEST_P(TaTest, AnSpThatGetsAnotherNameGetsAnotherAik) {
  const std::string old_key =
      world_.tee->state().aiks[0].key.public_key().ToSpki();
  Value changes = Value::Object();
  changes.Set("newspid", Text("renamed.example"));
  const Answer answer = world_.Send(world_.UpdateSd(changes));
  ExpectPass(answer);
  EXPECT_NE(TextOf(answer.content, "teespaik"), "");
  const TeeState state = world_.tee->state();
  EXPECT_EQ(state.sds[0].spid, "renamed.example");
  ASSERT_THAT(state.aiks, SizeIs(1)) << "nobody has the old one any more";
  EXPECT_EQ(state.aiks[0].spid, "renamed.example");
  EXPECT_NE(state.aiks[0].key.public_key().ToSpki(), old_key);
  EXPECT_THAT(state.sds[0].tas, SizeIs(1));
}

TEST_P(TaTest, AnAikStaysWhileADomainNeedsIt) {
  ExpectPass(world_.Send(world_.CreateSd("sd-2")));
  Value changes = Value::Object();
  changes.Set("newspid", Text("renamed.example"));
  ExpectPass(world_.Send(world_.UpdateSd(changes, "sd-2")));
  EXPECT_THAT(world_.tee->state().aiks, SizeIs(2));
  ExpectPass(world_.Send(world_.DeleteSd("sd-2")));
  ASSERT_THAT(world_.tee->state().aiks, SizeIs(1));
  EXPECT_EQ(world_.tee->state().aiks[0].spid, world_.sp.spid);
  ExpectPass(world_.Send(world_.UpdateTa()));
}

TEST_P(TaTest, AFingerprintIsOfSha256) {
  for (const std::string& text :
       {std::string(), std::string("zz"), Base64Encode("too short"),
        Base64Encode(std::string(33, 'x'))}) {
    SCOPED_TRACE(text);
    Value removed = Value::Array();
    removed.Append(Text(text));
    Value changes = Value::Object();
    changes.Set("newsdname", Text("renamed"));
    changes.Set("deloldspcert", std::move(removed));
    Refused(world_.UpdateSd(changes), "ERR_REQUEST_INVALID");
  }
  // Of a certificate that isn't there: deleted already. Hex of either case, and
  // base64 as our own TSM once wrote it.
  const std::string other = crypto::Sha256("some other");
  for (const std::string& text :
       {HexEncodeUpper(other), HexEncode(other), Base64Encode(other)}) {
    Value removed = Value::Array();
    removed.Append(Text(text));
    Value changes = Value::Object();
    changes.Set("deloldspcert", std::move(removed));
    ExpectPass(world_.Send(world_.UpdateSd(changes)));
  }
  EXPECT_THAT(world_.tee->state().sds[0].spcerts, SizeIs(1));
}

// --- No way back to an older version -----------------------------------------

TEST_P(TaTest, AnUpdateToAnOlderVersionIsRefused) {
  ExpectPass(world_.Send(world_.UpdateTa("ta-1", "1.10")));
  for (const char* older : {"1.9", "1.9.99", "1", "0"}) {
    SCOPED_TRACE(older);
    Refused(world_.UpdateTa("ta-1", older), "ERR_TA_INVALID");
  }
  // The same again, and newer ones.
  for (const char* version : {"1.10", "1.10.0", "1.10.1", "2"}) {
    ExpectPass(world_.Send(world_.UpdateTa("ta-1", version)));
  }
}

TEST_P(TaTest, AnOlderVersionIsRefusedAfterTheTaWasDeleted) {
  ExpectPass(world_.Send(world_.UpdateTa("ta-1", "2.0.0")));
  ExpectPass(world_.Send(world_.DeleteTa()));
  Refused(world_.InstallTa("ta-1", "1.0.0"), "ERR_TA_INVALID");
  ExpectPass(world_.Send(world_.DeleteSd()));
  ExpectPass(world_.Send(world_.CreateSd("another")));
  Draft draft = world_.InstallTa("ta-1", "1.9.9");
  (*draft.content)["sdname"] = Text("another");
  Refused(draft, "ERR_TA_INVALID");
  draft = world_.InstallTa("ta-1", "2.0.0");
  (*draft.content)["sdname"] = Text("another");
  ExpectPass(world_.Send(draft));
}

TEST_P(TaTest, AnotherNameOfTheSpIsNoWayToAnOlderVersion) {
  ExpectPass(world_.Send(world_.UpdateTa("ta-1", "2.0.0")));
  ExpectPass(world_.Send(world_.DeleteTa()));
  Value changes = Value::Object();
  changes.Set("newspid", Text("renamed.example"));
  ExpectPass(world_.Send(world_.UpdateSd(changes)));
  world_.sp.spid = "renamed.example";
  Refused(world_.InstallTa("ta-1", "1.0.0"), "ERR_TA_INVALID");
  ExpectPass(world_.Send(world_.InstallTa("ta-1", "2.0.0")));
}

TEST_P(TaTest, WhatOneTaHadIsNothingToAnother) {
  ExpectPass(world_.Send(world_.UpdateTa("ta-1", "9.0.0")));
  ExpectPass(world_.Send(world_.InstallTa("ta-2", "1.0.0")));
}

TEST_P(TaTest, AVersionThatCannotBeComparedIsRefused) {
  for (const char* version : {"", "v2", "1.0-beta", "1..2", ".1", "1.", " 1",
                              "+1", "1.2.3.4.5.6.7.8.9", "4294967296"}) {
    SCOPED_TRACE(version);
    Refused(InstallWith(world_.sp.Image("ta-2", version, "code")),
            "ERR_TA_INVALID");
  }
}

TEST_P(TaTest, ARefusedImageRaisesNoVersion) {
  WorldOptions options = Options();
  options.tee.limits.trusted_applications = 1;
  World world(std::move(options));
  world.HaveTa();
  ExpectFail(world.Send(world.InstallTa("ta-2", "5.0.0")),
             "ERR_TEE_RESOURCE_FULL");
  ExpectPass(world.Send(world.DeleteTa()));
  ExpectPass(world.Send(world.InstallTa("ta-2", "1.0.0")));
}

// Forgetting the oldest would be a way back.
TEST_P(TaTest, AFullMemoryOfVersionsTakesNoFurtherTa) {
  WorldOptions options = Options();
  options.tee.limits.remembered_versions = 2;
  World world(std::move(options));
  world.HaveTa();
  ExpectPass(world.Send(world.InstallTa("ta-2")));
  ExpectPass(world.Send(world.DeleteTa("ta-2")));
  ExpectFail(world.Send(world.InstallTa("ta-3")), "ERR_TEE_RESOURCE_FULL");
  ExpectPass(world.Send(world.InstallTa("ta-2")));
}

}  // namespace
}  // namespace otrp::device

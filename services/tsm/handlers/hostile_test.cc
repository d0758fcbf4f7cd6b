// Messages that no honest device sends, or sends twice: what the TSM does with
// them is nothing, visibly.

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/base/hex.h"
#include "libs/crypto/kem.h"
#include "libs/crypto/random.h"
#include "libs/jose/jws.h"
#include "libs/json/json.h"
#include "libs/telemetry/metrics.h"
#include "services/tsm/testing/mini_tee.h"
#include "services/tsm/testing/tsm_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using json::Value;
using Loss = ::otrp::testing::PostgresProxy::Loss;
using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::Field;
using ::testing::HasSubstr;
using testing::IdsOf;
using ::testing::IsEmpty;
using testing::MiniTee;
using testing::NameOf;
using ::testing::Not;
using ::testing::SizeIs;
using testing::TsmFixture;

class HostileTest : public ::testing::Test {
 protected:
  HostileTest()
      : tee_("Primus", crypto::KeyType::kEcP256),
        other_("Secundus", crypto::KeyType::kEcP256) {
    tsm_.verifier.Trust(tee_);
    tsm_.verifier.Trust(other_);
    tsm_.Certificate("cert 1");
    tsm_.Release("1.0.0", "cert 1");
    tsm_.Assign(true);
  }

  std::string Connect() { return tsm_.Advance("").value(); }
  // A session up to its CreateSDRequest.
  std::string Open(MiniTee* tee) {
    return tsm_.Advance(tee->Answer(Connect())).value();
  }

  TsmFixture tsm_;
  MiniTee tee_;
  MiniTee other_;
};

TEST_F(HostileTest, TheSameBytesGetTheSameReplyAndNoSecondEffect) {
  const std::string state = tee_.Answer(Connect());
  const std::string create = tsm_.Advance(state).value();
  const size_t audited = tsm_.AuditActions().size();
  EXPECT_THAT(tsm_.Advance(state), IsOkAndHolds(create));
  const std::string response = tee_.Answer(create);
  const std::string install = tsm_.Advance(response).value();
  EXPECT_THAT(tsm_.Advance(response), IsOkAndHolds(install));
  EXPECT_THAT(tsm_.Advance(state), IsOkAndHolds(create));
  const std::string last = tee_.Answer(install);
  EXPECT_THAT(tsm_.Advance(last), IsOkAndHolds(""));
  EXPECT_THAT(tsm_.Advance(last), IsOkAndHolds(""));
  EXPECT_THAT(tsm_.Advance(response), IsOkAndHolds(install));
  EXPECT_THAT(tsm_.AuditActions(), SizeIs(audited + 2));
  EXPECT_EQ(tsm_.verifier.calls, 1);
}

TEST_F(HostileTest, OtherBytesForAConsumedRequestAreAReplay) {
  const std::string create = Open(&tee_);
  const std::string response = tee_.Answer(create);
  ASSERT_NE(tsm_.Advance(response).value(), "");
  // Another good answer of the same TEE to the same request.
  tee_.sds.clear();
  const std::string again = tee_.Answer(create);
  ASSERT_NE(again, response);
  EXPECT_THAT(tsm_.Advance(again), IsOkAndHolds(""));
  EXPECT_EQ(tsm_.Refusals("replay"), 1);
  EXPECT_THAT(tsm_.DeviceOf(tee_).domains, SizeIs(1));
}

TEST_F(HostileTest, TwentyDeliveriesAtOnceHaveOneEffectAndOneReply) {
  for (int round = 0; round < 2; ++round) {
    // First the message that makes the session, then one inside it.
    const std::string message =
        tee_.Answer(round == 0 ? Connect() : Open(&tee_));
    const size_t audited = tsm_.AuditActions().size();
    std::vector<std::string> replies(20);
    std::vector<std::thread> threads;
    for (std::string& reply : replies) {
      threads.emplace_back([&] {
        auto result = tsm_.Advance(message);
        EXPECT_TRUE(result.ok()) << result.status();
        if (result.ok()) reply = *result;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_THAT(std::set<std::string>(replies.begin(), replies.end()),
                SizeIs(1));
    EXPECT_NE(replies[0], "");
    EXPECT_THAT(tsm_.AuditActions(), SizeIs(audited + 1));
    tee_.sds.clear();
  }
}

TEST_F(HostileTest, AWrongSignatureChangesNothing) {
  const std::string create = Open(&tee_);
  tee_.wrong_key = true;
  EXPECT_THAT(tsm_.Advance(tee_.Answer(create)), IsOkAndHolds(""));
  EXPECT_EQ(tsm_.Refusals("bad-signature"), 1);
  EXPECT_THAT(tsm_.DeviceOf(tee_).domains, IsEmpty());
  // The true answer is still taken.
  tee_.wrong_key = false;
  tee_.sds.clear();
  EXPECT_EQ(NameOf(tsm_.Advance(tee_.Answer(create)).value()),
            "InstallTARequest");
}

TEST_F(HostileTest, AnotherDevicesAnswerIsNotTaken) {
  const std::string create = Open(&tee_);
  const std::string foreign = Open(&other_);
  // Signed by a device that we know, about itself, but for another session.
  std::string answer = other_.Answer(foreign);
  const auto mine = IdsOf(create);
  const auto theirs = IdsOf(foreign);
  other_.replace_tbs["tid"] = Value::String(mine.first);
  other_.replace_tbs["rid"] = Value::String(mine.second);
  other_.sds.clear();
  EXPECT_THAT(tsm_.Advance(other_.Answer(foreign)), IsOkAndHolds(""));
  EXPECT_EQ(tsm_.Refusals("bad-signature"), 1);
  // Its own session goes on.
  EXPECT_EQ(NameOf(tsm_.Advance(answer).value()), "InstallTARequest");
  EXPECT_THAT(tsm_.DeviceOf(tee_).domains, IsEmpty());
}

TEST_F(HostileTest, AContentThatNamesAnotherDeviceIsNotTaken) {
  const std::string create = Open(&tee_);
  tee_.wrong_did = true;
  EXPECT_THAT(tsm_.Advance(tee_.Answer(create)), IsOkAndHolds(""));
  EXPECT_EQ(tsm_.Refusals("wrong-device"), 1);
  EXPECT_THAT(tsm_.DeviceOf(tee_).domains, IsEmpty());
}

TEST_F(HostileTest, IdsOfTwoSessionsDontMix) {
  const std::string create = Open(&tee_);
  const std::string foreign = Open(&other_);
  struct Case {
    const char* what;
    std::string tid;
    std::string rid;
    const char* reason;
  };
  for (const Case& c : std::vector<Case>{
           {"our tid, their rid", IdsOf(create).first, IdsOf(foreign).second,
            "unknown-rid"},
           {"their tid, our rid", IdsOf(foreign).first, IdsOf(create).second,
            "unknown-rid"},
           {"a tid of nobody", "F0000000-0000-4000-8000-000000000000",
            IdsOf(create).second, "unknown-tid"},
           {"an invented rid", IdsOf(create).first,
            "F0000000-0000-4000-8000-000000000000", "unknown-rid"}}) {
    const int before = tsm_.Refusals(c.reason);
    tee_.replace_tbs["tid"] = Value::String(c.tid);
    tee_.replace_tbs["rid"] = Value::String(c.rid);
    tee_.sds.clear();
    EXPECT_THAT(tsm_.Advance(tee_.Answer(create)), IsOkAndHolds("")) << c.what;
    EXPECT_EQ(tsm_.Refusals(c.reason), before + 1) << c.what;
  }
  EXPECT_THAT(tsm_.DeviceOf(tee_).domains, IsEmpty());
  EXPECT_THAT(tsm_.DeviceOf(other_).domains, IsEmpty());
}

TEST_F(HostileTest, AnAnswerToAnotherRequestThanTheOutstandingIsNotTaken) {
  const std::string create = Open(&tee_);
  const auto ids = IdsOf(create);
  tee_.replace_tbs["tid"] = Value::String(ids.first);
  tee_.replace_tbs["rid"] = Value::String(ids.second);
  const std::string state = tee_.Answer(Connect());
  EXPECT_THAT(tsm_.Advance(state), IsOkAndHolds(""));
  EXPECT_EQ(tsm_.Refusals("wrong-message"), 1);
}

TEST_F(HostileTest, FirstMessagesExpire) {
  const std::string state = tee_.Answer(Connect());
  const std::string late = tee_.Answer(Connect());
  tsm_.clock.Advance(absl::Minutes(10));
  EXPECT_NE(tsm_.Advance(state).value(), "");
  tsm_.clock.Advance(absl::Minutes(6));
  EXPECT_THAT(tsm_.Advance(late), IsOkAndHolds(""));
  EXPECT_EQ(tsm_.Refusals("unknown-tid"), 1);
  // Another TSM's tid, or one that somebody made up.
  std::vector<SecretBytes> others;
  others.emplace_back(std::string(32, 'x'));
  tsm_.messenger->ReplaceSecrets(std::move(others));
  const std::string foreign = Connect();
  tsm_.messenger->ReplaceSecrets(TsmFixture::OneSecret());
  EXPECT_THAT(tsm_.Advance(tee_.Answer(foreign)), IsOkAndHolds(""));
  EXPECT_EQ(tsm_.Refusals("unknown-tid"), 2);
}

TEST_F(HostileTest, SessionsExpire) {
  const std::string create = Open(&tee_);
  const std::string response = tee_.Answer(create);
  tsm_.clock.Advance(absl::Minutes(10) + absl::Seconds(1));
  EXPECT_THAT(tsm_.Advance(response), IsOkAndHolds(""));
  EXPECT_EQ(tsm_.Refusals("expired"), 1);
  EXPECT_THAT(tsm_.DeviceOf(tee_).domains, IsEmpty());
  OTRP_ASSERT_OK(tsm_.store.Purge(tsm_.clock.Now(), absl::Seconds(1)));
  EXPECT_EQ(tsm_.Sessions()[0].state, SessionState::kExpired);
  EXPECT_THAT(tsm_.Advance(response), IsOkAndHolds(""));
  EXPECT_EQ(tsm_.Refusals("expired"), 2);
}

TEST_F(HostileTest, ARefusedDeviceIsRecordedAndGetsNothing) {
  MiniTee stranger("Tertius", crypto::KeyType::kRsa);
  const std::string answer = stranger.Answer(Connect());
  EXPECT_THAT(tsm_.Advance(answer), IsOkAndHolds(""));
  EXPECT_TRUE(tsm_.told_refused);
  // An answer that was lost is given again, and other octets get none.
  EXPECT_THAT(tsm_.Advance(answer), IsOkAndHolds(""));
  EXPECT_TRUE(tsm_.told_refused);
  EXPECT_THAT(tsm_.Advance(answer + " "), IsOkAndHolds(""));
  EXPECT_FALSE(tsm_.told_refused);
  const DeviceDetails device = tsm_.DeviceOf(stranger);
  EXPECT_EQ(device.device.verdict, Verdict::kRefused);
  ASSERT_THAT(device.device.reasons, SizeIs(1));
  EXPECT_EQ(device.device.reasons[0].code, "tee-chain-unknown-issuer");
  EXPECT_EQ(tsm_.Sessions()[0].state, SessionState::kRefused);
}

TEST_F(HostileTest, ADeviceThatIsNoLongerTrustedIsShownAsRefused) {
  tsm_.Drive(&tee_);
  tsm_.verifier.Distrust(tee_);
  EXPECT_THAT(tsm_.Drive(&tee_), SizeIs(1));
  EXPECT_EQ(tsm_.DeviceOf(tee_).device.verdict, Verdict::kRefused);
  EXPECT_THAT(tsm_.DeviceOf(tee_).domains, SizeIs(1));
  tsm_.verifier.Trust(tee_);
  tsm_.Drive(&tee_);
  EXPECT_EQ(tsm_.DeviceOf(tee_).device.verdict, Verdict::kAccepted);
}

TEST_F(HostileTest, NobodyElseCanHaveADeviceRefused) {
  const std::string create = Open(&tee_);
  // Somebody with the certificate, but without the key.
  tee_.wrong_key = true;
  EXPECT_THAT(tsm_.Advance(tee_.Answer(Connect())), IsOkAndHolds(""));
  EXPECT_EQ(tsm_.DeviceOf(tee_).device.verdict, Verdict::kAccepted);
  // Nor end its session.
  tee_.wrong_key = false;
  EXPECT_EQ(NameOf(tsm_.Advance(tee_.Answer(create)).value()),
            "InstallTARequest");
}

TEST_F(HostileTest, ACommitOfUnknownOutcomeIsRepeatedSafely) {
  const auto advance_through_a_loss = [&](Loss loss,
                                          const std::string& message) {
    const size_t audited = tsm_.AuditActions().size();
    tsm_.database.proxy().LoseNextCommit(loss);
    EXPECT_THAT(tsm_.Advance(message),
                StatusIs(absl::StatusCode::kUnavailable));
    const std::string request = tsm_.Advance(message).value();
    EXPECT_THAT(tsm_.AuditActions(), SizeIs(audited + 1));
    return request;
  };
  for (const Loss loss : {Loss::kRequest, Loss::kAnswer}) {
    tee_.sds.clear();
    // First the message that makes the session, then one inside it.
    const std::string create =
        advance_through_a_loss(loss, tee_.Answer(Connect()));
    EXPECT_EQ(NameOf(create), "CreateSDRequest");
    EXPECT_EQ(NameOf(advance_through_a_loss(loss, tee_.Answer(create))),
              "InstallTARequest");
    EXPECT_THAT(tsm_.DeviceOf(tee_).domains, SizeIs(1));
  }
  EXPECT_EQ(tsm_.database.proxy().lost_commits(), 4);
}

TEST_F(HostileTest, JunkIsRefusedWithoutADatabaseToo) {
  tsm_.database.proxy().SetReachable(false);
  EXPECT_THAT(tsm_.Advance("x"), IsOkAndHolds(""));
}

TEST_F(HostileTest, JunkIsRefusedAndCounted) {
  int refused = 0;
  for (const std::string& junk : std::vector<std::string>{
           "x", "{}", "[]", "null", "\"x\"", "{\"a\":1,\"b\":2}",
           "{\"CreateSDRequest\":{}}", "{\"CreateSDResponse\":{}}",
           "{\"CreateSDResponse\":null}", "{\"GetDeviceStateResponse\":[]}",
           "{\"GetDeviceStateResponse\":{}}",
           "{\"GetDeviceStateResponse\":[1,2,3]}", "{\"OTrPBrokerError\":{}}",
           "{\"OTrPBrokerError\":\"\"}", "{\"TADependencyNotification\":7}",
           std::string("\0", 1), std::string(2 << 20, ' '),
           std::string(100000, '['), "{\"\xff\":1}"}) {
    EXPECT_THAT(tsm_.Advance(junk), IsOkAndHolds("")) << junk.substr(0, 100);
    ++refused;
  }
  EXPECT_EQ(tsm_.Refusals("malformed"), refused);
  EXPECT_THAT(tsm_.Sessions(), IsEmpty());
}

TEST_F(HostileTest, AnInventedErrorCodeIsCountedAsOther) {
  tee_.failures["CreateSD"] = "ERR_MADE_UP_BY_A_DEVICE";
  EXPECT_THAT(tsm_.Advance(tee_.Answer(Open(&tee_))), IsOkAndHolds(""));
  const std::string metrics = telemetry::Default().Serialize();
  EXPECT_THAT(metrics, HasSubstr("otrp_device_error_total{code="
                                 "\"other\",type=\"CreateSDResponse\"} 1"));
  EXPECT_THAT(metrics, Not(HasSubstr("ERR_MADE_UP")));
}

// Each member × {absent, null, wrong type, empty, huge}. Whatever comes of it,
// the domain isn't recorded as made, and an honest device goes on afterwards.
struct BadValue {
  const char* what;
  bool absent;
  Value value;
};

std::vector<BadValue> BadValues() {
  return {{"absent", true, Value::Null()},
          {"null", false, Value::Null()},
          {"number", false, Value::Integer(7)},
          {"array", false, Value::Array()},
          {"object", false, Value::Object()},
          {"empty", false, Value::String("")},
          {"huge", false, Value::String(std::string(300000, 'A'))}};
}

TEST_F(HostileTest, NoMemberOfAResponseCanBeMissingOrWrong) {
  for (const char* member : {"ver", "status", "rid", "tid", "content"}) {
    for (const BadValue& bad : BadValues()) {
      MiniTee tee("Primus", crypto::KeyType::kEcP256);
      tsm_.verifier.Trust(tee);
      const std::string create = Open(&tee);
      ASSERT_EQ(NameOf(create), "CreateSDRequest");
      if (bad.absent) {
        tee.drop_tbs.insert(member);
      } else {
        tee.replace_tbs[member] = bad.value;
      }
      EXPECT_THAT(tsm_.Advance(tee.Answer(create)), IsOkAndHolds(""))
          << member << " " << bad.what;
      EXPECT_THAT(tsm_.DeviceOf(tee).domains, IsEmpty())
          << member << " " << bad.what;
    }
  }
}

TEST_F(HostileTest, NoMemberOfAContentCanBeMissingOrWrong) {
  for (const char* member : {"did", "dsi"}) {
    for (const BadValue& bad : BadValues()) {
      // Without a dsi, or with an empty one as the drafts' samples have it, a
      // response is good.
      const std::string what = bad.what;
      if (std::string(member) == "dsi" &&
          (what == "absent" || what == "empty")) {
        continue;
      }
      MiniTee tee("Primus", crypto::KeyType::kEcP256);
      tsm_.verifier.Trust(tee);
      const std::string create = Open(&tee);
      ASSERT_EQ(NameOf(create), "CreateSDRequest");
      if (bad.absent) {
        tee.drop_content.insert(member);
      } else {
        tee.replace_content[member] = bad.value;
      }
      EXPECT_TRUE(tsm_.Advance(tee.Answer(create)).ok())
          << member << " " << bad.what;
      EXPECT_THAT(tsm_.DeviceOf(tee).domains, IsEmpty())
          << member << " " << bad.what;
    }
  }
}

// Anybody may send this message, and no signature comes before the decryption:
// what is wrong with it must not show (RFC 7516 11.5).
TEST_F(HostileTest, NobodyLearnsWhyAStateIsNotAuthentic) {
  const auto edsi_of = [](const std::string& answer) {
    const Value body = json::Parse(answer, json::kStrangers).value();
    const Value& entry =
        body.members()[0].second.items()[0].members()[0].second;
    const jose::UnverifiedJws jws = jose::UnverifiedJws::Parse(entry).value();
    const Value payload = json::Parse(jws.payload(), json::kStrangers).value();
    return *payload.members()[0].second.Find("edsi");
  };
  const auto with_key = [](Value edsi, const std::string& encrypted_key) {
    Value recipient = edsi.Find("recipients")->items()[0];
    recipient.Set("encrypted_key",
                  Value::String(Base64UrlEncode(encrypted_key)));
    Value recipients = Value::Array();
    recipients.Append(std::move(recipient));
    edsi.Set("recipients", std::move(recipients));
    return edsi;
  };
  MiniTee tee("Primus", crypto::KeyType::kRsa);
  tsm_.verifier.Trust(tee);
  const Value good = edsi_of(tee.Answer(Connect()));
  const auto tsm_key = crypto::PublicKey::FromSpki(tee.tsm_spki()).value();
  const auto wrapped = [&](size_t octets) {
    return crypto::RsaPkcs1Encrypt(tsm_key, std::string(octets, 'k'),
                                   crypto::SystemRandom())
        .value();
  };
  std::string no_padding = crypto::SystemRandom().Bytes(256);
  no_padding[0] = static_cast<char>(no_padding[0] & 0x3f);
  Value wrong_tag = good;
  wrong_tag.Set("tag", Value::String(Base64UrlEncode(std::string(16, 't'))));
  const std::vector<Value> cases = {
      wrong_tag,
      with_key(good, no_padding),
      with_key(good, wrapped(32)),
      with_key(good, wrapped(16)),
      with_key(good, wrapped(0)),
      with_key(good, std::string(255, 'x')),
      with_key(good, std::string(256, '\xff')),
  };
  int refused = 0;
  std::set<std::string> audited;
  const auto expect_refused = [&] {
    EXPECT_EQ(tsm_.Refusals("not-authentic"), ++refused);
    EXPECT_FALSE(tsm_.told_refused);
    const auto event = tsm_.AuditEvents().back();
    audited.insert(absl::StrCat(event.action, event.outcome, event.actor,
                                event.details_json));
  };
  for (const Value& edsi : cases) {
    tee.replace_tbs["edsi"] = edsi;
    EXPECT_THAT(tsm_.Advance(tee.Answer(Connect())), IsOkAndHolds(""));
    expect_refused();
  }
  EXPECT_EQ(tsm_.verifier.calls, 0);
  // It decrypts, and its signature is wrong: nobody's word all the same.
  tee.replace_tbs.clear();
  const std::string request = Connect();
  tee.wrong_key = true;
  EXPECT_THAT(tsm_.Advance(tee.Answer(request)), IsOkAndHolds(""));
  expect_refused();
  EXPECT_THAT(audited, SizeIs(1));
  EXPECT_THAT(tsm_.Sessions(), IsEmpty());
  // The true answer to the same request is still taken.
  tee.wrong_key = false;
  EXPECT_EQ(NameOf(tsm_.Advance(tee.Answer(request)).value()),
            "CreateSDRequest");
}

TEST_F(HostileTest, NoMemberOfADeviceStateCanBeMissingOrWrong) {
  for (const char* member : {"ver", "status", "rid", "tid", "edsi"}) {
    for (const BadValue& bad : BadValues()) {
      MiniTee tee("Primus", crypto::KeyType::kEcP256);
      tsm_.verifier.Trust(tee);
      if (bad.absent) {
        tee.drop_tbs.insert(member);
      } else {
        tee.replace_tbs[member] = bad.value;
      }
      EXPECT_THAT(tsm_.Advance(tee.Answer(Connect())), IsOkAndHolds(""))
          << member << " " << bad.what;
      EXPECT_THAT(tsm_.store.GetDevice(tee.did()),
                  StatusIs(absl::StatusCode::kNotFound))
          << member << " " << bad.what;
    }
  }
}

// An operator who has a new kind of device on his desk must read what is wrong
// with it.
TEST_F(HostileTest, WhatCannotBeReadIsAuditedWithTheReadersReason) {
  const auto last_refusal = [&] {
    const Value details =
        json::Parse(tsm_.AuditEvents().back().details_json, json::kStrangers)
            .value();
    return absl::StrCat(details.Find("reason")->as_string(), ": ",
                        details.Find("detail")->as_string());
  };
  tee_.replace_tee["sdlist"] = Value::Array();
  EXPECT_THAT(tsm_.Advance(tee_.Answer(Connect())), IsOkAndHolds(""));
  EXPECT_EQ(last_refusal(),
            "malformed: dsi-malformed: dsi.tee: member \"sdlist\" must be an "
            "object, not an array");
  tee_.replace_tee.clear();
  tee_.replace_tbs["edsi"] = Value::Integer(7);
  EXPECT_THAT(tsm_.Advance(tee_.Answer(Connect())), IsOkAndHolds(""));
  EXPECT_EQ(last_refusal(),
            "malformed: GetDeviceTEEStateTBSResponse: member \"edsi\" must be "
            "an object, not a number");
  tee_.replace_tbs.clear();
  // Beside a good one: in the record of what was taken.
  const std::string request = Connect();
  EXPECT_EQ(
      NameOf(tsm_.Advance(MiniTee::WrapEntries({tee_.StateEntry(request),
                                                tee_.StateEntry(request)}))
                 .value()),
      "CreateSDRequest");
  const Value details =
      json::Parse(tsm_.AuditEvents().back().details_json, json::kStrangers)
          .value();
  ASSERT_THAT(details.Find("unreadable")->items(), SizeIs(1));
  EXPECT_EQ(details.Find("unreadable")->items()[0].as_string(),
            absl::StrCat("a second entry of the TEE ", HexEncode(tee_.did())));
}

// Nobody signed it, so nothing changes; what it says is kept all the same.
TEST_F(HostileTest, AnAgentsErrorWithoutIdsKeepsItsCode) {
  for (const char* message :
       {R"({"OTrPBrokerError":{"ver":"1.0","rid":"","tid":"",)"
        R"("errcode":"ERR_AGENT_TEE_UNKNOWN"}})",
        R"({"status":{"result":"fail","error-code":"ERR_AGENT_TEE_UNKNOWN"}})",
        R"({"OTrPAgentError":{"rid":"r","tid":"of another",)"
        R"("errcode":"ERR_AGENT_TEE_UNKNOWN"}})"}) {
    EXPECT_THAT(tsm_.Advance(message), IsOkAndHolds(""));
    const Value details =
        json::Parse(tsm_.AuditEvents().back().details_json, json::kStrangers)
            .value();
    EXPECT_EQ(details.Find("reason")->as_string(), "unknown-tid");
    EXPECT_EQ(details.Find("error")->as_string(), "ERR_AGENT_TEE_UNKNOWN");
  }
}

TEST_F(HostileTest, RefusalsAreLimitedAndTheNextRecordTellsHowManyAreMissing) {
  Messenger limited(
      {tsm_.tsm_id, TsmFixture::OneSecret(),
       /*max_refusal_audits_per_second=*/3},
      {tsm_.store, tsm_.identity, tsm_.verifier, tsm_.clock,
       crypto::SystemRandom(), *tsm_.pulls, tsm_.sealer, tsm_.brake});
  const std::string message =
      R"({"OTrPBrokerError":{"errcode":"E","rid":"r","tid":"x\n\u00ff"}})";
  const auto refuse = [&] {
    EXPECT_THAT(
        limited.Take(tsm_.Call("m"), message, {protocol::Dialect::kIetf03}),
        IsOkAndHolds(Field(&Reply::message, "")));
  };
  for (int i = 0; i < 10; ++i) refuse();
  EXPECT_EQ(tsm_.Refusals("unknown-tid"), 3);
  EXPECT_EQ(tsm_.AuditEvents().back().subject, "x\\u000aÿ");
  tsm_.clock.Advance(absl::Seconds(1));
  refuse();
  EXPECT_THAT(
      json::Parse(tsm_.AuditEvents().back().details_json, json::kStrangers)
          .value()
          .Find("left_out_before")
          ->as_integer(),
      7);
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

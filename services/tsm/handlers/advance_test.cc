// Whole sessions against the handlers: what devices are brought to, in both
// dialects, with RSA and EC.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/hex.h"
#include "libs/json/json.h"
#include "libs/service/usage_ledger.h"
#include "services/tsm/testing/mini_tee.h"
#include "services/tsm/testing/tsm_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using testing::IdsOf;
using ::testing::IsEmpty;
using testing::MiniTee;
using testing::NameOf;
using ::testing::SizeIs;
using ::testing::StartsWith;
using testing::TsmFixture;

std::vector<std::string> Names(const std::vector<std::string>& messages) {
  std::vector<std::string> names;
  for (const std::string& message : messages) names.push_back(NameOf(message));
  return names;
}

class AdvanceTest : public ::testing::Test {
 protected:
  AdvanceTest() : tee_("Primus", crypto::KeyType::kEcP256) {
    tsm_.verifier.Trust(tee_);
    tsm_.Certificate("cert 1");
  }

  TsmFixture tsm_;
  MiniTee tee_;
};

TEST_F(AdvanceTest, ADeviceWithNothingToGetIsDoneAfterItsState) {
  EXPECT_THAT(Names(tsm_.Drive(&tee_)), ElementsAre("GetDeviceStateRequest"));
  const DeviceDetails device = tsm_.DeviceOf(tee_);
  EXPECT_EQ(device.device.verdict, Verdict::kAccepted);
  EXPECT_EQ(device.device.tee_name, "Primus");
  EXPECT_EQ(device.device.key_type, crypto::KeyType::kEcP256);
  ASSERT_THAT(tsm_.Sessions(), SizeIs(1));
  EXPECT_EQ(tsm_.Sessions()[0].state, SessionState::kDone);
}

TEST_F(AdvanceTest, AConnectWritesNothing) {
  OTRP_ASSERT_OK_AND_ASSIGN(std::string first, tsm_.Advance(""));
  OTRP_ASSERT_OK_AND_ASSIGN(std::string second, tsm_.Advance(""));
  EXPECT_EQ(NameOf(first), "GetDeviceStateRequest");
  EXPECT_NE(IdsOf(first), IdsOf(second));
  EXPECT_THAT(tsm_.Sessions(), IsEmpty());
  EXPECT_THAT(tsm_.AuditActions(), ElementsAre("catalog.certificate"));
}

TEST_F(AdvanceTest, AStarterOpensASessionLikeAConnect) {
  OTRP_ASSERT_OK_AND_ASSIGN(std::string request,
                            tsm_.Advance(R"({"TADependencyNotification":
                       {"requestedtalist":[{"taid":"x"}]}})"));
  EXPECT_EQ(NameOf(request), "GetDeviceStateRequest");
}

TEST_F(AdvanceTest, AllSevenRequestsBringADeviceToWhatIsWanted) {
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  EXPECT_THAT(Names(tsm_.Drive(&tee_)),
              ElementsAre("GetDeviceStateRequest", "CreateSDRequest",
                          "InstallTARequest"));
  ASSERT_EQ(tee_.sds.count("bank.sd"), 1u);
  EXPECT_EQ(tee_.sds["bank.sd"].tas["wallet"].image, "image of wallet 1.0.0");
  EXPECT_EQ(tee_.sds["bank.sd"].tas["wallet"].personalization, "data");
  EXPECT_THAT(tee_.sds["bank.sd"].certs, ElementsAre("cert 1"));

  // In step: nothing more.
  EXPECT_THAT(Names(tsm_.Drive(&tee_)), ElementsAre("GetDeviceStateRequest"));

  // A new certificate, and a version that it signed. The old one stays until
  // nothing that it signed is there.
  tsm_.Certificate("cert 2");
  tsm_.Release("2.0.0", "cert 2");
  EXPECT_THAT(Names(tsm_.Drive(&tee_)),
              ElementsAre("GetDeviceStateRequest", "UpdateSDRequest",
                          "UpdateTARequest", "UpdateSDRequest"));
  EXPECT_EQ(tee_.sds["bank.sd"].tas["wallet"].image, "image of wallet 2.0.0");
  EXPECT_THAT(tee_.sds["bank.sd"].certs, ElementsAre("cert 2"));
  EXPECT_EQ(tsm_.DeviceOf(tee_).domains.at(0).tas.at(0).version, "2.0.0");

  tsm_.Withdraw();
  EXPECT_THAT(Names(tsm_.Drive(&tee_)),
              ElementsAre("GetDeviceStateRequest", "DeleteTARequest",
                          "DeleteSDRequest"));
  EXPECT_THAT(tee_.sds, IsEmpty());
  EXPECT_THAT(tsm_.DeviceOf(tee_).domains, IsEmpty());
}

TEST_F(AdvanceTest, WhatATeeHasConfirmedIsCountedOnceForItsSp) {
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  tsm_.Drive(&tee_);
  tsm_.Certificate("cert 2");
  tsm_.Release("2.0.0", "cert 2");
  tsm_.Drive(&tee_);
  tsm_.Withdraw();
  tsm_.Drive(&tee_);
  // In step: nothing more happens, and nothing more is counted.
  tsm_.Drive(&tee_);
  service::UsageLedger ledger(tsm_.database.pool());
  OTRP_ASSERT_OK_AND_ASSIGN(
      const std::vector<service::UsageEvent> events,
      ledger.List({absl::UnixEpoch(), absl::InfiniteFuture(), "bank", {}},
                  {absl::UnixEpoch(), 0}, 100));
  std::vector<std::string> kinds;
  for (const service::UsageEvent& event : events) {
    kinds.push_back(event.kind);
    EXPECT_EQ(event.tee_vendor, "maker");
    EXPECT_EQ(event.tsm_id, tsm_.tsm_id);
    EXPECT_EQ(event.item, event.kind == "domain-create" ? "" : "wallet");
  }
  EXPECT_THAT(kinds, ElementsAre("domain-create", "ta-install", "ta-update",
                                 "ta-delete"));
}

TEST_F(AdvanceTest, WhatATeeRefusedOrSaidTwiceIsNotCounted) {
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  OTRP_ASSERT_OK_AND_ASSIGN(std::string request, tsm_.Advance(""));
  OTRP_ASSERT_OK_AND_ASSIGN(std::string create,
                            tsm_.Advance(tee_.Answer(request)));
  ASSERT_EQ(NameOf(create), "CreateSDRequest");
  const std::string created = tee_.Answer(create);
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string first, tsm_.Advance(created));
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string again, tsm_.Advance(created));
  EXPECT_EQ(first, again);
  service::UsageLedger ledger(tsm_.database.pool());
  OTRP_ASSERT_OK_AND_ASSIGN(
      const std::vector<service::UsageEvent> events,
      ledger.List({absl::UnixEpoch(), absl::InfiniteFuture(), "", {}},
                  {absl::UnixEpoch(), 0}, 100));
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].kind, "domain-create");
}

TEST_F(AdvanceTest, BothDialectsAndBothKindsOfKeysWork) {
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  for (protocol::Dialect dialect :
       {protocol::Dialect::kIetf03, protocol::Dialect::kPei03}) {
    for (crypto::KeyType type :
         {crypto::KeyType::kRsa, crypto::KeyType::kEcP256}) {
      MiniTee tee("Secundus", type);
      tsm_.verifier.Trust(tee);
      tsm_.Drive(&tee, dialect);
      const DeviceDetails device = tsm_.DeviceOf(tee);
      EXPECT_EQ(device.device.dialect, dialect);
      EXPECT_EQ(device.device.key_type, type);
      ASSERT_THAT(tee.sds, SizeIs(1));
      if (dialect == protocol::Dialect::kPei03 &&
          type == crypto::KeyType::kEcP256) {
        // That dialect can't wrap a key to an EC AIK.
        EXPECT_THAT(tee.sds["bank.sd"].tas, IsEmpty());
        ASSERT_THAT(device.tasks, SizeIs(1));
        EXPECT_EQ(device.tasks[0].state, TaskState::kWaiting);
        EXPECT_THAT(device.tasks[0].last_error,
                    StartsWith("TSM_REQUEST_NOT_POSSIBLE"));
      } else {
        EXPECT_EQ(tee.sds["bank.sd"].tas["wallet"].image,
                  "image of wallet 1.0.0");
        EXPECT_THAT(device.tasks, IsEmpty());
      }
    }
  }
}

TEST_F(AdvanceTest, ATeeThatLacksRs256IsAskedAgainWithEs256) {
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  tee_.only_sigalg = "ES256";
  EXPECT_THAT(Names(tsm_.Drive(&tee_)),
              ElementsAre("GetDeviceStateRequest", "GetDeviceStateRequest",
                          "CreateSDRequest", "InstallTARequest"));
  EXPECT_EQ(tee_.sds["bank.sd"].tas.count("wallet"), 1u);
  EXPECT_EQ(tsm_.Sessions()[0].state, SessionState::kDone);
}

TEST_F(AdvanceTest, ATeeThatLacksTheAlgorithmOfItsPathGetsTheOther) {
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  tee_.only_sigalg = "RS256";
  EXPECT_THAT(Names(tsm_.Drive(&tee_, protocol::Dialect::kIetf03,
                               /*es256=*/true)),
              ElementsAre("GetDeviceStateRequest", "GetDeviceStateRequest",
                          "CreateSDRequest", "InstallTARequest"));
  EXPECT_EQ(tsm_.Sessions()[0].state, SessionState::kDone);
  // And not for ever.
  tee_.failures["GetDeviceState"] = "ERR_UNSUPPORTED_CRYPTO_ALG";
  EXPECT_THAT(Names(tsm_.Drive(&tee_, protocol::Dialect::kIetf03,
                               /*es256=*/true)),
              SizeIs(2));
}

TEST_F(AdvanceTest, ATeeThatTakesNoAlgorithmIsNotAskedForEver) {
  tee_.failures["GetDeviceState"] = "ERR_UNSUPPORTED_CRYPTO_ALG";
  EXPECT_THAT(Names(tsm_.Drive(&tee_)),
              ElementsAre("GetDeviceStateRequest", "GetDeviceStateRequest"));
  EXPECT_EQ(tsm_.Sessions().at(0).state, SessionState::kFailed);
  tee_.failures.clear();
  tee_.only_sigalg = "PS256";
  EXPECT_THAT(Names(tsm_.Drive(&tee_)), SizeIs(1));
}

TEST_F(AdvanceTest, TheLogOfASessionTellsWhatWasSaid) {
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  const std::vector<std::string> requests = tsm_.Drive(&tee_);
  EXPECT_THAT(tsm_.LogOf(IdsOf(requests[0]).first),
              ElementsAre("to-device GetDeviceStateRequest",
                          "from-device GetDeviceStateResponse pass",
                          "to-device CreateSDRequest",
                          "from-device CreateSDResponse pass",
                          "to-device InstallTARequest",
                          "from-device InstallTAResponse pass"));
  const auto session = tsm_.SessionOf(IdsOf(requests[0]).first);
  EXPECT_THAT(session.first.dids, ElementsAre(tee_.did()));
  EXPECT_THAT(session.second,
              Each(Field(&SessionMessage::trace_id, SizeIs(32))));
  EXPECT_THAT(tsm_.AuditActions(),
              ElementsAre("catalog.certificate", "catalog.release",
                          "catalog.assign", "session.device-state",
                          "session.response", "session.response"));
}

TEST_F(AdvanceTest, AFreshContentKeyToTheTsmIsReadToo) {
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  tee_.fresh_cek = true;
  EXPECT_THAT(tsm_.Drive(&tee_), SizeIs(3));
  EXPECT_EQ(tee_.sds["bank.sd"].tas.count("wallet"), 1u);
}

TEST_F(AdvanceTest, AStateThatChangedUnderwayIsAskedForAgain) {
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  OTRP_ASSERT_OK_AND_ASSIGN(std::string request, tsm_.Advance(""));
  OTRP_ASSERT_OK_AND_ASSIGN(request, tsm_.Advance(tee_.Answer(request)));
  ASSERT_EQ(NameOf(request), "CreateSDRequest");
  tee_.sds["old.sd"].spid = "old";
  OTRP_ASSERT_OK_AND_ASSIGN(request, tsm_.Advance(tee_.Answer(request)));
  EXPECT_EQ(NameOf(request), "GetDeviceStateRequest");
  std::vector<std::string> names;
  while (!request.empty()) {
    names.push_back(NameOf(request));
    OTRP_ASSERT_OK_AND_ASSIGN(request, tsm_.Advance(tee_.Answer(request)));
  }
  EXPECT_THAT(names, ElementsAre("GetDeviceStateRequest", "CreateSDRequest",
                                 "InstallTARequest"));
  EXPECT_THAT(tsm_.DeviceOf(tee_).tasks, IsEmpty());
  EXPECT_EQ(tsm_.Sessions()[0].state, SessionState::kDone);
}

TEST_F(AdvanceTest, ASessionStartsOverThreeTimesAtMost) {
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  tee_.failures["CreateSD"] = "ERR_DEV_STATE_MISMATCH";
  tsm_.Drive(&tee_);
  EXPECT_EQ(std::count(tee_.log.begin(), tee_.log.end(), "GetDeviceState"), 4);
  EXPECT_EQ(std::count(tee_.log.begin(), tee_.log.end(), "CreateSD"), 4);
  EXPECT_EQ(tsm_.Sessions()[0].state, SessionState::kFailed);
  ASSERT_THAT(tsm_.DeviceOf(tee_).tasks, SizeIs(1));
  EXPECT_EQ(tsm_.DeviceOf(tee_).tasks[0].last_error, "ERR_DEV_STATE_MISMATCH");
}

TEST_F(AdvanceTest, ATeeThatHidesItsNewStateIsAskedForIt) {
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  tee_.hide_dsi = true;
  EXPECT_THAT(Names(tsm_.Drive(&tee_)),
              ElementsAre("GetDeviceStateRequest", "CreateSDRequest",
                          "GetDeviceStateRequest", "InstallTARequest"));
  EXPECT_EQ(tsm_.DeviceOf(tee_).domains.at(0).tas.at(0).version, "1.0.0");
}

// `audit list --subject DID`.
TEST_F(AdvanceTest, EventsAboutADeviceHaveItAsTheirSubject) {
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  const std::string tid = IdsOf(tsm_.Drive(&tee_)[0]).first;
  MiniTee stranger("Tertius", crypto::KeyType::kEcP256);
  tsm_.Drive(&stranger);
  int of_tee = 0;
  int of_stranger = 0;
  for (const store::AuditEvent& event : tsm_.AuditEvents()) {
    if (event.action.rfind("session.", 0) != 0) continue;
    if (event.subject == HexEncode(tee_.did())) {
      ++of_tee;
      EXPECT_EQ(event.actor, "device:" + HexEncode(tee_.did()));
      EXPECT_EQ(json::Parse(event.details_json, json::kStrangers)
                    .value()
                    .Find("tid")
                    ->as_string(),
                tid);
    }
    if (event.subject == HexEncode(stranger.did())) {
      ++of_stranger;
      // It has proven nothing.
      EXPECT_EQ(event.actor, "otrp://service/gateway");
    }
  }
  EXPECT_EQ(of_tee, 3);
  EXPECT_EQ(of_stranger, 1);
}

TEST_F(AdvanceTest, GroupsAndSingleDevicesGetWhatIsTheirs) {
  tsm_.Release("1.0.0", "cert 1", "card");
  tsm_.Release("1.0.0", "cert 1", "wallet");
  tsm_.Assign(true, DeviceGroup{"beta"}, "card");
  tsm_.Drive(&tee_);
  EXPECT_THAT(tee_.sds, IsEmpty());
  OTRP_ASSERT_OK(tsm_.store.AddGroupMembers("beta", {tee_.did()}, {}));
  tsm_.Drive(&tee_);
  EXPECT_EQ(tee_.sds["bank.sd"].tas.count("card"), 1u);
  EXPECT_EQ(tee_.sds["bank.sd"].tas.count("wallet"), 0u);
}

TEST_F(AdvanceTest, EveryTeeOfADeviceGetsItsTurn) {
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  MiniTee second("Secundus", crypto::KeyType::kRsa);
  tsm_.verifier.Trust(second);
  MiniTee stranger("Tertius", crypto::KeyType::kEcP256);
  OTRP_ASSERT_OK_AND_ASSIGN(std::string request, tsm_.Advance(""));
  OTRP_ASSERT_OK_AND_ASSIGN(
      request, tsm_.Advance(MiniTee::WrapEntries(
                   {tee_.StateEntry(request), stranger.StateEntry(request),
                    second.StateEntry(request)})));
  std::vector<std::string> names;
  for (int i = 0; i < 4; ++i) {
    names.push_back(NameOf(request));
    MiniTee& tee = i < 2 ? tee_ : second;
    OTRP_ASSERT_OK_AND_ASSIGN(request, tsm_.Advance(tee.Answer(request)));
  }
  EXPECT_EQ(request, "");
  EXPECT_THAT(names, ElementsAre("CreateSDRequest", "InstallTARequest",
                                 "CreateSDRequest", "InstallTARequest"));
  EXPECT_EQ(second.sds["bank.sd"].tas.count("wallet"), 1u);
  EXPECT_EQ(tsm_.DeviceOf(stranger).device.verdict, Verdict::kRefused);
  EXPECT_THAT(tsm_.Sessions()[0].dids, SizeIs(3));
}

TEST_F(AdvanceTest, ADeviceThatStartsAnewEndsItsOldSession) {
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  OTRP_ASSERT_OK_AND_ASSIGN(std::string request, tsm_.Advance(""));
  OTRP_ASSERT_OK_AND_ASSIGN(std::string old,
                            tsm_.Advance(tee_.Answer(request)));
  OTRP_ASSERT_OK_AND_ASSIGN(request, tsm_.Advance(""));
  OTRP_ASSERT_OK_AND_ASSIGN(request, tsm_.Advance(tee_.Answer(request)));
  ASSERT_EQ(NameOf(request), "CreateSDRequest");
  // The old session's request would still be good for the TEE.
  OTRP_ASSERT_OK_AND_ASSIGN(std::string late, tsm_.Advance(tee_.Answer(old)));
  EXPECT_EQ(late, "");
  EXPECT_EQ(tsm_.Refusals("expired"), 1);
  EXPECT_EQ(tsm_.SessionOf(IdsOf(old).first).first.state,
            SessionState::kSuperseded);
  EXPECT_THAT(tsm_.AuditEvents().back().details_json,
              ::testing::HasSubstr("the device has begun a newer session"));
  // And the new one finds out.
  std::vector<std::string> names;
  while (!request.empty()) {
    names.push_back(NameOf(request));
    OTRP_ASSERT_OK_AND_ASSIGN(request, tsm_.Advance(tee_.Answer(request)));
  }
  EXPECT_THAT(names, ElementsAre("CreateSDRequest", "GetDeviceStateRequest",
                                 "UpdateSDRequest", "InstallTARequest"));
}

TEST_F(AdvanceTest, WithoutTheVerifierNothingIsConsumed) {
  OTRP_ASSERT_OK_AND_ASSIGN(std::string request, tsm_.Advance(""));
  const std::string response = tee_.Answer(request);
  tsm_.verifier.away = true;
  EXPECT_THAT(tsm_.Advance(response), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(tsm_.Sessions(), IsEmpty());
  tsm_.verifier.away = false;
  OTRP_EXPECT_OK(tsm_.Advance(response));
  EXPECT_THAT(tsm_.Sessions(), SizeIs(1));
}

TEST_F(AdvanceTest, WithoutTheDatabaseNothingIsConsumedAndNoRequestIsMissing) {
  tsm_.database.proxy().SetReachable(false);
  OTRP_ASSERT_OK_AND_ASSIGN(std::string request, tsm_.Advance(""));
  const std::string response = tee_.Answer(request);
  EXPECT_THAT(tsm_.Advance(response), StatusIs(absl::StatusCode::kUnavailable));
  tsm_.database.proxy().SetReachable(true);
  EXPECT_THAT(tsm_.Sessions(), IsEmpty());
  OTRP_EXPECT_OK(tsm_.Advance(response));
  EXPECT_THAT(tsm_.Sessions(), SizeIs(1));
}

TEST_F(AdvanceTest, WithoutAnIdentityDevicesAreAskedToComeAgain) {
  tsm_.identity.away = true;
  EXPECT_THAT(tsm_.Advance(""), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(AdvanceTest, AnAgentErrorEndsTheSessionAndBlamesNothing) {
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  OTRP_ASSERT_OK_AND_ASSIGN(std::string request, tsm_.Advance(""));
  OTRP_ASSERT_OK_AND_ASSIGN(request, tsm_.Advance(tee_.Answer(request)));
  const auto ids = IdsOf(request);
  OTRP_ASSERT_OK_AND_ASSIGN(
      std::string reply,
      tsm_.Advance(R"({"OTrPBrokerError":{"ver":"1.0","rid":")" + ids.second +
                   R"(","tid":")" + ids.first +
                   R"(","errcode":"ERR_AGENT_TEE_BUSY"}})"));
  EXPECT_EQ(reply, "");
  EXPECT_THAT(tsm_.LogOf(ids.first),
              Contains("from-device OTrPBrokerError fail ERR_AGENT_TEE_BUSY"));
  EXPECT_EQ(tsm_.Sessions()[0].state, SessionState::kFailed);
  EXPECT_THAT(tsm_.DeviceOf(tee_).tasks, IsEmpty());
  EXPECT_THAT(tsm_.Drive(&tee_), SizeIs(3));
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

// The agent and its broker: which TEE a request goes to, what is answered where
// no TEE does, and how a session lives with a TSM that stumbles.

#include "clients/device/agent.h"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "clients/device/broker.h"
#include "clients/device/strict.h"
#include "clients/device/testing/world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/json/json.h"

namespace otrp::device {
namespace {

using json::Value;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

WorldOptions Named(const std::string& name, Dialect dialect) {
  WorldOptions options;
  options.tee.name = name;
  options.dialect = dialect;
  return options;
}

// The member of {"OTrPBrokerError": {..}} or {"OTrPAgentError": {..}}.
Value ErrorOf(const std::string& answer, const std::string& name) {
  const Value root = *json::Parse(answer, json::kStrangers);
  const Value* error = root.Find(name);
  EXPECT_NE(error, nullptr) << answer;
  return error == nullptr ? Value::Object() : *error;
}

class BrokerTest : public ::testing::TestWithParam<Dialect> {
 protected:
  BrokerTest()
      : first_(Named("first", GetParam())),
        second_(Named("second", GetParam())),
        broker_(GetParam()) {
    broker_.AddTee(first_.tee.get());
    broker_.AddTee(second_.tee.get());
  }

  static bool pei() { return GetParam() == Dialect::kPei03; }
  static const char* ErrorName() {
    return pei() ? "OTrPAgentError" : "OTrPBrokerError";
  }

  World first_;
  World second_;
  Broker broker_;
};

INSTANTIATE_TEST_SUITE_P(Dialects, BrokerTest,
                         ::testing::Values(Dialect::kIetf03, Dialect::kPei03),
                         [](const auto& info) {
                           return std::string(DialectName(info.param));
                         });

TEST_P(BrokerTest, EveryTeeAnswersGetDeviceStateInOrder) {
  Outcome outcome;
  const Value root = *json::Parse(
      broker_.Process(first_.tsm->Seal(first_.tsm->DeviceState()), &outcome),
      json::kStrangers);
  EXPECT_TRUE(outcome.passed);
  EXPECT_EQ(outcome.request, "GetDeviceStateRequest");
  const auto& entries = root.Find("GetDeviceStateResponse")->items();
  ASSERT_THAT(entries, SizeIs(2));
  const Answer first = first_.tsm->Open(entries[0].Serialize());
  EXPECT_EQ(TextOf(*first.dsi.Find("tee"), "name"), "first");
}

TEST_P(BrokerTest, TellsHowRequestAndAnswerAreSigned) {
  Outcome outcome;
  const std::string request = first_.tsm->Seal(first_.tsm->DeviceState());
  broker_.Process(request, &outcome);
  EXPECT_EQ(outcome.sigalg, "ES256");
  EXPECT_EQ(outcome.answer_sigalg, "ES256");
  // A second TEE that signs in another way: then nothing holds for both.
  WorldOptions rsa = Named("third", GetParam());
  rsa.key_type = crypto::KeyType::kRsa;
  World third(std::move(rsa));
  Broker mixed(GetParam());
  mixed.AddTee(first_.tee.get());
  mixed.AddTee(third.tee.get());
  mixed.Process(request, &outcome);
  EXPECT_EQ(outcome.answer_sigalg, "");
}

TEST_P(BrokerTest, ACommandGoesToTheTeeThatItNames) {
  second_.Connect();
  Outcome outcome;
  ExpectPass(second_.tsm->Open(
      broker_.Process(second_.tsm->Seal(second_.CreateSd()), &outcome)));
  EXPECT_TRUE(outcome.passed);
  EXPECT_THAT(first_.tee->state().sds, SizeIs(0));
  EXPECT_THAT(second_.tee->state().sds, SizeIs(1));
}

TEST_P(BrokerTest, AnUnknownTeeIsTheAgentsError) {
  first_.Connect();
  Draft draft = first_.CreateSd();
  draft.tbs["tee"] = Text("third");
  Outcome outcome;
  const std::string answer = broker_.Process(first_.tsm->Seal(draft), &outcome);
  EXPECT_FALSE(outcome.passed);
  if (pei()) {
    const Value status = ErrorOf(answer, "status");
    EXPECT_EQ(TextOf(status, "result"), "fail");
    EXPECT_EQ(TextOf(status, "error-code"), "ERR_TEE_UNKNOWN");
  } else {
    const Value error = ErrorOf(answer, "OTrPBrokerError");
    EXPECT_EQ(TextOf(error, "ver"), "1.0");
    EXPECT_EQ(TextOf(error, "rid"), TextOf(ToObject(draft.tbs), "rid"));
    EXPECT_EQ(TextOf(error, "tid"), TextOf(ToObject(draft.tbs), "tid"));
    EXPECT_EQ(TextOf(error, "errcode"), "ERR_AGENT_TEE_UNKNOWN");
  }
  EXPECT_THAT(first_.tee->state().sds, SizeIs(0));
}

TEST_P(BrokerTest, WhatIsNoRequestIsTheAgentsError) {
  for (const char* text : {"", "[]", "{}", "{\"FactoryResetRequest\":{}}",
                           "{\"CreateSDResponse\":{}}"}) {
    SCOPED_TRACE(text);
    Outcome outcome;
    const Value error = ErrorOf(broker_.Process(text, &outcome), ErrorName());
    EXPECT_EQ(TextOf(error, "errcode"),
              pei() ? "ERR_TEE_FAIL" : "ERR_AGENT_TEE_FAIL");
    EXPECT_EQ(outcome.request, "unknown");
    EXPECT_FALSE(outcome.passed);
  }
}

// A request that comes while the TEE is at work isn't queued.
class SlowStore : public MemoryStore {
 public:
  absl::Status Save(const TeeState& state, const Blobs& fresh) override {
    if (meanwhile) std::thread(meanwhile).join();
    return MemoryStore::Save(state, fresh);
  }
  std::function<void()> meanwhile;
};

TEST_P(BrokerTest, ABusyTeeIsTheAgentsError) {
  WorldOptions options = Named("slow", GetParam());
  auto made = std::make_unique<SlowStore>();
  SlowStore* store = made.get();
  options.store = std::move(made);
  World world(std::move(options));
  world.Connect();
  Broker broker(GetParam());
  broker.AddTee(world.tee.get());
  const std::string first = world.tsm->Seal(world.CreateSd());
  const std::string state = world.tsm->Seal(world.tsm->DeviceState());
  std::vector<std::string> refused;
  store->meanwhile = [&] {
    refused = {broker.Process(first), broker.Process(state)};
  };
  Outcome outcome;
  broker.Process(first, &outcome);
  EXPECT_TRUE(outcome.passed) << outcome.error_message;
  ASSERT_THAT(refused, SizeIs(2));
  for (const std::string& answer : refused) {
    EXPECT_EQ(TextOf(ErrorOf(answer, ErrorName()), "errcode"),
              pei() ? "ERR_TEE_BUSY" : "ERR_AGENT_TEE_BUSY");
  }
  EXPECT_THAT(world.tee->state().sds, SizeIs(1));
}

// ---- A session.

class ScriptedTransport : public Transport {
 public:
  absl::StatusOr<TransportReply> Post(absl::string_view body) override {
    sent.emplace_back(body);
    if (replies.empty()) return Status(204);
    auto reply = replies.front();
    replies.pop_front();
    return reply;
  }
  static TransportReply Status(int code) {
    return TransportReply{code, "", "", absl::nullopt};
  }

  std::deque<absl::StatusOr<TransportReply>> replies;
  std::vector<std::string> sent;
};

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() : broker_(Dialect::kIetf03) {
    broker_.AddTee(world_.tee.get());
    options_.sleep = [this](absl::Duration d) { slept_.push_back(d); };
  }

  TransportReply Request() {
    return {200, "Application/OTRP+json; charset=utf-8",
            world_.tsm->Seal(world_.tsm->DeviceState()), absl::nullopt};
  }
  SessionReport Run() { return RunSession(broker_, wire_, options_); }

  World world_;
  Broker broker_;
  ScriptedTransport wire_;
  AgentOptions options_;
  std::vector<absl::Duration> slept_;
};

TEST_F(SessionTest, BeginsWithNothingAndEndsWith204) {
  wire_.replies = {Request(), Request()};
  const SessionReport report = Run();
  EXPECT_TRUE(report.AllPassed()) << report.end;
  EXPECT_THAT(report.exchanges, SizeIs(2));
  ASSERT_THAT(wire_.sent, SizeIs(3));
  EXPECT_EQ(wire_.sent[0], "");
  EXPECT_THAT(wire_.sent[1], HasSubstr("GetDeviceStateResponse"));
  EXPECT_THAT(slept_, SizeIs(0));
}

// The TSM answers the same bytes with the same reply; other bytes for the same
// request would be a replay.
TEST_F(SessionTest, ALostAnswerIsAskedForWithTheSameBytes) {
  wire_.replies = {Request(), absl::UnavailableError("connection reset"),
                   absl::DeadlineExceededError("too late"),
                   ScriptedTransport::Status(204)};
  const SessionReport report = Run();
  EXPECT_TRUE(report.AllPassed()) << report.end;
  EXPECT_THAT(report.exchanges, SizeIs(1)) << "the TEE was asked once";
  ASSERT_THAT(wire_.sent, SizeIs(4));
  EXPECT_EQ(wire_.sent[1], wire_.sent[2]);
  EXPECT_EQ(wire_.sent[1], wire_.sent[3]);
  EXPECT_THAT(slept_, SizeIs(2));
}

TEST_F(SessionTest, RetryAfterIsObeyedWithinReason) {
  TransportReply busy = ScriptedTransport::Status(503);
  busy.retry_after = absl::Seconds(2);
  TransportReply busier = busy;
  busier.retry_after = absl::Hours(1);
  wire_.replies = {busy, busier, ScriptedTransport::Status(204)};
  EXPECT_TRUE(Run().end.ok());
  EXPECT_THAT(slept_, ElementsAre(absl::Seconds(2), options_.max_retry_after));
}

TEST_F(SessionTest, ATsmThatHasMoreLaterIsAskedAgainForAsLongAsOneWaits) {
  TransportReply later = ScriptedTransport::Status(204);
  later.retry_after = absl::Seconds(20);
  wire_.replies = {Request(), later, Request(), later, Request(), later};
  SessionReport report = RunSession(broker_, wire_, options_);
  EXPECT_EQ(report.come_again, absl::Seconds(20));
  EXPECT_TRUE(report.AllPassed());
  EXPECT_THAT(slept_, SizeIs(0));
  // Two more sessions; the pause before a third would be too long.
  wire_.replies.push_front(later);
  report = RunSessions(broker_, wire_, absl::Seconds(50), options_);
  EXPECT_THAT(slept_, ElementsAre(absl::Seconds(20), absl::Seconds(20)));
  EXPECT_THAT(report.exchanges, SizeIs(2)) << "of all sessions";
  EXPECT_EQ(report.come_again, absl::Seconds(20));
  // One that has nothing more isn't asked again.
  wire_.replies = {later, ScriptedTransport::Status(204)};
  report = RunSessions(broker_, wire_, absl::Seconds(50), options_);
  EXPECT_EQ(report.come_again, absl::nullopt);
  EXPECT_THAT(slept_, SizeIs(3));
}

TEST_F(SessionTest, ATsmThatStaysAwayIsGivenUp) {
  wire_.replies.assign(10, absl::UnavailableError("connection refused"));
  EXPECT_TRUE(absl::IsUnavailable(Run().end));
  EXPECT_THAT(wire_.sent, SizeIs(3));
  wire_.sent.clear();
  wire_.replies.assign(10, ScriptedTransport::Status(503));
  const SessionReport report = Run();
  EXPECT_TRUE(absl::IsUnavailable(report.end)) << report.end;
  EXPECT_FALSE(report.AllPassed());
  EXPECT_THAT(wire_.sent, SizeIs(3));
}

// An error of ours isn't made better by asking again.
TEST_F(SessionTest, OtherAnswersArentAskedForAgain) {
  for (const int code : {400, 404, 413, 500}) {
    wire_.sent.clear();
    wire_.replies.assign(10, ScriptedTransport::Status(code));
    EXPECT_EQ(Run().end.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(wire_.sent, SizeIs(1)) << code;
  }
  EXPECT_THAT(slept_, SizeIs(0));
}

TEST_F(SessionTest, ATsmThatNeverHasEnoughIsLeft) {
  options_.max_messages = 3;
  for (int i = 0; i < 10; ++i) wire_.replies.push_back(Request());
  const SessionReport report = Run();
  EXPECT_FALSE(report.end.ok());
  EXPECT_THAT(report.exchanges, SizeIs(3));
  EXPECT_FALSE(report.AllPassed());
}

// --- What an agent learns of its TEE -----------------------------------------

SessionReport Report(std::vector<Exchange> exchanges) {
  SessionReport report;
  report.exchanges = std::move(exchanges);
  return report;
}

Exchange Asked(const std::string& sigalg, const std::string& error,
               const std::string& answer_sigalg = "ES256") {
  Exchange exchange;
  exchange.request = "GetDeviceStateRequest";
  exchange.sigalg = sigalg;
  exchange.status = error.empty() ? "pass" : "fail";
  exchange.error_code = error;
  exchange.answer_sigalg = answer_sigalg;
  return exchange;
}

TEST(LearnSigAlgTest, ATeeThatSignsWithEs256HadBetterBeAskedSo) {
  EXPECT_EQ(LearnSigAlg(Report({Asked("RS256", "")}), ""), "ES256");
  EXPECT_EQ(LearnSigAlg(Report({Asked("RS256", "", "RS256")}), ""), "");
  EXPECT_EQ(LearnSigAlg(Report({Asked("RS256", "", "")}), ""), "");
}

TEST(LearnSigAlgTest, WhatATeeTookAfterARefusalIsRemembered) {
  const char* refused = "ERR_UNSUPPORTED_CRYPTO_ALG";
  EXPECT_EQ(LearnSigAlg(Report({Asked("RS256", refused, "RS256"),
                                Asked("ES256", "", "RS256")}),
                        ""),
            "ES256");
  // An EC TEE that can't check ES256: it isn't asked so for ever.
  const SessionReport ec =
      Report({Asked("ES256", refused), Asked("RS256", "")});
  EXPECT_EQ(LearnSigAlg(ec, "ES256"), "RS256");
  EXPECT_EQ(LearnSigAlg(Report({Asked("RS256", "")}), "RS256"), "RS256");
}

TEST(LearnSigAlgTest, WithoutAnAnswerNothingIsLearnt) {
  EXPECT_EQ(LearnSigAlg(Report({}), "ES256"), "ES256");
  EXPECT_EQ(LearnSigAlg(Report({}), ""), "");
  EXPECT_EQ(LearnSigAlg(Report({Asked("RS256", "ERR_TEE_FAIL")}), ""), "");
}

}  // namespace
}  // namespace otrp::device

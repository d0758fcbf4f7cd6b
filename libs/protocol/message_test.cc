#include "libs/protocol/message.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/protocol/test_tee.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace protocol {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

json::Value Content() {
  return test::Encrypted("{}", test::RsaKey().public_key());
}

json::Value GoodTbs() {
  json::Value tbs = test::Tbs();
  tbs.Set("content", Content());
  return tbs;
}

std::string Response(MessageKind kind, const json::Value& tbs) {
  return kind == MessageKind::kGetDeviceState
             ? test::DeviceStateResponse(tbs, test::EcKey())
             : test::SignedResponse(kind, tbs, test::EcKey());
}

// What can be wrong with one member.
struct Fault {
  const char* name;
  std::function<void(json::Value* tbs, absl::string_view member)> plant;
};

std::vector<Fault> Faults() {
  using json::Value;
  return {
      {"absent", [](Value* tbs, absl::string_view m) { tbs->Remove(m); }},
      {"null",
       [](Value* tbs, absl::string_view m) { tbs->Set(m, Value::Null()); }},
      {"a number",
       [](Value* tbs, absl::string_view m) { tbs->Set(m, Value::Integer(1)); }},
      {"an object",
       [](Value* tbs, absl::string_view m) { tbs->Set(m, Value::Object()); }},
      {"an array",
       [](Value* tbs, absl::string_view m) { tbs->Set(m, Value::Array()); }},
      {"empty",
       [](Value* tbs, absl::string_view m) { tbs->Set(m, Value::String("")); }},
      {"huge",
       [](Value* tbs, absl::string_view m) {
         tbs->Set(m, Value::String(std::string(100000, 'A')));
       }},
  };
}

TEST(IncomingTest, EveryFaultOfACommonMemberOfEveryMessageIsNamed) {
  for (const MessageRow& row : AllMessages()) {
    const std::string good = Response(row.kind, GoodTbs());
    ASSERT_THAT(Incoming::Parse(good), IsOk()) << row.name;
    for (const char* member : {"ver", "status", "rid", "tid"}) {
      for (const Fault& fault : Faults()) {
        SCOPED_TRACE(absl::StrCat(row.name, " ", member, " ", fault.name));
        json::Value tbs = GoodTbs();
        fault.plant(&tbs, member);
        EXPECT_THAT(Incoming::Parse(Response(row.kind, tbs)),
                    StatusIs(kInvalid, HasSubstr(absl::StrCat("\"", member))));
      }
    }
  }
}

TEST(IncomingTest, EveryFaultOfAContentIsNoticedByVerifying) {
  for (const MessageRow& row : AllMessages()) {
    if (row.kind == MessageKind::kGetDeviceState) continue;
    for (const Fault& fault : Faults()) {
      SCOPED_TRACE(absl::StrCat(row.name, " content ", fault.name));
      json::Value tbs = GoodTbs();
      fault.plant(&tbs, "content");
      OTRP_ASSERT_OK_AND_ASSIGN(Incoming incoming,
                                Incoming::Parse(Response(row.kind, tbs)));
      EXPECT_THAT(Verify(std::move(incoming).TakeResponse(),
                         test::EcKey().public_key()),
                  StatusIs(kInvalid));
    }
  }
}

TEST(IncomingTest, AResponseTellsWhatItIsTo) {
  for (const MessageRow& row : AllMessages()) {
    if (row.kind == MessageKind::kGetDeviceState) continue;
    OTRP_ASSERT_OK_AND_ASSIGN(Incoming incoming,
                              Incoming::Parse(Response(row.kind, GoodTbs())));
    EXPECT_EQ(incoming.kind(), Incoming::Kind::kResponse);
    EXPECT_EQ(incoming.name(), row.response);
    EXPECT_EQ(incoming.response().kind(), row.kind);
    EXPECT_EQ(incoming.tid(), test::kTid);
    EXPECT_EQ(incoming.rid(), test::kRid);
    EXPECT_FALSE(incoming.response().failed());
  }
}

TEST(IncomingTest, TheTwoNamesMustAgree) {
  for (const MessageRow& outer : AllMessages()) {
    for (const MessageRow& inner : AllMessages()) {
      if (outer.kind == MessageKind::kGetDeviceState) continue;
      const std::string message = test::Signed(
          outer.response, inner.tbs_response, GoodTbs(), test::EcKey());
      EXPECT_EQ(Incoming::Parse(message).ok(), outer.kind == inner.kind)
          << outer.response << " around " << inner.tbs_response;
    }
  }
  EXPECT_THAT(
      Incoming::Parse(test::Signed("CreateSDResponse", "CreateSDTBSRequest",
                                   GoodTbs(), test::EcKey())),
      StatusIs(kInvalid, HasSubstr("CreateSDTBSResponse")));
}

TEST(IncomingTest, WhatIsNoMessageOfADeviceIsRefused) {
  for (const char* text : {
           "",
           " ",
           "x",
           "null",
           "[]",
           "{}",
           "1",
           "\"CreateSDResponse\"",
           R"({"CreateSDResponse":{},"x":{}})",
           R"({"CreateSDRequest":{}})",
           R"({"GetDeviceTEEStateResponse":{}})",
           R"({"FactoryResetResponse":{}})",
           R"({"CreateSDResponse":null})",
           R"({"CreateSDResponse":"x"})",
           R"({"CreateSDResponse":{"payload":"e30","protected":"e30"}})",
           R"({"GetDeviceStateResponse":{}})",
           R"({"GetDeviceStateResponse":[]})",
           R"({"GetDeviceStateResponse":[1]})",
           R"({"GetDeviceStateResponse":[{}]})",
           R"({"GetDeviceStateResponse":[{"CreateSDResponse":{}}]})",
           R"({"OTrPBrokerError":{}} x)",
           R"({"OTrPBrokerError":{"errcode":"A","errcode":"B"}})",
       }) {
    EXPECT_THAT(Incoming::Parse(text), StatusIs(kInvalid)) << text;
  }
}

TEST(IncomingTest, NothingSignedWithAnotherAlgorithmIsRead) {
  const std::string message = Response(MessageKind::kCreateSd, GoodTbs());
  // {"alg":"none"}, {"alg":"HS256"}
  for (const char* header : {"eyJhbGciOiJub25lIn0", "eyJhbGciOiJIUzI1NiJ9"}) {
    std::string forged = message;
    const std::string es256 = "eyJhbGciOiJFUzI1NiJ9";
    const size_t at = forged.find(es256);
    ASSERT_NE(at, std::string::npos);
    forged.replace(at, es256.size(), header);
    EXPECT_THAT(Incoming::Parse(forged), StatusIs(kInvalid)) << header;
  }
}

TEST(IncomingTest, ADeviceStateHasOneEntryForEachTee) {
  const std::string entry = test::SignedResponse(MessageKind::kGetDeviceState,
                                                 test::Tbs(), test::EcKey());
  auto array = [&](int n, const std::string& last) {
    std::string text = "{\"GetDeviceStateResponse\":[";
    for (int i = 0; i < n; ++i) absl::StrAppend(&text, entry, ",");
    return absl::StrCat(text, last, "]}");
  };
  OTRP_ASSERT_OK_AND_ASSIGN(Incoming four, Incoming::Parse(array(3, entry)));
  EXPECT_EQ(four.device_states().size(), 4u);
  EXPECT_EQ(four.tid(), test::kTid);
  EXPECT_THAT(Incoming::Parse(array(4, entry)),
              StatusIs(kInvalid, HasSubstr("more than 4")));
  json::Value other = test::Tbs();
  other.Set("tid", json::Value::String("another"));
  EXPECT_THAT(Incoming::Parse(
                  array(1, test::SignedResponse(MessageKind::kGetDeviceState,
                                                other, test::EcKey()))),
              StatusIs(kInvalid, HasSubstr("one tid")));
}

struct AgentCase {
  const char* text;
  const char* tid;
  const char* rid;
  const char* code;
  Dialect dialect;
  const char* message = "";
};

TEST(IncomingTest, AgentsErrorsOfBothDialectsAreRead) {
  const AgentCase cases[] = {
      {R"({"OTrPBrokerError":{"ver":"1.0","rid":"r","tid":"t",)"
       R"("errcode":"ERR_AGENT_TEE_BUSY"}})",
       "t", "r", "ERR_AGENT_TEE_BUSY", Dialect::kIetf03},
      {R"({"OTrPAgentError":{"ver":"1.0","rid":"r","tid":"t",)"
       R"("errcode":"ERR_TEE_FAIL"}})",
       "t", "r", "ERR_TEE_FAIL", Dialect::kPei03},
      {R"({"status":{"result":"fail","error-code":"ERR_TEE_UNKNOWN",)"
       R"("error-message":"no\u0007such TEE"}})",
       "", "", "ERR_TEE_UNKNOWN", Dialect::kPei03, "no\\u0007such TEE"},
      {R"({"OTrPBrokerError":{"errcode":"ERR_AGENT_TEE_FAIL",)"
       R"("error-message":7}})",
       "", "", "ERR_AGENT_TEE_FAIL", Dialect::kIetf03},
      {R"({"OTrPBrokerError":{"errcode":"ERR_AGENT_TEE_FAIL"}})", "", "",
       "ERR_AGENT_TEE_FAIL", Dialect::kIetf03},
      // What a stranger wrote goes into records only as what can be seen.
      {R"({"OTrPBrokerError":{"errcode":"a\nb"}})", "", "", "a\\u000ab",
       Dialect::kIetf03},
  };
  for (const AgentCase& c : cases) {
    OTRP_ASSERT_OK_AND_ASSIGN(Incoming incoming, Incoming::Parse(c.text));
    ASSERT_EQ(incoming.kind(), Incoming::Kind::kAgentError) << c.text;
    EXPECT_EQ(incoming.tid(), c.tid);
    EXPECT_EQ(incoming.rid(), c.rid);
    EXPECT_EQ(incoming.agent_error().code, c.code);
    EXPECT_EQ(incoming.agent_error().message, c.message);
    EXPECT_EQ(incoming.agent_error().dialect, c.dialect);
  }
}

TEST(IncomingTest, MalformedAgentsErrorsAreRefused) {
  for (const char* text : {
           R"({"OTrPBrokerError":null})",
           R"({"OTrPBrokerError":{}})",
           R"({"OTrPBrokerError":{"errcode":1}})",
           R"({"OTrPBrokerError":{"errcode":""}})",
           R"({"OTrPAgentError":{"errcode":"E","tid":1}})",
           R"({"status":{"result":"pass","error-code":"E"}})",
           R"({"status":{"result":"fail"}})",
           R"({"status":"fail"})",
       }) {
    EXPECT_THAT(Incoming::Parse(text), StatusIs(kInvalid)) << text;
  }
  const std::string long_id(1000, 'x');
  EXPECT_THAT(
      Incoming::Parse(absl::StrCat(
          R"({"OTrPBrokerError":{"errcode":"E","rid":")", long_id, "\"}}")),
      StatusIs(kInvalid, HasSubstr("longer")));
}

TEST(IncomingTest, ADependencyNotificationOpensASession) {
  OTRP_ASSERT_OK_AND_ASSIGN(
      Incoming incoming,
      Incoming::Parse(R"({"TADependencyNotification":{"ver":"1.0",)"
                      R"("requestedtalist":[{"taid":"wallet"},)"
                      R"({"taid":"card","taname":"Card"}]}})"));
  EXPECT_EQ(incoming.kind(), Incoming::Kind::kStarter);
  // What it asks for isn't read.
  for (const char* text :
       {R"({"TADependencyNotification":{}})",
        R"({"TADependencyNotification":{"requestedtalist":7}})"}) {
    EXPECT_THAT(Incoming::Parse(text), IsOk()) << text;
  }
  EXPECT_THAT(Incoming::Parse(R"({"TADependencyNotification":1})"),
              StatusIs(kInvalid));
}

TEST(VerifyTest, TakesTheKeysOwnSignatureOnly) {
  const std::string text = Response(MessageKind::kCreateSd, GoodTbs());
  auto verify = [&](const crypto::PublicKey& key) {
    return Verify(Incoming::Parse(text).value().response(), key);
  };
  OTRP_ASSERT_OK_AND_ASSIGN(VerifiedMessage verified,
                            verify(test::EcKey().public_key()));
  EXPECT_EQ(verified.kind(), MessageKind::kCreateSd);
  EXPECT_EQ(verified.tid(), test::kTid);
  EXPECT_EQ(verified.rid(), test::kRid);
  EXPECT_TRUE(verified.content().has_value());
  EXPECT_THAT(verify(test::OtherEcKey().public_key()),
              StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(verify(test::RsaKey().public_key()),
              StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST(VerifyTest, ADeviceStateNeedsItsOwnVerification) {
  OTRP_ASSERT_OK_AND_ASSIGN(
      Incoming incoming,
      Incoming::Parse(test::DeviceStateResponse(GoodTbs(), test::EcKey())));
  EXPECT_THAT(
      Verify(incoming.device_states().front(), test::EcKey().public_key()),
      StatusIs(kInvalid, HasSubstr("VerifyDeviceState")));
}

TEST(VerifyTest, AFailureMayTellItsReasonInTheClear) {
  struct Case {
    const char* reason;
    const char* code;
    const char* message;
  };
  const Case cases[] = {
      {R"({"error-code":"ERR_TEE_FAIL","error-message":"out of\u0007luck"})",
       "ERR_TEE_FAIL", "out of\\u0007luck"},
      {R"({"error-code":"ERR_TEE_FAIL"})", "ERR_TEE_FAIL", ""},
      {R"("ERR_SD_NOT_FOUND")", "ERR_SD_NOT_FOUND", ""},
      {nullptr, "ERR_UNSPECIFIED", ""},
  };
  for (const Case& c : cases) {
    json::Value tbs = test::Tbs("fail");
    if (c.reason != nullptr)
      tbs.Set("reason", json::Parse(c.reason, json::kStrangers).value());
    OTRP_ASSERT_OK_AND_ASSIGN(
        Incoming incoming,
        Incoming::Parse(Response(MessageKind::kInstallTa, tbs)));
    OTRP_ASSERT_OK_AND_ASSIGN(
        VerifiedMessage verified,
        Verify(std::move(incoming).TakeResponse(), test::EcKey().public_key()));
    EXPECT_TRUE(verified.failed());
    ASSERT_TRUE(verified.reason().has_value());
    EXPECT_EQ(verified.reason()->code, c.code);
    EXPECT_EQ(verified.reason()->message, c.message);
  }
}

}  // namespace
}  // namespace protocol
}  // namespace otrp

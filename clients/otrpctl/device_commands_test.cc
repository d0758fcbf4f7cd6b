// The commands about devices against a TSM over real mutual TLS. The names of
// the JSON members are a promise to scripts: here they are written out.

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/render.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "libs/json/json.h"
#include "libs/rpc/authz.h"
#include "libs/rpc/guard.h"
#include "libs/rpc/server.h"
#include "otrp/common/v1/common.grpc.pb.h"
#include "otrp/tsm/v1/tsm.grpc.pb.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::tsm::v1;
using json::Value;
using ::otrp::testing::IsOk;
using ::otrp::testing::TestTls;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const std::string& Did(char octet) {
  static auto* dids = new std::map<char, std::string>();
  return dids->emplace(octet, std::string(32, octet)).first->second;
}
std::string HexDid(char octet) { return absl::BytesToHexString(Did(octet)); }

// Answers what a test put in, remembers what it was asked.
class FakeDevices : public v1::Devices::Service {
 public:
  grpc::Status ListDevices(grpc::ServerContext*,
                           const v1::ListDevicesRequest* request,
                           v1::ListDevicesResponse* response) override {
    asked_groups.push_back(request->group());
    asked_tokens.push_back(request->page_token());
    if (!result.ok()) return result;
    if (!request->did_prefix().empty()) {
      for (const v1::Device& device : devices) {
        if (absl::StartsWith(absl::BytesToHexString(device.did()),
                             request->did_prefix())) {
          *response->add_devices() = device;
        }
      }
      return grpc::Status::OK;
    }
    const size_t page = request->page_token() == "next" ? 1 : 0;
    *response->add_devices() = devices[page];
    if (page + 1 < devices.size()) response->set_next_page_token("next");
    return grpc::Status::OK;
  }
  grpc::Status GetDevice(grpc::ServerContext*,
                         const v1::GetDeviceRequest* request,
                         v1::GetDeviceResponse* response) override {
    asked_dids.push_back(request->did());
    if (result.ok()) *response->mutable_device() = devices[0];
    return result;
  }
  grpc::Status RetryDevice(grpc::ServerContext*,
                           const v1::RetryDeviceRequest* request,
                           v1::RetryDeviceResponse* response) override {
    asked_dids.push_back(request->did());
    response->set_tasks(3);
    return result;
  }

  grpc::Status result;
  std::vector<v1::Device> devices;
  std::vector<std::string> asked_dids;
  std::vector<std::string> asked_groups;
  std::vector<std::string> asked_tokens;
};

class FakeGroups : public v1::Groups::Service {
 public:
  grpc::Status AddGroupMembers(grpc::ServerContext*,
                               const v1::AddGroupMembersRequest* request,
                               v1::AddGroupMembersResponse*) override {
    added = *request;
    return grpc::Status::OK;
  }
  v1::AddGroupMembersRequest added;
};

class FakeSessions : public v1::Sessions::Service {
 public:
  grpc::Status GetSession(grpc::ServerContext*, const v1::GetSessionRequest*,
                          v1::GetSessionResponse* response) override {
    v1::Session* session = response->mutable_session();
    session->set_tid("t-1");
    session->set_state("failed");
    v1::SessionMessage* message = session->add_messages();
    message->set_n(1);
    message->set_status("fail");
    message->set_error_code("ERR_TEE_BUSY");
    message->set_advice("The TEE is busy.");
    message->set_detail("serves another call");
    return grpc::Status::OK;
  }
};

// The TSM's audit log: one event with the details that a test put in.
class FakeAuditLog : public common::v1::AuditLog::Service {
 public:
  grpc::Status ListAuditEvents(
      grpc::ServerContext*, const common::v1::ListAuditEventsRequest*,
      common::v1::ListAuditEventsResponse* response) override {
    response->add_events()->set_details_json(details);
    return grpc::Status::OK;
  }
  std::string details;
};

const rpc::AuthzTable& Table() {
  using rpc::Allow;
  using rpc::Effect;
  static const auto* table = new rpc::AuthzTable({
      {"otrp.tsm.v1.Devices.ListDevices", Effect::kReads, {Allow::Operators()}},
      {"otrp.tsm.v1.Devices.GetDevice", Effect::kReads, {Allow::Operators()}},
      {"otrp.tsm.v1.Devices.RetryDevice",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.tsm.v1.Groups.AddGroupMembers",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.tsm.v1.Sessions.GetSession", Effect::kReads, {Allow::Operators()}},
      {"otrp.common.v1.AuditLog.ListAuditEvents",
       Effect::kReads,
       {Allow::Operators()}},
  });
  return *table;
}

// One with something in each member.
v1::Device FullDevice() {
  v1::Device device;
  device.set_did(Did('\xab'));
  device.set_dialect(v1::DIALECT_PEI03);
  device.set_key_type("RSA");
  device.set_tee_name("OTrP Software TEE");
  device.set_tee_version("1.0");
  device.set_tee_vendor("acme");
  device.set_attestation_tier("tee-authenticated");
  device.add_labels("site=b");
  device.mutable_attestation()->set_verdict("refused");
  auto* reason = device.mutable_attestation()->add_reasons();
  reason->set_code("tee-chain-unknown-issuer");
  reason->set_detail("no such root");
  reason->set_meaning("The chain leads nowhere.");
  device.mutable_attestation()->add_reasons()->set_code("tee-denied");
  device.mutable_attestation()->mutable_at()->set_seconds(1700000000);
  auto* sd = device.add_security_domains();
  sd->set_sdname("sd-1");
  sd->set_spid("bank");
  sd->add_spcert_fingerprints(std::string(32, '\x01'));
  auto* ta = sd->add_tas();
  ta->set_taid("ta-1");
  ta->set_version("1.0.0");
  ta->set_state("installed");
  device.add_groups("pilots");
  auto* task = device.add_tasks();
  task->set_action("InstallTA bank/ta-2@1.0.0");
  task->set_state("waiting");
  task->set_attempts(2);
  task->set_last_error("ERR_TEE_RESOURCE_FULL");
  task->set_advice("The TEE is full.");
  task->set_detail("3 KiB are free");
  task->mutable_not_before()->set_seconds(1700000060);
  task->mutable_not_before()->set_nanos(250000000);
  device.mutable_first_seen()->set_seconds(0);
  return device;
}

class DeviceCommandsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(tls_, TestTls::Create());
    rpc::Server::Options options;
    options.listen = "127.0.0.1:0";
    options.guard = &guard_;
    OTRP_ASSERT_OK_AND_ASSIGN(options.tls_dir,
                              tls_->Issue("otrp://service/tsm"));
    OTRP_ASSERT_OK_AND_ASSIGN(
        server_, rpc::Server::Start(
                     options, {&devices_, &groups_, &sessions_, &audit_log_}));
    OTRP_ASSERT_OK_AND_ASSIGN(operator_, tls_->Issue("otrp://operator/alice"));
    devices_.devices = {FullDevice()};
  }

  absl::StatusOr<Result> RunAs(const std::string& tls_dir,
                               std::vector<std::string> words) {
    words.push_back(absl::StrCat("--tsm-addr=127.0.0.1:", server_->port()));
    words.push_back(absl::StrCat("--tls-dir=", tls_dir));
    const auto call = cli::Parse(Program(), words);
    if (!call.ok()) return call.status();
    return RunCall(*call);
  }
  absl::StatusOr<Result> Run(std::vector<std::string> words) {
    return RunAs(operator_, std::move(words));
  }

  // What `-o json` prints, parsed again.
  Value JsonOf(std::vector<std::string> words) {
    const auto result = Run(std::move(words));
    EXPECT_THAT(result, IsOk());
    if (!result.ok()) return Value();
    const auto value = json::Parse(Render(*result, Format::kJson), json::kOurs);
    EXPECT_THAT(value, IsOk());
    return value.ok() ? *value : Value();
  }

  rpc::Guard guard_{"tsm", Table()};
  FakeDevices devices_;
  FakeGroups groups_;
  FakeSessions sessions_;
  FakeAuditLog audit_log_;
  std::unique_ptr<TestTls> tls_;
  std::unique_ptr<rpc::Server> server_;
  std::string operator_;
};

// The handshake fails without a reason.
TEST_F(DeviceCommandsTest, WhoseCertificateHasEndedIsToldSoAndWhatToDo) {
  OTRP_ASSERT_OK_AND_ASSIGN(
      const std::string ended,
      tls_->IssueOdd("otrp://operator/alice", -1, "clientAuth"));
  for (const auto& words : {std::vector<std::string>{"device", "list"},
                            std::vector<std::string>{"renew"}}) {
    const auto refused = RunAs(ended, words);
    EXPECT_THAT(refused.status().message(),
                AllOf(HasSubstr("your certificate ended at "), HasSubstr(ended),
                      HasSubstr("otrpctl renew"), HasSubstr("otrpctl login")));
    EXPECT_EQ(ExitCode(refused.status()), 4);
  }
}

TEST_F(DeviceCommandsTest, ShowHasTheMembersThatScriptsRelyOn) {
  const Value shown = JsonOf({"device", "show", HexDid('\xab')});
  const std::string text = absl::StrCat(
      R"({"did":")", HexDid('\xab'), R"(","dialect":"pei03","key_type":"RSA",)",
      R"("tee_name":"OTrP Software TEE","tee_version":"1.0",)",
      R"("tee_vendor":"acme","attestation_tier":"tee-authenticated",)",
      R"("attestation":{"verdict":"refused","reasons":[)",
      R"("tee-chain-unknown-issuer: no such root","tee-denied"],)",
      R"("meanings":["tee-chain-unknown-issuer: The chain leads nowhere."],)",
      R"("at":"2023-11-14T22:13:20.000Z"},"refused_by_sps":[],)",
      R"("security_domains":[{"sdname":"sd-1","spid":"bank","tas":[)",
      R"({"taid":"ta-1","version":"1.0.0","state":"installed"}],)",
      R"("spcert_sha256":[")", absl::BytesToHexString(std::string(32, '\x01')),
      R"("]}],"tas":["bank/ta-1@1.0.0"],"groups":["pilots"],)",
      R"("labels":["site=b"],)",
      R"("tasks":[{"action":"InstallTA bank/ta-2@1.0.0","state":"waiting",)",
      R"("attempts":2,"last_error":"ERR_TEE_RESOURCE_FULL",)",
      R"("not_before":"2023-11-14T22:14:20.250Z",)",
      R"("advice":"The TEE is full.","detail":"3 KiB are free"}],)",
      R"("first_seen":"1970-01-01T00:00:00.000Z","last_seen":null})");
  const auto expected = json::Parse(text, json::kOurs);
  ASSERT_THAT(expected, IsOk());
  EXPECT_EQ(shown.Serialize(), expected->Serialize());
  EXPECT_THAT(devices_.asked_dids, ElementsAre(Did('\xab')));
}

TEST_F(DeviceCommandsTest, AFailedMessageComesWithItsAdviceAndTheTeesWords) {
  const Value shown = JsonOf({"session", "show", "t-1"});
  EXPECT_EQ(*shown.Find("messages")->items()[0].GetString("advice"),
            "The TEE is busy.");
  const auto result = Run({"session", "show", "t-1"});
  ASSERT_THAT(result, IsOk());
  EXPECT_THAT(Render(*result, Format::kTable), HasSubstr("The TEE is busy."));
  EXPECT_THAT(Render(*result, Format::kTable),
              HasSubstr("serves another call"));
}

TEST_F(DeviceCommandsTest, AuditListExplainsTheCodesOfItsDetails) {
  const struct {
    const char* details;
    std::vector<std::string> codes;
  } kRows[] = {
      {R"({"reason":"replay","detail":"expired"})", {"replay"}},
      {R"({"action":"x","error":"ERR_TA_INVALID"})", {"ERR_TA_INVALID"}},
      {R"({"error":"ERR_OF_A_DEVICES_OWN"})", {"ERR_OF_A_DEVICES_OWN"}},
      {R"({"tees":[{"did":"ab","verdict":"refused",)"
       R"("reasons":["tee-denied","tfw-missing"]}]})",
       {"tee-denied", "tfw-missing"}},
      {R"({"reason":"keyCompromise"})", {}},
      {"no JSON", {}},
  };
  for (const auto& row : kRows) {
    audit_log_.details = row.details;
    const Value listed = JsonOf({"audit", "list", "--service", "tsm"});
    const Value* meanings = listed.Find("events")->items()[0].Find("meanings");
    ASSERT_THAT(meanings->items(), SizeIs(row.codes.size())) << row.details;
    for (size_t i = 0; i < row.codes.size(); ++i) {
      const std::string& text = meanings->items()[i].as_string();
      EXPECT_TRUE(absl::StartsWith(text, row.codes[i] + ": ")) << text;
      EXPECT_TRUE(absl::EndsWith(text, ".")) << text;
    }
  }
}

// A script may look into each list without asking first whether it is there.
TEST_F(DeviceCommandsTest, ADeviceWithoutAnythingHasTheSameMembers) {
  const Value full = JsonOf({"device", "show", HexDid('\xab')});
  devices_.devices[0] = v1::Device();
  devices_.devices[0].set_did(Did('\xab'));
  const Value empty = JsonOf({"device", "show", HexDid('\xab')});
  ASSERT_EQ(empty.members().size(), full.members().size());
  for (const auto& [name, value] : full.members()) {
    const Value* member = empty.Find(name);
    ASSERT_NE(member, nullptr) << name;
    EXPECT_EQ(member->is_array(), value.is_array()) << name;
    EXPECT_EQ(member->is_object(), value.is_object()) << name;
  }
  EXPECT_TRUE(empty.Find("attestation")->Find("reasons")->is_array());
}

TEST_F(DeviceCommandsTest, ShowAsATableHasALineADomainAndATask) {
  const auto result = Run({"device", "show", HexDid('\xab')});
  ASSERT_THAT(result, IsOk());
  const std::string text = Render(*result, Format::kTable);
  EXPECT_THAT(text, AllOf(HasSubstr(HexDid('\xab')), HasSubstr("pei03"),
                          HasSubstr("\"taid\":\"ta-1\""),
                          HasSubstr("ERR_TEE_RESOURCE_FULL"),
                          HasSubstr("The TEE is full."),
                          HasSubstr("The chain leads nowhere.")));
}

TEST_F(DeviceCommandsTest, ADidMayBeWrittenInUpperCase) {
  const std::string upper = absl::AsciiStrToUpper(HexDid('\xab'));
  EXPECT_THAT(Run({"device", "show", upper}), IsOk());
  EXPECT_THAT(devices_.asked_dids, ElementsAre(Did('\xab')));
  // Ids are lower-case wherever they come out.
  EXPECT_EQ(JsonOf({"device", "retry", upper}).Serialize(),
            absl::StrCat("{\"did\":\"", HexDid('\xab'), "\",\"tasks\":3}"));
  EXPECT_EQ(JsonOf({"group", "add", "--group", "g", "--device",
                    upper + "," + HexDid('\x01')})
                .Serialize(),
            absl::StrCat("{\"group\":\"g\",\"devices\":[\"", HexDid('\xab'),
                         "\",\"", HexDid('\x01'), "\"]}"));
  EXPECT_THAT(groups_.added.dids(), ElementsAre(Did('\xab'), Did('\x01')));
}

TEST_F(DeviceCommandsTest, WhatIsNoDidIsAUsageErrorAndAsksNobody) {
  for (const std::string& word :
       {std::string("ab"), HexDid('\xab') + "0", std::string("abcdefg"),
        std::string(64, 'g')}) {
    const auto result = Run({"device", "show", word});
    ASSERT_FALSE(result.ok()) << word;
    EXPECT_EQ(ExitCode(result.status()), 2) << result.status();
    EXPECT_THAT(std::string(result.status().message()),
                AllOf(HasSubstr(word), HasSubstr("64 hex digits"),
                      HasSubstr("otrpctl device list")));
  }
  // One bad id of a list, or an empty one, and none is added.
  for (const std::string& list :
       {HexDid('\xab') + ",zz", HexDid('\xab') + ",", "," + HexDid('\xab')}) {
    const auto result = Run({"group", "add", "--group", "g", "--device", list});
    EXPECT_EQ(ExitCode(result.status()), 2) << list;
  }
  EXPECT_THAT(devices_.asked_dids, SizeIs(0));
  EXPECT_THAT(groups_.added.dids(), SizeIs(0));
}

TEST_F(DeviceCommandsTest, TheFirstDigitsDoWhereTheyAreOneDevicesAlone) {
  v1::Device second;
  second.set_did(std::string("\xab\xcd") + std::string(30, '\x01'));
  devices_.devices.push_back(second);
  EXPECT_THAT(Run({"device", "retry", "abab"}), IsOk());
  EXPECT_THAT(Run({"device", "retry", "abcd0"}), IsOk());
  EXPECT_THAT(devices_.asked_dids, ElementsAre(Did('\xab'), second.did()));
  devices_.devices.push_back(FullDevice());
  const auto several = Run({"device", "show", "abab"});
  EXPECT_EQ(ExitCode(several.status()), 2);
  EXPECT_THAT(std::string(several.status().message()),
              AllOf(HasSubstr("several"), HasSubstr(HexDid('\xab'))));
  const auto none = Run({"device", "show", "abba"});
  EXPECT_EQ(ExitCode(none.status()), 3);
  EXPECT_THAT(devices_.asked_dids, SizeIs(2));
}

TEST_F(DeviceCommandsTest, ListFollowsThePagesOfOneGroup) {
  v1::Device second;
  second.set_did(Did('\xcd'));
  devices_.devices.push_back(second);
  const Value listed = JsonOf({"device", "list", "--group", "pilots"});
  ASSERT_THAT(listed.Find("devices")->items(), SizeIs(2));
  EXPECT_EQ(*listed.Find("devices")->items()[1].GetString("did"),
            HexDid('\xcd'));
  EXPECT_THAT(devices_.asked_groups, ElementsAre("pilots", "pilots"));
  EXPECT_THAT(devices_.asked_tokens, ElementsAre("", "next"));
}

TEST_F(DeviceCommandsTest, HowManyHaveAVersion) {
  devices_.devices = {FullDevice(), FullDevice()};
  devices_.devices[1].mutable_security_domains(0)->mutable_tas(0)->set_version(
      "1.10.0");
  devices_.devices[1].mutable_security_domains(0)->mutable_tas(0)->set_state(
      "outdated");
  EXPECT_EQ(JsonOf({"device", "list", "--ta", "ta-1", "--version", "1.10.0",
                    "--count"})
                .Serialize(),
            R"({"count":1})");
  EXPECT_EQ(JsonOf({"device", "list", "--ta", "other", "--count"}).Serialize(),
            R"({"count":0})");
  EXPECT_EQ(
      JsonOf({"device", "list", "--filter", "tas=bank/ta-1@1.0.0", "--count"})
          .Serialize(),
      R"({"count":1})");
  EXPECT_EQ(JsonOf({"ta", "versions", "--taid", "ta-1"}).Serialize(),
            R"({"versions":[)"
            R"({"spid":"bank","taid":"ta-1","version":"1.0.0",)"
            R"("devices":1,"outdated":0},)"
            R"({"spid":"bank","taid":"ta-1","version":"1.10.0",)"
            R"("devices":1,"outdated":1}],"all_devices":2})");
  EXPECT_EQ(JsonOf({"ta", "versions", "--taid", "ta-1", "--spid", "shop"})
                .Find("versions")
                ->size(),
            0u);
  EXPECT_EQ(ExitCode(Run({"device", "list", "--version", "1.0.0"}).status()),
            2);
}

TEST_F(DeviceCommandsTest, ListAsATable) {
  const auto result = Run({"device", "list"});
  ASSERT_THAT(result, IsOk());
  const std::string text = Render(*result, Format::kTable);
  EXPECT_THAT(text, HasSubstr("VERDICT"));
  EXPECT_THAT(text, HasSubstr("refused"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

// A page that fails fails the whole: half a list would look like all of it.
TEST_F(DeviceCommandsTest, AServicesRefusalIsTheExitCodeAndKeepsItsMessage) {
  const struct {
    grpc::StatusCode status;
    int exit_code;
  } kRows[] = {
      {grpc::StatusCode::INVALID_ARGUMENT, 1},
      {grpc::StatusCode::FAILED_PRECONDITION, 1},
      {grpc::StatusCode::NOT_FOUND, 3},
      {grpc::StatusCode::PERMISSION_DENIED, 4},
      {grpc::StatusCode::UNAVAILABLE, 5},
  };
  for (const auto& row : kRows) {
    devices_.result = grpc::Status(row.status, "because of the moon");
    for (const auto& words :
         {std::vector<std::string>{"device", "show", HexDid('\xab')},
          std::vector<std::string>{"device", "list"}}) {
      const auto result = Run(words);
      ASSERT_FALSE(result.ok());
      EXPECT_EQ(ExitCode(result.status()), row.exit_code) << result.status();
      EXPECT_THAT(std::string(result.status().message()),
                  HasSubstr("because of the moon"));
    }
  }
}

TEST_F(DeviceCommandsTest, ACallerWhoMayNotIsDenied) {
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string sp,
                            tls_->Issue("otrp://sp/bank"));
  const auto result = RunAs(sp, {"device", "list"});
  EXPECT_EQ(ExitCode(result.status()), 4) << result.status();
  EXPECT_THAT(devices_.asked_tokens, SizeIs(0));
}

// Another root than the services': they don't so much as talk.
TEST_F(DeviceCommandsTest, ACertificateOfAnotherRootGetsNoAnswer) {
  OTRP_ASSERT_OK_AND_ASSIGN(auto other, TestTls::Create());
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string dir,
                            other->Issue("otrp://operator/alice"));
  const auto result = RunAs(dir, {"device", "list", "--timeout", "5"});
  EXPECT_EQ(ExitCode(result.status()), 5) << result.status();
  EXPECT_THAT(devices_.asked_tokens, SizeIs(0));
}

}  // namespace
}  // namespace otrp::ctl

// What the portal and operators call: catalogue, devices, groups, sessions.

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/advice/advice.h"
#include "libs/base/hex.h"
#include "services/tsm/handlers/catalog.h"
#include "services/tsm/handlers/convert.h"
#include "services/tsm/handlers/devices.h"
#include "services/tsm/handlers/groups.h"
#include "services/tsm/handlers/sessions.h"
#include "services/tsm/testing/mini_tee.h"
#include "services/tsm/testing/tsm_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using Loss = ::otrp::testing::PostgresProxy::Loss;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using testing::IdsOf;
using testing::MiniTee;
using ::testing::SizeIs;
using testing::TsmFixture;

constexpr char kEventId[] = "7C2D5A0E-93E1-4B6A-8F0D-1E2A3B4C5D6E";

class AdminTest : public ::testing::Test {
 protected:
  AdminTest() : tee_("Primus", crypto::KeyType::kEcP256) {
    tsm_.verifier.Trust(tee_);
  }

  absl::Status Apply(const v1::ApplyRequest& request) {
    v1::ApplyResponse response;
    const rpc::CallContext call = tsm_.Call("otrp.tsm.v1.Catalog.Apply");
    const absl::Status status =
        handlers::Apply(call, *tsm_.env, request, response);
    if (status.ok()) {
      EXPECT_EQ(call.audit_records(), call.nothing_changed() ? 0 : 1);
    }
    return status;
  }

  // All events have a certificate somewhere; a TEE's will do.
  v1::ApplyRequest ReleaseEvent() {
    v1::ApplyRequest request;
    request.set_event_id(kEventId);
    v1::VersionReleased* event = request.mutable_version_released();
    event->set_spid("bank");
    event->set_taid("wallet");
    event->set_version("1.0.0");
    event->set_image("image");
    event->set_signer_certificate_der(tee_.certificate());
    return request;
  }

  TsmFixture tsm_;
  MiniTee tee_;
};

TEST_F(AdminTest, ACatalogueEventIsAppliedOnce) {
  OTRP_EXPECT_OK(Apply(ReleaseEvent()));
  OTRP_EXPECT_OK(Apply(ReleaseEvent()));
  EXPECT_THAT(tsm_.AuditActions(), ::testing::ElementsAre("catalog.release"));
}

TEST_F(AdminTest, ACatalogueEventOfUnknownOutcomeIsAppliedOnce) {
  int applied = 0;
  for (const Loss loss : {Loss::kRequest, Loss::kAnswer}) {
    v1::ApplyRequest event = ReleaseEvent();
    event.set_event_id(
        absl::StrCat("7C2D5A0E-93E1-4B6A-8F0D-1E2A3B4C5D", 10 + applied));
    tsm_.database.proxy().LoseNextCommit(loss);
    EXPECT_THAT(Apply(event), StatusIs(absl::StatusCode::kUnknown));
    OTRP_EXPECT_OK(Apply(event));
    EXPECT_THAT(tsm_.AuditActions(), SizeIs(++applied));
  }
}

TEST_F(AdminTest, CatalogueEventsAreCheckedAndTheFieldIsNamed) {
  struct Case {
    const char* field;
    std::function<void(v1::ApplyRequest*)> change;
  };
  for (const Case& c : std::vector<Case>{
           {"event_id", [](auto* r) { r->set_event_id("x"); }},
           {"event", [](auto* r) { r->clear_event(); }},
           {"version_released.spid",
            [](auto* r) { r->mutable_version_released()->set_spid("a/b"); }},
           {"version_released.taid",
            [](auto* r) {
              r->mutable_version_released()->set_taid(std::string(65, 'a'));
            }},
           {"version_released.version",
            [](auto* r) {
              r->mutable_version_released()->set_version("1..0");
            }},
           {"version_released.channel",
            [](auto* r) {
              r->mutable_version_released()->set_channel("nightly");
            }},
           {"assignment_changed.channel",
            [](auto* r) {
              r->mutable_channel_assignment_changed()->set_spid("bank");
              r->mutable_channel_assignment_changed()->set_taid("wallet");
              r->mutable_channel_assignment_changed()->set_channel("BETA");
            }},
           {"version_released.image",
            [](auto* r) { r->mutable_version_released()->clear_image(); }},
           {"version_released.signer_certificate_der",
            [](auto* r) {
              r->mutable_version_released()->set_signer_certificate_der("x");
            }},
           {"sp_certificate_enrolled.certificate_der",
            [](auto* r) {
              r->mutable_sp_certificate_enrolled()->set_spid("bank");
            }},
           {"version_yanked.version",
            [](auto* r) {
              r->mutable_version_yanked()->set_spid("bank");
              r->mutable_version_yanked()->set_taid("wallet");
            }},
           {"target",
            [](auto* r) {
              r->mutable_assignment_changed()->set_spid("bank");
              r->mutable_assignment_changed()->set_taid("wallet");
            }},
           {"assignment_changed.did", [](auto* r) {
              r->mutable_assignment_changed()->set_spid("bank");
              r->mutable_assignment_changed()->set_taid("wallet");
              r->mutable_assignment_changed()->set_did("short");
            }}}) {
    v1::ApplyRequest request = ReleaseEvent();
    c.change(&request);
    EXPECT_THAT(Apply(request), StatusIs(absl::StatusCode::kInvalidArgument,
                                         HasSubstr(c.field)));
  }
}

TEST_F(AdminTest, AnEventOfANewerPortalMayComeAgain) {
  v1::ApplyRequest request;
  request.set_event_id(kEventId);
  EXPECT_THAT(Apply(request), StatusIs(absl::StatusCode::kInvalidArgument));
  request.GetReflection()->MutableUnknownFields(&request)->AddLengthDelimited(
      49, "");
  EXPECT_THAT(Apply(request), StatusIs(absl::StatusCode::kUnimplemented));
}

TEST_F(AdminTest, AYankedVersionReachesNoFurtherDevice) {
  tsm_.Certificate("cert 1");
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  tsm_.Drive(&tee_);
  tsm_.Release("2.0.0", "cert 1");
  v1::ApplyRequest yank;
  yank.set_event_id(kEventId);
  yank.mutable_version_yanked()->set_spid("bank");
  yank.mutable_version_yanked()->set_taid("wallet");
  yank.mutable_version_yanked()->set_version("2.0.0");
  OTRP_ASSERT_OK(Apply(yank));
  tsm_.Drive(&tee_);
  v1::GetDeviceRequest request;
  request.set_did(tee_.did());
  v1::GetDeviceResponse response;
  OTRP_ASSERT_OK(
      handlers::GetDevice(tsm_.Call("m"), *tsm_.env, request, response));
  const v1::Device& device = response.device();
  ASSERT_EQ(device.security_domains_size(), 1);
  EXPECT_EQ(device.security_domains(0).tas(0).version(), "1.0.0");
  EXPECT_EQ(device.security_domains(0).tas(0).state(), "installed");
  EXPECT_EQ(device.tasks_size(), 0);
  // A later one does.
  tsm_.Release("2.0.1", "cert 1");
  tsm_.Drive(&tee_);
  response.Clear();
  OTRP_ASSERT_OK(
      handlers::GetDevice(tsm_.Call("m"), *tsm_.env, request, response));
  EXPECT_EQ(response.device().security_domains(0).tas(0).version(), "2.0.1");
}

TEST_F(AdminTest, ADeviceShowsWhatItHasAndWhatIsToDo) {
  tsm_.Certificate("cert 1");
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  tsm_.Drive(&tee_);
  tsm_.Release("2.0.0", "cert 1");
  tsm_.Release("1.0.0", "cert 1", "card");
  tsm_.Assign(true, AllDevices(), "card");
  v1::GetDeviceRequest request;
  request.set_did(tee_.did());
  v1::GetDeviceResponse response;
  OTRP_ASSERT_OK(
      handlers::GetDevice(tsm_.Call("m"), *tsm_.env, request, response));
  const v1::Device& device = response.device();
  EXPECT_EQ(device.did(), tee_.did());
  EXPECT_EQ(device.dialect(), v1::DIALECT_IETF03);
  EXPECT_EQ(device.attestation().verdict(), "accepted");
  ASSERT_EQ(device.security_domains_size(), 1);
  EXPECT_EQ(device.security_domains(0).sdname(), "bank.sd");
  EXPECT_EQ(device.security_domains(0).tas(0).version(), "1.0.0");
  EXPECT_EQ(device.security_domains(0).tas(0).state(), "outdated");
  EXPECT_EQ(device.security_domains(0).spcert_fingerprints_size(), 1);
  ASSERT_EQ(device.tasks_size(), 1);
  EXPECT_EQ(device.tasks(0).action(), "InstallTA bank/card@1.0.0");
  EXPECT_EQ(device.tasks(0).state(), "pending");

  request.set_did(std::string(32, 'x'));
  EXPECT_THAT(handlers::GetDevice(tsm_.Call("m"), *tsm_.env, request, response),
              StatusIs(absl::StatusCode::kNotFound));
  request.set_did("x");
  EXPECT_THAT(handlers::GetDevice(tsm_.Call("m"), *tsm_.env, request, response),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("did")));
}

TEST_F(AdminTest, DevicesAreListedPageByPage) {
  for (int i = 0; i < 3; ++i) {
    MiniTee tee("Tee", crypto::KeyType::kEcP256);
    tsm_.verifier.Trust(tee);
    tsm_.Drive(&tee);
  }
  v1::ListDevicesRequest request;
  request.set_page_size(2);
  v1::ListDevicesResponse response;
  OTRP_ASSERT_OK(
      handlers::ListDevices(tsm_.Call("m"), *tsm_.env, request, response));
  EXPECT_EQ(response.devices_size(), 2);
  request.set_page_token(response.next_page_token());
  response.Clear();
  OTRP_ASSERT_OK(
      handlers::ListDevices(tsm_.Call("m"), *tsm_.env, request, response));
  EXPECT_EQ(response.devices_size(), 1);
  EXPECT_EQ(response.next_page_token(), "");
  request.set_page_token("!");
  EXPECT_THAT(
      handlers::ListDevices(tsm_.Call("m"), *tsm_.env, request, response),
      StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(AdminTest, DevicesAreFoundByTheBeginOfTheirId) {
  tsm_.Drive(&tee_);
  const std::string did = HexEncode(tee_.did());
  std::string other = did.substr(0, 5);
  other[4] = other[4] == '0' ? '1' : '0';
  v1::ListDevicesRequest request;
  v1::ListDevicesResponse response;
  const auto found = [&](const std::string& prefix) {
    request.set_did_prefix(prefix);
    response.Clear();
    OTRP_EXPECT_OK(
        handlers::ListDevices(tsm_.Call("m"), *tsm_.env, request, response));
    return response.devices_size();
  };
  EXPECT_EQ(found(""), 1);
  // An odd number of digits too, and in capitals.
  EXPECT_EQ(found(did.substr(0, 5)), 1);
  EXPECT_EQ(found(absl::AsciiStrToUpper(did)), 1);
  EXPECT_EQ(found(other), 0);
  for (const std::string& bad : {std::string("xy"), did + "0"}) {
    request.set_did_prefix(bad);
    EXPECT_THAT(
        handlers::ListDevices(tsm_.Call("m"), *tsm_.env, request, response),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("did_prefix")));
  }
}

// What an operator asks by: the device, not the session.
TEST_F(AdminTest, WhatADeviceDidIsAuditedAsBeingAboutIt) {
  tsm_.Certificate("cert 1");
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  tsm_.Drive(&tee_);
  const std::string did = HexEncode(tee_.did());
  int about = 0;
  for (const store::AuditEvent& event : tsm_.AuditEvents()) {
    if (event.action.rfind("session.", 0) != 0) continue;
    EXPECT_EQ(event.subject, did) << event.action;
    EXPECT_EQ(event.actor, "device:" + did) << event.action;
    EXPECT_THAT(event.details_json, HasSubstr("\"tid\"")) << event.action;
    ++about;
  }
  // State, domain, application.
  EXPECT_EQ(about, 3);
}

TEST_F(AdminTest, GroupsTakeDevicesThatWereNeverSeen) {
  v1::AddGroupMembersRequest request;
  v1::AddGroupMembersResponse response;
  request.set_group("beta");
  EXPECT_THAT(
      handlers::AddGroupMembers(tsm_.Call("m"), *tsm_.env, request, response),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("dids")));
  request.add_dids(std::string(32, 'a'));
  OTRP_EXPECT_OK(
      handlers::AddGroupMembers(tsm_.Call("m"), *tsm_.env, request, response));
  request.add_dids("short");
  EXPECT_THAT(
      handlers::AddGroupMembers(tsm_.Call("m"), *tsm_.env, request, response),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("dids[1]")));
  for (const char* name : {"", "all", "a b", "ä"}) {
    request.set_group(name);
    EXPECT_THAT(
        handlers::AddGroupMembers(tsm_.Call("m"), *tsm_.env, request, response),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("group")))
        << name;
  }
  v1::ListGroupsResponse groups;
  OTRP_ASSERT_OK(handlers::ListGroups(tsm_.Call("m"), *tsm_.env, {}, groups));
  ASSERT_EQ(groups.groups_size(), 1);
  EXPECT_EQ(groups.groups(0).members(), 1);
  v1::RemoveGroupMembersRequest removal;
  removal.set_group("none");
  removal.add_dids(std::string(32, 'a'));
  v1::RemoveGroupMembersResponse removed;
  EXPECT_THAT(
      handlers::RemoveGroupMembers(tsm_.Call("m"), *tsm_.env, removal, removed),
      StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(AdminTest, SessionsShowTheirMessages) {
  const auto requests = tsm_.Drive(&tee_);
  tsm_.Drive(&tee_);
  v1::ListSessionsRequest list;
  list.set_page_size(1);
  list.set_did(tee_.did());
  v1::ListSessionsResponse sessions;
  OTRP_ASSERT_OK(
      handlers::ListSessions(tsm_.Call("m"), *tsm_.env, list, sessions));
  EXPECT_EQ(sessions.sessions_size(), 1);
  EXPECT_EQ(sessions.sessions(0).messages_size(), 0);
  list.set_page_token(sessions.next_page_token());
  sessions.Clear();
  OTRP_ASSERT_OK(
      handlers::ListSessions(tsm_.Call("m"), *tsm_.env, list, sessions));
  EXPECT_EQ(sessions.sessions_size(), 1);
  EXPECT_EQ(sessions.next_page_token(), "");

  v1::GetSessionRequest request;
  request.set_tid(IdsOf(requests[0]).first);
  v1::GetSessionResponse response;
  OTRP_ASSERT_OK(
      handlers::GetSession(tsm_.Call("m"), *tsm_.env, request, response));
  EXPECT_EQ(response.session().state(), "done");
  ASSERT_EQ(response.session().messages_size(), 2);
  EXPECT_EQ(response.session().messages(1).status(), "pass");
  request.set_tid("none");
  EXPECT_THAT(
      handlers::GetSession(tsm_.Call("m"), *tsm_.env, request, response),
      StatusIs(absl::StatusCode::kNotFound));
}

// An operator who reads a code reads what to do about it, too.
TEST_F(AdminTest, WhatFailedAndWhoIsntBelievedComeWithTheirMeaning) {
  tsm_.Certificate("cert 1");
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  tee_.failures["CreateSD"] = "ERR_SPCERT_INVALID";
  const auto requests = tsm_.Drive(&tee_);
  v1::GetDeviceRequest request;
  request.set_did(tee_.did());
  v1::GetDeviceResponse device;
  OTRP_ASSERT_OK(
      handlers::GetDevice(tsm_.Call("m"), *tsm_.env, request, device));
  // The second is only a wish as yet.
  ASSERT_EQ(device.device().tasks_size(), 2);
  EXPECT_EQ(device.device().tasks(0).advice(),
            advice::Of("ERR_SPCERT_INVALID"));
  EXPECT_EQ(device.device().tasks(1).advice(), "");
  v1::GetSessionRequest of_session;
  of_session.set_tid(IdsOf(requests[0]).first);
  v1::GetSessionResponse session;
  OTRP_ASSERT_OK(
      handlers::GetSession(tsm_.Call("m"), *tsm_.env, of_session, session));
  int failed = 0;
  for (const v1::SessionMessage& message : session.session().messages()) {
    EXPECT_EQ(message.advice().empty(), message.error_code().empty());
    failed += message.advice() == advice::Of("ERR_SPCERT_INVALID") ? 1 : 0;
  }
  EXPECT_EQ(failed, 1);

  DeviceDetails refused;
  refused.device.reasons = {{"tee-denied", "by rule 1"}};
  v1::Device shown;
  handlers::ToProto(refused, absl::Now(), shown);
  EXPECT_EQ(shown.attestation().reasons(0).meaning(),
            "A deny rule of the policy names this TEE.");
}

TEST_F(AdminTest, RetryForgetsFailures) {
  tsm_.Certificate("cert 1");
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  tee_.failures["CreateSD"] = "ERR_SPCERT_INVALID";
  tsm_.Drive(&tee_);
  v1::RetryDeviceRequest request;
  request.set_did(tee_.did());
  v1::RetryDeviceResponse response;
  OTRP_ASSERT_OK(
      handlers::RetryDevice(tsm_.Call("m"), *tsm_.env, request, response));
  EXPECT_EQ(response.tasks(), 1);
  tee_.failures.clear();
  EXPECT_THAT(tsm_.Drive(&tee_), SizeIs(3));
  request.set_did(std::string(32, 'x'));
  EXPECT_THAT(
      handlers::RetryDevice(tsm_.Call("m"), *tsm_.env, request, response),
      StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(AdminTest, ARetryOfUnknownOutcomeMayBeAskedForAgain) {
  tsm_.Certificate("cert 1");
  tsm_.Release("1.0.0", "cert 1");
  tsm_.Assign(true);
  tee_.failures["CreateSD"] = "ERR_SPCERT_INVALID";
  for (const Loss loss : {Loss::kRequest, Loss::kAnswer}) {
    tsm_.Drive(&tee_);
    ASSERT_THAT(tsm_.DeviceOf(tee_).tasks, SizeIs(1));
    v1::RetryDeviceRequest request;
    request.set_did(tee_.did());
    v1::RetryDeviceResponse response;
    tsm_.database.proxy().LoseNextCommit(loss);
    EXPECT_THAT(
        handlers::RetryDevice(tsm_.Call("m"), *tsm_.env, request, response),
        StatusIs(absl::StatusCode::kUnknown));
    OTRP_EXPECT_OK(
        handlers::RetryDevice(tsm_.Call("m"), *tsm_.env, request, response));
    EXPECT_THAT(tsm_.DeviceOf(tee_).tasks, SizeIs(0));
  }
}

}  // namespace
}  // namespace tsm
}  // namespace otrp

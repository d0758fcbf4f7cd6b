#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/hash.h"
#include "otrp/portal/v1/portal.pb.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "services/sp_portal/handlers/applications.h"
#include "services/sp_portal/handlers/assignments.h"
#include "services/sp_portal/handlers/entitlements.h"
#include "services/sp_portal/handlers/service_providers.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/testing/handlers_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

class HandlersTest : public HandlersFixture {
 protected:
  void EntitleToAll(const std::string& spid) {
    v1::GrantEntitlementRequest request;
    request.set_spid(spid);
    request.mutable_target()->set_all_devices(true);
    v1::GrantEntitlementResponse response;
    OTRP_ASSERT_OK(
        handlers::GrantEntitlement(operator_, env_, request, response));
    EXPECT_EQ(response.entitlement().granted_by(), "otrp://operator/alice");
  }
};

TEST_F(HandlersTest, CreateChecksItsFields) {
  EXPECT_THAT(Create("", "x"), StatusIs(kInvalid, HasSubstr("spid:")));
  EXPECT_THAT(Create("a/b", "x"), StatusIs(kInvalid, HasSubstr("spid:")));
  EXPECT_THAT(Create("a", ""), StatusIs(kInvalid, HasSubstr("name:")));
  EXPECT_THAT(Create("a", std::string(201, 'x')),
              StatusIs(kInvalid, HasSubstr("name:")));
}

TEST_F(HandlersTest, CreatingTwiceIsOneAccountAndOneRecord) {
  OTRP_ASSERT_OK(Create("bank", "Bank AG"));
  EXPECT_EQ(operator_.audit_records(), 1);
  OTRP_ASSERT_OK(Create("bank", "Bank AG"));
  EXPECT_EQ(operator_.audit_records(), 0);
  EXPECT_TRUE(operator_.nothing_changed());
  const std::vector<store::AuditEvent> audits = database_.AuditEvents();
  ASSERT_THAT(audits, SizeIs(1));
  EXPECT_EQ(audits[0].actor, "otrp://operator/alice");
  EXPECT_EQ(audits[0].action, "sp.create");
  EXPECT_EQ(audits[0].trace_id, operator_.trace_id());
  EXPECT_THAT(Create("bank", "Other"),
              StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_F(HandlersTest, EnrollTellsTheTsmAndAnswersTheChain) {
  OTRP_ASSERT_OK(Create("bank", "Bank AG"));
  OTRP_ASSERT_OK_AND_ASSIGN(auto response, Enroll(bank_, "bank", "csr"));
  EXPECT_TRUE(response.delivered());
  EXPECT_THAT(response.chain_der(), SizeIs(3));
  const auto event = LastEvent();
  EXPECT_EQ(event.sp_certificate_enrolled().spid(), "bank");
  EXPECT_EQ(event.sp_certificate_enrolled().name(), "Bank AG");
  EXPECT_EQ(event.sp_certificate_enrolled().certificate_der(),
            response.chain_der(0));
  EXPECT_EQ(Messages().back().traceparent, bank_.traceparent());
  OTRP_ASSERT_OK_AND_ASSIGN(Sp sp, store_.GetSp("bank"));
  EXPECT_EQ(sp.certificates[0].fingerprint,
            crypto::Sha256(response.chain_der(0)));
}

TEST_F(HandlersTest, TheSameCsrIsTheSameRequestToTheCa) {
  OTRP_ASSERT_OK(Create("bank", "Bank AG"));
  OTRP_ASSERT_OK(Create("shop", "Shop"));
  OTRP_ASSERT_OK(Enroll(operator_, "bank", "csr"));
  const std::string first = ca_.last_request_id;
  OTRP_ASSERT_OK(Enroll(operator_, "bank", "csr"));
  EXPECT_EQ(ca_.last_request_id, first);
  EXPECT_THAT(Messages(), SizeIs(1));
  OTRP_ASSERT_OK(Enroll(operator_, "bank", "csr 2"));
  EXPECT_NE(ca_.last_request_id, first);
  OTRP_ASSERT_OK(Enroll(operator_, "shop", "csr"));
  EXPECT_NE(ca_.last_request_id, first);
  EXPECT_LE(first.size(), 128u);
}

TEST_F(HandlersTest, EnrollPassesTheCasRefusals) {
  OTRP_ASSERT_OK(Create("bank", "Bank AG"));
  EXPECT_THAT(Enroll(operator_, "bank", ""),
              StatusIs(kInvalid, HasSubstr("csr_der")));
  EXPECT_THAT(Enroll(operator_, "bank", std::string(kMaxCsrBytes + 1, 'x')),
              StatusIs(kInvalid, HasSubstr("csr_der")));
  EXPECT_THAT(Enroll(operator_, "bank", "bad"),
              StatusIs(kInvalid, HasSubstr("signature")));
  ca_.down = true;
  EXPECT_THAT(Enroll(operator_, "bank", "csr"),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Messages(), SizeIs(0));
}

TEST_F(HandlersTest, ReleaseSendsTheSignersCertificateWithoutTheImage) {
  AddBank();
  // A later certificate becomes current; the version's signer stays.
  OTRP_ASSERT_OK_AND_ASSIGN(Sp before, store_.GetSp("bank"));
  OTRP_ASSERT_OK(Enroll(operator_, "bank", "csr 2"));
  v1::ReleaseVersionRequest request;
  request.set_spid("bank");
  request.set_taid("pay");
  request.set_version("1.0.0");
  v1::ReleaseVersionResponse response;
  OTRP_ASSERT_OK(handlers::ReleaseVersion(bank_, env_, request, response));
  EXPECT_TRUE(response.delivered());
  const auto event = LastEvent();
  EXPECT_EQ(event.version_released().version(), "1.0.0");
  EXPECT_EQ(event.version_released().signer_certificate_der(),
            before.certificates[0].der);
  EXPECT_EQ(event.version_released().image(), "");
  request.set_version("2");
  EXPECT_THAT(handlers::ReleaseVersion(bank_, env_, request, response),
              StatusIs(absl::StatusCode::kNotFound));
}

// The image says 1.0.0, and so must devices be told.
TEST_F(HandlersTest, AReleaseInFewerWordsIsOfTheVersionThatWasPushed) {
  AddBank();
  v1::ReleaseVersionRequest request;
  request.set_spid("bank");
  request.set_taid("pay");
  v1::ReleaseVersionResponse response;
  for (const char* words : {"1", "1.0", "1.0.0.0", "1.0.0"}) {
    request.set_version(words);
    OTRP_ASSERT_OK(handlers::ReleaseVersion(bank_, env_, request, response));
    EXPECT_EQ(response.version(), "1.0.0") << words;
  }
  EXPECT_EQ(LastEvent().version_released().version(), "1.0.0");
  // The first one released it, the others found it so.
  EXPECT_THAT(Messages(), SizeIs(2));
}

TEST_F(HandlersTest, WithoutTheTsmAChangeIsTakenAndNotYetDelivered) {
  AddBank();
  delivery_.tsm_down = true;
  v1::ReleaseVersionRequest request;
  request.set_spid("bank");
  request.set_taid("pay");
  request.set_version("1.0.0");
  v1::ReleaseVersionResponse response;
  OTRP_ASSERT_OK(handlers::ReleaseVersion(operator_, env_, request, response));
  EXPECT_FALSE(response.delivered());
  // Asked again, it says so for the same message.
  OTRP_ASSERT_OK(handlers::ReleaseVersion(operator_, env_, request, response));
  EXPECT_FALSE(response.delivered());
  ASSERT_GE(delivery_.waited_for.size(), 2u);
  EXPECT_EQ(delivery_.waited_for.back(),
            delivery_.waited_for[delivery_.waited_for.size() - 2]);
}

TEST_F(HandlersTest, AnotherTenantsRowsDoNotExist) {
  AddBank();
  OTRP_ASSERT_OK(Create("shop", "Shop"));
  const auto not_found = StatusIs(absl::StatusCode::kNotFound,
                                  "spid: no service provider \"bank\"");
  EXPECT_THAT(Enroll(shop_, "bank", "csr 2"), not_found);
  {
    v1::GetServiceProviderRequest request;
    request.set_spid("bank");
    v1::GetServiceProviderResponse response;
    EXPECT_THAT(handlers::GetServiceProvider(shop_, env_, request, response),
                not_found);
    EXPECT_THAT(handlers::GetServiceProvider(bank_, env_, request, response),
                IsOk());
  }
  {
    v1::PushImageRequest request;
    request.set_spid("bank");
    request.set_taid("pay");
    request.set_version("2");
    request.set_image("x");
    v1::PushImageResponse response;
    EXPECT_THAT(handlers::PushImage(shop_, env_, request, response), not_found);
  }
  {
    v1::ReleaseVersionRequest request;
    request.set_spid("bank");
    request.set_taid("pay");
    request.set_version("1.0.0");
    v1::ReleaseVersionResponse response;
    EXPECT_THAT(handlers::ReleaseVersion(shop_, env_, request, response),
                not_found);
  }
  {
    v1::WithdrawApplicationRequest request;
    request.set_spid("bank");
    request.set_taid("pay");
    v1::WithdrawApplicationResponse response;
    EXPECT_THAT(handlers::WithdrawApplication(shop_, env_, request, response),
                not_found);
  }
  {
    v1::AssignRequest request;
    request.set_spid("bank");
    request.set_taid("pay");
    request.mutable_target()->set_all_devices(true);
    v1::AssignResponse response;
    EXPECT_THAT(handlers::Assign(shop_, env_, request, response), not_found);
  }
  {
    v1::ListApplicationsRequest request;
    v1::ListApplicationsResponse response;
    OTRP_ASSERT_OK(handlers::ListApplications(shop_, env_, request, response));
    EXPECT_EQ(response.applications_size(), 0);
    request.set_spid("bank");
    EXPECT_THAT(handlers::ListApplications(shop_, env_, request, response),
                not_found);
  }
  {
    v1::ListServiceProvidersResponse response;
    OTRP_ASSERT_OK(handlers::ListServiceProviders(
        shop_, env_, v1::ListServiceProvidersRequest(), response));
    ASSERT_EQ(response.service_providers_size(), 1);
    EXPECT_EQ(response.service_providers(0).spid(), "shop");
  }
  // Exactly what one hears of an SP that isn't there.
  v1::GetServiceProviderRequest request;
  request.set_spid("nobody");
  v1::GetServiceProviderResponse response;
  EXPECT_THAT(handlers::GetServiceProvider(shop_, env_, request, response),
              StatusIs(absl::StatusCode::kNotFound,
                       "spid: no service provider \"nobody\""));
}

TEST_F(HandlersTest, PushChecksWhatItCanBeforeTheSignature) {
  AddBank();
  OTRP_ASSERT_OK(Create("new", "New"));
  v1::PushImageRequest good;
  good.set_spid("bank");
  good.set_taid("pay");
  good.set_version("2");
  good.set_image("{}");
  struct Case {
    const char* name;
    void (*change)(v1::PushImageRequest*);
    absl::StatusCode code;
    const char* message;
  } cases[] = {
      {"taid", [](v1::PushImageRequest* r) { r->set_taid("a b"); }, kInvalid,
       "taid:"},
      {"version", [](v1::PushImageRequest* r) { r->set_version("v2"); },
       kInvalid, "version:"},
      {"empty", [](v1::PushImageRequest* r) { r->set_image(""); }, kInvalid,
       "16 MiB"},
      {"large",
       [](v1::PushImageRequest* r) {
         r->set_image(std::string((16 << 20) + 1, 'x'));
       },
       kInvalid, "16 MiB"},
      {"pdata",
       [](v1::PushImageRequest* r) {
         r->set_personalization_data(std::string((1 << 20) + 1, 'x'));
       },
       kInvalid, "personalization_data:"},
      {"format", [](v1::PushImageRequest* r) { r->set_format("elf"); },
       kInvalid, "format:"},
      {"no sp", [](v1::PushImageRequest* r) { r->set_spid("nobody"); },
       absl::StatusCode::kNotFound, "nobody"},
      {"no certificate", [](v1::PushImageRequest* r) { r->set_spid("new"); },
       absl::StatusCode::kFailedPrecondition, "enroll"},
      {"not an image", [](v1::PushImageRequest*) {}, kInvalid, "image:"},
  };
  for (const Case& c : cases) {
    v1::PushImageRequest request = good;
    c.change(&request);
    v1::PushImageResponse response;
    EXPECT_THAT(handlers::PushImage(operator_, env_, request, response),
                StatusIs(c.code, HasSubstr(c.message)))
        << c.name;
  }
}

TEST_F(HandlersTest, AnExpiredCertificateSignsNothingNew) {
  AddBank();
  clock_.Advance(absl::Hours(24 * 366));
  v1::PushImageRequest request;
  request.set_spid("bank");
  request.set_taid("pay");
  request.set_version("2");
  request.set_image("{}");
  v1::PushImageResponse response;
  EXPECT_THAT(handlers::PushImage(operator_, env_, request, response),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("no valid certificate")));
}

TEST_F(HandlersTest, AssignmentsTakeThreeKindsOfTargets) {
  AddBank();
  const std::string did(32, '\x5a');
  v1::AssignRequest request;
  request.set_spid("bank");
  request.set_taid("pay");
  v1::AssignResponse response;
  request.mutable_target()->set_did(did);
  EXPECT_THAT(
      handlers::Assign(bank_, env_, request, response),
      StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("target:")));
  EntitleToAll("bank");
  OTRP_ASSERT_OK(handlers::Assign(bank_, env_, request, response));
  EXPECT_EQ(LastEvent().assignment_changed().did(), did);
  EXPECT_TRUE(LastEvent().assignment_changed().assigned());
  request.mutable_target()->set_group("pilot");
  OTRP_ASSERT_OK(handlers::Assign(bank_, env_, request, response));
  EXPECT_EQ(LastEvent().assignment_changed().group(), "pilot");
  request.mutable_target()->set_all_devices(true);
  OTRP_ASSERT_OK(handlers::Assign(bank_, env_, request, response));
  EXPECT_TRUE(LastEvent().assignment_changed().all_devices());

  v1::ListAssignmentsResponse list;
  OTRP_ASSERT_OK(handlers::ListAssignments(bank_, env_,
                                           v1::ListAssignmentsRequest(), list));
  ASSERT_EQ(list.assignments_size(), 3);
  EXPECT_EQ(list.assignments(0).target().did(), did);
  EXPECT_EQ(list.assignments(1).target().group(), "pilot");
  EXPECT_TRUE(list.assignments(2).target().all_devices());

  v1::UnassignRequest take_back;
  take_back.set_spid("bank");
  take_back.set_taid("pay");
  take_back.mutable_target()->set_group("pilot");
  v1::UnassignResponse taken_back;
  OTRP_ASSERT_OK(handlers::Unassign(bank_, env_, take_back, taken_back));
  EXPECT_FALSE(LastEvent().assignment_changed().assigned());
  const size_t messages = Messages().size();
  OTRP_ASSERT_OK(handlers::Unassign(bank_, env_, take_back, taken_back));
  EXPECT_EQ(Messages().size(), messages);
}

// OP-TEE's tools write UUIDs in lower case, others in upper case.
TEST_F(HandlersTest, OneUuidInTwoSpellingsIsOneApplication) {
  AddBank();
  const std::string kept = "8aaaf200-2450-11e4-abe2-0002a5d5c51b";
  const std::string asked = "8AAAF200-2450-11E4-ABE2-0002A5D5C51B";
  StoreVersion("bank", kept, "1.0.0");

  v1::ReleaseVersionRequest release;
  release.set_spid("bank");
  release.set_taid(asked);
  release.set_version("1.0.0");
  v1::ReleaseVersionResponse released;
  OTRP_ASSERT_OK(handlers::ReleaseVersion(operator_, env_, release, released));
  v1::AssignRequest assign;
  assign.set_spid("bank");
  assign.set_taid(asked);
  assign.mutable_target()->set_all_devices(true);
  v1::AssignResponse assigned;
  OTRP_ASSERT_OK(handlers::Assign(operator_, env_, assign, assigned));
  v1::WithdrawApplicationRequest withdraw;
  withdraw.set_spid("bank");
  withdraw.set_taid(asked);
  v1::WithdrawApplicationResponse withdrawn;
  OTRP_ASSERT_OK(
      handlers::WithdrawApplication(operator_, env_, withdraw, withdrawn));
  const std::vector<store::OutboxMessage> messages = Messages();
  for (size_t i = messages.size() - 3; i < messages.size(); ++i) {
    EXPECT_THAT(messages[i].payload, HasSubstr(kept)) << i;
  }
  // Another SP's is another one.
  OTRP_ASSERT_OK(Create("shop", "Shop AG"));
  assign.set_spid("shop");
  EXPECT_THAT(handlers::Assign(operator_, env_, assign, assigned),
              StatusIs(absl::StatusCode::kNotFound));
  // Where both are there from before, each is itself.
  StoreVersion("bank", asked, "1.0.0");
  EXPECT_THAT(store_.SpellingOf("bank", kept), IsOkAndHolds(kept));
  EXPECT_THAT(store_.SpellingOf("bank", asked), IsOkAndHolds(asked));
  EXPECT_THAT(store_.SpellingOf("bank", "PAY"), IsOkAndHolds("PAY"));
}

TEST_F(HandlersTest, AssignmentsAreListedOfTheSpThatWasAskedFor) {
  AddBank();
  OTRP_ASSERT_OK(Create("shop", "Shop AG"));
  OTRP_ASSERT_OK(Enroll(operator_, "shop", "csr of the shop"));
  StoreVersion("shop", "till", "1.0.0");
  for (const auto& [spid, taid] :
       {std::make_pair("bank", "pay"), std::make_pair("shop", "till")}) {
    v1::AssignRequest request;
    request.set_spid(spid);
    request.set_taid(taid);
    request.mutable_target()->set_all_devices(true);
    v1::AssignResponse response;
    OTRP_ASSERT_OK(handlers::Assign(operator_, env_, request, response));
  }
  const auto list = [&](const rpc::CallContext& call, const std::string& spid) {
    v1::ListAssignmentsRequest request;
    request.set_spid(spid);
    v1::ListAssignmentsResponse response;
    std::vector<std::string> taids;
    const absl::Status status =
        handlers::ListAssignments(call, env_, request, response);
    if (!status.ok()) taids.push_back(std::string(status.message()));
    for (const auto& one : response.assignments()) taids.push_back(one.taid());
    return taids;
  };
  EXPECT_THAT(list(operator_, ""), ElementsAre("pay", "till"));
  EXPECT_THAT(list(operator_, "shop"), ElementsAre("till"));
  EXPECT_THAT(list(operator_, "nobody"), IsEmpty());
  EXPECT_THAT(list(bank_, ""), ElementsAre("pay"));
  EXPECT_THAT(list(bank_, "bank"), ElementsAre("pay"));
  EXPECT_THAT(list(bank_, "shop"), ElementsAre(HasSubstr("spid:")));
  EXPECT_THAT(list(operator_, "a/b"), ElementsAre(HasSubstr("spid:")));
}

TEST_F(HandlersTest, OtherTargetsAreRefused) {
  AddBank();
  void (*bad[])(v1::Target*) = {
      [](v1::Target*) {},
      [](v1::Target* t) { t->set_all_devices(false); },
      [](v1::Target* t) { t->set_did("short"); },
      [](v1::Target* t) { t->set_group(""); },
      [](v1::Target* t) { t->set_group("all"); },
      [](v1::Target* t) { t->set_group("a b"); },
  };
  for (auto change : bad) {
    v1::AssignRequest request;
    request.set_spid("bank");
    request.set_taid("pay");
    change(request.mutable_target());
    v1::AssignResponse response;
    EXPECT_THAT(handlers::Assign(operator_, env_, request, response),
                StatusIs(kInvalid, HasSubstr("target:")))
        << request.target().ShortDebugString();
  }
}

TEST_F(HandlersTest, ListsGoInPages) {
  for (int i = 0; i < 5; ++i) {
    OTRP_ASSERT_OK(Create(absl::StrCat("sp", i), "x"));
  }
  v1::ListServiceProvidersRequest request;
  request.set_page_size(2);
  std::vector<std::string> seen;
  for (int page = 0; page < 3; ++page) {
    v1::ListServiceProvidersResponse response;
    OTRP_ASSERT_OK(
        handlers::ListServiceProviders(operator_, env_, request, response));
    for (const auto& sp : response.service_providers()) {
      seen.push_back(sp.spid());
    }
    request.set_page_token(response.next_page_token());
    EXPECT_EQ(response.next_page_token().empty(), page == 2);
  }
  EXPECT_THAT(seen, ::testing::ElementsAre("sp0", "sp1", "sp2", "sp3", "sp4"));
  v1::ListServiceProvidersResponse response;
  request.set_page_size(1001);
  EXPECT_THAT(
      handlers::ListServiceProviders(operator_, env_, request, response),
      StatusIs(kInvalid, HasSubstr("page_size:")));
  request.set_page_size(1);
  request.set_page_token("!");
  EXPECT_THAT(
      handlers::ListServiceProviders(operator_, env_, request, response),
      StatusIs(kInvalid, HasSubstr("page_token:")));
}

}  // namespace
}  // namespace portal
}  // namespace otrp

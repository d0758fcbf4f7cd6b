// Certificates that need two people: who may say yes, to what, and how often it
// is issued.

#include "services/ca/handlers/requests.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/pki/certificate.h"
#include "services/ca/domain/issuance_request.h"
#include "services/ca/handlers/certificates.h"
#include "services/ca/limits.h"
#include "services/ca/testing/suite.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr absl::StatusCode kDenied = absl::StatusCode::kPermissionDenied;
constexpr absl::StatusCode kUnfit = absl::StatusCode::kFailedPrecondition;

rpc::CallContext Bob() { return Call(rpc::CallerKind::kOperator, "bob"); }

class RequestsTest : public SuiteTest {
 protected:
  RequestsTest() { env_of_two_.four_eyes = true; }

  absl::StatusOr<v1::IssuanceRequest> Ask(
      v1::Profile profile, const std::string& uri,
      const std::string& csr = NewCsr(),
      const rpc::CallContext& call = Operator()) {
    v1::RequestIssuanceRequest request;
    request.set_profile(profile);
    request.set_csr_der(csr);
    request.add_san_uris(uri);
    v1::RequestIssuanceResponse response;
    const absl::Status status =
        RequestIssuance(call, env_of_two_, request, response);
    if (!status.ok()) return status;
    return response.request();
  }

  absl::StatusOr<v1::ApproveIssuanceResponse> Approve(
      const std::string& id, const rpc::CallContext& call = Bob()) {
    v1::ApproveIssuanceRequest request;
    request.set_request_id(id);
    v1::ApproveIssuanceResponse response;
    const absl::Status status =
        ApproveIssuance(call, env_of_two_, request, response);
    if (!status.ok()) return status;
    return response;
  }

  absl::Status Reject(const std::string& id, const rpc::CallContext& call) {
    v1::RejectIssuanceRequest request;
    request.set_request_id(id);
    request.set_reason("who is that?");
    v1::RejectIssuanceResponse response;
    return RejectIssuance(call, env_of_two_, request, response);
  }

  absl::Status IssueAlone(v1::Profile profile, const std::string& uri,
                          const rpc::CallContext& call = Operator()) {
    v1::IssueCertificateRequest request;
    request.set_profile(profile);
    request.set_csr_der(NewCsr());
    if (!uri.empty()) request.add_san_uris(uri);
    v1::IssueCertificateResponse response;
    return IssueCertificate(call, env_of_two_, request, response);
  }

  Env env_of_two_ = env_;
};

TEST_F(RequestsTest, NobodyMakesAnOperatorAServiceOrATsmAlone) {
  const auto refused = StatusIs(kUnfit, HasSubstr("profile: needs a second"));
  EXPECT_THAT(IssueAlone(v1::PROFILE_CLIENT, "otrp://operator/eve"), refused);
  EXPECT_THAT(IssueAlone(v1::PROFILE_SERVICE, "otrp://service/tsm"), refused);
  EXPECT_THAT(IssueAlone(v1::PROFILE_TSM, kOperatorsTsmId), refused);
  EXPECT_THAT(IssueAlone(v1::PROFILE_TEE, ""), IsOk());
  // A TSM that renews its own certificate needs nobody.
  EXPECT_THAT(IssueAlone(v1::PROFILE_TSM, kTsmId,
                         Call(rpc::CallerKind::kService, "tsm")),
              IsOk());
}

// An operator whom --ca_admins doesn't name, as the guard has him.
rpc::CallContext Staff(const std::string& name) {
  rpc::Identity staff(rpc::CallerKind::kOperator, name);
  staff.role = rpc::Role::kStaff;
  return rpc::CallContext(staff, "test", "", absl::InfiniteFuture());
}

TEST_F(RequestsTest, WhatMakesACaAdminOnlyOneOfThemIssuesOrApproves) {
  const std::string carol = "otrp://operator/carol";
  env_of_two_.ca_admins = CaAdmins::Of({carol}).value();
  const auto refused = StatusIs(kDenied, HasSubstr("needs a ca-admin"));
  env_of_two_.four_eyes = false;
  EXPECT_THAT(IssueAlone(v1::PROFILE_CLIENT, carol, Staff("eve")), refused);
  EXPECT_THAT(
      IssueAlone(v1::PROFILE_SERVICE, "otrp://service/api", Staff("eve")),
      refused);
  EXPECT_THAT(
      IssueAlone(v1::PROFILE_CLIENT, "otrp://operator/dave", Staff("eve")),
      IsOk());
  EXPECT_THAT(IssueAlone(v1::PROFILE_CLIENT, carol,
                         Call(rpc::CallerKind::kOperator, "carol")),
              IsOk());
  // Asked for by another one, and approved by yet another: neither is one.
  env_of_two_.four_eyes = true;
  const auto asked =
      Ask(v1::PROFILE_SERVICE, "otrp://service/api", NewCsr(), Staff("eve"));
  ASSERT_THAT(asked.status(), IsOk());
  EXPECT_THAT(Approve(asked->request_id(), Staff("mallory")).status(), refused);
  EXPECT_THAT(
      Approve(asked->request_id(), Call(rpc::CallerKind::kOperator, "carol"))
          .status(),
      IsOk());
}

TEST_F(RequestsTest, NobodyApprovesHisOwnUnderWhicheverName) {
  const auto asked = Ask(v1::PROFILE_CLIENT, "otrp://operator/carol");
  ASSERT_THAT(asked.status(), IsOk());
  const size_t certificates = CertificatesOf(pki::Role::kClient);
  const auto own = StatusIs(kDenied, HasSubstr("is your own"));
  EXPECT_THAT(Approve(asked->request_id(), Operator()).status(), own);
  rpc::Identity token(rpc::CallerKind::kOperator, "alice");
  token.agent = "token/tok_1";
  EXPECT_THAT(
      Approve(asked->request_id(),
              rpc::CallContext(token, "test", "", absl::InfiniteFuture()))
          .status(),
      own);
  EXPECT_EQ(CertificatesOf(pki::Role::kClient), certificates);
  const auto approved = Approve(asked->request_id());
  ASSERT_THAT(approved.status(), IsOk());
  const auto leaf = pki::Certificate::FromDer(approved->chain_der(0)).value();
  EXPECT_THAT(leaf.san_uris(), ElementsAre("otrp://operator/carol"));
  const std::vector<store::AuditEvent> events = database_.AuditEvents();
  const store::AuditEvent& issue = events.back();
  const store::AuditEvent& approval = events[events.size() - 2];
  EXPECT_EQ(issue.action, "certificate.issue");
  EXPECT_EQ(approval.action, "certificate.approve");
  EXPECT_EQ(approval.actor, "otrp://operator/bob");
  EXPECT_THAT(approval.details_json, HasSubstr("otrp://operator/alice"));
  // Who was asked for can't let anybody in for the one who asked: two people of
  // one account are two.
  EXPECT_TRUE(IsSamePerson("otrp://operator/a", "otrp://operator/a/member/x"));
  EXPECT_FALSE(
      IsSamePerson("otrp://operator/a/member/y", "otrp://operator/a/member/x"));
  EXPECT_FALSE(IsSamePerson("otrp://operator/a", "otrp://operator/ab"));
}

TEST_F(RequestsTest, OneApprovalIsOneCertificateForEver) {
  const auto asked = Ask(v1::PROFILE_SERVICE, "otrp://service/tsm");
  const auto first = Approve(asked->request_id());
  ASSERT_THAT(first.status(), IsOk());
  EXPECT_EQ(Approve(asked->request_id())->serial(), first->serial());
  ASSERT_THAT(Revoke(first->serial()), IsOk());
  EXPECT_EQ(Approve(asked->request_id())->serial(), first->serial())
      << "a revoked one isn't replaced by an approval of before";
  v1::GetIssuanceRequestRequest get;
  get.set_request_id(asked->request_id());
  v1::GetIssuanceRequestResponse got;
  ASSERT_THAT(GetIssuanceRequest(Operator(), env_of_two_, get, got), IsOk());
  EXPECT_EQ(got.request().state(), "approved");
  EXPECT_EQ(got.request().decided_by(), "otrp://operator/bob");
  EXPECT_EQ(got.chain_der(0), first->chain_der(0));
}

TEST_F(RequestsTest, AnApprovalThatIsCutShortGoesOn) {
  const auto asked = Ask(v1::PROFILE_CLIENT, "otrp://sp/cut");
  // The approval is the first commit, the intent the second.
  database_.proxy().LoseNextCommit(testing::PostgresProxy::Loss::kRequest, 2);
  EXPECT_THAT(Approve(asked->request_id()).status(),
              StatusIs(absl::StatusCode::kUnknown));
  EXPECT_THAT(Reject(asked->request_id(), Bob()),
              StatusIs(kUnfit, HasSubstr("request_id: was approved")));
  EXPECT_THAT(Approve(asked->request_id()).status(), IsOk());
}

TEST_F(RequestsTest, WhatWasRejectedOrIsOldIsNotIssued) {
  const auto asked = Ask(v1::PROFILE_CLIENT, "otrp://operator/dave");
  ASSERT_THAT(Reject(asked->request_id(), Operator()), IsOk())
      << "one may say no to one's own";
  EXPECT_THAT(Approve(asked->request_id()).status(),
              StatusIs(kUnfit, HasSubstr("request_id: was rejected")));
  const auto old = Ask(v1::PROFILE_CLIENT, "otrp://operator/dave");
  clock_.Advance(kIssuanceRequestLife + absl::Seconds(1));
  EXPECT_THAT(Approve(old->request_id()).status(),
              StatusIs(kUnfit, HasSubstr("request_id: is too old")));
  clock_.Advance(-(kIssuanceRequestLife + absl::Seconds(1)));
  EXPECT_THAT(Approve("00").status(),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("request_id")));
  EXPECT_EQ(old->state(), "pending");
}

TEST_F(RequestsTest, WhatNobodyMayHaveIsRefusedWhenItIsAskedFor) {
  const auto invalid = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(Ask(v1::PROFILE_CLIENT, "otrp://service/tsm").status(),
              StatusIs(invalid, HasSubstr("san_uris: ")));
  EXPECT_THAT(Ask(v1::PROFILE_WEB, "").status(),
              StatusIs(invalid, HasSubstr("profile: ")));
  EXPECT_THAT(Ask(v1::PROFILE_CLIENT, "otrp://sp/a", "hello").status(),
              StatusIs(invalid, HasSubstr("csr_der: ")));
  // Approving gives nobody the id of another's TSM.
  const auto tsm = Ask(v1::PROFILE_TSM, kTsmId);
  ASSERT_THAT(tsm.status(), IsOk());
  EXPECT_THAT(Approve(tsm->request_id()).status(),
              StatusIs(kDenied, HasSubstr("san_uris: ")));
  const auto own = Ask(v1::PROFILE_TSM, kOperatorsTsmId);
  EXPECT_THAT(Approve(own->request_id()).status(), IsOk())
      << "it is the requester's id that counts, not the approver's";
}

TEST_F(RequestsTest, TheSameWishIsOneRequestAndTheyAreListedByState) {
  const std::string csr = NewCsr();
  const auto first = Ask(v1::PROFILE_CLIENT, "otrp://operator/frank", csr);
  const size_t audited = AuditCount();
  EXPECT_EQ(Ask(v1::PROFILE_CLIENT, "otrp://operator/frank", csr)->request_id(),
            first->request_id());
  EXPECT_EQ(AuditCount(), audited);
  EXPECT_NE(Ask(v1::PROFILE_CLIENT, "otrp://operator/frank", csr, Bob())
                ->request_id(),
            first->request_id());
  ASSERT_THAT(Reject(first->request_id(), Bob()), IsOk());
  v1::ListIssuanceRequestsRequest list;
  list.set_state("rejected");
  v1::ListIssuanceRequestsResponse listed;
  ASSERT_THAT(ListIssuanceRequests(Operator(), env_of_two_, list, listed),
              IsOk());
  bool found = false;
  for (const v1::IssuanceRequest& one : listed.requests()) {
    EXPECT_EQ(one.state(), "rejected");
    found = found || one.request_id() == first->request_id();
  }
  EXPECT_TRUE(found);
  list.set_state("nonsense");
  EXPECT_THAT(
      ListIssuanceRequests(Operator(), env_of_two_, list, listed),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("state: must")));
}

}  // namespace
}  // namespace handlers
}  // namespace ca
}  // namespace otrp

// Policies of everybody, of a maker and of a service provider: from a draft to
// force and back, and who decides.

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "otrp/verifier/v1/policy_drafts.grpc.pb.h"
#include "services/attestation_verifier/testing/verifier_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace verifier {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

v1::Policy Rule(const std::string& name, bool deny) {
  v1::Policy policy;
  policy.add_tee_rules()->set_name(name);
  policy.mutable_tee_rules(0)->set_deny(deny);
  return policy;
}

v1::PolicyScope Scope(const std::string& spid, const std::string& anchor) {
  v1::PolicyScope scope;
  scope.set_spid(spid);
  scope.set_anchor(anchor);
  return scope;
}

class PolicyDraftsTest : public VerifierTest {
 protected:
  using Stub = v1::PolicyDrafts::Stub;

  void SetUp() override {
    VerifierTest::SetUp();
    Load();
    stub_ = v1::PolicyDrafts::NewStub(operator_);
    OTRP_ASSERT_OK(Appraise(GoodRequest()));
    OTRP_ASSERT_OK(log_.Flush());
  }

  template <typename Response, typename Request, typename Method>
  absl::StatusOr<Response> Call(Method method, const Request& request) {
    return rpc::Call<Response>(*stub_, method, request);
  }

  absl::StatusOr<int64_t> Draft(const v1::PolicyScope& scope,
                                const v1::Policy& policy) {
    v1::CreatePolicyDraftRequest request;
    *request.mutable_scope() = scope;
    *request.mutable_policy() = policy;
    OTRP_ASSIGN_OR_RETURN(
        const v1::CreatePolicyDraftResponse made,
        Call<v1::CreatePolicyDraftResponse>(&Stub::CreatePolicyDraft, request));
    return made.draft().draft_id();
  }

  absl::StatusOr<v1::TestPolicyDraftResponse> Test(int64_t id) {
    v1::TestPolicyDraftRequest request;
    request.set_draft_id(id);
    return Call<v1::TestPolicyDraftResponse>(&Stub::TestPolicyDraft, request);
  }

  absl::StatusOr<v1::ActivatePolicyDraftResponse> Activate(
      int64_t id, int64_t expected = 0) {
    v1::ActivatePolicyDraftRequest request;
    request.set_draft_id(id);
    request.set_expected_version(expected);
    return Call<v1::ActivatePolicyDraftResponse>(&Stub::ActivatePolicyDraft,
                                                 request);
  }

  absl::StatusOr<v1::DiscardPolicyDraftResponse> Discard(int64_t id) {
    v1::DiscardPolicyDraftRequest request;
    request.set_draft_id(id);
    return Call<v1::DiscardPolicyDraftResponse>(&Stub::DiscardPolicyDraft,
                                                request);
  }

  absl::StatusOr<v1::GetPolicyDraftResponse> Get(int64_t id) {
    v1::GetPolicyDraftRequest request;
    request.set_draft_id(id);
    return Call<v1::GetPolicyDraftResponse>(&Stub::GetPolicyDraft, request);
  }

  absl::StatusOr<int64_t> RollBack(const v1::PolicyScope& scope,
                                   int64_t version, int64_t expected = 0) {
    v1::RollBackScopedPolicyRequest request;
    *request.mutable_scope() = scope;
    request.set_version(version);
    request.set_expected_version(expected);
    OTRP_ASSIGN_OR_RETURN(const v1::RollBackScopedPolicyResponse back,
                          Call<v1::RollBackScopedPolicyResponse>(
                              &Stub::RollBackScopedPolicy, request));
    return back.version();
  }

  absl::StatusOr<v1::ExplainDeviceResponse> Explain() {
    v1::ExplainDeviceRequest request;
    request.set_did(crypto::Sha256(TheOem().tee_leaf.der()));
    return Call<v1::ExplainDeviceResponse>(&Stub::ExplainDevice, request);
  }

  // Drafted, tested, activated.
  int64_t InForce(const v1::PolicyScope& scope, const v1::Policy& policy) {
    const int64_t id = Draft(scope, policy).value();
    EXPECT_TRUE(Test(id).ok());
    return Activate(id)->draft().version();
  }

  std::unique_ptr<Stub> stub_;
};

TEST_F(PolicyDraftsTest,
       NothingUntestedComesIntoForceAndHistorySaysWhoAndWhen) {
  OTRP_ASSERT_OK_AND_ASSIGN(const int64_t id,
                            Draft(Scope("", "oem"), Rule("Primary*", true)));
  EXPECT_THAT(Activate(id), StatusIs(absl::StatusCode::kFailedPrecondition,
                                     HasSubstr("test it first")));
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_ACCEPTED);
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::TestPolicyDraftResponse tested, Test(id));
  EXPECT_EQ(tested.accepted_devices(), 1);
  EXPECT_EQ(tested.refused_devices(), 1);
  ASSERT_EQ(tested.refused_size(), 1);
  EXPECT_EQ(tested.refused(0).reasons(0).code(), "tee-denied");
  EXPECT_EQ(tested.sampled_devices(), 1);
  EXPECT_EQ(tested.sampled_refused(), 1);
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_ACCEPTED);
  clock_.Advance(absl::Seconds(1));
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::ActivatePolicyDraftResponse active,
                            Activate(id));
  EXPECT_EQ(active.draft().state(), "activated");
  EXPECT_EQ(active.draft().version(), 1);
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::AppraiseResponse denied,
                            Appraise(GoodRequest()));
  EXPECT_EQ(denied.verdict(), v1::VERDICT_REFUSED);
  const v1::Reason& reason = denied.reasons(denied.reasons_size() - 1);
  EXPECT_EQ(reason.policy(), "anchor oem@1");
  EXPECT_EQ(reason.rule(), "policy.tee_rules[0]: name Primary*, deny");
  EXPECT_EQ(reason.value(), "Primary TEE 1.2.0");
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::GetPolicyDraftResponse got, Get(id));
  ASSERT_EQ(got.history_size(), 3);
  EXPECT_EQ(got.history(0).state(), "draft");
  EXPECT_EQ(got.history(1).state(), "tested");
  EXPECT_THAT(got.history(1).detail(), HasSubstr("refuse 1 of 1"));
  EXPECT_EQ(got.history(2).state(), "activated");
  EXPECT_EQ(got.history(2).detail(), "version 1");
  EXPECT_EQ(got.history(2).by(), "otrp://operator/alice");
  EXPECT_GT(got.history(2).at().seconds(), got.history(0).at().seconds());
  EXPECT_EQ(database_.AuditEvents().back().action, "policy_draft.activate");
  // An activated draft is over.
  EXPECT_THAT(Activate(id), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(Discard(id), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(PolicyDraftsTest, ADiscardedDraftStaysOutOfForce) {
  OTRP_ASSERT_OK_AND_ASSIGN(const int64_t id,
                            Draft(Scope("", ""), Rule("Primary*", true)));
  OTRP_ASSERT_OK(Test(id));
  OTRP_ASSERT_OK(Discard(id));
  EXPECT_THAT(Test(id), StatusIs(absl::StatusCode::kFailedPrecondition,
                                 HasSubstr("discarded")));
  EXPECT_THAT(Activate(id), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_ACCEPTED);
  OTRP_ASSERT_OK_AND_ASSIGN(
      const v1::ListPolicyDraftsResponse drafts,
      Call<v1::ListPolicyDraftsResponse>(&Stub::ListPolicyDrafts,
                                         v1::ListPolicyDraftsRequest()));
  ASSERT_EQ(drafts.drafts_size(), 1);
  EXPECT_EQ(drafts.drafts(0).state(), "discarded");
}

TEST_F(PolicyDraftsTest, TheBasesDraftBecomesItsNextVersionAndAStaleOneNone) {
  OTRP_ASSERT_OK(SetPolicy(v1::Policy()));
  OTRP_ASSERT_OK_AND_ASSIGN(const int64_t id,
                            Draft(Scope("", ""), Rule("Primary*", true)));
  OTRP_ASSERT_OK(Test(id));
  EXPECT_THAT(Activate(id, 7), StatusIs(absl::StatusCode::kAborted));
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::ActivatePolicyDraftResponse active,
                            Activate(id, 1));
  EXPECT_EQ(active.draft().version(), 2);
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::AppraiseResponse denied,
                            Appraise(GoodRequest()));
  EXPECT_EQ(denied.policy_version(), 2);
  EXPECT_EQ(denied.reasons(denied.reasons_size() - 1).policy(), "base@2");
}

TEST_F(PolicyDraftsTest, AProvidersPolicyStopsThatProviderAndNotTheDevice) {
  EXPECT_EQ(InForce(Scope("bank", ""), Rule("Primary*", true)), 1);
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::AppraiseResponse appraised,
                            Appraise(GoodRequest()));
  EXPECT_EQ(appraised.verdict(), v1::VERDICT_ACCEPTED);
  ASSERT_EQ(appraised.tenant_refusals_size(), 1);
  EXPECT_EQ(appraised.tenant_refusals(0).spid(), "bank");
  EXPECT_EQ(appraised.tenant_refusals(0).reasons(0).policy(), "sp bank@1");
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::ExplainDeviceResponse explained,
                            Explain());
  EXPECT_EQ(explained.verdict(), v1::VERDICT_ACCEPTED);
  ASSERT_EQ(explained.decisions_size(), 2);
  EXPECT_EQ(explained.decisions(0).decision(), "allowed");
  EXPECT_EQ(explained.decisions(1).scope().spid(), "bank");
  EXPECT_EQ(explained.decisions(1).decision(), "denied");
  EXPECT_EQ(explained.decisions(1).rule(),
            "policy.tee_rules[0]: name Primary*, deny");
  ASSERT_EQ(explained.tenant_refusals_size(), 1);
  // A provider can't make good what the base denies.
  EXPECT_EQ(InForce(Scope("bank", ""), Rule("*", false)), 2);
  OTRP_ASSERT_OK(SetPolicy(Rule("Primary*", true)));
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::AppraiseResponse denied,
                            Appraise(GoodRequest()));
  EXPECT_EQ(denied.verdict(), v1::VERDICT_REFUSED);
  EXPECT_EQ(denied.tenant_refusals_size(), 0);
}

TEST_F(PolicyDraftsTest, ATestSeesWhatAPolicyAsksOfFirmware) {
  v1::Policy careful;
  careful.set_firmware_evidence_required(true);
  OTRP_ASSERT_OK_AND_ASSIGN(int64_t id, Draft(Scope("bank", ""), careful));
  EXPECT_EQ(Test(id)->sampled_refused(), 0) << "its firmware was verified";
  OTRP_ASSERT_OK(database_.superuser().Query(
      "UPDATE verifier.appraised_device "
      "SET claims = jsonb_set(claims, '{vector,hardware}', '0')"));
  OTRP_ASSERT_OK_AND_ASSIGN(id, Draft(Scope("bank", "oem"), careful));
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::TestPolicyDraftResponse tested, Test(id));
  EXPECT_EQ(tested.sampled_devices(), 1);
  EXPECT_EQ(tested.sampled_refused(), 1);
  EXPECT_EQ(tested.refused_devices(), 0) << "not by its TEE";
}

TEST_F(PolicyDraftsTest, TheWayBackIsAnOldTextOrNoneAtAll) {
  const v1::PolicyScope oem = Scope("", "oem");
  EXPECT_EQ(InForce(oem, Rule("Primary*", false)), 1);
  EXPECT_EQ(InForce(oem, Rule("Primary*", true)), 2);
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_REFUSED);
  EXPECT_THAT(RollBack(oem, 9), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(RollBack(oem, 1, 1), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(RollBack(Scope("", ""), 1),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("scope")));
  EXPECT_THAT(RollBack(oem, 1, 2), ::otrp::testing::IsOkAndHolds(3));
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_ACCEPTED);
  EXPECT_THAT(RollBack(oem, 2), ::otrp::testing::IsOkAndHolds(4));
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_REFUSED);
  EXPECT_THAT(RollBack(oem, 0), ::otrp::testing::IsOkAndHolds(5));
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_ACCEPTED);
  // Nothing to go back to: that version took the policy away.
  EXPECT_THAT(RollBack(oem, 5), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(RollBack(Scope("shop", ""), 0),
              StatusIs(absl::StatusCode::kNotFound));
  OTRP_ASSERT_OK_AND_ASSIGN(
      const v1::ListScopedPoliciesResponse list,
      Call<v1::ListScopedPoliciesResponse>(&Stub::ListScopedPolicies,
                                           v1::ListScopedPoliciesRequest()));
  EXPECT_EQ(list.policies_size(), 0);
}

TEST_F(PolicyDraftsTest, WithTwoPeopleNobodyPutsHisOwnPolicyIntoForce) {
  env_.four_eyes = true;
  EXPECT_THAT(SetPolicy(v1::Policy()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("--four_eyes")));
  EXPECT_THAT(RollBack(Scope("", "oem"), 0),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  OTRP_ASSERT_OK_AND_ASSIGN(const int64_t id,
                            Draft(Scope("", ""), Rule("Primary*", true)));
  OTRP_ASSERT_OK(Test(id));
  EXPECT_THAT(Activate(id), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_EQ(Get(id)->draft().state(), "tested");
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_ACCEPTED);
  // Nor a person of his account.
  stub_ = v1::PolicyDrafts::NewStub(Connect("otrp://operator/bob"));
  OTRP_ASSERT_OK(Activate(id));
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_REFUSED);
}

TEST_F(PolicyDraftsTest, NamesWhatIsWrongWithADraft) {
  EXPECT_THAT(Draft(Scope("", "stranger"), v1::Policy()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("scope.anchor")));
  EXPECT_THAT(
      Draft(Scope("not a name", ""), v1::Policy()),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("scope.spid")));
  v1::Policy policy;
  policy.set_attest_by_hours(1);
  EXPECT_THAT(Draft(Scope("bank", ""), policy),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("policy.attest_by_hours")));
  EXPECT_THAT(Get(99),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("draft_id")));
  EXPECT_THAT(Test(99), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(PolicyDraftsTest, AStartWithoutDatabaseForgetsNobodysPolicy) {
  InForce(Scope("bank", ""), Rule("Primary*", true));
  InForce(Scope("", "oem"), Rule("Primary*", false));
  ca_.away = true;
  database_.proxy().SetReachable(false);
  Started again(*this);
  OTRP_ASSERT_OK(again.updater.Ready());
  OTRP_ASSERT_OK_AND_ASSIGN(const auto snapshot, again.holder.Get());
  EXPECT_EQ(snapshot->policies.spids(), std::vector<std::string>{"bank"});
  EXPECT_EQ(snapshot->policies.ForAnchor("oem").specific->version, 1);
  database_.proxy().SetReachable(true);
}

}  // namespace
}  // namespace verifier
}  // namespace otrp

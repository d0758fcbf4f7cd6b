// Reference values from submission to withdrawal, and what becomes of devices.

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "otrp/verifier/v1/reference_values.grpc.pb.h"
#include "otrp/verifier/v1/results.grpc.pb.h"
#include "services/attestation_verifier/testing/verifier_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace verifier {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

class ReferenceValuesTest : public VerifierTest {
 protected:
  void SetUp() override {
    VerifierTest::SetUp();
    Load();
    OTRP_ASSERT_OK(signer_.Refresh());
    stub_ = v1::ReferenceValues::NewStub(operator_);
  }

  absl::StatusOr<v1::SubmitReferenceValueResponse> Submit(
      bool dry_run = false, const std::string& anchor = "oem",
      const std::string& version = "1.2.0") {
    v1::SubmitReferenceValueRequest request;
    request.set_name("primary-1.0");
    request.set_anchor(anchor);
    request.set_tee_name("Primary TEE");
    request.set_tee_version(version);
    request.set_dry_run(dry_run);
    return rpc::Call<v1::SubmitReferenceValueResponse>(
        *stub_, &v1::ReferenceValues::Stub::SubmitReferenceValue, request);
  }

  absl::StatusOr<v1::ActivateReferenceValueResponse> Activate(
      bool dry_run = false) {
    v1::ActivateReferenceValueRequest request;
    request.set_name("primary-1.0");
    request.set_dry_run(dry_run);
    return rpc::Call<v1::ActivateReferenceValueResponse>(
        *stub_, &v1::ReferenceValues::Stub::ActivateReferenceValue, request);
  }

  absl::StatusOr<v1::WithdrawReferenceValueResponse> Withdraw(
      bool dry_run = false) {
    v1::WithdrawReferenceValueRequest request;
    request.set_name("primary-1.0");
    request.set_reason("CVE-1");
    request.set_dry_run(dry_run);
    return rpc::Call<v1::WithdrawReferenceValueResponse>(
        *stub_, &v1::ReferenceValues::Stub::WithdrawReferenceValue, request);
  }

  absl::Status Delete() {
    v1::DeleteReferenceValueRequest request;
    request.set_name("primary-1.0");
    return rpc::Call<v1::DeleteReferenceValueResponse>(
               *stub_, &v1::ReferenceValues::Stub::DeleteReferenceValue,
               request)
        .status();
  }

  v1::GetReferenceValueResponse Get() {
    v1::GetReferenceValueRequest request;
    request.set_name("primary-1.0");
    return rpc::Call<v1::GetReferenceValueResponse>(
               *stub_, &v1::ReferenceValues::Stub::GetReferenceValue, request)
        .value();
  }

  // As the TSM takes them.
  std::vector<v1::Withdrawal> Taken(int64_t after_id = 0) {
    v1::TakeWithdrawalsRequest request;
    request.set_after_id(after_id);
    auto stub = v1::Withdrawals::NewStub(tsm_);
    const auto taken = rpc::Call<v1::TakeWithdrawalsResponse>(
        *stub, &v1::Withdrawals::Stub::TakeWithdrawals, request);
    return {taken->withdrawals().begin(), taken->withdrawals().end()};
  }

  std::string Status() {
    v1::GetResultRequest request;
    request.set_did(crypto::Sha256(TheOem().tee_leaf.der()));
    auto stub = v1::Results::NewStub(operator_);
    const auto result = rpc::Call<v1::GetResultResponse>(
        *stub, &v1::Results::Stub::GetResult, request);
    return result.ok() ? result->status() : result.status().ToString();
  }

  // Has come and been accepted.
  void Record() {
    clock_.Advance(absl::Seconds(1));
    OTRP_ASSERT_OK_AND_ASSIGN(const v1::AppraiseResponse response,
                              Appraise(GoodRequest()));
    EXPECT_EQ(response.verdict(), v1::VERDICT_ACCEPTED);
    OTRP_ASSERT_OK(log_.Flush());
  }

  std::unique_ptr<v1::ReferenceValues::Stub> stub_;
};

TEST_F(ReferenceValuesTest, AWithdrawnOneRefusesRecordedDevicesAndTellsTheTsm) {
  Record();
  EXPECT_EQ(Status(), "affirming");
  OTRP_ASSERT_OK(Submit());
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::ActivateReferenceValueResponse active,
                            Activate());
  EXPECT_EQ(active.value().state(), v1::REFERENCE_STATE_ACTIVE);
  EXPECT_EQ(active.devices(), 1);
  EXPECT_TRUE(Taken().empty());
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::WithdrawReferenceValueResponse withdrawn,
                            Withdraw());
  EXPECT_EQ(withdrawn.value().reason(), "CVE-1");
  // Without having come again.
  EXPECT_EQ(Status(), "contraindicated");
  const std::vector<v1::Withdrawal> taken = Taken();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].did(), crypto::Sha256(TheOem().tee_leaf.der()));
  EXPECT_EQ(taken[0].code(), "tee-withdrawn");
  EXPECT_TRUE(Taken(taken[0].id()).empty());
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::AppraiseResponse response,
                            Appraise(GoodRequest()));
  EXPECT_EQ(response.verdict(), v1::VERDICT_REFUSED);
  const v1::Reason& reason = response.reasons(response.reasons_size() - 1);
  EXPECT_EQ(reason.code(), "tee-withdrawn");
  EXPECT_EQ(reason.value(), "Primary TEE 1.2.0");
  EXPECT_EQ(reason.rule(), "reference value primary-1.0, withdrawn");
  // Good again.
  OTRP_ASSERT_OK(Activate());
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_ACCEPTED);
}

TEST_F(ReferenceValuesTest,
       ARemovedAnchorAndADenyingRuleRefuseRecordedOnesToo) {
  Record();
  v1::Policy policy;
  policy.add_tee_rules()->set_name("Primary*");
  policy.mutable_tee_rules(0)->set_deny(true);
  OTRP_ASSERT_OK(SetPolicy(policy));
  OTRP_ASSERT_OK(reappraiser_.Run());
  ASSERT_EQ(Taken().size(), 1u);
  EXPECT_EQ(Taken()[0].code(), "tee-denied");
  OTRP_ASSERT_OK(SetPolicy(v1::Policy()));
  Record();
  EXPECT_EQ(Status(), "affirming");
  ca_.copy.version = 4;
  ca_.copy.anchors.erase(ca_.copy.anchors.begin());
  OTRP_ASSERT_OK(Refresh());
  OTRP_ASSERT_OK(reappraiser_.Run());
  ASSERT_EQ(Taken().size(), 2u);
  EXPECT_EQ(Taken()[1].code(), "tee-chain-unknown-issuer");
  EXPECT_EQ(Status(), "contraindicated");
  // A run that finds nothing new tells nothing twice.
  OTRP_ASSERT_OK(reappraiser_.Run());
  EXPECT_EQ(Taken().size(), 2u);
}

TEST_F(ReferenceValuesTest, ADryRunSaysWhatWouldBeAndChangesNothing) {
  Record();
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::SubmitReferenceValueResponse dry,
                            Submit(true));
  EXPECT_TRUE(dry.dry_run());
  EXPECT_EQ(dry.devices(), 1);
  EXPECT_THAT(Activate(true), StatusIs(absl::StatusCode::kNotFound));
  OTRP_ASSERT_OK(Submit());
  OTRP_ASSERT_OK(Activate());
  const size_t audited = database_.AuditEvents().size();
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::WithdrawReferenceValueResponse would,
                            Withdraw(true));
  EXPECT_EQ(would.value().state(), v1::REFERENCE_STATE_INACTIVE);
  EXPECT_EQ(would.devices(), 1);
  EXPECT_EQ(Get().value().state(), v1::REFERENCE_STATE_ACTIVE);
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_ACCEPTED);
  EXPECT_EQ(database_.AuditEvents().size(), audited);
}

TEST_F(ReferenceValuesTest, EachStateHasItsWaysOn) {
  EXPECT_THAT(
      Submit(false, "stranger"),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("anchor: ")));
  EXPECT_THAT(
      Submit(false, "oem", "1\n"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("tee_version: ")));
  EXPECT_THAT(Withdraw(), StatusIs(absl::StatusCode::kNotFound));
  OTRP_ASSERT_OK(Submit());
  OTRP_ASSERT_OK(Submit(false, "oem", "1.1"));
  OTRP_ASSERT_OK(Submit());
  EXPECT_THAT(Withdraw(), StatusIs(absl::StatusCode::kFailedPrecondition));
  OTRP_ASSERT_OK(Activate());
  EXPECT_THAT(Activate(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(Submit(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(Delete(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                 HasSubstr("withdraw it first")));
  OTRP_ASSERT_OK(Withdraw());
  const v1::GetReferenceValueResponse got = Get();
  ASSERT_EQ(got.history_size(), 5);
  EXPECT_EQ(got.history(0).state(), v1::REFERENCE_STATE_INACTIVE);
  EXPECT_EQ(got.history(3).tee_version(), "1.1");
  EXPECT_EQ(got.history(4).changed_by(), "otrp://operator/alice");
  OTRP_ASSERT_OK(Delete());
  EXPECT_THAT(Delete(), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_ACCEPTED);
}

TEST_F(ReferenceValuesTest, APolicyMayAskForThem) {
  v1::Policy policy;
  policy.set_require_reference_values(true);
  OTRP_ASSERT_OK(SetPolicy(policy));
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::AppraiseResponse unknown,
                            Appraise(GoodRequest()));
  EXPECT_EQ(unknown.verdict(), v1::VERDICT_REFUSED);
  EXPECT_EQ(unknown.reasons(unknown.reasons_size() - 1).code(),
            "tee-unknown-reference");
  OTRP_ASSERT_OK(Submit());
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_REFUSED);
  OTRP_ASSERT_OK(Activate());
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_ACCEPTED);
}

TEST_F(ReferenceValuesTest, NothingIsAppraisedBeforeTheyAreLoaded) {
  OTRP_ASSERT_OK(Submit());
  OTRP_ASSERT_OK(Activate());
  OTRP_ASSERT_OK(Withdraw());
  OTRP_ASSERT_OK(updater_.PullPolicy());
  TrustHolder fresh;
  fresh.SetTrust(ca_.copy);
  fresh.SetPolicy(VersionedPolicy());
  fresh.SetRevocation(RevocationList());
  fresh.SetEvidenceAnchors(EvidenceAnchorList());
  EXPECT_THAT(fresh.Get().status(), StatusIs(absl::StatusCode::kUnavailable));
  // The file has them, too.
  ca_.away = true;
  database_.proxy().SetReachable(false);
  Started again(*this);
  OTRP_ASSERT_OK_AND_ASSIGN(const auto snapshot, again.holder.Get());
  EXPECT_EQ(snapshot->references.Find("oem", "Primary TEE", "1.2.0").result,
            attest::ReferenceResult::kWithdrawn);
}

}  // namespace
}  // namespace verifier
}  // namespace otrp

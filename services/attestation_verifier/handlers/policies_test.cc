// Policies from a test on recorded devices to the way back, and devices that
// are due.

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/telemetry/metrics.h"
#include "otrp/verifier/v1/policies.grpc.pb.h"
#include "services/attestation_verifier/records/overdue_watch.h"
#include "services/attestation_verifier/testing/verifier_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace verifier {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

class PoliciesTest : public VerifierTest {
 protected:
  void SetUp() override {
    VerifierTest::SetUp();
    Load();
    stub_ = v1::Policies::NewStub(operator_);
    OTRP_ASSERT_OK(Appraise(GoodRequest()));
    OTRP_ASSERT_OK(log_.Flush());
  }

  static v1::Policy Deny(const std::string& name, const std::string& anchor) {
    v1::Policy policy;
    v1::TeeRule* rule = policy.add_tee_rules();
    rule->set_name(name);
    rule->set_anchor(anchor);
    rule->set_deny(true);
    return policy;
  }

  absl::StatusOr<v1::TestPolicyResponse> Test(const v1::Policy& policy) {
    v1::TestPolicyRequest request;
    *request.mutable_policy() = policy;
    return rpc::Call<v1::TestPolicyResponse>(
        *stub_, &v1::Policies::Stub::TestPolicy, request);
  }

  absl::StatusOr<v1::RollBackPolicyResponse> RollBack(int64_t version,
                                                      int64_t expected = 0) {
    v1::RollBackPolicyRequest request;
    request.set_version(version);
    request.set_expected_version(expected);
    return rpc::Call<v1::RollBackPolicyResponse>(
        *stub_, &v1::Policies::Stub::RollBackPolicy, request);
  }

  v1::ListOverdueDevicesResponse Overdue(const std::string& token = "") {
    v1::ListOverdueDevicesRequest request;
    request.set_page_size(1);
    request.set_page_token(token);
    return rpc::Call<v1::ListOverdueDevicesResponse>(
               *stub_, &v1::Policies::Stub::ListOverdueDevices, request)
        .value();
  }

  std::unique_ptr<v1::Policies::Stub> stub_;
};

TEST_F(PoliciesTest, ATestSaysWhomItWouldRefuseAndChangesNothing) {
  OTRP_ASSERT_OK_AND_ASSIGN(v1::TestPolicyResponse tested,
                            Test(Deny("Primary*", "oem")));
  EXPECT_EQ(tested.accepted_devices(), 1);
  EXPECT_EQ(tested.refused_devices(), 1);
  ASSERT_EQ(tested.refused_size(), 1);
  EXPECT_EQ(tested.refused(0).anchor(), "oem");
  EXPECT_EQ(tested.refused(0).reasons(0).code(), "tee-denied");
  EXPECT_EQ(tested.refused(0).reasons(0).rule(),
            "policy.tee_rules[0]: name Primary*, anchor oem, deny");
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_ACCEPTED);
  EXPECT_TRUE(database_.AuditEvents().empty());
  // Another maker's TEEs.
  OTRP_ASSERT_OK_AND_ASSIGN(tested, Test(Deny("Primary*", "stranger")));
  EXPECT_EQ(tested.refused_devices(), 0);
  v1::Policy bad;
  bad.set_attest_by_hours(-1);
  EXPECT_THAT(Test(bad), StatusIs(absl::StatusCode::kInvalidArgument,
                                  HasSubstr("attest_by_hours")));
  bad.clear_attest_by_hours();
  bad.set_keep_evidence_days(91);
  EXPECT_THAT(Test(bad), StatusIs(absl::StatusCode::kInvalidArgument,
                                  HasSubstr("keep_evidence_days")));
}

TEST_F(PoliciesTest, TheWayBackIsANewVersionThatSaysWhatTheOldOneSaid) {
  OTRP_ASSERT_OK(SetPolicy(Deny("Primary*", "")));
  OTRP_ASSERT_OK(SetPolicy(v1::Policy()));
  EXPECT_EQ(Appraise(GoodRequest())->verdict(), v1::VERDICT_ACCEPTED);
  EXPECT_THAT(RollBack(3), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(RollBack(0), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(RollBack(1, 1), StatusIs(absl::StatusCode::kAborted));
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::RollBackPolicyResponse back,
                            RollBack(1, 2));
  EXPECT_EQ(back.version(), 3);
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::AppraiseResponse denied,
                            Appraise(GoodRequest()));
  EXPECT_EQ(denied.verdict(), v1::VERDICT_REFUSED);
  EXPECT_EQ(denied.policy_version(), 3);
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::ListPolicyVersionsResponse versions,
                            rpc::Call<v1::ListPolicyVersionsResponse>(
                                *stub_, &v1::Policies::Stub::ListPolicyVersions,
                                v1::ListPolicyVersionsRequest()));
  ASSERT_EQ(versions.versions_size(), 3);
  EXPECT_EQ(versions.versions(0).version(), 3);
  EXPECT_EQ(versions.versions(0).policy().tee_rules(0).name(), "Primary*");
  EXPECT_EQ(versions.versions(2).set_by(), "otrp://operator/alice");
  EXPECT_EQ(database_.AuditEvents().back().action, "policy.roll_back");
}

TEST_F(PoliciesTest, ADeviceThatDoesntAttestInTimeIsListed) {
  clock_.Advance(absl::Hours(25));
  EXPECT_EQ(Overdue().devices_size(), 0) << "no time is set";
  v1::Policy policy;
  policy.set_attest_by_hours(24);
  OTRP_ASSERT_OK(SetPolicy(policy));
  const v1::ListOverdueDevicesResponse overdue = Overdue();
  ASSERT_EQ(overdue.devices_size(), 1);
  EXPECT_EQ(overdue.devices(0).did(), crypto::Sha256(TheOem().tee_leaf.der()));
  EXPECT_EQ(overdue.devices(0).due_at().seconds() -
                overdue.devices(0).attested_at().seconds(),
            24 * 3600);
  EXPECT_EQ(overdue.devices(0).anchor(), "oem");
  const auto shown = [] {
    const std::string page = telemetry::Default().Serialize();
    const size_t at = page.find("\notrp_devices_overdue ");
    return at == std::string::npos ? std::string("none")
                                   : page.substr(at + 22, 2);
  };
  OverdueWatch watch(store_, trust_, clock_);
  OTRP_ASSERT_OK(watch.Run());
  EXPECT_EQ(shown(), "1\n");
  EXPECT_THAT(store_.CountOverdue(clock_.Now(), 0), IsOkAndHolds(0));
  policy.set_attest_by_hours(0);
  OTRP_ASSERT_OK(SetPolicy(policy));
  OTRP_ASSERT_OK(watch.Run());
  EXPECT_EQ(shown(), "0\n") << "no time is set";
  // It comes.
  policy.set_attest_by_hours(26);
  OTRP_ASSERT_OK(SetPolicy(policy));
  EXPECT_EQ(Overdue().devices_size(), 0);
}

}  // namespace
}  // namespace verifier
}  // namespace otrp

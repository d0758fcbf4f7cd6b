#include "services/attestation_verifier/authz.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/rpc/authz_test_util.h"
#include "otrp/common/v1/common.grpc.pb.h"
#include "otrp/common/v1/usage.pb.h"
#include "otrp/verifier/v1/evidence.grpc.pb.h"
#include "otrp/verifier/v1/policies.grpc.pb.h"
#include "otrp/verifier/v1/policy_drafts.grpc.pb.h"
#include "otrp/verifier/v1/reference_imports.grpc.pb.h"
#include "otrp/verifier/v1/reference_values.grpc.pb.h"
#include "otrp/verifier/v1/result_status.grpc.pb.h"
#include "otrp/verifier/v1/results.grpc.pb.h"
#include "otrp/verifier/v1/revocation_sources.grpc.pb.h"
#include "otrp/verifier/v1/verifier.grpc.pb.h"

namespace otrp {
namespace verifier {
namespace {

TEST(AuthzTest, EveryMethodHasExactlyOneRow) {
  EXPECT_THAT(
      rpc::AuthzProblems(
          Authz(),
          rpc::ServicesOf({v1::AppraiseRequest::descriptor()->file(),
                           v1::EvidenceKey::descriptor()->file(),
                           v1::ImportedValue::descriptor()->file(),
                           v1::PolicyVersion::descriptor()->file(),
                           v1::PolicyDraft::descriptor()->file(),
                           v1::ReferenceValue::descriptor()->file(),
                           v1::ResultKey::descriptor()->file(),
                           v1::RevocationSource::descriptor()->file(),
                           v1::IntrospectResultRequest::descriptor()->file(),
                           common::v1::AuditEvent::descriptor()->file(),
                           common::v1::UsageEvent::descriptor()->file()})),
      ::testing::IsEmpty());
}

TEST(AuthzTest, OnlyTheTsmAsksForAppraisalsAndOnlyOperatorsChangeThings) {
  struct Case {
    const char* method;
    const char* caller;
    bool allowed;
  };
  const char kAppraise[] = "otrp.verifier.v1.Appraiser.Appraise";
  const char kSet[] = "otrp.verifier.v1.PolicyAdmin.SetPolicy";
  const char kRefresh[] = "otrp.verifier.v1.PolicyAdmin.Refresh";
  const char kGet[] = "otrp.verifier.v1.PolicyAdmin.GetPolicy";
  const char kList[] = "otrp.verifier.v1.Appraisals.ListAppraisals";
  const char kAdd[] = "otrp.verifier.v1.RevocationAdmin.AddRevocationData";
  const char kRemove[] =
      "otrp.verifier.v1.RevocationAdmin.RemoveRevocationData";
  for (const Case& c :
       std::initializer_list<Case>{{kAppraise, "otrp://service/tsm", true},
                                   {kAppraise, "otrp://service/gateway", false},
                                   {kAppraise, "otrp://operator/tsm", false},
                                   {kSet, "otrp://operator/alice", true},
                                   {kSet, "otrp://auditor/bob", false},
                                   {kSet, "otrp://service/tsm", false},
                                   {kRefresh, "otrp://operator/alice", true},
                                   {kRefresh, "otrp://auditor/bob", false},
                                   {kGet, "otrp://auditor/bob", true},
                                   {kGet, "otrp://sp/bank", false},
                                   {kAdd, "otrp://operator/alice", true},
                                   {kAdd, "otrp://auditor/bob", false},
                                   {kRemove, "otrp://auditor/bob", false},
                                   {kRemove, "otrp://service/tsm", false},
                                   {kList, "otrp://auditor/bob", true},
                                   {kList, "otrp://service/tsm", false}}) {
    auto caller = rpc::ParseIdentity(c.caller);
    ASSERT_TRUE(caller.ok());
    EXPECT_EQ(Authz().Check(c.method, *caller).ok(), c.allowed)
        << c.method << " by " << c.caller;
    EXPECT_FALSE(Authz().Check(c.method, rpc::Identity()).ok());
  }
}

}  // namespace
}  // namespace verifier
}  // namespace otrp

#include "services/attestation_verifier/authz.h"

#include <utility>
#include <vector>

#include "libs/service/audit_service.h"
#include "libs/service/usage_service.h"

namespace otrp {
namespace verifier {
namespace {

using rpc::Allow;
using rpc::Effect;

std::vector<rpc::AuthzRule> Rules() {
  std::vector<rpc::AuthzRule> rules = {
      // Leaves an appraisal, which is a record itself.
      {"otrp.verifier.v1.Appraiser.Appraise",
       Effect::kReads,
       {Allow::Service("tsm")}},
      {"otrp.verifier.v1.EvidenceAdmin.AppraiseEvidence",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.EvidenceAdmin.ReappraiseEvidence",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.EvidenceAnchors.PutEvidenceAnchor",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.EvidenceAnchors.DeleteEvidenceAnchor",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.EvidenceAnchors.ListEvidenceAnchors",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.verifier.v1.EvidenceAnchors.AddEvidenceKey",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.EvidenceAnchors.RemoveEvidenceKey",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.EvidenceAnchors.ListEvidenceKeys",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.verifier.v1.ReferenceImports.ImportCorim",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.PolicyAdmin.GetPolicy",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.verifier.v1.PolicyAdmin.SetPolicy",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.PolicyAdmin.Refresh",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.PolicyAdmin.ListActiveTrustAnchors",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.verifier.v1.RevocationAdmin.AddRevocationData",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.RevocationAdmin.RemoveRevocationData",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.RevocationAdmin.ListRevocationData",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.verifier.v1.RevocationSources.PutRevocationSource",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.RevocationSources.RemoveRevocationSource",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.RevocationSources.ListRevocationSources",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.verifier.v1.Appraisals.ListAppraisals",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.verifier.v1.Results.GetResult",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors(), Allow::Sps()}},
      // The front shows them to everybody.
      {"otrp.verifier.v1.Results.ListResultKeys",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors(), Allow::Sps(),
        Allow::Service("api")}},
      {"otrp.verifier.v1.Results.RotateResultKeys",
       Effect::kMutates,
       {Allow::Operators()}},
      // Changes nothing; a token is no query.
      {"otrp.verifier.v1.ResultStatus.IntrospectResult",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps()}},
      {"otrp.verifier.v1.ReferenceValues.SubmitReferenceValue",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.ReferenceValues.ActivateReferenceValue",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.ReferenceValues.WithdrawReferenceValue",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.ReferenceValues.DeleteReferenceValue",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.ReferenceValues.GetReferenceValue",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.verifier.v1.ReferenceValues.ListReferenceValues",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.verifier.v1.Withdrawals.TakeWithdrawals",
       Effect::kReads,
       {Allow::Service("tsm")}},
      {"otrp.verifier.v1.Policies.ListPolicyVersions",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.verifier.v1.Policies.ListOverdueDevices",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      // Changes nothing; a policy is no query.
      {"otrp.verifier.v1.Policies.TestPolicy",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.Policies.RollBackPolicy",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.PolicyDrafts.CreatePolicyDraft",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.PolicyDrafts.GetPolicyDraft",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.verifier.v1.PolicyDrafts.ListPolicyDrafts",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.verifier.v1.PolicyDrafts.TestPolicyDraft",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.PolicyDrafts.ActivatePolicyDraft",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.PolicyDrafts.DiscardPolicyDraft",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.PolicyDrafts.ListScopedPolicies",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.verifier.v1.PolicyDrafts.RollBackScopedPolicy",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.verifier.v1.PolicyDrafts.ExplainDevice",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
  };
  for (rpc::AuthzRule& rule : service::AuditLogRules()) {
    rules.push_back(std::move(rule));
  }
  for (rpc::AuthzRule& rule : service::UsageLedgerRules()) {
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace

const rpc::AuthzTable& Authz() {
  static const auto* const kTable = new rpc::AuthzTable(Rules());
  return *kTable;
}

}  // namespace verifier
}  // namespace otrp

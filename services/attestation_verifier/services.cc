#include "services/attestation_verifier/services.h"

#include "libs/rpc/service.h"
#include "otrp/verifier/v1/evidence.grpc.pb.h"
#include "otrp/verifier/v1/policies.grpc.pb.h"
#include "otrp/verifier/v1/policy_drafts.grpc.pb.h"
#include "otrp/verifier/v1/reference_imports.grpc.pb.h"
#include "otrp/verifier/v1/reference_values.grpc.pb.h"
#include "otrp/verifier/v1/result_status.grpc.pb.h"
#include "otrp/verifier/v1/results.grpc.pb.h"
#include "otrp/verifier/v1/revocation_sources.grpc.pb.h"
#include "otrp/verifier/v1/verifier.grpc.pb.h"
#include "services/attestation_verifier/handlers/appraisals.h"
#include "services/attestation_verifier/handlers/appraise.h"
#include "services/attestation_verifier/handlers/evidence.h"
#include "services/attestation_verifier/handlers/evidence_anchors.h"
#include "services/attestation_verifier/handlers/policies.h"
#include "services/attestation_verifier/handlers/policy.h"
#include "services/attestation_verifier/handlers/policy_drafts.h"
#include "services/attestation_verifier/handlers/reference_imports.h"
#include "services/attestation_verifier/handlers/reference_values.h"
#include "services/attestation_verifier/handlers/results.h"
#include "services/attestation_verifier/handlers/revocation.h"
#include "services/attestation_verifier/handlers/sources.h"

namespace otrp {
namespace verifier {
namespace {

class Appraiser final : public rpc::ServiceOf<v1::Appraiser, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(Appraise);
  OTRP_LAST_RPC();
};

class PolicyAdmin final : public rpc::ServiceOf<v1::PolicyAdmin, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(GetPolicy);
  OTRP_RPC(SetPolicy);
  OTRP_RPC(Refresh);
  OTRP_RPC(ListActiveTrustAnchors);
  OTRP_LAST_RPC();
};

class RevocationAdmin final : public rpc::ServiceOf<v1::RevocationAdmin, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(AddRevocationData);
  OTRP_RPC(RemoveRevocationData);
  OTRP_RPC(ListRevocationData);
  OTRP_LAST_RPC();
};

class RevocationSources final
    : public rpc::ServiceOf<v1::RevocationSources, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(PutRevocationSource);
  OTRP_RPC(RemoveRevocationSource);
  OTRP_RPC(ListRevocationSources);
  OTRP_LAST_RPC();
};

class Results final : public rpc::ServiceOf<v1::Results, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(GetResult);
  OTRP_RPC(ListResultKeys);
  OTRP_RPC(RotateResultKeys);
  OTRP_LAST_RPC();
};

class ResultStatus final : public rpc::ServiceOf<v1::ResultStatus, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(IntrospectResult);
  OTRP_LAST_RPC();
};

class ReferenceValues final : public rpc::ServiceOf<v1::ReferenceValues, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(SubmitReferenceValue);
  OTRP_RPC(ActivateReferenceValue);
  OTRP_RPC(WithdrawReferenceValue);
  OTRP_RPC(DeleteReferenceValue);
  OTRP_RPC(GetReferenceValue);
  OTRP_RPC(ListReferenceValues);
  OTRP_LAST_RPC();
};

class Withdrawals final : public rpc::ServiceOf<v1::Withdrawals, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(TakeWithdrawals);
  OTRP_LAST_RPC();
};

class Policies final : public rpc::ServiceOf<v1::Policies, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(ListPolicyVersions);
  OTRP_RPC(TestPolicy);
  OTRP_RPC(RollBackPolicy);
  OTRP_RPC(ListOverdueDevices);
  OTRP_LAST_RPC();
};

class EvidenceAdmin final : public rpc::ServiceOf<v1::EvidenceAdmin, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(AppraiseEvidence);
  OTRP_RPC(ReappraiseEvidence);
  OTRP_LAST_RPC();
};

class EvidenceAnchors final : public rpc::ServiceOf<v1::EvidenceAnchors, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(PutEvidenceAnchor);
  OTRP_RPC(DeleteEvidenceAnchor);
  OTRP_RPC(ListEvidenceAnchors);
  OTRP_RPC(AddEvidenceKey);
  OTRP_RPC(RemoveEvidenceKey);
  OTRP_RPC(ListEvidenceKeys);
  OTRP_LAST_RPC();
};

class ReferenceImports final
    : public rpc::ServiceOf<v1::ReferenceImports, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(ImportCorim);
  OTRP_LAST_RPC();
};

class PolicyDrafts final : public rpc::ServiceOf<v1::PolicyDrafts, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(CreatePolicyDraft);
  OTRP_RPC(GetPolicyDraft);
  OTRP_RPC(ListPolicyDrafts);
  OTRP_RPC(TestPolicyDraft);
  OTRP_RPC(ActivatePolicyDraft);
  OTRP_RPC(DiscardPolicyDraft);
  OTRP_RPC(ListScopedPolicies);
  OTRP_RPC(RollBackScopedPolicy);
  OTRP_RPC(ExplainDevice);
  OTRP_LAST_RPC();
};

class Appraisals final : public rpc::ServiceOf<v1::Appraisals, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(ListAppraisals);
  OTRP_LAST_RPC();
};

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> NewServices(Env& env) {
  return rpc::NewServices<Appraiser, PolicyAdmin, RevocationAdmin, Appraisals,
                          Results, ReferenceValues, Withdrawals, Policies,
                          EvidenceAdmin, EvidenceAnchors, ReferenceImports,
                          PolicyDrafts, ResultStatus, RevocationSources>(env);
}

}  // namespace verifier
}  // namespace otrp

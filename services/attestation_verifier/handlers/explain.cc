// ExplainDevice of policy_drafts.h: which policy, version and rule decide.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "libs/attest/judge.h"
#include "libs/attest/reasons.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/time.h"
#include "libs/telemetry/log.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/handlers/convert.h"
#include "services/attestation_verifier/handlers/draft_test_run.h"
#include "services/attestation_verifier/handlers/policy_drafts.h"
#include "services/attestation_verifier/limits.h"

namespace otrp {
namespace verifier {
namespace handlers {
namespace {

// What the policies and reference values of this moment say instead.
bool IsAskedAnew(const attest::Reason& reason) {
  const attest::ReasonRow* row = attest::RowOfReason(reason.code);
  return reason.code == attest::reason::kTeeDenied ||
         reason.code == attest::reason::kTeeNotAllowed ||
         reason.code == attest::reason::kTeeWithdrawn ||
         reason.code == attest::reason::kTeeUnknownReference ||
         (!reason.policy.empty() && row != nullptr && !row->remark);
}

std::vector<attest::Reason> ReasonsNow(const AppraisalRecord& device,
                                       const Snapshot& snapshot) {
  std::vector<attest::Reason> reasons;
  for (const attest::Reason& reason : device.reasons) {
    if (!IsAskedAnew(reason)) reasons.push_back(reason);
  }
  std::vector<attest::Reason> by_policy = attest::JudgeFacts(
      FactsOf(device), snapshot.policies, snapshot.references);
  for (attest::Reason& reason : by_policy) {
    reasons.push_back(std::move(reason));
  }
  return reasons;
}

bool AllAreRemarks(const std::vector<attest::Reason>& reasons) {
  for (const attest::Reason& reason : reasons) {
    const attest::ReasonRow* row = attest::RowOfReason(reason.code);
    if (row == nullptr || !row->remark) return false;
  }
  return true;
}

void AddDecisions(const AppraisalRecord& device, const Snapshot& snapshot,
                  v1::ExplainDeviceResponse& response) {
  for (const attest::PolicyDecision& decision :
       attest::Decisions(FactsOf(device).tee, snapshot.policies)) {
    v1::PolicyDecision* entry = response.add_decisions();
    ToProto(decision.policy->scope, *entry->mutable_scope());
    entry->set_version(decision.policy->version);
    entry->set_decision(std::string(attest::WordOf(decision.word)));
    entry->set_rule(decision.rule);
  }
}

}  // namespace

absl::Status ExplainDevice(const rpc::CallContext& call, Env& env,
                           const v1::ExplainDeviceRequest& request,
                           v1::ExplainDeviceResponse& response) {
  if (request.did().size() != kDidBytes) return errors::NoDid();
  const absl::Status flushed = env.log.Flush();
  if (!flushed.ok()) {
    OTRP_LOG(WARNING, "an explanation lacks the newest appraisals",
             {{"error", std::string(flushed.message())},
              {"trace_id", call.trace_id()}});
  }
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> snapshot,
                        env.trust.Get());
  OTRP_ASSIGN_OR_RETURN(const absl::optional<AppraisalRecord> device,
                        env.store.GetDevice(request.did()));
  if (!device.has_value()) return errors::NeverAppraised();
  const std::vector<attest::Reason> reasons = ReasonsNow(*device, *snapshot);
  const bool accepted = AllAreRemarks(reasons);
  response.set_verdict(accepted ? v1::VERDICT_ACCEPTED : v1::VERDICT_REFUSED);
  *response.mutable_appraised_at() = rpc::ToProto(device->at);
  AddReasons(reasons, response);
  // Of a chain that isn't trusted nobody knows whose TEE it is.
  if (device->claims.tee_anchor.empty()) return absl::OkStatus();
  AddDecisions(*device, *snapshot, response);
  if (accepted) {
    AddTenantRefusals(attest::JudgeForSps(FactsOf(*device), snapshot->policies,
                                          snapshot->references),
                      response);
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp

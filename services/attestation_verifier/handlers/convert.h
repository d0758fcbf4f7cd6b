// Between the verifier's values and its protos.
//
// Thread-safety: functions without state.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_CONVERT_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_CONVERT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/attest/appraise.h"
#include "libs/attest/judge.h"
#include "libs/attest/policy_set.h"
#include "libs/attest/reasons.h"
#include "otrp/verifier/v1/evidence.pb.h"
#include "otrp/verifier/v1/policy_drafts.pb.h"
#include "otrp/verifier/v1/verifier.pb.h"
#include "services/attestation_verifier/domain/evidence.h"
#include "services/attestation_verifier/domain/model.h"

namespace otrp {
namespace verifier {
namespace handlers {

// To any message with `reasons`.
template <typename Message>
void AddReasons(const std::vector<attest::Reason>& reasons, Message& out) {
  for (const attest::Reason& reason : reasons) {
    v1::Reason* entry = out.add_reasons();
    entry->set_code(reason.code);
    entry->set_detail(reason.detail);
    entry->set_claim(reason.claim);
    entry->set_value(reason.value);
    entry->set_rule(reason.rule);
    entry->set_policy(reason.policy);
    if (const attest::ReasonRow* row = attest::RowOfReason(reason.code)) {
      entry->set_meaning(std::string(row->meaning));
    }
  }
}

// To any message with `tenant_refusals`.
template <typename Message>
void AddTenantRefusals(const std::vector<attest::SpRefusal>& refusals,
                       Message& out) {
  for (const attest::SpRefusal& refusal : refusals) {
    v1::TenantRefusal* entry = out.add_tenant_refusals();
    entry->set_spid(refusal.spid);
    AddReasons(refusal.reasons, *entry);
  }
}

void ToProto(const attest::Appraisal& appraisal, int64_t policy_version,
             v1::AppraiseResponse& out);
void ToProto(const attest::Policy& policy, v1::Policy& out);
void ToProto(const attest::PolicyScope& scope, v1::PolicyScope& out);
void ToProto(const AppraisalRecord& record, v1::Appraisal& out);
void ToProto(const EvidenceKey& key, v1::EvidenceKey& out);
attest::Policy FromProto(const v1::Policy& policy);

// As it is to be stored; BadSpki() for what is no key of a device.
absl::StatusOr<EvidenceKey> NewEvidenceKey(const std::string& key_id,
                                           const std::string& anchor,
                                           const std::string& spki,
                                           absl::Time now,
                                           const std::string& by);

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_CONVERT_H_

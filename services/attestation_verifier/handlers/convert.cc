#include "services/attestation_verifier/handlers/convert.h"

#include <string>
#include <utility>

#include "libs/rpc/time.h"

namespace otrp {
namespace verifier {
namespace handlers {
namespace {

v1::Verdict VerdictOf(bool accepted) {
  return accepted ? v1::VERDICT_ACCEPTED : v1::VERDICT_REFUSED;
}

}  // namespace

void ToProto(const attest::Appraisal& appraisal, int64_t policy_version,
             v1::AppraiseResponse& out) {
  const bool accepted = appraisal.verdict == attest::Verdict::kAccepted;
  out.set_verdict(VerdictOf(accepted));
  AddReasons(appraisal.reasons, out);
  out.set_did(appraisal.did);
  out.set_tee_certificate(appraisal.tee_certificate);
  out.set_tee_name(appraisal.tee_name);
  out.set_tee_version(appraisal.tee_version);
  out.set_firmware_verified(appraisal.firmware_verified);
  out.set_policy_version(policy_version);
  if (!accepted) return;
  out.set_tee_key_spki(appraisal.tee_key->ToSpki());
  *out.mutable_not_after() = rpc::ToProto(appraisal.not_after);
  out.set_tee_anchor(appraisal.tee_root_name);
}

void ToProto(const attest::Policy& policy, v1::Policy& out) {
  for (const attest::TeeRule& rule : policy.tee_rules) {
    v1::TeeRule* entry = out.add_tee_rules();
    entry->set_name(rule.name);
    entry->set_min_version(rule.min_version);
    entry->set_deny(rule.deny);
    entry->set_anchor(rule.anchor);
  }
  out.set_firmware_evidence_required(policy.firmware_evidence_required);
  out.set_refuse_unknown_revocation(policy.refuse_unknown_revocation);
  out.set_undated_crl_days(policy.undated_crl_days);
  out.set_require_reference_values(policy.require_reference_values);
  out.set_attest_by_hours(policy.attest_by_hours);
  out.set_keep_evidence_days(policy.keep_evidence_days);
}

attest::Policy FromProto(const v1::Policy& policy) {
  attest::Policy out;
  for (const v1::TeeRule& rule : policy.tee_rules()) {
    out.tee_rules.push_back(
        {rule.name(), rule.min_version(), rule.deny(), rule.anchor()});
  }
  out.firmware_evidence_required = policy.firmware_evidence_required();
  out.refuse_unknown_revocation = policy.refuse_unknown_revocation();
  out.undated_crl_days = policy.undated_crl_days();
  out.require_reference_values = policy.require_reference_values();
  out.attest_by_hours = policy.attest_by_hours();
  out.keep_evidence_days = policy.keep_evidence_days();
  return out;
}

void ToProto(const AppraisalRecord& record, v1::Appraisal& out) {
  out.set_id(record.id);
  *out.mutable_at() = rpc::ToProto(record.at);
  out.set_tid(record.tid);
  out.set_did(record.did);
  out.set_verdict(VerdictOf(record.accepted));
  AddReasons(record.reasons, out);
  out.set_policy_version(record.policy_version);
}

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp

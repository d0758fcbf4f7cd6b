#include "services/attestation_verifier/handlers/convert.h"

#include <string>
#include <utility>

#include "libs/crypto/hash.h"
#include "libs/crypto/keys.h"
#include "libs/rpc/time.h"
#include "services/attestation_verifier/errors.h"

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
  // A registered key is good until it is removed.
  if (appraisal.not_after != absl::InfiniteFuture()) {
    *out.mutable_not_after() = rpc::ToProto(appraisal.not_after);
  }
  out.set_tee_anchor(appraisal.tee_root_name);
  AddTenantRefusals(appraisal.sp_refusals, out);
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

void ToProto(const attest::PolicyScope& scope, v1::PolicyScope& out) {
  out.set_spid(scope.spid);
  out.set_anchor(scope.anchor);
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
  out.set_evidence_kept(record.evidence_kept);
}

void ToProto(const EvidenceKey& key, v1::EvidenceKey& out) {
  out.set_key_id(key.key_id);
  out.set_anchor(key.anchor);
  out.set_spki(key.spki);
  out.set_did(key.did);
  *out.mutable_added_at() = rpc::ToProto(key.added_at);
  out.set_added_by(key.added_by);
}

absl::StatusOr<EvidenceKey> NewEvidenceKey(const std::string& key_id,
                                           const std::string& anchor,
                                           const std::string& spki,
                                           absl::Time now,
                                           const std::string& by) {
  const absl::StatusOr<crypto::PublicKey> key =
      crypto::PublicKey::FromCertificateSpki(spki);
  if (!key.ok()) return errors::BadSpki(key.status().message());
  if (key->type() == crypto::KeyType::kEcP521) {
    return errors::BadSpki("no token is signed on P-521");
  }
  return EvidenceKey{key_id, anchor, spki, crypto::Sha256(spki), now, by};
}

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp

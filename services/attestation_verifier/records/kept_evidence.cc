#include "services/attestation_verifier/records/kept_evidence.h"

#include <string>

#include "absl/types/optional.h"
#include "services/attestation_verifier/limits.h"

namespace otrp {
namespace verifier {

schemes::Ground GroundOf(const Snapshot& snapshot,
                         const attest::PolicySet& policies,
                         EvidenceStore& store, absl::Time now) {
  return {*snapshot.trust,
          policies,
          snapshot.references,
          snapshot.evidence_anchors,
          [&store](const std::string& key_id) { return store.FindKey(key_id); },
          now,
          now};
}

absl::StatusOr<schemes::SchemeAppraisal> Rejudge(
    const KeptEvidence& kept, const Snapshot& snapshot,
    const attest::PolicySet& policies, EvidenceStore& store, absl::Time now) {
  schemes::Ground ground = GroundOf(snapshot, policies, store, now);
  ground.received_at = kept.at;
  return schemes::Appraise(kept.evidence, ground);
}

bool IsToBeKept(const attest::Policy& policy,
                const attest::Appraisal& appraisal, size_t octets) {
  return policy.keep_evidence_days > 0 && appraisal.proved &&
         !appraisal.tee_root_name.empty() && octets <= kMaxKeptEvidenceBytes;
}

absl::Status PurgeEvidence(EvidenceStore& store, const TrustHolder& trust,
                           absl::Time now) {
  const absl::optional<VersionedPolicy> policy = trust.policy();
  if (!policy.has_value()) return absl::OkStatus();
  return store
      .PurgeKept(now - absl::Hours(24) * policy->policy.keep_evidence_days,
                 kPurgeBudget)
      .status();
}

}  // namespace verifier
}  // namespace otrp

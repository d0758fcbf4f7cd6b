// Evidence that was kept: what judges it, now and again, and when it goes.
//
// This is the one way in which evidence is judged again; what is recorded of a
// device without its evidence (name, version, maker) the Reappraiser judges, by
// the same rules (attest::JudgeTee).
//
//   for (const KeptEvidence& kept : *store.ListKept(after, 100)) {
//     const auto judged = Rejudge(kept, *snapshot, draft, store, clock.Now());
//   }
//
// Thread-safety: functions without state, but for the cache inside Trust.
// Errors: the store's, which says whose keys they are.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_RECORDS_KEPT_EVIDENCE_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_RECORDS_KEPT_EVIDENCE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/attest/policy.h"
#include "services/attestation_verifier/domain/evidence.h"
#include "services/attestation_verifier/schemes/schemes.h"
#include "services/attestation_verifier/storage/evidence_store.h"
#include "services/attestation_verifier/trust/trust_holder.h"

namespace otrp {
namespace verifier {

// What new evidence is judged by. The snapshot, the policy and the store must
// outlive it.
schemes::Ground GroundOf(const Snapshot& snapshot,
                         const attest::PolicySet& policies,
                         EvidenceStore& store, absl::Time now);

// Certificates have to be valid at `now`, and not revoked; the evidence itself
// when it came. `policies` may be others than the snapshot's: with a
// draft among them.
absl::StatusOr<schemes::SchemeAppraisal> Rejudge(
    const KeptEvidence& kept, const Snapshot& snapshot,
    const attest::PolicySet& policies, EvidenceStore& store, absl::Time now);

// Whether the policy has this evidence kept: of a device of ours, and not too
// large.
bool IsToBeKept(const attest::Policy& policy,
                const attest::Appraisal& appraisal, size_t octets);

// Removes what is older than the policy has it kept. Nothing before a policy
// was loaded.
absl::Status PurgeEvidence(EvidenceStore& store, const TrustHolder& trust,
                           absl::Time now);

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_RECORDS_KEPT_EVIDENCE_H_

// What appraisals work with at this moment: anchors, CRLs, OCSP responses,
// policy, reference values and evidence anchors as one immutable snapshot, so
// that no appraisal sees half of a change. What changes the validity of a chain
// makes a new attest::Trust, which takes over the validated chains that the
// change doesn't touch.
//
// There is no snapshot before all of it was loaded: under the default policy in
// place of the operator's a denied TEE would be accepted, and without a third
// party's CRL a revoked one.
//
// Thread-safety: thread-safe. Errors: none but that of Get().

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_TRUST_TRUST_HOLDER_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_TRUST_TRUST_HOLDER_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "libs/attest/policy_set.h"
#include "libs/attest/trust.h"
#include "services/attestation_verifier/domain/model.h"

namespace otrp {
namespace verifier {

struct Snapshot {
  std::shared_ptr<const attest::Trust> trust;
  TrustCopy copy;
  // The base.
  VersionedPolicy policy;
  attest::ReferenceTable references;
  EvidenceAnchorList evidence_anchors;
  // The base and all others.
  attest::PolicySet policies = {};
};

class TrustHolder {
 public:
  // Never null; UNAVAILABLE until each of the Set functions was called once.
  absl::StatusOr<std::shared_ptr<const Snapshot>> Get() const;

  // True where the copy differs from the one in use.
  bool SetTrust(TrustCopy copy);
  // An older version than the one in use is left out: answers of the database
  // and of SetPolicy may overtake each other.
  void SetPolicy(VersionedPolicy policy);
  // As SetPolicy().
  void SetRevocation(RevocationList list);
  // As SetPolicy().
  void SetReferences(ReferenceList list);
  // As SetPolicy().
  void SetEvidenceAnchors(EvidenceAnchorList list);
  // As SetPolicy(): makers' and service providers'.
  void SetScopedPolicies(ScopedPolicyList list);

  // Unset until SetPolicy() was called once.
  absl::optional<VersionedPolicy> policy() const;
  // Of the list in use; unset until SetRevocation() was called once.
  absl::optional<int64_t> revocation_version() const;
  // As revocation_version().
  absl::optional<int64_t> references_version() const;
  // As revocation_version().
  absl::optional<int64_t> evidence_anchors_version() const;
  absl::optional<int64_t> scoped_policies_version() const;
  bool has_trust() const;
  // Grows with each change of what appraisals go by; 0: nothing is published.
  int64_t changes() const;
  // What is in use; unset until each of the Set functions was called once.
  absl::optional<KeptTrust> All() const;

 private:
  // These require change_mutex_. Nothing is published before all is there.
  void PublishOrBuild();
  void Rebuild();
  void Publish();

  // Held while something is changed, which may take the time of reading large
  // CRLs; never by an appraisal.
  mutable std::mutex change_mutex_;
  std::shared_ptr<const attest::Trust> trust_;
  absl::optional<TrustCopy> copy_;
  absl::optional<VersionedPolicy> policy_;
  absl::optional<RevocationList> revocation_;
  absl::optional<ReferenceList> references_;
  absl::optional<EvidenceAnchorList> evidence_anchors_;
  absl::optional<ScopedPolicyList> scoped_;
  int64_t changes_ = 0;

  mutable std::mutex snapshot_mutex_;
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_TRUST_TRUST_HOLDER_H_

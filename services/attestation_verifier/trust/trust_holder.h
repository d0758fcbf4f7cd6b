// What appraisals work with at this moment: anchors, CRLs and policy as one
// immutable snapshot, so that no appraisal sees half of a change. A changed
// copy of the CA's trust makes a new attest::Trust and with it an empty cache
// of validated chains; an unchanged one keeps both.
//
// There is no snapshot before trust and policy were both loaded: under the
// default policy in place of the operator's, a denied TEE would be accepted.
//
// Thread-safety: thread-safe. Errors: none but that of Get().

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_TRUST_TRUST_HOLDER_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_TRUST_TRUST_HOLDER_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "libs/attest/trust.h"
#include "services/attestation_verifier/domain/model.h"

namespace otrp {
namespace verifier {

struct Snapshot {
  std::shared_ptr<const attest::Trust> trust;
  TrustCopy copy;
  VersionedPolicy policy;
};

class TrustHolder {
 public:
  // Never null; UNAVAILABLE until SetTrust() and SetPolicy() were both called
  // once.
  absl::StatusOr<std::shared_ptr<const Snapshot>> Get() const;

  // True where the copy differs from the one in use.
  bool SetTrust(TrustCopy copy);
  // An older version than the one in use is left out: answers of the database
  // and of SetPolicy may overtake each other.
  void SetPolicy(VersionedPolicy policy);

  // Unset until SetPolicy() was called once.
  absl::optional<VersionedPolicy> policy() const;
  bool has_trust() const;

 private:
  // Requires mutex_. Nothing happens before both are there.
  void Publish();

  mutable std::mutex mutex_;
  std::shared_ptr<const attest::Trust> trust_;
  TrustCopy copy_;
  absl::optional<VersionedPolicy> policy_;
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_TRUST_TRUST_HOLDER_H_

// Judges recorded devices anew by what appraisals go by now: a trust anchor
// that was removed, a rule that denies, a reference value that was withdrawn
// refuse those that they are about, without waiting until they come again.
// What else a policy may ask for holds from a device's next evidence on.
//
// Devices are judged by their TEE, one decision for all that have it.
//
// Thread-safety: thread-safe. Errors: the store's; the next run goes on.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_RECORDS_REAPPRAISER_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_RECORDS_REAPPRAISER_H_

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "services/attestation_verifier/storage/reference_store.h"
#include "services/attestation_verifier/trust/trust_holder.h"

namespace otrp {
namespace verifier {

class Reappraiser {
 public:
  // The collaborators must outlive it.
  Reappraiser(ReferenceStore& store, const TrustHolder& trust,
              const Clock& clock)
      : store_(store), trust_(trust), clock_(clock) {}

  // Over all accepted devices. Nothing before everything was loaded.
  absl::Status Run();

 private:
  absl::Status RefuseAll(const Snapshot& snapshot, const TeeOfDevices& tee);

  ReferenceStore& store_;
  const TrustHolder& trust_;
  const Clock& clock_;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_RECORDS_REAPPRAISER_H_

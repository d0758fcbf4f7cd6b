// How many accepted devices haven't attested within the policy's time, as a
// metric.
//
// Thread-safety: thread-safe. Errors: the store's; the metric then says what it
// said before.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_RECORDS_OVERDUE_WATCH_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_RECORDS_OVERDUE_WATCH_H_

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "services/attestation_verifier/storage/verifier_store.h"
#include "services/attestation_verifier/trust/trust_holder.h"

namespace otrp {
namespace verifier {

class OverdueWatch {
 public:
  // The collaborators must outlive it.
  OverdueWatch(VerifierStore& store, const TrustHolder& trust,
               const Clock& clock)
      : store_(store), trust_(trust), clock_(clock) {}

  // Counts. Nothing before a policy was loaded; 0 where it sets no time.
  absl::Status Run();

 private:
  VerifierStore& store_;
  const TrustHolder& trust_;
  const Clock& clock_;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_RECORDS_OVERDUE_WATCH_H_

// Keeps the holder in step with the CA and the database: pulls anchors and
// CRLs, reads policy and revocation data, and starts from the stored copy while
// the CA is away.
//
// Thread-safety: thread-safe; pulls wait for one another.
// Errors: the CA client's and the store's. A copy that couldn't be saved is in
// use all the same.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_TRUST_TRUST_UPDATER_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_TRUST_TRUST_UPDATER_H_

#include <mutex>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "services/attestation_verifier/clients/ca_client.h"
#include "services/attestation_verifier/storage/verifier_store.h"
#include "services/attestation_verifier/trust/trust_holder.h"

namespace otrp {
namespace verifier {

class TrustUpdater {
 public:
  // The collaborators must outlive the updater.
  TrustUpdater(CaClient& ca, VerifierStore& store, TrustHolder& holder,
               const Clock& clock)
      : ca_(ca), store_(store), holder_(holder), clock_(clock) {}

  // From the CA. Where nothing is loaded yet and the CA doesn't answer, from
  // the store; its error is returned all the same.
  absl::Status PullTrust();
  // The policy and third parties' revocation data, from the store: another
  // replica may have changed them.
  absl::Status PullPolicy();

  // UNAVAILABLE until trust and policy were loaded once.
  absl::Status Ready() const;

 private:
  CaClient& ca_;
  VerifierStore& store_;
  TrustHolder& holder_;
  const Clock& clock_;
  std::mutex mutex_;
  // The last copy has still to be saved.
  bool unsaved_ = false;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_TRUST_TRUST_UPDATER_H_

// Signs results with the verifier's own keys: P-256, sealed in its schema under
// the key of --kek_file, so that all replicas sign with the same ones.
//
// Thread-safety: thread-safe.
// Errors: FAILED_PRECONDITION where there is no --kek_file; UNAVAILABLE until
// keys were loaded once; DATA_LOSS for keys that another KEK sealed; the
// store's.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_RESULTS_RESULT_SIGNER_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_RESULTS_RESULT_SIGNER_H_

#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/attest/ear.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/base/secret.h"
#include "libs/crypto/keys.h"
#include "libs/store/audit.h"
#include "services/attestation_verifier/domain/result_keys.h"
#include "services/attestation_verifier/storage/result_key_store.h"

namespace otrp {
namespace verifier {

class ResultSigner {
 public:
  // `kek`: 32 octets, or empty. The others must outlive the signer.
  ResultSigner(SecretBytes kek, ResultKeyStore& store, const Clock& clock,
               Random& random)
      : kek_(std::move(kek)), store_(store), clock_(clock), random_(random) {}

  // Loads the keys, and rotates them where that is due. Nothing without a KEK.
  absl::Status Refresh();
  // Rotates them now. The kid of the key that signs from now on.
  absl::StatusOr<std::string> Rotate(Rotation rotation,
                                     const store::AuditEvent& audit);

  // Compact JWT.
  absl::StatusOr<std::string> Sign(const attest::ear::Result& result) const;
  // Of a token that one of the keys signed; INVALID_ARGUMENT for any other.
  absl::StatusOr<attest::ear::OwnResult> Open(absl::string_view token) const;
  // The current one first.
  absl::StatusOr<ResultKeys> Keys() const;

 private:
  struct Loaded {
    ResultKeys keys;
    crypto::PrivateKey current;
  };

  absl::StatusOr<StoredResultKey> Make();
  absl::Status Use(ResultKeys keys);
  absl::StatusOr<std::shared_ptr<const Loaded>> Get() const;

  const SecretBytes kek_;
  ResultKeyStore& store_;
  const Clock& clock_;
  Random& random_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Loaded> loaded_;
};

// RFC 7517, JSON.
absl::StatusOr<std::string> JwkSetOf(const ResultKeys& keys);

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_RESULTS_RESULT_SIGNER_H_

// What the verifier's handlers work with. Made once by server.cc (or a test),
// then shared by all calls.
//
// Thread-safety: every collaborator is thread-safe.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_ENV_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_ENV_H_

#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/rpc/guard.h"
#include "services/attestation_verifier/limits.h"
#include "services/attestation_verifier/records/appraisal_log.h"
#include "services/attestation_verifier/records/reappraiser.h"
#include "services/attestation_verifier/results/result_signer.h"
#include "services/attestation_verifier/storage/evidence_store.h"
#include "services/attestation_verifier/storage/policy_store.h"
#include "services/attestation_verifier/storage/reference_store.h"
#include "services/attestation_verifier/storage/source_store.h"
#include "services/attestation_verifier/storage/verifier_store.h"
#include "services/attestation_verifier/trust/revocation_fetcher.h"
#include "services/attestation_verifier/trust/trust_holder.h"
#include "services/attestation_verifier/trust/trust_updater.h"

namespace otrp {
namespace verifier {

struct Env {
  const rpc::Guard& guard;
  VerifierStore& store;
  TrustHolder& trust;
  TrustUpdater& updater;
  AppraisalLog& log;
  ResultSigner& signer;
  ReferenceStore& references;
  Reappraiser& reappraiser;
  EvidenceStore& evidence;
  const Clock& clock;
  PolicyStore& policies;
  SourceStore& sources;
  RevocationFetcher& fetcher;
  // A policy is put into force by another operator than the one who wrote it.
  bool four_eyes = false;
  // Of signed results.
  absl::Duration result_life = kResultLife;
  // Revocation sources may be in private networks.
  bool any_revocation_host = false;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_ENV_H_

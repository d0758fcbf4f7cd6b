// Keeps the holder in step with the CA and the database: pulls anchors and
// CRLs, reads policy and revocation data, and starts from what was kept while
// one of the two is away: from the database's copy without the CA, from the
// verifier's own file without the database.
//
// Each part is pulled for itself: the CRL that one authority doesn't give holds
// up neither the anchors nor another's. A CRL that is older than the one in use
// (a CA that was restored from a backup) doesn't replace it.
//
// Thread-safety: thread-safe; pulls wait for one another.
// Errors: the CA client's and the store's. What came is in use all the same,
// also where it couldn't be saved.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_TRUST_TRUST_UPDATER_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_TRUST_TRUST_UPDATER_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/base/clock.h"
#include "services/attestation_verifier/clients/ca_client.h"
#include "services/attestation_verifier/storage/evidence_store.h"
#include "services/attestation_verifier/storage/policy_store.h"
#include "services/attestation_verifier/storage/reference_store.h"
#include "services/attestation_verifier/storage/verifier_store.h"
#include "services/attestation_verifier/trust/kept_file.h"
#include "services/attestation_verifier/trust/trust_holder.h"

namespace otrp {
namespace verifier {

class TrustUpdater {
 public:
  // The collaborators must outlive the updater.
  TrustUpdater(CaClient& ca, VerifierStore& store, ReferenceStore& references,
               EvidenceStore& evidence, PolicyStore& policies,
               TrustHolder& holder, KeptFile& file, const Clock& clock)
      : ca_(ca),
        store_(store),
        references_(references),
        evidence_(evidence),
        policies_(policies),
        holder_(holder),
        file_(file),
        clock_(clock) {}

  // From the CA. What can't be had of single CRLs is an error, or goes into
  // `problems` where that is given: a sentence each.
  absl::Status PullTrust(std::vector<std::string>* problems = nullptr);
  // The policies, third parties' revocation data, the reference values and the
  // evidence anchors, from the store: another replica may have changed them.
  absl::Status PullPolicy();

  // UNAVAILABLE until trust and policy were loaded once.
  absl::Status Ready() const;

 private:
  struct HeldCrl {
    std::string der;
    std::string issuer;
    int64_t number = 0;
    absl::Time this_update;
  };

  // These require mutex_.
  void LoadStored();
  absl::Status PullAnchors();
  void PullCrls(std::vector<std::string>* problems);
  // A sentence where it isn't taken.
  absl::Status Offer(const std::string& authority, std::string der);
  absl::Status Publish();

  absl::Status PullPolicyFromStore();
  absl::Status PullReferences();
  absl::Status PullEvidenceAnchors();
  absl::Status PullScopedPolicies();
  bool HasPolicy() const;
  absl::Status Keep();

  CaClient& ca_;
  VerifierStore& store_;
  ReferenceStore& references_;
  EvidenceStore& evidence_;
  PolicyStore& policies_;
  TrustHolder& holder_;
  KeptFile& file_;
  const Clock& clock_;

  std::mutex mutex_;
  // Read once from the store or the file, then offered to what comes.
  absl::optional<TrustCopy> stored_;
  AnchorList anchors_;
  bool has_anchors_ = false;
  // By authority. Those that the CA no longer names stay: lists only add.
  std::map<std::string, HeldCrl> crls_;
  // Which authorities have a list was known once.
  bool has_lists_ = false;
  // Subjects of authorities whose list was never had.
  std::set<std::string> pending_;
  // The last copy has still to be saved.
  bool unsaved_ = false;

  std::mutex keep_mutex_;
  // TrustHolder::changes() of what the file has.
  int64_t kept_ = 0;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_TRUST_TRUST_UPDATER_H_

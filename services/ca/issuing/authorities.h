// The CA's authorities, opened: the certificates and private keys of all
// generations but those that are retired, in memory.
//
// What the database has is taken in anew by Refresh(), which replicas call
// every kAuthorityPeriod and after each change of their own. Who holds an
// AuthorityPtr goes on with what it was. What a replica hasn't heard yet does
// no harm: the store refuses certificates of an authority that is revoked
// (storage/hold_issuing.h).
//
// Where the keys are: key_vault.h.
//
// Thread-safety: thread-safe.
// Errors: UNAVAILABLE when there is none yet; those of key_vault.h.

#ifndef OTRP_SERVICES_CA_ISSUING_AUTHORITIES_H_
#define OTRP_SERVICES_CA_ISSUING_AUTHORITIES_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/base/random.h"
#include "libs/crypto/keys.h"
#include "libs/pki/certificate.h"
#include "libs/pki/ocsp.h"
#include "libs/pki/profile.h"
#include "services/ca/issuing/key_vault.h"
#include "services/ca/storage/ca_store.h"

namespace otrp {
namespace ca {

// One generation.
struct Authority {
  std::string name;
  std::string line;
  int generation = 1;
  AuthorityState state = AuthorityState::kActive;
  // Empty: a newer version's.
  absl::optional<pki::Role> role;
  bool is_root = false;
  std::string issuer;
  pki::Certificate certificate;
  crypto::PrivateKey key;
  // Of the same key by other generations, with the names of these.
  std::vector<std::pair<std::string, pki::Certificate>> crossed = {};
  // Others' certificates above it, its issuer first, root last.
  std::vector<pki::Certificate> above = {};
  // Into how many lists new certificates are divided (domain/crl_shard.h).
  int crl_shards = 1;
  AuthorityTerms terms = {};
};

using AuthorityPtr = std::shared_ptr<const Authority>;

// The row of a certificate that the CA issued for itself: nobody asked for it,
// so that its own hash stands for that of a request.
CertificateRecord OwnCertificateRecord(const pki::Certificate& certificate,
                                       OwnCertificate own,
                                       const std::string& authority);

class Authorities {
 public:
  // `store` and what `keys` stands on must outlive it.
  static absl::StatusOr<Authorities> Load(CaStore& store, KeyVault keys);
  Authorities(Authorities&&) = default;
  Authorities& operator=(Authorities&&) = default;

  // Takes in what has changed; one small query where nothing has. After a
  // failure things are as before.
  absl::Status Refresh();

  // Null for an unknown name.
  AuthorityPtr Find(absl::string_view name) const;
  // The authority that a request's CertID means; null: none of ours.
  AuthorityPtr FindIssuer(const pki::CertId& id) const;
  // The active generation of a role's issuing (not root) authority; for TSMs by
  // the kind of the subject's key, so that an EC device finds a chain of EC
  // keys only. NOT_FOUND where the role has no authority; FAILED_PRECONDITION
  // where none is active, or where it ends too soon for a certificate of
  // `lifetime` from `now` on (EndOfLeaf). `line`: that authority alone; empty:
  // one of those that don't want to be named.
  absl::StatusOr<AuthorityPtr> IssuerFor(pki::Role role, crypto::KeyType type,
                                         absl::Time now,
                                         absl::Duration lifetime,
                                         absl::string_view line = "") const;
  // The active generation of a line; null: there is none.
  AuthorityPtr ActiveOf(absl::string_view line) const;
  // By name.
  std::map<std::string, AuthorityPtr> all() const;

  // The certificates above a leaf of `authority`, its own first, root last. A
  // root whose predecessor isn't retired yet stands there as certified by that
  // one, so that those who know only the old root follow.
  std::vector<std::string> ChainAbove(const Authority& authority) const;
  // The same, parsed.
  std::vector<pki::Certificate> CertificatesAbove(
      const Authority& authority) const;

 private:
  struct Snapshot {
    int64_t version = 0;
    std::map<std::string, AuthorityPtr> by_name;
    // By what a CertID has of its issuer, for each hash.
    std::map<std::string, AuthorityPtr> by_hashes;
  };

  Authorities(CaStore& store, KeyVault keys)
      : store_(&store),
        keys_(std::move(keys)),
        mutex_(std::make_unique<std::mutex>()) {}

  std::shared_ptr<const Snapshot> Now() const;
  absl::StatusOr<AuthorityPtr> Open(const AuthorityRecord& row,
                                    const AuthorityList& list,
                                    const Snapshot* before) const;

  CaStore* store_;
  KeyVault keys_;
  // Of `now_`.
  std::unique_ptr<std::mutex> mutex_;
  std::shared_ptr<const Snapshot> now_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ISSUING_AUTHORITIES_H_

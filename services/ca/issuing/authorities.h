// The CA's authorities, opened: certificates and private keys in memory.
//
// A key is sealed with AES-256-GCM under the key-encryption key, bound to its
// owner ("authority.tee-ca"), so that a row can't be passed off as another's.
//
// Thread-safety: immutable after Load().
// Errors: FAILED_PRECONDITION when there is none yet, or when a key doesn't
// open (another --kek_file).

#ifndef OTRP_SERVICES_CA_ISSUING_AUTHORITIES_H_
#define OTRP_SERVICES_CA_ISSUING_AUTHORITIES_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "libs/base/random.h"
#include "libs/crypto/keys.h"
#include "libs/pki/certificate.h"
#include "libs/pki/ocsp.h"
#include "libs/pki/profile.h"
#include "services/ca/storage/ca_store.h"

namespace otrp {
namespace ca {

struct Authority {
  std::string name;
  // Empty: a newer version's.
  absl::optional<pki::Role> role;
  bool is_root = false;
  std::string issuer;
  pki::Certificate certificate;
  crypto::PrivateKey key;
};

absl::StatusOr<std::string> SealKey(absl::string_view kek,
                                    absl::string_view owner,
                                    const crypto::PrivateKey& key,
                                    Random& random);

// The row of a certificate that the CA issued for itself: nobody asked for it,
// so that its own hash stands for that of a request.
CertificateRecord OwnCertificateRecord(const pki::Certificate& certificate,
                                       OwnCertificate own,
                                       const std::string& authority);

// FAILED_PRECONDITION where it doesn't open, or is no key of `certificate`.
absl::StatusOr<crypto::PrivateKey> OpenKey(absl::string_view kek,
                                           absl::string_view owner,
                                           absl::string_view sealed,
                                           const pki::Certificate& certificate);

std::string KeyOwner(const std::string& authority);

class Authorities {
 public:
  static absl::StatusOr<Authorities> Load(CaStore& store,
                                          absl::string_view kek);
  Authorities(Authorities&&) = default;
  Authorities& operator=(Authorities&&) = default;

  // Null for an unknown name.
  const Authority* Find(absl::string_view name) const;
  // The authority that a request's CertID means; null: none of ours.
  const Authority* FindIssuer(const pki::CertId& id) const;
  // The issuing (not root) authority of a role; for TSMs by the kind of the
  // subject's key, so that an EC device finds a chain of EC keys only.
  const Authority* IssuerFor(pki::Role role, crypto::KeyType type) const;
  const std::map<std::string, Authority>& all() const { return by_name_; }

  // The certificates above a leaf of `authority`, its own first, root last.
  std::vector<std::string> ChainAbove(const Authority& authority) const;

 private:
  Authorities() = default;

  std::map<std::string, Authority> by_name_;
  // By what a CertID has of its issuer, for each hash.
  std::map<std::string, const Authority*> by_hashes_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ISSUING_AUTHORITIES_H_

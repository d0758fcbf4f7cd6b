// The TSM's own keys, certificates and OCSP staples: one RSA and one EC
// identity, both under the same id (tamid).
//
// Keys are made at the first start and kept sealed (AES-256-GCM under the key
// of --kek_file) in the database, so that all replicas share them.
// Certificates come from the CA and are renewed in the last third of their
// life; staples are fetched again in the second half of theirs. All of that
// is background work (Refresh): a device never waits for the CA, and the TSM
// works on from what it has while the CA is away.
//
// An identity is usable while its certificate and staples are valid; before
// and after that Get() gives null, and devices are asked to come again.
//
// Thread-safety: thread-safe; Refresh() calls wait for one another.
// Errors: as tsm_store.h and clients/ca_client.h; DATA_LOSS where a sealed key
// doesn't open (another KEK); FAILED_PRECONDITION where the CA says that our
// certificate is revoked.

#ifndef OTRP_SERVICES_TSM_IDENTITY_IDENTITY_H_
#define OTRP_SERVICES_TSM_IDENTITY_IDENTITY_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/base/secret.h"
#include "libs/crypto/keys.h"
#include "services/tsm/clients/ca_client.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {

// Immutable: a renewal makes a new one, so holders may compare pointers.
struct SigningIdentity {
  crypto::KeyType key_type;
  crypto::PrivateKey key;
  // DER, leaf first, root last.
  std::vector<std::string> chain;
  // DER of OCSP responses: leaf, then each CA below the root.
  std::vector<std::string> staples;
  absl::Time not_after;
  absl::Time staples_until;
};

class IdentitySource {
 public:
  virtual ~IdentitySource() = default;

  // Null where there is no usable identity of that type at this moment.
  virtual std::shared_ptr<const SigningIdentity> Get(
      crypto::KeyType type) const = 0;
};

class IdentityManager : public IdentitySource {
 public:
  struct Options {
    std::string tsm_id;
    // 32 octets.
    SecretBytes kek;
  };

  // The collaborators must outlive the manager.
  IdentityManager(Options options, TsmStore* store, CaClient* ca,
                  const Clock* clock, Random* random);

  std::shared_ptr<const SigningIdentity> Get(
      crypto::KeyType type) const override;

  // Makes, loads and renews what is needed. What is usable is published even
  // when something else failed; the first failure is returned.
  absl::Status Refresh();

  // UNAVAILABLE naming what is missing.
  absl::Status Ready() const;

 private:
  struct Loaded;

  absl::Status RefreshOne(crypto::KeyType type, const StoredIdentity& stored);
  absl::Status EnsureKey(crypto::KeyType type);
  absl::StatusOr<crypto::PrivateKey> OpenKey(const StoredIdentity& stored);
  absl::StatusOr<std::vector<std::string>> Issue(crypto::KeyType type,
                                                 const crypto::PrivateKey& key,
                                                 const StoredIdentity& stored);
  absl::Status FetchStaples(crypto::KeyType type, Loaded* loaded);
  void Publish(crypto::KeyType type, const Loaded& loaded);

  const Options options_;
  TsmStore& store_;
  CaClient& ca_;
  const Clock& clock_;
  Random& random_;

  // Held for a whole refresh.
  std::mutex refresh_mutex_;
  mutable std::mutex mutex_;
  std::map<crypto::KeyType, std::shared_ptr<const SigningIdentity>> current_;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_IDENTITY_IDENTITY_H_

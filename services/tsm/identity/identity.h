// The TSM's own keys, certificates and OCSP staples: an RSA and an EC identity,
// both under the same id (tamid).
//
// Keys are made at the first start and kept sealed (AES-256-GCM under the key
// of --kek_file) in the database, so that all replicas share them.
// Certificates come from the CA and are renewed in the last third of their
// life; staples are fetched again in the second half of theirs. All of that
// is background work (Refresh): a device never waits for the CA, and the TSM
// works on from what it has while the CA is away.
//
// A chain and its staples are one thing: they are stored together or not at
// all, and published only after each staple was verified against its
// certificate. A renewal shows when it is whole; until then the chain before
// goes on.
//
// Keys follow one another: a next one is certified while the current one signs,
// becomes the current one once every replica has read it, and the one before is
// retired. What began with a key goes on with it, and whatever was encrypted to
// a key of ours is read with that, which takes neither certificate nor staple.
// What the CA has revoked never signs again; a further key is the way back.
//
// Thread-safety: thread-safe; Refresh() and Learn() calls wait for one another.
// Errors: as tsm_store.h and clients/ca_client.h; DATA_LOSS where a sealed key
// doesn't open (another KEK); FAILED_PRECONDITION where the CA says that our
// certificate is revoked; ABORTED where another replica was first.

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
#include "libs/crypto/keys.h"
#include "libs/pki/crl.h"
#include "services/tsm/clients/ca_client.h"
#include "services/tsm/identity/identity_keys.h"
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
  // Of the key: a renewal keeps it.
  std::string id = "";
};

// A key of ours that devices may have encrypted to.
struct ReadingKey {
  // As SigningIdentity's.
  std::string id;
  crypto::PrivateKey key;
};

class IdentitySource {
 public:
  virtual ~IdentitySource() = default;

  // Signs what is new. Null where there is no usable identity of that type at
  // this moment.
  virtual std::shared_ptr<const SigningIdentity> Get(
      crypto::KeyType type) const = 0;
  // Signs on what it began, though it be retired. Null where it isn't usable
  // any more.
  virtual std::shared_ptr<const SigningIdentity> ById(
      absl::string_view id) const = 0;
  // The current one's first. Empty before keys were read at all.
  virtual std::vector<std::shared_ptr<const ReadingKey>> Readers(
      crypto::KeyType type) const = 0;
};

class IdentityManager : public IdentitySource {
 public:
  // The collaborators must outlive the manager.
  IdentityManager(std::string tsm_id, TsmStore* store, CaClient* ca,
                  const Clock* clock, const IdentityKeys* keys);
  ~IdentityManager() override;

  std::shared_ptr<const SigningIdentity> Get(
      crypto::KeyType type) const override;
  std::shared_ptr<const SigningIdentity> ById(
      absl::string_view id) const override;
  std::vector<std::shared_ptr<const ReadingKey>> Readers(
      crypto::KeyType type) const override;

  // Makes, loads, renews and replaces what is needed. What is usable is
  // published even when something else failed; the first failure is returned.
  absl::Status Refresh();

  // What a CRL says of our certificates, which counts at once. Its signer must
  // have been verified; whose lists these are is looked at.
  absl::Status Learn(const pki::Crl& crl);

  // UNAVAILABLE naming what is missing.
  absl::Status Ready() const;

 private:
  struct Loaded;
  struct Published {
    std::map<crypto::KeyType, std::shared_ptr<const SigningIdentity>> current;
    std::map<std::string, std::shared_ptr<const SigningIdentity>, std::less<>>
        by_id;
    std::map<crypto::KeyType, std::vector<std::shared_ptr<const ReadingKey>>>
        readers;
    // Types whose current certificate the CA has revoked.
    std::map<crypto::KeyType, bool> revoked;
  };

  absl::Status Load();
  absl::Status LoadOne(StoredIdentity stored);
  absl::Status Care(Loaded& loaded);
  absl::Status Renew(Loaded& loaded);
  absl::Status Prove(Loaded& loaded, std::vector<pki::Certificate> chain,
                     bool is_new);
  absl::StatusOr<std::vector<pki::Certificate>> Issue(const Loaded& loaded);
  absl::Status Revoke(Loaded& loaded, absl::Time at, int reason);
  absl::Status PromoteDue();
  absl::Status RemoveOver();
  void Publish();

  const std::string tsm_id_;
  TsmStore& store_;
  CaClient& ca_;
  const Clock& clock_;
  const IdentityKeys& keys_;

  // Held for a whole refresh.
  std::mutex refresh_mutex_;
  // By id.
  std::map<std::string, std::unique_ptr<Loaded>> loaded_;
  mutable std::mutex mutex_;
  Published published_;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_IDENTITY_IDENTITY_H_

// Who signs the authorities' OCSP responses: for each authority a key and a
// certificate of its own, certified by it for that and nothing else (RFC 6960
// 4.2.2.2), so that no stranger's question puts an authority's key to work.
//
// A signer lives for kOcspSignerLifetime and is replaced at half of that, with
// its key, or when it is revoked. Its key is of its authority's type, so that
// those who read one type only can check it, and sealed as the authorities'.
//
// Thread-safety: thread-safe.
// Errors: those of the store; FAILED_PRECONDITION for a key that doesn't open.

#ifndef OTRP_SERVICES_CA_ISSUING_OCSP_SIGNERS_H_
#define OTRP_SERVICES_CA_ISSUING_OCSP_SIGNERS_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/crypto/keys.h"
#include "libs/pki/certificate.h"
#include "services/ca/issuing/authorities.h"
#include "services/ca/issuing/key_vault.h"
#include "services/ca/storage/ocsp_store.h"

namespace otrp {
namespace ca {

struct OcspSigner {
  pki::Certificate certificate;
  crypto::PrivateKey key;
};

class OcspSigners {
 public:
  // All must outlive the object, and what `keys` stands on.
  OcspSigners(const Authorities& authorities, OcspStore& store,
              const Clock& clock, Random& random, KeyVault keys)
      : authorities_(authorities),
        store_(store),
        clock_(clock),
        random_(random),
        keys_(std::move(keys)) {}

  // Makes those that are missing, half over or revoked, unless another replica
  // has, and takes in what there is then. Of `actor` in the audit log.
  absl::Status Renew(absl::string_view actor);

  // Null while there is none that is valid.
  std::shared_ptr<const OcspSigner> Of(const std::string& authority) const;

 private:
  absl::Status RenewOne(const Authority& authority, absl::string_view actor);
  absl::StatusOr<OcspSignerRecord> Make(const Authority& authority,
                                        absl::Time horizon,
                                        absl::string_view actor);
  absl::Status TakeIn(const Authority& authority,
                      const OcspSignerRecord& signer);

  const Authorities& authorities_;
  OcspStore& store_;
  const Clock& clock_;
  Random& random_;
  const KeyVault keys_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const OcspSigner>> by_authority_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ISSUING_OCSP_SIGNERS_H_

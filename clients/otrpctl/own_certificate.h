// The caller's own certificate in --tls-dir, and its renewal in the files
// there.
//
// Thread-safety: functions without state; two processes that renew in one
// folder at once wait for each other (FolderLock).
// Errors: usage errors that name the file.

#ifndef CLIENTS_OTRPCTL_OWN_CERTIFICATE_H_
#define CLIENTS_OTRPCTL_OWN_CERTIFICATE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/crypto/keys.h"
#include "libs/pki/certificate.h"

namespace otrp::ctl {

// That of cert.pem.
absl::StatusOr<pki::Certificate> OwnCertificate(const std::string& tls_dir);

// "your certificate .../cert.pem ended at ...: ..." where it has; nothing where
// it hasn't, or can't be read, which is said by others.
absl::optional<std::string> HasEnded(const std::string& tls_dir,
                                     absl::Time now);
// The same in the last third of its life, before it has.
absl::optional<std::string> EndsSoon(const std::string& tls_dir,
                                     absl::Time now);

// Whether more than half of its life is over.
bool IsDue(const pki::Certificate& certificate, absl::Time now);

// Two files can't be replaced at once. A new key is kept beside the old one
// first (key.pem.next), so that none is lost whose certificate was issued; then
// the certificate (cert.pem.next); then both are renamed. A process that died
// in between is completed by the next one.
//
// What was begun before, as far as it goes.
absl::Status CompleteRenewal(const std::string& tls_dir);
absl::Status KeepNextKey(const std::string& tls_dir,
                         const crypto::PrivateKey& key);
// `chain_pem`: leaf first, without the root.
absl::Status KeepRenewed(const std::string& tls_dir,
                         const std::string& chain_pem);

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_OWN_CERTIFICATE_H_

// Makes what the suite needs before anything can run: a hierarchy for each
// role, the first OCSP signers and CRLs, our own roots as trust anchors, and
// mutual-TLS material for the suite's processes.
//
// Safe to run again and from several places at once: what is there stays.
// Certificates in the last third of their life, with other names than those
// wanted, or not for the key beside them are renewed. An anchor that was
// removed later stays away.
//
// Thread-safety: one at a time in a process. Errors: those of the store, and
// file errors that name the path.

#ifndef OTRP_SERVICES_CA_ISSUING_BOOTSTRAP_H_
#define OTRP_SERVICES_CA_ISSUING_BOOTSTRAP_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "services/ca/issuing/key_vault.h"
#include "services/ca/storage/ca_store.h"
#include "services/ca/storage/ocsp_store.h"
#include "services/ca/storage/tsm_id_store.h"

namespace otrp {
namespace ca {

struct BootstrapOptions {
  std::string pki_url;
  // Empty: no mutual-TLS material.
  std::string tls_out;
  // Further DNS names of the services' certificates, where "*" stands for the
  // service's name, e.g. "otrp-*" or "*.otrp.svc".
  std::vector<std::string> dns_names;
  // Further DNS names of the certificates that devices and REST callers see.
  std::vector<std::string> web_dns_names;
  // Ids of TSMs that the service tsm may have certificates for; one that
  // somebody holds stays his.
  std::vector<std::string> tsm_ids;
  // Of the operator's certificate; 0: the profile's.
  absl::Duration operator_lifetime = absl::ZeroDuration();
};

// The folders that Bootstrap() makes in `tls_out`.
std::vector<std::string> TlsFolders();

absl::Status Bootstrap(CaStore& store, OcspStore& ocsp_store,
                       TsmIdStore& tsm_ids, KeyVault keys, const Clock& clock,
                       Random& random, const BootstrapOptions& options);

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ISSUING_BOOTSTRAP_H_

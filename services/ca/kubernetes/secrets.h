// What ca_bootstrap does with Secrets: makes those that are missing, and keeps
// the processes' mutual-TLS folders in one Secret each.
//
// Safe to run again and from several places at once: what is there stays; of
// two that change one Secret, the later fails with ABORTED and may be run
// again.
//
// Thread-safety: one thread. Errors: those of KubernetesApi, INVALID_ARGUMENT
// for a bad plan, file errors that name the path.

#ifndef OTRP_SERVICES_CA_KUBERNETES_SECRETS_H_
#define OTRP_SERVICES_CA_KUBERNETES_SECRETS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "libs/base/random.h"
#include "services/ca/kubernetes/api.h"

namespace otrp {
namespace ca {

// The plan is JSON:
//
//   {"secrets": [{"name": "otrp-database", "data": {
//       "password": "{random}",
//       "dsn": "host=db user=otrp_ca password={password}"}}]}
//
// {random} becomes 64 hexadecimal digits, {KEY} the value of another key of
// the same Secret (one that stands before it, or is there already). Keys that
// a Secret has are never changed.
absl::Status GenerateSecrets(KubernetesApi& api, absl::string_view plan,
                             const std::map<std::string, std::string>& labels,
                             Random& random);

// The Secrets PREFIX + folder ("_" becomes "-") and files of a folder: tls.crt
// and cert.pem, tls.key and key.pem, ca.crt and ca.pem.
struct TlsSecrets {
  std::string prefix;
  // Of processes, as TlsFolders() lists them.
  std::vector<std::string> folders;
  // Where the folders stand.
  std::string directory;
  std::map<std::string, std::string> labels;
};

// Writes what the Secrets hold into the folders, so that Bootstrap() finds it.
absl::Status LoadTls(KubernetesApi& api, const TlsSecrets& tls);
// Writes the folders into the Secrets, where they differ.
absl::Status StoreTls(KubernetesApi& api, const TlsSecrets& tls);

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_KUBERNETES_SECRETS_H_

// Secrets of one Kubernetes namespace, through the API server.
//
// Only what ca_bootstrap needs: read one, make one, change some keys of one.
// The address, the token and the roots are those that a pod gets.
//
// Thread-safety: one thread. Errors: UNAVAILABLE for an API server that can't
// be reached, ALREADY_EXISTS, ABORTED where somebody else changed the Secret
// meanwhile, PERMISSION_DENIED with what the API server said. Never quotes a
// secret.

#ifndef OTRP_SERVICES_CA_KUBERNETES_API_H_
#define OTRP_SERVICES_CA_KUBERNETES_API_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "libs/http/client.h"

namespace otrp {
namespace ca {

struct KubernetesSecret {
  std::string name;
  // "Opaque" or "kubernetes.io/tls"; can't be changed later.
  std::string type;
  std::map<std::string, std::string> labels;
  // Decoded.
  std::map<std::string, std::string> data;
  // Of what was read; empty for a new one.
  std::string version;
};

class KubernetesApi {
 public:
  struct Options {
    // "https://host:port".
    std::string url;
    // Folder with token, ca.crt and namespace.
    std::string account;
  };
  static absl::StatusOr<KubernetesApi> Create(const Options& options);

  // Nothing where there is no such Secret.
  absl::StatusOr<absl::optional<KubernetesSecret>> Get(const std::string& name);
  absl::Status Add(const KubernetesSecret& secret);
  // Sets the keys in `data`, leaves others alone, provided that the Secret is
  // still of `version`.
  absl::Status Change(const KubernetesSecret& secret);

 private:
  KubernetesApi(std::string secrets_url, std::string token,
                std::string ca_file);
  absl::StatusOr<http::Response> Send(const std::string& method,
                                      const std::string& url,
                                      const std::string& media_type,
                                      const std::string& body);

  std::string secrets_url_;
  std::string token_;
  std::unique_ptr<http::Client> client_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_KUBERNETES_API_H_

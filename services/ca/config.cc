#include "services/ca/config.h"

#include "absl/flags/flag.h"
#include "libs/base/status_macros.h"
#include "libs/config/config.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:9101",
          "Address of the gRPC server; port 0 picks a free one.");
ABSL_FLAG(std::string, metrics_listen, "127.0.0.1:9201",
          "Address for /metrics, /livez and /readyz (plain HTTP).");
ABSL_FLAG(std::string, tls_dir, "",
          "Directory with cert.pem, key.pem and ca.pem of this service.");

namespace otrp {
namespace ca {

absl::StatusOr<Config> ConfigFromFlags() {
  Config config;
  config.listen = absl::GetFlag(FLAGS_listen);
  config.metrics_listen = absl::GetFlag(FLAGS_metrics_listen);
  config.tls_dir = absl::GetFlag(FLAGS_tls_dir);
  OTRP_RETURN_IF_ERROR(config::ParseHostPort("listen", config.listen).status());
  OTRP_RETURN_IF_ERROR(config::RequireNonEmpty("tls_dir", config.tls_dir));
  OTRP_ASSIGN_OR_RETURN(config.common, CommonConfigFromFlags());
  return config;
}

}  // namespace ca
}  // namespace otrp

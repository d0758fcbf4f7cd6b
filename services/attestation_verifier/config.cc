#include "services/attestation_verifier/config.h"

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "libs/base/secret.h"
#include "libs/base/status_macros.h"
#include "libs/config/config.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:9103",
          "Address of the gRPC server; port 0 picks a free one.");
ABSL_FLAG(std::string, metrics_listen, "127.0.0.1:9203",
          "Address for /metrics, /livez and /readyz (plain HTTP).");
ABSL_FLAG(std::string, tls_dir, "",
          "Directory with cert.pem, key.pem and ca.pem of this service.");
ABSL_FLAG(std::string, dsn_file, "",
          "File with the connection string of PostgreSQL.");
ABSL_FLAG(std::string, ca_addr, "127.0.0.1:9101", "Address of the CA.");
ABSL_FLAG(absl::Duration, trust_pull_period, absl::Seconds(5),
          "How often trust anchors, CRLs and the policy are pulled; 100ms to "
          "1h.");
ABSL_FLAG(int, db_connections, 4, "Connections to PostgreSQL, 1 to 100.");

namespace otrp {
namespace verifier {

absl::StatusOr<Config> ConfigFromFlags() {
  Config config;
  config.listen = absl::GetFlag(FLAGS_listen);
  config.metrics_listen = absl::GetFlag(FLAGS_metrics_listen);
  config.tls_dir = absl::GetFlag(FLAGS_tls_dir);
  config.ca_addr = absl::GetFlag(FLAGS_ca_addr);
  config.pull_period = absl::GetFlag(FLAGS_trust_pull_period);
  config.db_connections = absl::GetFlag(FLAGS_db_connections);
  OTRP_RETURN_IF_ERROR(config::RequireNonEmpty("tls_dir", config.tls_dir));
  OTRP_RETURN_IF_ERROR(config::RequireNonEmpty("ca_addr", config.ca_addr));
  if (config.pull_period < absl::Milliseconds(100) ||
      config.pull_period > absl::Hours(1)) {
    return absl::InvalidArgumentError("--trust_pull_period: give 100ms to 1h");
  }
  if (config.db_connections < 1 || config.db_connections > 100) {
    return absl::InvalidArgumentError("--db_connections: give 1 to 100");
  }
  OTRP_ASSIGN_OR_RETURN(
      config.dsn,
      config::OpenDsnFile("dsn_file", absl::GetFlag(FLAGS_dsn_file)));
  return config;
}

}  // namespace verifier
}  // namespace otrp

#include "services/sp_portal/config.h"

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "libs/base/status_macros.h"
#include "libs/config/config.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:9104",
          "Address of the gRPC server; port 0 picks a free one.");
ABSL_FLAG(std::string, metrics_listen, "127.0.0.1:9204",
          "Address for /metrics, /livez and /readyz (plain HTTP).");
ABSL_FLAG(std::string, tls_dir, "",
          "Directory with cert.pem, key.pem and ca.pem of this service.");
ABSL_FLAG(std::string, dsn_file, "",
          "File with the connection string of PostgreSQL.");
ABSL_FLAG(std::string, ca_addr, "127.0.0.1:9101", "Address of the CA.");
ABSL_FLAG(std::string, tsm_addr, "127.0.0.1:9102", "Address of the TSM.");
ABSL_FLAG(int, db_connections, 8, "Connections to PostgreSQL, 2 to 100.");

namespace otrp {
namespace portal {

absl::StatusOr<Config> ConfigFromFlags() {
  Config config;
  config.listen = absl::GetFlag(FLAGS_listen);
  config.metrics_listen = absl::GetFlag(FLAGS_metrics_listen);
  config.tls_dir = absl::GetFlag(FLAGS_tls_dir);
  config.ca_addr = absl::GetFlag(FLAGS_ca_addr);
  config.tsm_addr = absl::GetFlag(FLAGS_tsm_addr);
  config.db_connections = absl::GetFlag(FLAGS_db_connections);
  OTRP_RETURN_IF_ERROR(config::ParseHostPort("listen", config.listen).status());
  OTRP_RETURN_IF_ERROR(config::RequireNonEmpty("tls_dir", config.tls_dir));
  OTRP_RETURN_IF_ERROR(config::RequireNonEmpty("ca_addr", config.ca_addr));
  OTRP_RETURN_IF_ERROR(config::RequireNonEmpty("tsm_addr", config.tsm_addr));
  if (config.db_connections < 2 || config.db_connections > 100) {
    return absl::InvalidArgumentError(
        "--db_connections: give a number from 2 to 100");
  }
  OTRP_ASSIGN_OR_RETURN(
      config.dsn,
      config::OpenDsnFile("dsn_file", absl::GetFlag(FLAGS_dsn_file)));
  return config;
}

}  // namespace portal
}  // namespace otrp

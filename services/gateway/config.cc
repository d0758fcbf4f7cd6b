#include "services/gateway/config.h"

#include "absl/flags/flag.h"
#include "libs/base/status_macros.h"
#include "libs/config/config.h"
#include "libs/service/process_flags.h"

OTRP_PROCESS_FLAGS("127.0.0.1:9205");
ABSL_FLAG(std::string, http_listen, "127.0.0.1:8080",
          "Address for devices and the PKI's files, plain HTTP; port 0 picks "
          "a free one; empty: none.");
ABSL_FLAG(std::string, https_listen, "127.0.0.1:8443",
          "The same over TLS; empty: none.");
ABSL_FLAG(std::string, web_tls_dir, "",
          "Directory with cert.pem and key.pem that devices see over TLS.");
ABSL_FLAG(std::string, tsm_addr, "127.0.0.1:9102", "Address of the TSM.");
ABSL_FLAG(std::string, ca_addr, "127.0.0.1:9101", "Address of the CA.");
ABSL_FLAG(int, handler_threads, 32,
          "Device messages in work at a time, 1 to 1000.");
ABSL_FLAG(int, max_connections, 10000,
          "Open connections of a listener, 1 to 100000.");

namespace otrp {
namespace gateway {

absl::Status Check(const Config& config) {
  OTRP_RETURN_IF_ERROR(
      config::ParseHostPort("tsm_addr", config.tsm_addr).status());
  OTRP_RETURN_IF_ERROR(
      config::ParseHostPort("ca_addr", config.ca_addr).status());
  if (config.http_listen.empty() && config.https_listen.empty()) {
    return absl::InvalidArgumentError(
        "--http_listen and --https_listen: give at least one of them");
  }
  if (!config.http_listen.empty()) {
    OTRP_RETURN_IF_ERROR(
        config::ParseHostPort("http_listen", config.http_listen).status());
  }
  if (!config.https_listen.empty()) {
    OTRP_RETURN_IF_ERROR(
        config::ParseHostPort("https_listen", config.https_listen).status());
    OTRP_RETURN_IF_ERROR(
        config::RequireNonEmpty("web_tls_dir", config.web_tls_dir));
  }
  if (config.handler_threads < 1 || config.handler_threads > 1000) {
    return absl::InvalidArgumentError("--handler_threads: give 1 to 1000");
  }
  if (config.max_connections < 1 || config.max_connections > 100000) {
    return absl::InvalidArgumentError("--max_connections: give 1 to 100000");
  }
  return absl::OkStatus();
}

absl::StatusOr<Config> ConfigFromFlags() {
  Config config;
  config.http_listen = absl::GetFlag(FLAGS_http_listen);
  config.https_listen = absl::GetFlag(FLAGS_https_listen);
  config.metrics_listen = absl::GetFlag(FLAGS_metrics_listen);
  config.web_tls_dir = absl::GetFlag(FLAGS_web_tls_dir);
  OTRP_ASSIGN_OR_RETURN(config.tls_dir, service::TlsDirFromFlag());
  config.tsm_addr = absl::GetFlag(FLAGS_tsm_addr);
  config.ca_addr = absl::GetFlag(FLAGS_ca_addr);
  config.handler_threads = absl::GetFlag(FLAGS_handler_threads);
  config.max_connections = absl::GetFlag(FLAGS_max_connections);
  OTRP_RETURN_IF_ERROR(Check(config));
  return config;
}

}  // namespace gateway
}  // namespace otrp

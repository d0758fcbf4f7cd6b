#include "services/gateway/config.h"

#include "absl/flags/flag.h"
#include "libs/base/status_macros.h"
#include "libs/config/config.h"
#include "libs/service/process_flags.h"
#include "libs/service/web_flags.h"

OTRP_PROCESS_FLAGS("127.0.0.1:9205");
OTRP_WEB_FLAGS(/*http_listen=*/"127.0.0.1:8080",
               "for devices and the PKI's files",
               /*https_listen=*/"127.0.0.1:8443", /*handler_threads=*/32,
               /*peer_connections=*/2000);
ABSL_FLAG(std::string, tsm_addr, "127.0.0.1:9102", "Address of the TSM.");
ABSL_FLAG(std::string, ca_addr, "127.0.0.1:9101", "Address of the CA.");

namespace otrp {
namespace gateway {

absl::Status Check(const Config& config) {
  OTRP_RETURN_IF_ERROR(service::Check(config.web));
  OTRP_RETURN_IF_ERROR(
      config::ParseHostPort("tsm_addr", config.tsm_addr).status());
  return config::ParseHostPort("ca_addr", config.ca_addr).status();
}

absl::StatusOr<Config> ConfigFromFlags() {
  Config config;
  config.web = service::WebConfigFromFlags();
  config.metrics_listen = absl::GetFlag(FLAGS_metrics_listen);
  OTRP_ASSIGN_OR_RETURN(config.tls_dir, service::TlsDirFromFlag());
  config.tsm_addr = absl::GetFlag(FLAGS_tsm_addr);
  config.ca_addr = absl::GetFlag(FLAGS_ca_addr);
  OTRP_RETURN_IF_ERROR(Check(config));
  return config;
}

}  // namespace gateway
}  // namespace otrp

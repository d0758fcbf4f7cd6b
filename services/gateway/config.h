// The gateway's settings, from flags (and --flagfile), checked.
//
// Thread-safety: value. Errors: INVALID_ARGUMENT names the flag.

#ifndef OTRP_SERVICES_GATEWAY_CONFIG_H_
#define OTRP_SERVICES_GATEWAY_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"

namespace otrp {
namespace gateway {

struct Config {
  // "host:port"; one of the two may be empty: no such listener.
  std::string http_listen;
  std::string https_listen;
  std::string metrics_listen;
  // Directory with cert.pem and key.pem that devices see (HTTPS).
  std::string web_tls_dir;
  // Directory with cert.pem, key.pem and ca.pem for calls to services.
  std::string tls_dir;
  std::string tsm_addr;
  std::string ca_addr;
  // Device messages in work at a time; each waits for the TSM.
  int handler_threads = 32;
  int max_connections = 10000;
};

absl::StatusOr<Config> ConfigFromFlags();

// The rules that hold among settings.
absl::Status Check(const Config& config);

}  // namespace gateway
}  // namespace otrp

#endif  // OTRP_SERVICES_GATEWAY_CONFIG_H_

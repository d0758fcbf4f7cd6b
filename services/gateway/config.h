// The gateway's settings, from flags (and --flagfile), checked.
//
// Thread-safety: value. Errors: INVALID_ARGUMENT names the flag.

#ifndef OTRP_SERVICES_GATEWAY_CONFIG_H_
#define OTRP_SERVICES_GATEWAY_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "libs/service/web_config.h"

namespace otrp {
namespace gateway {

struct Config {
  service::WebConfig web;
  std::string metrics_listen;
  // Directory with cert.pem, key.pem and ca.pem for calls to services.
  std::string tls_dir;
  std::string tsm_addr;
  std::string ca_addr;
};

absl::StatusOr<Config> ConfigFromFlags();

// The rules that hold among settings.
absl::Status Check(const Config& config);

}  // namespace gateway
}  // namespace otrp

#endif  // OTRP_SERVICES_GATEWAY_CONFIG_H_

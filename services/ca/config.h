// The CA's settings, from flags (and --flagfile), checked.
//
// Thread-safety: value. Errors: INVALID_ARGUMENT names the flag.

#ifndef OTRP_SERVICES_CA_CONFIG_H_
#define OTRP_SERVICES_CA_CONFIG_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/secret.h"
#include "libs/config/config.h"

namespace otrp {
namespace ca {

// What the service and ca_bootstrap share.
struct CommonConfig {
  config::DsnSource dsn;
  // 32 octets.
  SecretBytes kek;
  std::string pki_url;
};

struct Config {
  CommonConfig common;
  std::string listen;
  std::string metrics_listen;
  std::string tls_dir;
};

absl::StatusOr<CommonConfig> CommonConfigFromFlags();
absl::StatusOr<Config> ConfigFromFlags();

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_CONFIG_H_

// The portal's settings, from flags (and --flagfile), checked.
//
// Thread-safety: value. Errors: INVALID_ARGUMENT names the flag.

#ifndef OTRP_SERVICES_SP_PORTAL_CONFIG_H_
#define OTRP_SERVICES_SP_PORTAL_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "libs/config/config.h"

namespace otrp {
namespace portal {

struct Config {
  std::string listen;
  std::string metrics_listen;
  std::string tls_dir;
  config::DsnSource dsn;
  std::string ca_addr;
  std::string tsm_addr;
  int db_connections = 0;
};

absl::StatusOr<Config> ConfigFromFlags();

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_CONFIG_H_
